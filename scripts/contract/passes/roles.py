"""Requests are closed and without defaults; responses are open, nullable, and their enums open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contract.document import Document, copied, copy_json, deref, objects, operations
from contract.names import unused
from contract.schemas import (
    Schema,
    Slot,
    below,
    reached,
    ref_to,
    request_slots,
    response_slots,
    schemas_of,
    target_name,
)


def drop_unused_schemas(document: Document) -> Document:
    """Drop the named schemas that no operation reaches."""
    document = copied(document)
    named = schemas_of(document)
    rest = {key: value for key, value in document["components"].items() if key != "schemas"}
    used = [node["$ref"] for node in objects({**document, "components": rest}) if isinstance(node.get("$ref"), str)]
    whole: dict[str, Any] = {ref: ref_to(ref.split("/")[3]) for ref in used if ref.startswith("#/components/schemas/")}
    kept = reached(document, [(whole, ref) for ref in whole])
    document["components"]["schemas"] = {name: schema for name, schema in named.items() if name in kept}
    return document


def split_shared_schemas(document: Document) -> Document:
    """Give a schema that requests and responses share a copy for requests, as each side gets other rules."""
    document = copied(document)
    named = schemas_of(document)
    requests = reached(document, _roots(document, "request"))
    shared = requests & reached(document, _roots(document, "response"))
    copies = {
        name: unused(f"{name}Request", named)
        for name in named
        if name in shared and _holds_object(document, name, set())
    }
    for name, copy in copies.items():
        named[copy] = copy_json(named[name])
    inside = [(named, name) for name in [*copies.values(), *(requests - shared)] if name in named]
    for root in [*inside, *_roots(document, "request")]:
        for container, key in below(root):
            target = target_name(container[key])
            if target in copies:
                container[key].update(ref_to(copies[target]))
    return document


def close_requests(document: Document) -> Document:
    """Allow no properties but the documented ones in requests, and send no defaults; a default stays as `x-default`."""
    document = copied(document)
    schemas = _schemas_of_role(document, "request")
    parts = [id(part) for schema in schemas for part in _parts_of_whole(document, schema)]
    for schema in schemas:
        if id(schema) in parts:
            pass
        elif _is_whole(schema):
            schema.setdefault("unevaluatedProperties", False)
        elif isinstance(schema.get("properties"), dict):
            schema.setdefault("type", "object")
            schema.setdefault("additionalProperties", False)
        if "default" in schema:
            schema["x-default"] = schema.pop("default")
    return document


def _is_whole(schema: Schema) -> bool:
    """Whether a schema's properties stand in several parts."""
    return "allOf" in schema or ("properties" in schema and ("oneOf" in schema or "anyOf" in schema))


def _parts_of_whole(document: Document, schema: Schema) -> Iterator[Schema]:
    """The parts of a whole, which stay open: each would refuse the properties of the others."""
    for key in ("allOf", "anyOf", "oneOf") if _is_whole(schema) else ():
        for part in schema.get(key, []):
            target = deref(document, part)
            if isinstance(target, dict):
                yield target
                yield from _parts_of_whole(document, target)


def open_responses(document: Document) -> Document:
    """Allow unknown properties, `null` in every property and unknown enum values in responses."""
    document = copied(document)
    for schema in list(_schemas_of_role(document, "response")):
        if "oneOf" in schema and "anyOf" not in schema:  # open objects can match several options
            schema["anyOf"] = schema.pop("oneOf")
        if isinstance(schema.get("properties"), dict):
            if schema.get("additionalProperties", False) is False:
                schema["additionalProperties"] = True
            for name, member in schema["properties"].items():
                schema["properties"][name] = _open(document, member, nullable=True)
        if isinstance(schema.get("items"), dict):
            schema["items"] = _open(document, schema["items"], nullable=False)
    return document


def _open(document: Document, schema: Schema, nullable: bool) -> Schema:
    target = deref(document, schema)
    if not isinstance(schema, dict) or not isinstance(target, dict):
        return schema
    values = target.get("enum", [target["const"]] if "const" in target else [])
    prose: Schema = {key: schema[key] for key in ("description", "example") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in prose}
    null = ["null"] if nullable else []
    if values and ("$ref" in schema or "enum" in schema or "const" in schema):
        kinds = sorted({_kind(value) for value in values if value is not None})
        return {**prose, "anyOf": [inner, {"type": _one_or_list([*kinds, *null])}]}
    schema = _open_options(document, schema)
    if not nullable or not schema or _allows_null(schema):
        return schema
    if "$ref" in schema or "allOf" in schema:
        return {**prose, "anyOf": [inner, {"type": "null"}]}
    if "type" in schema:
        # In place, as what is inside this schema is still to be opened.
        schema["type"] = [*schema["type"], "null"] if isinstance(schema["type"], list) else [schema["type"], "null"]
    for key in ("oneOf", "anyOf"):
        if key in schema and "type" not in schema:
            schema["anyOf"] = [*schema.pop(key), {"type": "null"}]
            break
    return schema


def _open_options(document: Document, schema: Schema) -> Schema:
    """Let a union of listed values, such as one that may be null, have other values as well."""
    options = [option for key in ("oneOf", "anyOf") for option in schema.get(key, [])]
    listed = [deref(document, option) for option in options]
    kinds = {_kind(value) for one in listed for value in one.get("enum", []) if value is not None}
    free = {kind for one in listed if "enum" not in one for kind in _kinds(one)}
    if kinds <= free:
        return schema
    kept = [option for option in options if option != {"type": "null"}]
    others = sorted(kinds - free) + ["null"] * (len(kept) < len(options))
    rest = {key: value for key, value in schema.items() if key not in ("oneOf", "anyOf")}
    return {**rest, "anyOf": [*kept, {"type": _one_or_list(others)}]}


def _kinds(schema: Schema) -> list[str]:
    kinds = schema.get("type", [])
    return kinds if isinstance(kinds, list) else [kinds]


def _allows_null(schema: Schema) -> bool:
    kind = schema.get("type")
    if kind == "null" or (isinstance(kind, list) and "null" in kind):
        return True
    return any(
        _allows_null(option) for key in ("oneOf", "anyOf") for option in schema.get(key, []) if isinstance(option, dict)
    )


def _kind(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object", list: "array"}
    return names[type(value)]


def _one_or_list(kinds: list[str]) -> str | list[str]:
    return kinds[0] if len(kinds) == 1 else kinds


def _roots(document: Document, role: str) -> list[Slot]:
    slots = request_slots if role == "request" else response_slots
    return [slot for _, _, operation in operations(document) for slot in slots(operation)]


def _schemas_of_role(document: Document, role: str) -> list[Schema]:
    named = schemas_of(document)
    roots = _roots(document, role)
    inside = reached(document, roots)
    places = [*roots, *((named, name) for name in named if name in inside)]
    return [container[key] for root in places for container, key in below(root)]


def _holds_object(document: Document, name: str, seen: set[str]) -> bool:
    """Whether a schema or anything it refers to has properties, so that requests and responses want other rules."""
    if name in seen:
        return False
    seen.add(name)
    named = schemas_of(document)
    for container, key in below((named, name)):
        schema = container[key]
        target = target_name(schema)
        if (
            "properties" in schema
            or "items" in schema
            or (target in named and target and _holds_object(document, target, seen))
        ):
            return True
    return False
