"""Inline schemas become components with PascalCase names, each once."""

from __future__ import annotations

import json
from collections.abc import Iterator

from contract.document import Document, Json, copied, copy_json, objects, operations
from contract.errors import warn
from contract.names import pascal, unused
from contract.schemas import Schema, Slot, children, content_slots, every_slot, ref_to, schemas_of, target_name

_PROSE = frozenset({"description", "summary", "title", "example", "examples"})


def pascal_components(document: Document) -> Document:
    """Give the named schemas PascalCase names; two that come out the same and differ are numbered, with a warning."""
    document = copied(document)
    renamed: dict[str, str] = {}
    named: dict[str, Schema] = {}
    for name, schema in schemas_of(document).items():
        new = pascal(name)
        if new in named and named[new] != schema:
            new = unused(new, {*named, *map(pascal, schemas_of(document))})
            warn(f"components.schemas.{name}: named {new}, as another schema has the name {pascal(name)}")
        renamed[name] = new
        named[new] = schema
    document["components"]["schemas"] = named
    for node in objects(document):
        old = target_name(node)
        if old in renamed:
            node.update(ref_to(renamed[old]))
        if isinstance(node.get("mapping"), dict):
            for value, ref in node["mapping"].items():
                old = target_name({"$ref": ref})
                if old in renamed:
                    node["mapping"][value] = ref_to(renamed[old])["$ref"]
    return document


def hoist_inline_schemas(document: Document) -> Document:
    """Move inline objects and enums to components, named by operation, error properties or property."""
    document = copied(document)
    _move_error_sentences(document)
    hoist = _Hoist(document)
    for slot, name, is_error in _bodies(document):
        hoist.body(slot, name, is_error)
    for name in list(schemas_of(document)):
        hoist.inside(schemas_of(document)[name], name)
    for _, _, operation in operations(document):
        for parameter in operation.get("parameters", []):
            if isinstance(parameter.get("schema"), dict):
                hoist.part((parameter, "schema"), parameter["name"], pascal(operation["operationId"]))
    return document


def structure(node: Json) -> str:
    """What a schema says apart from its prose, as text that can be compared."""
    return json.dumps(_bare(node, named=False), sort_keys=True)


def _bare(node: Json, named: bool) -> Json:
    if isinstance(node, dict):
        return {
            key: _bare(value, named=key in ("properties", "patternProperties") and not named)
            for key, value in node.items()
            if named or key not in _PROSE
        }
    return [_bare(value, named=False) for value in node] if isinstance(node, list) else node


def _bodies(document: Document) -> Iterator[tuple[Slot, str, bool]]:
    """Every body, the name that it gets if it is inline, and whether it is an error, which many operations share."""
    for _, _, operation in operations(document):
        base = pascal(operation["operationId"])
        for slot in content_slots(operation.get("requestBody", {})):
            yield slot, f"{base}Request", False
        success = 0
        for status, response in operation["responses"].items():
            for slot in content_slots(response):
                if status.startswith(("4", "5")):
                    properties = slot[0][slot[1]].get("properties")
                    words = map(pascal, properties if isinstance(properties, dict) else [])
                    yield slot, "Error" + "".join(words), True
                else:
                    success += 1
                    yield slot, f"{base}Response" + (pascal(status) if success > 1 else ""), False


def _move_error_sentences(document: Document) -> None:
    """An inline error's example message is a sentence about the status: it joins the response's description."""
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            for container, key in content_slots(response):
                message = container[key].get("properties", {}).get("message") if status[:1] in "45" else None
                if isinstance(message, dict) and isinstance(message.get("example"), str):
                    said = f"{response.get('description', '')} For example: {message.pop('example')}"
                    response["description"] = said.strip()


class _Hoist:
    """Names given so far, by what they stand for."""

    def __init__(self, document: Document) -> None:
        self.named = schemas_of(document)
        self._made: dict[tuple[str, str], str] = {}
        self._short = _names_of_one_thing(document)

    def body(self, slot: Slot, name: str, is_error: bool) -> None:
        schema = slot[0][slot[1]]
        if not isinstance(schema, dict):
            return
        if _is_union(schema) or _is_object(schema) or "enum" in schema:
            self._move(slot, name, shared=is_error, is_body=True)
        elif schema.get("type") == "array":
            self.inside(schema, name)

    def inside(self, schema: Schema, name: str) -> None:
        for word, slot in list(children(schema)):
            self.part(slot, word, name)

    def part(self, slot: Slot, word: str, parent: str) -> None:
        schema = slot[0][slot[1]]
        if not isinstance(schema, dict):
            return
        if _is_object(schema) or "enum" in schema:
            short = pascal(word)
            self._move(slot, short if short in self._short else parent + short, shared=True)
        else:
            self.inside(schema, parent + pascal(word))

    def _move(self, slot: Slot, name: str, shared: bool, is_body: bool = False) -> None:
        schema = slot[0][slot[1]]
        key = (name, structure(schema))
        if not (shared and key in self._made):
            new = unused(name, self.named)
            self._made[key] = new
            self.named[new] = copy_json(schema)
            self.inside(self.named[new], new)
        # What the text says of this use stays here: another use of the same schema can say something else.
        prose = {word: schema[word] for word in ("description",) if word in schema and not is_body}
        slot[0][slot[1]] = {**ref_to(self._made[key]), **prose}


def _names_of_one_thing(document: Document) -> set[str]:
    """The property names under which all inline objects and enums are the same, and that no schema has yet."""
    found: dict[str, set[str]] = {}
    for container, key in every_slot(document):
        for word, (inner, name) in children(container[key]):
            schema = inner[name]
            if (
                inner is container[key].get("properties")
                and isinstance(schema, dict)
                and (_is_object(schema) or "enum" in schema)
            ):
                found.setdefault(pascal(word), set()).add(structure(schema))
    return {name for name, structures in found.items() if len(structures) == 1} - schemas_of(document).keys()


def _is_object(schema: Schema) -> bool:
    return isinstance(schema.get("properties"), dict) or "allOf" in schema


def _is_union(schema: Schema) -> bool:
    return "oneOf" in schema or "anyOf" in schema
