"""The last passes: shared error responses as components, and one order of keys."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from contract.document import Document, Json, copied, operations
from contract.names import pascal, unused

_ORDER = {
    key: place
    for place, key in enumerate(
        [
            "openapi",
            "info",
            "externalDocs",
            "servers",
            "tags",
            "get",
            "put",
            "post",
            "delete",
            "paths",
            "components",
            "operationId",
            "name",
            "in",
            "code",
            "url",
            "meaning",
            "has",
            "summary",
            "title",
            "description",
            "x-data-centre",
            "x-accounts-url",
            "variables",
            "default",
            "style",
            "explode",
            "required",
            "requests",
            "seconds",
            "scope",
            "lock_seconds",
            "applies_to",
            "type",
            "enum",
            "const",
            "format",
            "minLength",
            "maxLength",
            "pattern",
            "minimum",
            "maximum",
            "minItems",
            "maxItems",
            "minProperties",
            "items",
            "properties",
            "additionalProperties",
            "oneOf",
            "anyOf",
            "allOf",
            "discriminator",
            "x-discriminator",
            "parameters",
            "requestBody",
            "content",
            "schema",
            "statuses",
            "responses",
            "security",
            "x-rate-limit",
            "x-error-codes",
            "x-retry-class",
            "x-shapes",
            "example",
            "examples",
        ]
    )
}
_NAMED = frozenset(
    [
        "properties",
        "patternProperties",
        "schemas",
        "responses",
        "paths",
        "content",
        "examples",
        "headers",
        "variables",
        "mapping",
        "scopes",
        "securitySchemes",
        "callbacks",
        "example",
        "value",
        "default",
        "enum",
        "const",
        "flows",
    ]
)


def share_error_responses(document: Document) -> Document:
    """Name the error responses that say nothing of their operation after their status, each once."""
    document = copied(document)
    components = document.get("components", {})
    shared: dict[str, Json] = {name: (None, one) for name, one in components.get("responses", {}).items()}
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            if status[:1] not in "45" or "$ref" in response or _is_own(response):
                continue
            name = next((known for known, value in shared.items() if value == (status, response)), None)
            if name is None:
                name = unused(_phrase(status), shared)
                shared[name] = (status, response)
            operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    if shared:
        document.setdefault("components", {})["responses"] = {
            name: response for name, (_, response) in sorted(shared.items())
        }
    return document


def _is_own(response: dict[str, Any]) -> bool:
    """Whether a body is shown: the codes there are the operation's. An extension may be the same for all of them."""
    return any("examples" in media or "example" in media for media in response.get("content", {}).values())


def _phrase(status: str) -> str:
    try:
        return pascal(HTTPStatus(int(status)).phrase)
    except ValueError:
        return pascal(f"Status {status}")


def order_keys(document: Document) -> Document:
    """Put keys in one order, whatever that of the source; properties, paths and examples keep theirs."""
    components = document.get("components", {})
    if "schemas" in components:
        components = {**components, "schemas": dict(sorted(components["schemas"].items()))}
        document = {**document, "components": components}
    ordered: Document = _ordered(document, named=False)
    return ordered


def _ordered(node: Json, named: bool) -> Json:
    if isinstance(node, list):
        return [_ordered(value, named=False) for value in node]
    if not isinstance(node, dict):
        return node
    keys = list(node)
    if not named:
        keys.sort(key=lambda key: (_ORDER.get(key, len(_ORDER)), key))
    elif all(re.fullmatch(r"[1-5]\d\d|default", key) or isinstance(node[key], str) for key in keys):
        keys.sort()  # statuses, scopes, mappings
    return {
        key: node[key]
        if not named and key in ("example", "value")
        else _ordered(node[key], not named and key in _NAMED)
        for key in keys
    }
