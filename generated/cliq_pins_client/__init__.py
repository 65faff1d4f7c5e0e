# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
"""A typed client of the My Pins and Chat Folders API: one function for each operation makes a `Call`, and a driver sends it."""

from .client import AsyncClient, AsyncTransport, Client, Transport
from .contract import Operation, RateLimit, document_json, operation_table
from .errors import AnswerError, CallError
from .types import UNSET, Call, Unset

__all__ = [
    "UNSET",
    "AnswerError",
    "AsyncClient",
    "AsyncTransport",
    "Call",
    "CallError",
    "Client",
    "Operation",
    "RateLimit",
    "Transport",
    "Unset",
    "document_json",
    "operation_table",
]
