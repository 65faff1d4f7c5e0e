"""Parameters: every one declared, paths in snake_case, comma-separated lists as arrays."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from contract.document import METHODS, Document, copied, operations
from contract.errors import warn
from contract.names import snake

_TEMPLATE = re.compile(r"{([^{}]*)}")
_COMMAS = re.compile(r"comma[- ]separated|separated (?:by|with) commas?", re.IGNORECASE)
_AT_MOST = re.compile(
    r"(?:(?:maximum|maxium)(?:\s+(?:limit|of|items|number(?:\s+of\s+\w+)?|count))?|max\.?|up to)"
    r"\s*[:=]?\s*(?P<count>\d[\d,]*)(?![\d,]|\.\d)"
    r"(?!\s*(?:char|byte|kb|mb|gb|second|minute|hour|day|week|month|year|%))",
    re.IGNORECASE,
)


def query_strings_in_paths(document: Document) -> Document:
    """A query string within a path becomes required `const` parameters, or beside the bare path a virtual endpoint."""
    document = copied(document)
    paths: dict[str, Any] = {}
    for path, item in document["paths"].items():
        bare, mark, query = path.partition("?")
        if not mark:
            paths.setdefault(path, {}).update(item)
            continue
        for method in [key for key in METHODS if key in item]:
            operation = item[method]
            for name, value in parse_qsl(query, keep_blank_values=True):
                others = [one for one in operation.get("parameters", []) if (one["name"], one["in"]) != (name, "query")]
                const = {"name": name, "in": "query", "required": True, "schema": {"type": "string", "const": value}}
                operation["parameters"] = [*others, const]
                warn(
                    f"{method.upper()} {path}: the path holds a query string; "
                    f"{name}={value} becomes a required parameter"
                )
            if method in document["paths"].get(bare, {}) or method in paths.get(bare, {}):
                operation.update({"x-virtual-endpoint": True, "x-display-path": bare})
                paths.setdefault(path, {})[method] = operation
            else:
                paths.setdefault(bare, {})[method] = operation
    document["paths"] = paths
    return document


def declare_path_parameters(document: Document) -> Document:
    """A path parameter that nobody declares becomes a required string, with a warning; each one is required."""
    document = copied(document)
    for path, method, operation in operations(document):
        declared = {one["name"]: one for one in operation.get("parameters", []) if one["in"] == "path"}
        for name in _TEMPLATE.findall(path.partition("?")[0]):
            if name in declared:
                declared[name]["required"] = True
            else:
                warn(f"{method.upper()} {path}: the path parameter {name} is not declared; taken as a required string")
                made = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                operation["parameters"] = [made, *operation.get("parameters", [])]
    return document


def snake_case_paths(document: Document) -> Document:
    """Path parameters in snake_case, in the paths, the display paths and the parameters."""
    document = copied(document)
    paths: dict[str, Any] = {}
    for path, item in document["paths"].items():
        snaked = _snake_path(path)
        while snaked in paths:
            # Two spellings of one template stay apart until collapsing unites them; an empty query changes no path.
            snaked += "?"
        paths[snaked] = item
    document["paths"] = paths
    for _, _, operation in operations(document):
        if "x-display-path" in operation:
            operation["x-display-path"] = _snake_path(operation["x-display-path"])
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                parameter["name"] = snake(parameter["name"])
    return document


def _snake_path(path: str) -> str:
    return _TEMPLATE.sub(lambda match: "{" + snake(match[1]) + "}", path)


def comma_lists(document: Document) -> Document:
    """A query string of comma-separated values becomes an array, with the most items that the prose allows."""
    document = copied(document)
    for path, method, operation in operations(document):
        for parameter in operation.get("parameters", []):
            if not isinstance(parameter.get("schema", {}), dict):
                continue
            schema = parameter.get("schema", {})
            text = f"{parameter.get('description', '')} {schema.get('description', '')}"
            if parameter["in"] == "query" and schema.get("type") == "string" and _COMMAS.search(text):
                parameter["schema"] = _array(
                    schema, text, bool(parameter.get("required")), f"{method.upper()} {path}: {parameter['name']}"
                )
                parameter.update(style="form", explode=False)
                if isinstance(parameter.get("example"), str):
                    parameter["example"] = _split(parameter["example"])
    return document


def _array(schema: dict[str, Any], text: str, required: bool, name: str) -> dict[str, Any]:
    array: dict[str, Any] = {"type": "array"}
    if required:
        array["minItems"] = 1
    plain = re.sub(r"[*`\\]", "", text)
    counts = {int(match["count"].replace(",", "")) for match in _AT_MOST.finditer(plain)}
    if len(counts) == 1:
        array["maxItems"] = counts.pop()
    elif len(counts) > 1:
        warn(f"{name}: more than one maximum is stated ({', '.join(map(str, sorted(counts)))}); none is taken")
    array["items"] = {
        key: value for key, value in schema.items() if key not in ("description", "example", "default", "maxLength")
    }
    if array["items"] == {"type": "string"}:
        # What the commas leave: an item with one would be two, and an empty one none.
        array["items"]["pattern"] = "^[^,]+$"
    if "description" in schema:
        array["description"] = schema["description"]
    for key in ("example", "default"):
        if isinstance(schema.get(key), str):
            array[key] = _split(schema[key])
    return array


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]
