"""The strategy that all properties rest on: what it draws is valid, reaches the bounds, and passes nothing over."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from contract_schemas import SCHEMAS, named, resolved, validator
from schema_strategies import NotUnderstoodError, matching


@pytest.mark.parametrize("name", SCHEMAS)
@settings(max_examples=15)
@given(data=st.data())
def test_what_is_drawn_for_a_schema_of_the_contract_fits_it(name: str, data: st.DataObject) -> None:
    named(name).validate(data.draw(matching(SCHEMAS[name])))


SMALL: list[dict[str, Any]] = [
    {"type": "string", "maxLength": 3, "pattern": "^a+$"},
    {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 4},
    {"type": "object", "properties": {"a": {"const": 1}}, "required": ["b"], "additionalProperties": True},
    {"type": "object", "additionalProperties": {"type": "boolean"}, "minProperties": 1},
    {"oneOf": [{"type": "integer"}, {"enum": [1, "one"]}]},
    {"anyOf": [{"type": "string"}, {"type": "null"}], "maxLength": 0, "type": ["string", "null"]},
    {"$ref": "#/components/schemas/State", "enum": ["expanded", "other"]},
]


@pytest.mark.parametrize("schema", SMALL, ids=lambda schema: "-".join(schema))
@settings(max_examples=25)
@given(data=st.data())
def test_keywords_hold_together(schema: dict[str, Any], data: st.DataObject) -> None:
    validator(schema).validate(data.draw(matching(schema)))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 1},
        {"type": "integer", "minimum": 0},
        {"type": "number"},
        {"type": "string", "format": "uri"},
        {"type": "array", "uniqueItems": True},
        {"type": "object", "maxProperties": 2},
        {"type": "string", "maxItems": 2},
        {"allOf": [{"type": "string"}]},
        {"not": {"type": "string"}},
        {"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"minLength": 1}}}}},
    ],
    ids=lambda schema: "-".join(schema),
)
def test_a_keyword_that_is_not_understood_is_an_error(schema: dict[str, Any]) -> None:
    with pytest.raises(NotUnderstoodError):
        matching(schema)


REACHING = settings(max_examples=2_000, phases=[Phase.generate])
"""The first value that fits will do: it need not be a small one."""


def reached(name: str, condition: Any) -> Any:
    return find(matching(resolved(f"#/components/schemas/{name}")), condition, settings=REACHING)


def test_bounds_and_what_is_optional_are_reached() -> None:
    assert reached("CreatePinCategoryRequest", lambda one: len(one["title"]) == 255)
    assert reached("CreatePinCategoryRequest", lambda one: len(one.get("chat_ids", ())) == 100)
    assert reached("CreatePinCategoryRequest", lambda one: one.keys() == {"title"})
    assert reached("UpdatePinCategoryDetailsRequest", lambda one: len(one) == 3)
    assert reached("PinCategory", lambda one: one.get("state", "") not in (None, "", "expanded", "collapsed"))
    assert reached("PinnedChat", lambda one: "colour" in one and one.get("last_message_info"))
