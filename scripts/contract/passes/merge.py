"""Uniting the operations that share a real method and path, so that nothing documented of any is lost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from contract.discriminate import ByValue, Shape, tell_apart, union
from contract.document import Document, Json, copy_json, objects
from contract.errors import warn
from contract.names import pascal, unused
from contract.passes.codes import codes_of
from contract.passes.hoist import structure
from contract.schemas import ref_to, schemas_of, target_name

Operation = dict[str, Any]

_EXAMPLES = ("example", "examples")
_MERGED = ("x-rate-limit", "x-error-codes", "x-virtual-endpoint", "x-virtual-operation", "x-display-path")
"""Extensions that the merged operation or the shape has in another form."""


def merged_operation(document: Document, path: str, method: str, documented: Sequence[Operation]) -> Operation:
    """One operation for several; each keeps what was documented of it alone under `x-shapes`."""
    first = documented[0]
    if not all(one.get("x-virtual-endpoint") for one in documented[1:]):
        names = ", ".join(one["operationId"] for one in documented)
        warn(f"{method.upper()} {path}: several paths are this one, though none is marked virtual: {names}")
    told, merged = _bodies(document, f"{method.upper()} {path}", first["operationId"], documented)
    merged = {**first, **merged}
    values = {
        shape["operationId"]: _values_of(told, index, shape["operationId"]) for index, shape in enumerate(documented)
    }
    for key in ("x-rate-limit", "x-error-codes"):
        united = _with_applies_to([(values[one["operationId"]], one.get(key, [])) for one in documented])
        if united:
            merged[key] = united
    parameters = _parameters(documented)
    if parameters:
        merged["parameters"] = parameters
    merged["responses"] = _responses(document, first["operationId"], documented)
    if any("security" in one for one in documented):
        merged["security"] = _distinct(scheme for one in documented for scheme in one.get("security", []) or [{}])
    merged["x-shapes"] = [_shape(one, merged) for one in documented]
    return merged


def _bodies(document: Document, name: str, base: str, documented: Sequence[Operation]) -> tuple[Any, Operation]:
    """What tells the bodies apart, and the request body that unites them."""
    with_body = [one for one in documented if one.get("requestBody", {}).get("content")]
    media_types = _distinct(media for one in with_body for media in one["requestBody"]["content"])
    if not with_body:
        warn(f"{name}: {', '.join(one['operationId'] for one in documented)} have no body that tells them apart")
        return None, {}
    told: Any = None
    content: dict[str, Any] = {}
    for media_type in media_types:
        of_type = [one for one in with_body if media_type in one["requestBody"]["content"]]
        media = {key: value for one in of_type for key, value in one["requestBody"]["content"][media_type].items()}
        examples = _examples([one["requestBody"]["content"][media_type] for one in of_type])
        schemas = [one["requestBody"]["content"][media_type].get("schema", {}) for one in of_type]
        media["schema"], told = _united_body(document, name, base, [one["operationId"] for one in of_type], schemas)
        content[media_type] = {
            **{key: value for key, value in media.items() if key not in _EXAMPLES or not examples},
            **examples,
        }
    bodies = [one["requestBody"] for one in with_body]
    required = len(with_body) == len(documented) and all(body.get("required") is True for body in bodies)
    return (told if len(media_types) == 1 and len(with_body) == len(documented) else None), {
        "requestBody": {**bodies[0], "required": required, "content": content}
    }


def _united_body(document: Document, name: str, base: str, ids: list[str], schemas: list[Any]) -> tuple[Any, Any]:
    if len(schemas) == 1:
        return schemas[0], None
    targets = [target_name(schema) for schema in schemas]
    shapes = [Shape(operation, target) for operation, target in zip(ids, targets, strict=True) if target]
    told = tell_apart(document, shapes) if len(shapes) == len(schemas) else None
    if told is None:
        warn(f"{name}: no proof tells the bodies of {', '.join(ids)} apart; they become anyOf")
    if isinstance(told, ByValue):
        shapes = [_require(document, name, shape, told.name) for shape in shapes]
    schema = union(shapes, told) if len(shapes) == len(schemas) else {"anyOf": _distinct(schemas)}
    if "$ref" in schema:
        return schema, told
    named = schemas_of(document)
    union_name = unused(f"{pascal(base)}Body", named)
    named[union_name] = schema
    return ref_to(union_name), told


def _require(document: Document, name: str, shape: Shape, discriminator: str) -> Shape:
    """Make the discriminator required; a schema that something else uses too is copied first."""
    named = schemas_of(document)
    schema = named[shape.schema]
    if discriminator in schema.get("required", []):
        return shape
    warn(f"{name}: {discriminator} tells the shapes apart but is optional in {shape.operation_id}; taken as required")
    used = sum(target_name(node) == shape.schema for node in objects(document))
    target = unused(f"{pascal(shape.operation_id)}Request", named) if used > 1 else shape.schema
    named[target] = {**copy_json(schema), "required": [discriminator, *schema.get("required", [])]}
    return Shape(shape.operation_id, target)


def _values_of(told: Any, index: int, operation_id: str) -> list[str]:
    return list(told.values[index]) if isinstance(told, ByValue) else [operation_id]


def _with_applies_to(parts: Sequence[tuple[list[str], list[dict[str, Any]]]]) -> list[dict[str, Any]]:
    """The entries of all shapes, each once; one that not all shapes have says which it applies to."""
    everyone = {value for values, _ in parts for value in values}
    found: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for values, entries in parts:
        for entry in entries:
            bare = {key: value for key, value in entry.items() if key != "applies_to"}
            applies = found.setdefault(json.dumps(bare, sort_keys=True), (bare, []))[1]
            applies += [value for value in entry.get("applies_to", values) if value not in applies]
    return [bare if set(applies) >= everyone else {**bare, "applies_to": applies} for bare, applies in found.values()]


def _parameters(documented: Sequence[Operation]) -> list[dict[str, Any]]:
    """Every parameter once; one that not all shapes require is optional, one with other values is untied from them."""
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for operation in documented:
        for parameter in operation.get("parameters", []):
            merged.setdefault((parameter["name"], parameter["in"]), copy_json(parameter))
    for key, parameter in merged.items():
        same = [
            one
            for operation in documented
            for one in operation.get("parameters", [])
            if (one["name"], one["in"]) == key
        ]
        if len(same) < len(documented) or not all(one.get("required") for one in same):
            parameter.pop("required", None)
        if any(structure(one.get("schema")) != structure(parameter.get("schema")) for one in same):
            parameter["schema"] = next(
                (one["schema"] for one in same if "const" not in one.get("schema", {})), {"type": "string"}
            )
    return list(merged.values())


def _responses(document: Document, base: str, documented: Sequence[Operation]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for operation in documented:
        for status in operation["responses"]:
            merged.setdefault(status, None)
    for status in merged:
        responses = [one["responses"][status] for one in documented if status in one["responses"]]
        content: dict[str, Any] = {}
        for media_type in _distinct(media for one in responses for media in one.get("content", {})):
            media = [one["content"][media_type] for one in responses if media_type in one.get("content", {})]
            schemas = _distinct(one["schema"] for one in media if "schema" in one)
            examples = _examples(media)
            united = {key: value for key, value in media[0].items() if key not in _EXAMPLES or not examples} | examples
            if len(schemas) > 1:
                name = unused(f"{pascal(base)}Any{pascal(status)}", schemas_of(document))
                schemas_of(document)[name] = {"anyOf": schemas}
                united["schema"] = ref_to(name)
            elif schemas:
                united["schema"] = schemas[0]
            content[media_type] = united
        merged[status] = {**responses[0], **({"content": content} if content else {})}
    return merged


def _examples(media: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Every example once; one whose name is taken by another gets a number, and one without a name a name."""
    examples: dict[str, Any] = {}
    for one in media:
        unnamed = {"example": {"value": one["example"]}} if "example" in one and len(media) > 1 else {}
        for name, value in {**one.get("examples", {}), **unnamed}.items():
            if value not in examples.values():
                examples[unused(name, examples)] = value
    return {"examples": examples} if examples else {}


def _shape(operation: Operation, merged: Operation) -> dict[str, Any]:
    """What was documented of one operation and the merged one cannot say."""
    shape: Operation = {key: operation[key] for key in ("operationId", "summary", "description") if key in operation}
    known = [structure(one) for one in merged.get("parameters", [])]
    own = [one for one in operation.get("parameters", []) if structure(one) not in known]
    if own:
        shape["parameters"] = own
    for media in operation.get("requestBody", {}).get("content", {}).values():
        if "schema" in media:
            shape["schema"] = media["schema"]
    shape["statuses"] = list(operation["responses"])
    told = {status: _said(one, merged["responses"][status]) for status, one in operation["responses"].items()}
    if any(told.values()):
        shape["responses"] = {status: said for status, said in told.items() if said}
    shape |= _own_body(operation.get("requestBody", {}), merged.get("requestBody", {}))
    for key, value in operation.items():
        own_word = key in ("tags", "deprecated", "externalDocs", "servers") or key.startswith("x-")
        if own_word and key not in _MERGED and merged.get(key) != value:
            shape[key] = value
    for key in ("x-error-codes", "x-rate-limit", "security"):
        if key in operation:
            shape[key] = operation[key]
    return shape


def _own_body(body: dict[str, Any], merged: dict[str, Any]) -> Operation:
    """What one operation alone says of its body: a description, and which content types it can be of."""
    own: Operation = {}
    if "description" in body and body["description"] != merged.get("description"):
        own["requestBody"] = {"description": body["description"]}
    if list(body.get("content", {})) != list(merged.get("content", {})):
        own["x-content-types"] = list(body.get("content", {}))
    return own


def _said(response: dict[str, Any], merged: dict[str, Any]) -> dict[str, Any]:
    """What one operation alone says of a status: its description, and which codes come with it."""
    said: dict[str, Any] = {}
    if response.get("description", "") != merged.get("description", ""):
        said["description"] = response.get("description", "")
    codes = codes_of(response)
    if codes != codes_of(merged):
        said["x-codes"] = sorted(codes)
    return said


def _distinct(values: Iterable[Json]) -> list[Json]:
    found: list[Json] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found
