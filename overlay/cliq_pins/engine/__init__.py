"""How a call is made: pure flows, and the two drivers that run them.

The modules of the methods are imported when the first one is called: until then, a client costs little more than its
HTTP library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import call, chats, folders, guarded, reading

__all__ = ["call", "chats", "folders", "guarded", "reading"]


def __getattr__(name: str) -> Any:
    """Import a module when it is first used (PEP 562)."""
    if name in __all__:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
