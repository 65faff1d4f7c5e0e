"""How a call is made: pure flows, and the two drivers that run them."""
