"""What the overlay takes from the contract beside operations and models."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from ._generated import document_json, operation_table


@cache
def most_items(operation_id: str, parameter: str) -> int:
    """How many values an operation takes in one query parameter at most."""
    operation = operation_table()[operation_id]
    parameters: list[dict[str, Any]] = _document()["paths"][operation.path][operation.method.lower()]["parameters"]
    (found,) = (one["schema"]["maxItems"] for one in parameters if one["name"] == parameter)
    return int(found)


@cache
def most_listed(schema: str, field: str) -> int:
    """How many values a field of a body holds at most."""
    return int(_document()["components"]["schemas"][schema]["properties"][field]["maxItems"])


def _document() -> dict[str, Any]:
    """The contract; it is large, and what is wanted of it is kept in its place."""
    document: dict[str, Any] = msgspec.json.decode(document_json())
    return document
