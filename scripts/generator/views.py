"""What the templates are told of an operation: Python source for its parts, each made safe here."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contract.document import Document, deref
from contract.errors import ContractError
from contract.schemas import schemas_of, target_name

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_BOUNDS = {"minLength": "min_length", "maxLength": "max_length", "minItems": "min_length", "maxItems": "max_length"}
_BOUNDS |= {"minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt", "pattern": "pattern"}


@dataclass(frozen=True)
class OperationView:
    """One operation as source text."""

    operation_id: str
    method: str
    docstring: str
    result: str
    answers: str
    path_parts: tuple[str, ...]
    query: tuple[tuple[str, str, str], ...]
    shapes: tuple[str, ...]
    body_type: str
    body_required: bool
    models: tuple[str, ...]


def view(document: Document, path: str, method: str, arguments: dict[str, str]) -> OperationView:
    """The view of an operation; `arguments` gives the Python name of each parameter."""
    operation: dict[str, Any] = document["paths"][path][method]
    name = operation["operationId"]
    results = dict(_results(document, operation))
    shapes = _shapes(document, operation)
    query = tuple(
        (repr(one["name"]), arguments[one["name"]], _kind(document, one, name))
        for one in operation.get("parameters", [])
        if one["in"] == "query"
    )
    body_models = list(dict.fromkeys(model for model, _ in shapes))
    kinds = list(dict.fromkeys(results.values()))
    words = " ".join([*kinds, *(kind for _, _, kind in query)])
    return OperationView(
        operation_id=repr(name),
        method=repr(method.upper()),
        docstring=_docstring(path, method, operation, [one["name"] for one in operation.get("parameters", [])]),
        result=" | ".join(kinds) or "None",
        answers="{" + ", ".join(f"{status}: {kind}" for status, kind in results.items()) + "}",
        path_parts=tuple(_path_parts(name, path, arguments)),
        query=query,
        shapes=tuple(source for _, source in shapes),
        body_type=" | ".join(body_models),
        body_required=operation.get("requestBody", {}).get("required", False),
        models=tuple(
            sorted({*body_models, *(word for word in re.findall(r"\w+", words) if word in schemas_of(document))})
        ),
    )


def _results(document: Document, operation: dict[str, Any]) -> Iterator[tuple[int, str]]:
    for status, response in operation["responses"].items():
        if not re.fullmatch(r"2\d\d", status):
            continue
        content = deref(document, response).get("content", {}).get("application/json")
        yield (
            int(status),
            "None" if content is None else _type(document, content.get("schema", {}), operation["operationId"]),
        )


def _type(document: Document, schema: dict[str, Any], name: str) -> str:
    """The Python type of a schema that stands inline."""
    target = target_name(schema)
    if target is not None:
        return target
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    kind = schema.get("type")
    if kind == "array":
        items = _type(document, schema.get("items", {}), name)
        return _bounded(f"list[{items}]", schema)
    if kind in _SCALARS:
        return _bounded(_SCALARS[kind], schema)
    if kind == "object":
        return "dict[str, object]"
    raise ContractError(f"{name}: no Python type for the schema {schema}")


def _bounded(kind: str, schema: dict[str, Any]) -> str:
    bounds = [f"{word}={schema[key]!r}" for key, word in _BOUNDS.items() if key in schema]
    return f"Annotated[{kind}, Meta({', '.join(bounds)})]" if bounds else kind


def _kind(document: Document, parameter: dict[str, Any], name: str) -> str:
    schema = parameter["schema"]
    if schema.get("type") == "array" and (parameter.get("style", "form"), parameter.get("explode", True)) != (
        "form",
        False,
    ):
        raise ContractError(
            f"{name}: {parameter['name']}: arrays go out comma-joined, but the contract has another style"
        )
    return _type(document, schema, name)


def _shapes(document: Document, operation: dict[str, Any]) -> list[tuple[str, str]]:
    """Each model that the body can be, in the order in which they are told apart, with the source of its `Shape`."""
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return []
    if "application/json" not in content:
        raise ContractError(f"{operation['operationId']}: only JSON bodies are generated, not {', '.join(content)}")
    schema = content["application/json"]["schema"]
    union = deref(document, schema)
    if "x-discriminator" in union:
        return [
            _shape(document, target_name(one["schema"]), one["operationId"], has=tuple(one["has"]))
            for one in union["x-discriminator"]
        ]
    if "discriminator" in union:
        ids = {
            target_name(one["schema"]): one["operationId"] for one in operation.get("x-shapes", []) if "schema" in one
        }
        mapping: dict[str | None, list[str]] = {}
        for value, ref in union["discriminator"]["mapping"].items():
            mapping.setdefault(target_name({"$ref": ref}), []).append(value)
        tag = union["discriminator"]["propertyName"]
        return [
            _shape(document, model, ids.get(model, operation["operationId"]), tag=tag, values=tuple(values))
            for model, values in mapping.items()
        ]
    return [_shape(document, target_name(schema), operation["operationId"])]


def _shape(document: Document, model: str | None, operation_id: str, **told: Any) -> tuple[str, str]:
    if model is None or "properties" not in schemas_of(document)[model]:
        raise ContractError(
            f"{operation_id}: its body is no object, or nothing tells its shapes apart; correct the contract"
        )
    fewest = schemas_of(document)[model].get("minProperties", 0)
    extra = [f"{key}={value!r}" for key, value in told.items() if value] + ([f"fewest={fewest}"] if fewest else [])
    return model, f"Shape({', '.join([repr(operation_id), model, *extra])})"


def _path_parts(name: str, path: str, arguments: dict[str, str]) -> Iterator[str]:
    for part in re.split(r"({[^{}]*})", path):
        if part.startswith("{"):
            yield f"path_segment({name!r}, {part[1:-1]!r}, {arguments[part[1:-1]]})"
        elif part:
            yield repr(part)


def _docstring(path: str, method: str, operation: dict[str, Any], parameters: list[str]) -> str:
    shapes = operation.get("x-shapes", [])
    lines = [_sentence(operation.get("summary") or operation["operationId"])]
    if shapes:
        lines += ["", f"The body decides which of {len(shapes)} operations it is:", ""]
        lines += [
            f"- `{one['operationId']}`: {_sentence(one.get('description') or one.get('summary', ''))}" for one in shapes
        ]
    elif operation.get("description"):
        lines += ["", operation["description"]]
    lines += ["", f"`{method.upper()} {path}`, operation `{operation['operationId']}`. {_limits(operation)}"]
    described = {one["name"]: one.get("description", "") for one in operation.get("parameters", [])}
    body = operation.get("requestBody", {}).get("description")
    if body:
        described["body"] = body
    if described:
        lines += ["", "Args:"]
        lines += [f"    {name}: {' '.join(text.split())}" for name, text in described.items()]
    lines += ["", "Raises:", "    CallError: An argument breaks the contract; nothing was sent."]
    return _safe("\n".join(_wrapped(lines)))


def _limits(operation: dict[str, Any]) -> str:
    parts: list[str] = []
    for limit in operation.get("x-rate-limit", []):
        only = f" for {', '.join(limit['applies_to'])}" if limit.get("applies_to") else ""
        scope = f" per {limit['scope']}" if limit["scope"] else ""
        lock = f", then locked for {limit['lock_seconds']} s" if limit["lock_seconds"] else ""
        parts.append(f"At most {limit['requests']} calls in {limit['seconds']} s{scope}{only}{lock}.")
    scopes = sorted({scope for option in operation.get("security", []) for names in option.values() for scope in names})
    if scopes:
        parts.append(f"Scope: {', '.join(scopes)}.")
    return " ".join(parts)


def _sentence(text: str) -> str:
    first = " ".join(text.split())
    return first if first.endswith((".", "!", "?")) else f"{first}."


def _wrapped(lines: list[str]) -> Iterator[str]:
    for line in "\n".join(lines).splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        hang = indent + ("    " if indent else "  " if line.startswith("- ") else "")
        yield from textwrap.wrap(line, 112, subsequent_indent=hang, break_long_words=False) or [""]


def _safe(text: str) -> str:
    """Text that can stand inside a docstring, each line indented into the function."""
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return textwrap.indent(escaped, "    ").strip()
