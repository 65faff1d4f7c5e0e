"""OpenAPI 3.0 becomes 3.1, whose schemas are JSON Schema."""

from __future__ import annotations

from typing import Any

from contract.document import Document, copied, operations
from contract.errors import warn
from contract.schemas import every_schema

_BOUNDS = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))


def openapi_31(document: Document) -> Document:
    """Write `nullable` and exclusive bounds the way OpenAPI 3.1 does; `null` never stands inside an enum."""
    document = copied(document)
    document["openapi"] = "3.1.0"
    for schema in list(every_schema(document)):
        _required_of_members(schema)
        for exclusive, bound in _BOUNDS:
            if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) and bound in schema:
                schema[exclusive] = schema.pop(bound)
        nullable = schema.pop("nullable", False) is True
        if isinstance(schema.get("enum"), list) and None in schema["enum"]:
            schema["enum"] = [value for value in schema["enum"] if value is not None]
            nullable = True
            if not schema["enum"]:
                del schema["enum"]
                schema["type"] = "null"
                nullable = False
        if nullable:
            _allow_null(schema)
    return document


def _required_of_members(schema: dict[str, Any]) -> None:
    """`required: true` on a property is no OpenAPI; it becomes an entry of the object's list, with a warning."""
    members = schema.get("properties", {})
    for name, member in members.items():
        if isinstance(member, dict) and isinstance(member.get("required"), bool):
            if member.pop("required") and name not in schema.get("required", []):
                schema["required"] = [*schema.get("required", []), name]
            warn(f"the property {name} says itself whether it is required; the object's list says it now")
    if isinstance(schema.get("required"), bool):
        del schema["required"]
        warn("a schema that is no property says that it is required, which means nothing; left out")


def _allow_null(schema: dict[str, Any]) -> None:
    kind = schema.get("type")
    if "enum" in schema or "$ref" in schema or "allOf" in schema:
        inner = {key: schema.pop(key) for key in list(schema) if key != "description"}
        schema["anyOf"] = [inner, {"type": "null"}]
    elif isinstance(kind, str):
        schema["type"] = [kind, "null"]
    elif isinstance(kind, list) and "null" not in kind:
        schema["type"] = [*kind, "null"]
    else:
        for key in ("oneOf", "anyOf"):
            if key in schema and {"type": "null"} not in schema[key]:
                schema[key] = [*schema[key], {"type": "null"}]
                return


def drop_bodies_of_204(document: Document) -> Document:
    """A 204 has no body, whatever content a document gives it."""
    document = copied(document)
    for _, _, operation in operations(document):
        operation["responses"].get("204", {}).pop("content", None)
    return document
