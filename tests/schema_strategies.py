"""Values that a JSON Schema allows, for the keywords that this contract uses; any other keyword is an error.

A keyword that was passed over would make the values fewer or wrong, and nobody would notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from hypothesis import strategies as st

from contract_schemas import resolved, validator

Schema = Mapping[str, Any]

PROSE = {"$comment", "default", "deprecated", "description", "example", "examples", "title"}
"""What says nothing of a value; extensions, `x-…`, do not either."""
COMBINED = {"$ref", "anyOf", "oneOf"}
UNDERSTOOD = {
    "null": set[str](),
    "boolean": set[str](),
    "integer": set[str](),
    "string": {"format", "maxLength", "pattern"},
    "array": {"items", "maxItems", "minItems"},
    "object": {"additionalProperties", "minProperties", "properties", "required"},
}
"""The keywords of each type."""
FORMATS = {"date-time": st.datetimes(timezones=st.just(UTC)).map(lambda at: at.isoformat().replace("+00:00", "Z"))}
STRANGERS = ("", "colour", "été", "data", "x-new")
"""Names of properties that a schema may not know."""

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
)
"""Any JSON."""


class NotUnderstoodError(AssertionError):
    """A schema has a keyword that no value was ever drawn for."""


def matching(schema: Schema) -> st.SearchStrategy[Any]:
    """Values that a schema allows: all that it requires and some of the rest, at the bounds and within."""
    _check(schema)
    if "$ref" in schema:
        return _held(schema, matching(resolved(schema["$ref"])), "$ref")
    for keyword in ("oneOf", "anyOf"):
        if keyword in schema:
            return _held(schema, st.one_of(*map(matching, schema[keyword])), *(["anyOf"] if keyword == "anyOf" else []))
    if "const" in schema:
        return _held(schema, st.just(schema["const"]), "const")
    if "enum" in schema:
        return _held(schema, st.sampled_from(schema["enum"]), "enum")
    if "type" not in schema:
        return anything
    return st.one_of(*(TYPES[kind](schema) for kind in types_of(schema)))


def types_of(schema: Schema) -> list[str]:
    """The types that a schema names."""
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _check(schema: Schema) -> None:
    kinds = types_of(schema)
    if unknown := set(kinds) - set(UNDERSTOOD):
        raise NotUnderstoodError(f"type: {', '.join(sorted(unknown))}")
    known = PROSE | COMBINED | {"type", "enum", "const"}.union(*(UNDERSTOOD[kind] for kind in kinds))
    if unknown := {name for name in schema.keys() - known if not name.startswith("x-")}:
        raise NotUnderstoodError(f"{', '.join(sorted(unknown))} with type {', '.join(kinds) or 'none'}")
    if schema.get("format", "date-time") not in FORMATS:
        raise NotUnderstoodError(f"format: {schema['format']}")


def _held(schema: Schema, values: st.SearchStrategy[Any], *drawn: str) -> st.SearchStrategy[Any]:
    """Values of one keyword, held to those that stand beside it."""
    beside = {name for name in schema.keys() - PROSE if not name.startswith("x-")}
    return values if beside <= set(drawn) else values.filter(validator(dict(schema)).is_valid)


def _string(schema: Schema) -> st.SearchStrategy[str]:
    most = schema.get("maxLength")
    if "pattern" in schema:
        drawn = st.from_regex(schema["pattern"])
        return drawn if most is None else drawn.filter(lambda text: len(text) <= most)
    if "format" in schema:
        return FORMATS[schema["format"]]
    if most is None:
        return st.text(max_size=20)
    full = st.sampled_from("x😀é").map(lambda one: one * most)
    return st.text(max_size=min(most, 20)) | full


def _array(schema: Schema) -> st.SearchStrategy[list[Any]]:
    items, least, most = matching(schema.get("items", {})), schema.get("minItems", 0), schema.get("maxItems")
    few = st.lists(items, min_size=least, max_size=max(least, min(3, 3 if most is None else most)))
    return few if most is None else few | items.map(lambda one: [one] * most)


def _object(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    known, required = schema.get("properties", {}), schema.get("required", [])
    needed = {name: matching(known.get(name, {})) for name in required}
    perhaps = {name: matching(one) for name, one in known.items() if name not in required}
    other = schema.get("additionalProperties", True)
    if other is not False:
        values = matching(other) if isinstance(other, Mapping) else anything
        perhaps |= {name: values for name in STRANGERS if name not in known}
    drawn = st.fixed_dictionaries(needed, optional=perhaps)
    least = schema.get("minProperties", 0)
    return drawn.filter(lambda one: len(one) >= least) if least else drawn


TYPES = {
    "null": lambda schema: st.none(),
    "boolean": lambda schema: st.booleans(),
    "integer": lambda schema: st.integers(),
    "string": _string,
    "array": _array,
    "object": _object,
}
