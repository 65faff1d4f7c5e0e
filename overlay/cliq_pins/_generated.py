"""The one module that imports the generated package; all others of `cliq_pins` take its names from here."""

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
