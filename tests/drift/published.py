"""The published contract as places that a kind of drift can strike; every list of places comes from walking it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from contract.document import copy_json, deref, operations
from contract.errors import ContractWarning
from contract.passes import normalise
from contract.source import read

PUBLISHED: dict[str, Any] = read(str(Path(__file__).parents[2] / "spec" / "published" / "mypins.yaml"))
Doc: TypeAlias = dict[str, Any]
Place: TypeAlias = tuple[str, ...]
"""Keys from the top of the document."""


def at(document: Doc, place: Place) -> Any:
    """What stands at a place."""
    node: Any = document
    for key in place:
        node = node[key]
    return node


def copied() -> Doc:
    """The published contract, to be changed."""
    document: Doc = copy_json(PUBLISHED)
    return document


def edited(edit: Callable[[Doc], object]) -> Doc:
    """The published contract with a change."""
    document = copied()
    edit(document)
    return document


def normalised(document: Doc) -> Doc:
    """A document normalised; that a changed one leaves something unclear is no matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ContractWarning)
        return normalise(document)


def documented() -> dict[str, Place]:
    """Where each documented operation stands, by its operationId."""
    return {one["operationId"]: ("paths", path, method) for path, method, one in operations(PUBLISHED)}


def requests() -> Iterator[tuple[str, Place]]:
    """The request body of each operation that has one."""
    for name, place in documented().items():
        if "requestBody" in at(PUBLISHED, place):
            yield name, (*place, "requestBody")


def responses() -> Iterator[tuple[str, str, Place]]:
    """Every documented answer: operation, status, place."""
    for name, place in documented().items():
        for status in at(PUBLISHED, place)["responses"]:
            yield name, status, (*place, "responses", status)


def media(place: Place) -> Iterator[Place]:
    """Each content of a body or an answer."""
    for kind in at(PUBLISHED, place).get("content", {}):
        yield (*place, "content", kind)


@cache
def request_objects() -> tuple[Place, ...]:
    """Every object that a request can hold."""
    return _objects([(*one, "schema") for _, body in requests() for one in media(body)])


@cache
def answer_objects() -> tuple[Place, ...]:
    """Every object that an answer of a success can hold."""
    good = [place for _, status, place in responses() if status.startswith("2")]
    return _objects([(*one, "schema") for place in good for one in media(place)])


@cache
def error_bodies() -> dict[str, tuple[Place, ...]]:
    """The bodies of refusals; those that are written out again and again are one, in many places."""
    found: dict[str, list[Place]] = {}
    for _, status, place in responses():
        for one in media(place):
            if not status.startswith("2"):
                schema = _target((*one, "schema"))
                places = found.setdefault(json.dumps(_without_words(at(PUBLISHED, schema)), sort_keys=True), [])
                places += [] if schema in places else [schema]
    return {named(places[0]) if len(places) == 1 else "plain-error": tuple(places) for places in found.values()}


def members(objects: tuple[Place, ...]) -> Iterator[tuple[str, Place, str]]:
    """Each property of some objects: what to call it, the object, its name."""
    for place in objects:
        for name in at(PUBLISHED, place)["properties"]:
            yield f"{named(place)}.{name}", place, name


def named(place: Place) -> str:
    """A place in few words."""
    skipped = ("components", "schemas", "properties", "paths", "content", "application/json", "schema")
    return ".".join(part for part in place if part not in skipped).replace(".items", "[]")


def _objects(roots: list[Place]) -> tuple[Place, ...]:
    found: dict[Place, None] = {}
    waiting = list(roots)
    while waiting:
        place = _target(waiting.pop(0))
        schema = at(PUBLISHED, place)
        if place in found:
            continue
        if "properties" in schema:
            found[place] = None
            waiting += [(*place, "properties", name) for name in schema["properties"]]
        if "items" in schema:
            waiting.append((*place, "items"))
    return tuple(found)


def _target(place: Place) -> Place:
    """The place that a reference leads to."""
    schema = at(PUBLISHED, place)
    if "$ref" not in schema:
        return place
    assert deref(PUBLISHED, schema) is at(PUBLISHED, tuple(schema["$ref"].split("/")[1:]))
    return tuple(schema["$ref"].split("/")[1:])


def _without_words(schema: Any) -> Any:
    """A schema without its examples, which differ where the same form is written out for each status."""
    if isinstance(schema, dict):
        return {key: _without_words(one) for key, one in schema.items() if key not in ("example", "description")}
    return schema
