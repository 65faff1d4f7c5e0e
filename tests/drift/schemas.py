"""Kinds that change schemas, in requests, in answers and in refusals alike: each gives the cases for some objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from drift.kind import Cases, Edit
from drift.published import PUBLISHED, Doc, Place, at, members, named

OTHER_TYPE = {"string": "integer", "integer": "string", "boolean": "integer", "array": "string", "object": "string"}
"""What each type becomes when it is another."""


def other(name: str) -> str:
    """Another name."""
    return f"{name}_x"


def rename(mapping: Doc, old: str, new: str) -> None:
    """Give a member another name; its place among the others stays."""
    members = [(new if key == old else key, value) for key, value in mapping.items()]
    mapping.clear()
    mapping.update(members)


def everywhere(places: Iterable[Place], change: Callable[[Any], object]) -> Edit:
    """An edit of each of some places."""
    return lambda document: [change(at(document, place)) for place in places]


def there(place: Place, change: Callable[[Any], object]) -> Edit:
    """An edit of one place."""
    return everywhere([place], change)


def renamed(objects: tuple[Place, ...]) -> Cases:
    for name, place, member in members(objects):
        yield name, there(place, lambda schema, member=member: rename_property(schema, member))


def rename_property(schema: Doc, name: str) -> None:
    rename(schema["properties"], name, other(name))
    if name in schema.get("required", []):
        schema["required"] = [other(name) if one == name else one for one in schema["required"]]


def removed(objects: tuple[Place, ...]) -> Cases:
    for name, place, member in members(objects):
        yield name, there(place, lambda schema, member=member: remove_property(schema, member))


def remove_property(schema: Doc, name: str) -> None:
    del schema["properties"][name]
    _unrequire(schema, name)


def retyped(objects: tuple[Place, ...]) -> Cases:
    for name, place, member in members(objects):
        if "type" in at(PUBLISHED, place)["properties"][member]:
            yield name, there((*place, "properties", member), retype)


def retype(schema: Doc) -> None:
    kind = OTHER_TYPE[schema["type"]]
    schema.clear()
    schema["type"] = kind


def nullable(objects: tuple[Place, ...]) -> Cases:
    """Not where a property has no type: it may be null already."""
    for name, place, member in members(objects):
        if any(key in at(PUBLISHED, place)["properties"][member] for key in ("type", "$ref")):
            yield name, there((*place, "properties", member), make_nullable)


def make_nullable(schema: Doc) -> None:
    """Beside a reference nothing counts in OpenAPI 3.0, so the reference goes inside."""
    if "$ref" in schema:
        schema["allOf"] = [{"$ref": schema.pop("$ref")}]
    schema["nullable"] = True


def now_required(objects: tuple[Place, ...]) -> Cases:
    for name, place, member in members(objects):
        if member not in at(PUBLISHED, place).get("required", []):
            yield name, there(place, lambda schema, member=member: schema.setdefault("required", []).append(member))


def no_longer_required(objects: tuple[Place, ...]) -> Cases:
    for place in objects:
        for name in at(PUBLISHED, place).get("required", []):
            yield f"{named(place)}.{name}", there(place, lambda schema, name=name: _unrequire(schema, name))


def _unrequire(schema: Doc, name: str) -> None:
    left = [one for one in schema.pop("required", []) if one != name]
    if left:
        schema["required"] = left


def enums(objects: tuple[Place, ...]) -> list[tuple[str, Place]]:
    """The properties that list their values."""
    listed = [(name, (*place, "properties", member)) for name, place, member in members(objects)]
    return [(name, place) for name, place in listed if "enum" in at(PUBLISHED, place)]


def value_added(objects: tuple[Place, ...]) -> Cases:
    for name, place in enums(objects):
        yield f"{name} takes one more", there((*place, "enum"), lambda values: values.append(other(values[0])))


def value_removed(objects: tuple[Place, ...]) -> Cases:
    for name, place in enums(objects):
        for value in at(PUBLISHED, place)["enum"]:
            yield f"{name} loses {value}", there((*place, "enum"), lambda values, value=value: values.remove(value))


def value_renamed(objects: tuple[Place, ...]) -> Cases:
    for name, place in enums(objects):
        for index, value in enumerate(at(PUBLISHED, place)["enum"]):
            edit = there((*place, "enum"), lambda values, index=index: values.insert(index, other(values.pop(index))))
            yield f"{name} has another {value}", edit


def bounded(objects: tuple[Place, ...], bound: str, by: int) -> Cases:
    """A bound that moves by one, which is the hardest to notice."""
    for name, place, member in members(objects):
        if bound in at(PUBLISHED, place)["properties"][member]:
            spot = (*place, "properties", member)
            yield name, there(spot, lambda schema: schema.update({bound: schema[bound] + by}))


def items_retyped(objects: tuple[Place, ...]) -> Cases:
    for name, place, member in members(objects):
        if "items" in at(PUBLISHED, place)["properties"][member]:
            yield f"{name}[]", there((*place, "properties", member, "items"), retype_items)


def retype_items(schema: Doc) -> None:
    kind = OTHER_TYPE[schema.get("type", "object")]
    schema.clear()
    schema["type"] = kind


def extra(objects: tuple[Place, ...]) -> Cases:
    for place in objects:
        yield named(place), there((*place, "properties"), lambda properties: properties.update(x={"type": "string"}))


def opened(objects: tuple[Place, ...]) -> Cases:
    for place in objects:
        yield named(place), there(place, lambda schema: schema.update(additionalProperties=True))
