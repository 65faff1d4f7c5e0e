"""A simulator of the service: stateful, switchable to every reading that is open, and able to fail in every way.

`Simulator` answers in process through `wsgi()` and `asgi()`; `SimulatorServer` puts it behind a socket. It needs the
extra `simulator`.
"""

from importlib import import_module

try:
    for needed in ("h11", "jsonschema"):
        import_module(needed)
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"cliq_pins.simulator needs {error.name}: pip install 'cliq-pins[simulator]'", name=error.name
    ) from None

from .behaviour import PROFILES, Behaviour, readings
from .clock import Clock, VirtualClock, WallClock
from .faces.server import SimulatorServer, Urls
from .faults import ArmedFault, Fault
from .faults.catalogue import catalogue
from .log_entry import LogEntry
from .message import Answer, Request
from .pairwise import covering_set
from .simulator import Simulator
from .state import Board, Chat, Folder, LastMessage, Person, State, Text, User

__all__ = [
    "PROFILES",
    "Answer",
    "ArmedFault",
    "Behaviour",
    "Board",
    "Chat",
    "Clock",
    "Fault",
    "Folder",
    "LastMessage",
    "LogEntry",
    "Person",
    "Request",
    "Simulator",
    "SimulatorServer",
    "State",
    "Text",
    "Urls",
    "User",
    "VirtualClock",
    "WallClock",
    "catalogue",
    "covering_set",
    "readings",
]
