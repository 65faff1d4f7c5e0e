"""How the shapes of a union are told apart, and the proof that no body fits two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from contract.document import Document, deref
from contract.schemas import Schema, ref_to, schemas_of


@dataclass(frozen=True)
class Shape:
    """One documented body of an operation: its operationId and the name of its schema."""

    operation_id: str
    schema: str


@dataclass(frozen=True)
class ByValue:
    """Told apart by the value of one property: the values of each shape, in the shapes' order."""

    name: str
    values: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ByPresence:
    """Told apart by which properties a body has: the first shape whose properties are all present."""

    order: tuple[int, ...]
    has: tuple[tuple[str, ...], ...]


def tell_apart(document: Document, shapes: Sequence[Shape]) -> ByValue | ByPresence | None:
    """Find what tells the shapes apart, or `None` where nothing proves that they are disjoint."""
    bodies = [schemas_of(document)[shape.schema] for shape in shapes]
    if not all(_is_closed_object(body) for body in bodies):
        return None
    return _by_value(document, bodies) or _by_presence(bodies)


def _is_closed_object(body: Schema) -> bool:
    return (
        isinstance(body.get("properties"), dict)
        and body.get("additionalProperties") is False
        and body.get("type") == "object"
        and not any(key in body for key in ("$ref", "oneOf", "anyOf", "allOf", "patternProperties"))
    )


def _by_value(document: Document, bodies: Sequence[Schema]) -> ByValue | None:
    """A property with an enum in every shape, no value in two of them; one that is required everywhere comes first."""
    found: list[ByValue] = []
    for name in bodies[0]["properties"]:
        values = [_values(document, body["properties"].get(name)) for body in bodies]
        if all(values) and not any(set(one) & set(other) for one, other in combinations(values, 2)):
            found.append(ByValue(name, tuple(values)))
    required = [one for one in found if all(one.name in body.get("required", []) for body in bodies)]
    return next(iter([*required, *found]), None)


def _values(document: Document, schema: Any) -> tuple[str, ...]:
    if not isinstance(schema, dict):
        return ()
    target = deref(document, schema)
    if not isinstance(target, dict):
        return ()
    values = target.get("enum", [target["const"]] if "const" in target else [])
    return tuple(values) if all(isinstance(value, str) for value in values) else ()


def _by_presence(bodies: Sequence[Schema]) -> ByPresence | None:
    """Every two shapes differ in a property that one requires and the other lacks; order them by it."""
    may = [set(body["properties"]) for body in bodies]
    must = [[name for name in body["properties"] if name in body.get("required", [])] for body in bodies]
    if any(set(body.get("required", [])) - set(body["properties"]) for body in bodies):
        return None
    for one, other in combinations(range(len(bodies)), 2):
        if set(must[one]) <= may[other] and set(must[other]) <= may[one]:
            return None
    order: list[int] = []
    waiting = list(range(len(bodies)))
    while waiting:
        # A shape can go next if no shape after it could have all the properties that it is told by.
        ready = next(
            (one for one in waiting if all(one == other or set(must[one]) - may[other] for other in waiting)), None
        )
        if ready is None:
            return None
        order.append(ready)
        waiting.remove(ready)
    has = [_fewest(must[one], [may[later] for later in order[place + 1 :]]) for place, one in enumerate(order)]
    return ByPresence(tuple(order), tuple(has))


def _fewest(required: Sequence[str], later: Sequence[set[str]]) -> tuple[str, ...]:
    """The fewest required properties that no later shape can have together."""
    for size in range(len(required) + 1):
        for names in combinations(required, size):
            if all(set(names) - may for may in later):
                return names
    return tuple(required)


def union(shapes: Sequence[Shape], told: ByValue | ByPresence | None) -> Schema:
    """The schema of the union: `oneOf` where the proof exists, `anyOf` where it does not."""
    refs = list({shape.schema: ref_to(shape.schema) for shape in shapes}.values())
    if told is None:
        return refs[0] if len(refs) == 1 else {"anyOf": refs}
    if isinstance(told, ByValue):
        pairs = zip(shapes, told.values, strict=True)
        mapping = {value: ref_to(shape.schema)["$ref"] for shape, values in pairs for value in values}
        return {"oneOf": refs, "discriminator": {"propertyName": told.name, "mapping": mapping}}
    rules = [
        {"has": list(has), "schema": ref_to(shapes[index].schema), "operationId": shapes[index].operation_id}
        for index, has in zip(told.order, told.has, strict=True)
    ]
    return {"oneOf": refs, "x-discriminator": rules}
