"""Edits of the published contract that change nothing for anybody: other words, other order, other ways to write it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from contract.document import copy_json, objects, operations
from drift.calls import path_parameter_renamed
from drift.kind import Edit
from drift.published import PUBLISHED, Doc, Place, answer_objects, at, named

WORDS = "Other words."
SCHEMAS = "#/components/schemas/"


def each_operation(change: Callable[[Doc], object]) -> Edit:
    return lambda document: [change(one) for _, _, one in operations(document)]


def each_object(change: Callable[[Doc], object]) -> Edit:
    """An edit of every object that is the document's own, and no value of the service."""
    return lambda document: [change(one) for one in list(objects(document))]


def each_answer(change: Callable[[Doc], object]) -> Edit:
    return each_operation(lambda operation: [change(one) for one in operation["responses"].values()])


def each_schema(change: Callable[[Doc], object]) -> Edit:
    return lambda document: [change(one) for one in document["components"]["schemas"].values()]


def in_prose(old: str, new: str) -> Edit:
    """An edit of the description of each operation, in each of which there is something to be changed."""

    def change(operation: Doc) -> None:
        text, found = re.subn(old, new, operation["description"], flags=re.MULTILINE)
        assert found, operation["operationId"]
        operation["description"] = text

    return each_operation(change)


def reordered(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: reordered(node[key]) for key in reversed(node)}
    return [reordered(one) for one in node] if isinstance(node, list) else node


def replaced(make: Callable[[Doc], Doc]) -> Edit:
    """An edit that gives the whole document anew."""

    def edit(document: Doc) -> None:
        new = make(document)
        document.clear()
        document.update(new)

    return edit


def reverse(node: Doc, key: str) -> None:
    if isinstance(node.get(key), list):
        node[key].reverse()


def reverse_members(node: Doc, key: str) -> None:
    if isinstance(node.get(key), dict):
        node[key] = dict(reversed(node[key].items()))


def reword(node: Doc, key: str = "description") -> None:
    if key in node:
        node[key] = WORDS


def as_html(operation: Doc) -> None:
    """The description as the vendor writes its own."""
    text = re.sub(r"\*\*(.*?)\*\*", r"<b>\1</b>", operation["description"])
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|") and "---" not in line]
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    words = [line for line in text.splitlines() if not line.startswith("|")]
    operation["description"] = "<br>".join(words) + f"<table>{cells}</table>"


def extract_parts(document: Doc, kind: str, key: str) -> None:
    """Name the answers, parameters or bodies that operations hold, and refer to them."""
    made = document["components"].setdefault(kind, {})

    def named(part: Doc) -> Doc:
        name = f"part{len(made)}"
        made[name] = part
        return {"$ref": f"#/components/{kind}/{name}"}

    for _, _, operation in operations(document):
        held = operation.get(key)
        if key == "requestBody" and held:
            operation[key] = named(held)
        elif isinstance(held, dict):
            operation[key] = {status: named(one) for status, one in held.items()}
        elif held:
            operation[key] = [named(one) for one in held]


def security_for_all(document: Doc) -> None:
    """The scope that most operations need, said once."""
    uses = [json.dumps(one["security"]) for _, _, one in operations(document)]
    usual = json.loads(max(uses, key=uses.count))
    document["security"] = usual
    for _, _, operation in operations(document):
        if operation["security"] == usual:
            del operation["security"]


def parameters_for_path(document: Doc) -> None:
    for item in document["paths"].values():
        first = next(iter(item.values())).get("parameters", [])
        shared = [one for one in first if all(one in other.get("parameters", []) for other in item.values())]
        for operation in item.values():
            operation["parameters"] = [one for one in operation.get("parameters", []) if one not in shared]
        item["parameters"] = shared


def extract(document: Doc, place: Place, name: str) -> None:
    parent = at(document, place[:-1])
    document["components"]["schemas"][name] = parent[place[-1]]
    parent[place[-1]] = {"$ref": SCHEMAS + name}


def references(document: Doc, name: str) -> Iterator[Doc]:
    return (one for one in list(objects(document)) if one.get("$ref") == SCHEMAS + name)


def inline(document: Doc, name: str) -> None:
    schema = document["components"]["schemas"].pop(name)
    for one in references(document, name):
        one.clear()
        one.update(copy_json(schema))


def rename_schema(document: Doc, name: str) -> None:
    document["components"]["schemas"][f"x-{name}"] = document["components"]["schemas"].pop(name)
    for one in references(document, name):
        one["$ref"] = SCHEMAS + f"x-{name}"


def by_schema() -> Iterator[tuple[str, Edit]]:
    """Each named schema written out where it is used, under another name, or gone if nothing uses it."""
    for name in PUBLISHED["components"]["schemas"]:
        if any(True for _ in references(PUBLISHED, name)):
            yield f"{name} written out", lambda document, name=name: inline(document, name)
            yield f"{name} under another name", lambda document, name=name: rename_schema(document, name)
        else:
            yield f"{name}, unused, gone", lambda document, name=name: document["components"]["schemas"].pop(name)
    for number, place in enumerate(answer_objects()):
        if len(place) > len(("components", "schemas", "name")):
            yield f"{named(place)} with a name", lambda d, place=place, name=f"part-{number}": extract(d, place, name)


MOVED: dict[str, Edit] = {
    "security for all": security_for_all,
    "parameters for a path": parameters_for_path,
    "answers as components": lambda document: extract_parts(document, "responses", "responses"),
    "parameters as components": lambda document: extract_parts(document, "parameters", "parameters"),
    "bodies as components": lambda document: extract_parts(document, "requestBodies", "requestBody"),
}
"""Edits after which parts of operations stand elsewhere in the document."""
EDITS: dict[str, Edit] = {
    "keys in another order": replaced(reordered),
    "required in another order": each_object(lambda one: reverse(one, "required")),
    "listed values in another order": each_object(lambda one: reverse(one, "enum")),
    "parameters in another order": each_operation(lambda one: reverse(one, "parameters")),
    "answers in another order": each_operation(lambda one: reverse_members(one, "responses")),
    "examples in another order": each_object(lambda one: reverse_members(one, "examples")),
    "paths in another order": lambda document: reverse_members(document, "paths"),
    "other summaries": each_operation(lambda one: reword(one, "summary")),
    "other first words": each_operation(lambda one: one.update(description=f"{WORDS}\n\n{one['description']}")),
    "more words at the end": each_operation(lambda one: one.update(description=f"{one['description']}\n\n{WORDS}")),
    "answers in other words": each_answer(reword),
    "schemas in other words": each_schema(reword),
    "properties in other words": each_schema(lambda one: [reword(member) for member in one["properties"].values()]),
    "bodies in other words": each_operation(lambda one: reword(one.get("requestBody", {}))),
    "schemas without examples": each_schema(lambda one: one.pop("example", None)),
    "properties without examples": each_object(lambda one: one.pop("example", None)),
    "codes with other summaries": each_object(
        lambda one: [reword(example, "summary") for example in one.get("examples", {}).values()]
    ),
    "codes with other descriptions": in_prose(r"^(\| \w+ \|) .* \|$", rf"\1 {WORDS} |"),
    "a wider table": in_prose(r"^\| --- \| --- \|$", "|:------|------:|"),
    "codes in bold": in_prose(r"^\| (\w+) \|", r"| **\1** |"),
    "prose as HTML": each_operation(as_html),
    "prose with trailing spaces": in_prose(r"$", "  "),
    "prose with carriage returns": in_prose(r"\n", "\r\n"),
    "prose without a last line break": each_operation(lambda one: one.update(description=one["description"].strip())),
    "prose with more blank lines": in_prose(r"\n\n", "\n\n\n\n"),
    "minutes written out": in_prose(r"per min ", "per minute "),
    "limits without bold": in_prose(r"\*\*(Threshold limit|Lock period)\*\*", r"\1"),
    "a new tag": lambda document: document["tags"].append({"name": "x"}),
    "another tag": each_operation(lambda one: one.update(tags=["x"])),
    "a tag in other words": lambda document: [reword(one) for one in document["tags"]],
    "another version": lambda document: document["info"].update(version="3.0.1"),
    "another title": lambda document: reword(document["info"], "title"),
    "a licence": lambda document: document["info"].update(license={"name": "x"}),
    "another reference": lambda document: document["externalDocs"].update(url="https://www.zoho.com/cliq/help/"),
    "a server in other words": lambda document: [reword(one) for one in document["servers"]],
    "scopes in other words": lambda document: [
        flow.update(scopes=dict.fromkeys(flow["scopes"], WORDS))
        for one in document["components"]["securitySchemes"].values()
        for flow in one["flows"].values()
    ],
    "OpenAPI 3.0.3": lambda document: document.update(openapi="3.0.3"),
    "no notes": each_operation(lambda one: one.pop("x-note", None)),
    "a note": each_operation(lambda one: one.update({"x-seen": "x"})),
    "not deprecated, in words": each_operation(lambda one: one.update(deprecated=False)),
    "optional without a word": each_operation(
        lambda one: [other.pop("required") for other in one.get("parameters", []) if not other["required"]]
    ),
    "closed in words": lambda document: [
        schema.update(additionalProperties=False)
        for name, schema in document["components"]["schemas"].items()
        if name.endswith("-request")
    ],
    **MOVED,
    "a schema that nothing uses": lambda document: document["components"]["schemas"].update(x={"type": "object"}),
    **{f"alias {name}": edit for name, edit in path_parameter_renamed(aliases=True)},
    **dict(by_schema()),
}
"""Every edit by its name."""
