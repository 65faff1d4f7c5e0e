"""Finding schemas: where they stand in a document, and what stands inside one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from contract.document import Document, operations

Schema: TypeAlias = dict[str, Any]
Slot: TypeAlias = tuple[Any, str | int]
"""A place that holds a schema: its container and the key within it."""


def children(schema: Schema) -> Iterator[tuple[str, Slot]]:
    """The places directly inside a schema that hold schemas, each with a word that names it."""
    for key in ("properties", "patternProperties", "$defs"):
        held = schema.get(key)
        if isinstance(held, dict):
            for name in held:
                yield name, (held, name)
    for key, word in (("items", "item"), ("additionalProperties", "value"), ("not", "not")):
        if isinstance(schema.get(key), dict):
            yield word, (schema, key)
    for key in ("oneOf", "anyOf", "allOf", "prefixItems"):
        held = schema.get(key)
        if isinstance(held, list):
            for index in range(len(held)):
                yield f"option{index + 1}", (held, index)


def below(slot: Slot) -> Iterator[Slot]:
    """The place itself and every place inside it; references are not followed."""
    schema = slot[0][slot[1]]
    if isinstance(schema, dict):
        yield slot
        for _, child in children(schema):
            yield from below(child)


def content_slots(holder: dict[str, Any]) -> Iterator[Slot]:
    """The schemas of a request body or a response, one for each media type."""
    for media in holder.get("content", {}).values():
        if isinstance(media.get("schema"), dict):
            yield media, "schema"


def request_slots(operation: dict[str, Any]) -> Iterator[Slot]:
    """The schemas that an operation takes: parameters first, then the body."""
    for parameter in operation.get("parameters", []):
        if isinstance(parameter.get("schema"), dict):
            yield parameter, "schema"
        yield from content_slots(parameter)
    yield from content_slots(operation.get("requestBody", {}))


def response_slots(operation: dict[str, Any]) -> Iterator[Slot]:
    """The schemas that an operation answers with."""
    for response in operation["responses"].values():
        yield from content_slots(response)
        for header in response.get("headers", {}).values():
            if isinstance(header, dict) and isinstance(header.get("schema"), dict):
                yield header, "schema"


def schemas_of(document: Document) -> dict[str, Schema]:
    """The named schemas, made if the document has none."""
    named: dict[str, Schema] = document.setdefault("components", {}).setdefault("schemas", {})
    return named


def every_slot(document: Document) -> Iterator[Slot]:
    """Every place in the document that holds a schema."""
    roots: list[Slot] = [(schemas_of(document), name) for name in schemas_of(document)]
    for _, _, operation in operations(document):
        roots += [*request_slots(operation), *response_slots(operation)]
    for root in roots:
        yield from below(root)


def every_schema(document: Document) -> Iterator[Schema]:
    """Every schema in the document."""
    for container, key in every_slot(document):
        yield container[key]


def ref_to(name: str) -> Schema:
    """A reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def target_name(schema: Any) -> str | None:
    """The name of the schema that a reference points at."""
    ref = schema.get("$ref") if isinstance(schema, dict) else None
    prefix = "#/components/schemas/"
    return ref.removeprefix(prefix) if isinstance(ref, str) and ref.startswith(prefix) else None


def reached(document: Document, roots: Iterable[Slot]) -> set[str]:
    """The names of the schemas that the roots refer to, directly or through others."""
    named = schemas_of(document)
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        for container, key in below(waiting.pop()):
            name = target_name(container[key])
            if name is not None and name not in found and name in named:
                found.add(name)
                waiting.append((named, name))
    return found
