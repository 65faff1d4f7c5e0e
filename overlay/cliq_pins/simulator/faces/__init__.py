"""How the simulator is reached: in process as WSGI or ASGI, and over a socket."""
