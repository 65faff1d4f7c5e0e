"""Kinds that change refusals: their codes, which stand in tables and examples, and the form of their bodies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from contract.document import copy_json
from contract.passes.codes import code_of
from drift.kind import Cases
from drift.published import PUBLISHED, Doc, Place, at, documented, error_bodies, media, responses
from drift.schemas import everywhere, other, remove_property, rename, rename_property, retype

UNUSED = "409"
"""A status that no operation has."""


def codes() -> Iterator[tuple[str, Place, Place, str]]:
    """Each code that an example shows: operation, its place, the place of the example's content, the example's name."""
    for operation, _, place in responses():
        for content in media(place):
            for name, example in at(PUBLISHED, content).get("examples", {}).items():
                if code_of(example) is not None:
                    yield operation, documented()[operation], content, name


def row_of(code: str) -> re.Pattern[str]:
    """A code's row in a table of a description."""
    return re.compile(rf"^\| {re.escape(code)} \|.*\n", re.MULTILINE)


def changed_row(operation: Doc, code: str, row: Callable[[str], str]) -> None:
    """Change a code's row; it must be there once."""
    text, found = row_of(code).subn(lambda match: row(match[0]), operation["description"])
    assert found == 1, code
    operation["description"] = text


def code_added() -> Cases:
    """One more code for each operation, after its last."""
    last = {operation: (place, content, name) for operation, place, content, name in codes()}
    for operation, (place, content, name) in last.items():

        def edit(document: Doc, place: Place = place, content: Place = content, name: str = name) -> None:
            examples = at(document, content)["examples"]
            code = str(code_of(examples[name]))
            changed_row(at(document, place), code, lambda row: row + row.replace(code, other(code)))
            examples[other(name)] = copy_json(examples[name])
            examples[other(name)]["value"]["code"] = other(code)

        yield operation, edit


def code_removed() -> Cases:
    for operation, place, content, name in codes():

        def edit(document: Doc, place: Place = place, content: Place = content, name: str = name) -> None:
            example = at(document, content)["examples"].pop(name)
            changed_row(at(document, place), str(code_of(example)), lambda _: "")

        yield f"{operation} {name}", edit


def code_renamed() -> Cases:
    for operation, place, content, name in codes():

        def edit(document: Doc, place: Place = place, content: Place = content, name: str = name) -> None:
            examples = at(document, content)["examples"]
            code = str(code_of(examples[name]))
            changed_row(at(document, place), code, lambda row: row.replace(code, other(code), 1))
            examples[name]["value"]["code"] = other(code)
            rename(examples, name, other(name))

        yield f"{operation} {name}", edit


def code_moved() -> Cases:
    for operation, place, content, name in codes():

        def edit(document: Doc, place: Place = place, content: Place = content, name: str = name) -> None:
            operation, status = at(document, place), content[-3]
            moved = operation["responses"][UNUSED] = copy_json(operation["responses"][status])
            example = at(document, content)["examples"].pop(name)
            moved["content"][content[-1]]["examples"] = {name: example}

        yield f"{operation} {name}", edit


def listed() -> tuple[Place, ...]:
    """The bodies that list their codes."""
    bodies = [place for places in error_bodies().values() for place in places]
    return tuple(place for place in bodies if any("enum" in one for one in at(PUBLISHED, place)["properties"].values()))


def envelope(change: Callable[[Doc, str], object]) -> Cases:
    """A change of each property of each form that a refusal's body has."""
    for body, places in error_bodies().items():
        for name in at(PUBLISHED, places[0])["properties"]:
            yield f"{body}.{name}", everywhere(places, lambda schema, name=name: change(schema, name))


def envelope_renamed() -> Cases:
    return envelope(rename_property)


def envelope_removed() -> Cases:
    return envelope(remove_property)


def envelope_retyped() -> Cases:
    return envelope(lambda schema, name: retype(schema["properties"][name]))


def envelope_wrapped() -> Cases:
    for body, places in error_bodies().items():
        yield body, everywhere(places, wrap)


def wrap(schema: Doc) -> None:
    """Put all that a body holds one level down."""
    inner = dict(schema)
    schema.clear()
    schema.update(type="object", properties={"error": inner})
