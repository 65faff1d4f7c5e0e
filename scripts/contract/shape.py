"""The types of a document's parts that the passes rely on, as JSON Schema.

Less than OpenAPI demands: documents that break its finer rules are read all the same.
"""

from __future__ import annotations

from typing import Any

_OBJECT = {"type": "object"}
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_COUNTED = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_SCHEMA = {"$ref": "#/$defs/schema"}
_CONTENT = {"$ref": "#/$defs/content"}
_CODED = {"properties": {"code": {"type": "string", "minLength": 1}}}


def _map(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


_SECURITY = _list(_map(_list(_TEXT)))

_DEFS: dict[str, Any] = {
    "schema": {
        "type": ["object", "boolean"],
        "properties": {
            "$ref": _TEXT,
            "type": {"anyOf": [_TEXT, _list(_TEXT)]},
            "description": _TEXT,
            "enum": {"type": "array", "minItems": 1},
            "required": {"anyOf": [_list(_TEXT), {"type": "boolean"}]},
            "properties": _map(_SCHEMA),
            "patternProperties": _map(_SCHEMA),
            "$defs": _map(_SCHEMA),
            "items": _SCHEMA,
            "additionalProperties": _SCHEMA,
            "not": _SCHEMA,
            **{key: {**_list(_SCHEMA), "minItems": 1} for key in ("oneOf", "anyOf", "allOf", "prefixItems")},
            "discriminator": {"type": "object", "properties": {"propertyName": _TEXT, "mapping": _map(_TEXT)}},
            "x-discriminator": _list({"type": "object", "required": ["has", "schema", "operationId"]}),
            **dict.fromkeys(_COUNTED, _COUNT),
            **{key: {"type": "number"} for key in ("minimum", "maximum", "multipleOf")},
        },
    },
    "content": _map({"type": "object", "properties": {"schema": _SCHEMA, "examples": _map(_OBJECT)}}),
    "parameter": {
        "type": "object",
        "properties": {"name": _TEXT, "in": _TEXT, "description": _TEXT, "schema": _SCHEMA, "content": _CONTENT},
    },
    "response": {
        "type": "object",
        "properties": {
            "description": _TEXT,
            "content": _CONTENT,
            "headers": _map({"type": "object", "properties": {"schema": _SCHEMA}}),
            "x-added-codes": _list({"type": "object", "required": ["code"], **_CODED}),
        },
    },
    "server": {
        "type": "object",
        "properties": {"url": _TEXT, "variables": _map(_OBJECT)},
    },
    "security scheme": {
        "type": "object",
        "properties": {"flows": _map({"type": "object", "properties": {"scopes": _map(_TEXT)}})},
    },
    "operation": {
        "type": "object",
        "required": ["responses"],
        "properties": {
            "operationId": {"type": "string", "minLength": 1},
            "summary": _TEXT,
            "description": _TEXT,
            "tags": _list(_TEXT),
            "parameters": _list({"$ref": "#/$defs/parameter"}),
            "requestBody": {"type": "object", "properties": {"description": _TEXT, "content": _CONTENT}},
            "responses": {"type": "object", "additionalProperties": {"$ref": "#/$defs/response"}},
            "security": _SECURITY,
            "servers": _list({"$ref": "#/$defs/server"}),
            "x-virtual-endpoint": {"type": "boolean"},
            "x-display-path": {"type": "string", "pattern": "^/"},
            "x-rate-limit": _list({"type": "object", "required": ["requests", "seconds"]}),
            "x-error-codes": _list({"type": "object", "required": ["code", "description"], **_CODED}),
            "x-shapes": _list({"type": "object", "required": ["operationId", "statuses"]}),
        },
    },
    "path": {
        "type": "object",
        "properties": {
            "parameters": _list({"$ref": "#/$defs/parameter"}),
            "x-display-path": {"type": "string", "pattern": "^/"},
        },
        "patternProperties": {"^(get|put|post|delete|options|head|patch|trace)$": {"$ref": "#/$defs/operation"}},
    },
}

SHAPE: dict[str, Any] = {
    "$defs": _DEFS,
    "type": "object",
    "required": ["openapi", "info", "paths"],
    "properties": {
        "openapi": {"type": "string", "pattern": r"^3\.[01]\."},
        "info": {"type": "object", "properties": {"title": _TEXT, "description": _TEXT}},
        "servers": _list({"$ref": "#/$defs/server"}),
        "security": _SECURITY,
        "paths": {
            "type": "object",
            "minProperties": 1,
            "patternProperties": {"^/": {"$ref": "#/$defs/path"}},
            "propertyNames": {"pattern": "^(/|x-)"},
        },
        "components": {
            "type": "object",
            "properties": {
                "schemas": _map(_SCHEMA),
                "securitySchemes": _map({"$ref": "#/$defs/security scheme"}),
                "parameters": _map({"$ref": "#/$defs/parameter"}),
                "requestBodies": _map({"type": "object", "properties": {"content": _CONTENT}}),
                "responses": _map({"$ref": "#/$defs/response"}),
            },
        },
    },
}
"""What a document must be for the passes to read it."""
