"""The one module that imports the generated package; all others of `cliq_pins` take its names from here.

Each is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cliq_pins_client import (
        UNSET,
        Call,
        CallError,
        Operation,
        RateLimit,
        Unset,
        document_json,
        models,
        operation_table,
        operations,
    )

__all__ = [
    "UNSET",
    "Call",
    "CallError",
    "Operation",
    "RateLimit",
    "Unset",
    "document_json",
    "models",
    "operation_table",
    "operations",
]

_MODULES = ("models", "operations")


def __getattr__(name: str) -> Any:
    """Import a name from the generated package (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _MODULES:
        return import_module(f"cliq_pins_client.{name}")
    return getattr(import_module("cliq_pins_client"), name)
