"""Passes over schemas: names, hoisting, and the rules of requests and responses."""

from __future__ import annotations

from typing import Any

import pytest
from contract_documents import answer, body, document, op, param, ran, ref
from jsonschema import Draft202012Validator

from contract.document import Document
from contract.errors import ContractWarning
from contract.passes.hoist import hoist_inline_schemas, pascal_components
from contract.passes.roles import close_requests, drop_unused_schemas, open_responses, split_shared_schemas

STATE = {"type": "string", "enum": ["on", "off"]}
NOTE = {"type": "object", "properties": {"text": {"type": "string"}}}


def schemas(after: Document) -> dict[str, Any]:
    return after["components"]["schemas"]


def with_request(schema: dict[str, Any], **named: Any) -> Document:
    return document({"/a": {"post": op("makeIt", requestBody=body(schema))}}, named)


def with_response(schema: dict[str, Any], **named: Any) -> Document:
    return document({"/a": {"get": op("getIt", responses=answer(schema))}}, named)


def test_schemas_get_pascal_names_and_every_reference_follows() -> None:
    mapping = {"mapping": {"x": ref("pin-category")["$ref"]}}
    holder = {"oneOf": [ref("pin-category")], "discriminator": {"propertyName": "t", **mapping}}
    after = ran(pascal_components, with_response(ref("pin-category"), **{"pin-category": NOTE, "holder": holder}))
    assert schemas(after)["PinCategory"] == NOTE
    assert schemas(after)["Holder"]["oneOf"] == [ref("PinCategory")]
    assert schemas(after)["Holder"]["discriminator"]["mapping"] == {"x": ref("PinCategory")["$ref"]}
    assert after["paths"]["/a"]["get"]["responses"] == answer(ref("PinCategory"))


@pytest.mark.parametrize("name", ["pin-category", "v3Chat2", "2fa", "HTTPError", "a-b-c", "x_y_point", "Pin"])
def test_a_pascal_name_stays(name: str) -> None:
    ran(pascal_components, document({}, {name: NOTE}))


def test_two_schemas_whose_names_come_out_the_same_are_one_or_are_numbered() -> None:
    same = document({}, {"a-note": NOTE, "ANote": NOTE})
    assert list(schemas(ran(pascal_components, same))) == ["ANote"]
    other = with_response(ref("a_note"), **{"a-note": NOTE, "a_note": STATE})
    with pytest.warns(ContractWarning, match=r"components\.schemas\.a_note: named ANote2"):
        after = ran(pascal_components, other)
    assert schemas(after) == {"ANote": NOTE, "ANote2": STATE}
    assert after["paths"]["/a"]["get"]["responses"] == answer(ref("ANote2"))


def test_inline_objects_and_enums_become_components_each_once() -> None:
    inline = {"type": "object", "properties": {"note": {**NOTE, "description": "Mine."}, "state": STATE}}
    paths = {
        "/a": {"get": op("getIt", responses=answer(inline)), "put": op("putIt", requestBody=body(inline))},
        "/b": {"get": op("all", parameters=[param("state", schema=STATE)])},
    }
    after = ran(hoist_inline_schemas, document(paths))
    # Text that says something of this use stays beside the reference.
    holder = {"type": "object", "properties": {"note": {**ref("Note"), "description": "Mine."}, "state": ref("State")}}
    noted = {**NOTE, "description": "Mine."}
    assert schemas(after) == {"GetItResponse": holder, "PutItRequest": holder, "Note": noted, "State": STATE}
    assert after["paths"]["/b"]["get"]["parameters"] == [param("state", schema=ref("State"))]


def test_inline_schemas_that_differ_under_one_name_are_named_by_their_parents() -> None:
    one, other = ({"type": "object", "properties": {"data": {"enum": [value]}}} for value in "ab")
    paths = {"/a": {"get": op("a", responses=answer(one)), "put": op("b", responses=answer(other))}}
    after = ran(hoist_inline_schemas, document(paths))
    assert schemas(after)["AResponseData"] == {"enum": ["a"]}
    assert schemas(after)["BResponseData"] == {"enum": ["b"]}


def test_an_inline_schema_does_not_take_the_name_of_a_named_one() -> None:
    after = ran(hoist_inline_schemas, with_request({"type": "object", "properties": {"note": STATE}}, Note=NOTE))
    assert schemas(after)["Note"] == NOTE
    assert schemas(after)["MakeItRequest"]["properties"]["note"] == ref("MakeItRequestNote")


def test_inline_errors_are_one_component_and_their_sentences_join_the_responses() -> None:
    def refused(example: str) -> Document:
        return {"type": "object", "properties": {"message": {"type": "string", "example": example}}}

    responses = {**answer(refused("Log in."), "401"), **answer(refused("Go away."), "403")}
    after = ran(hoist_inline_schemas, document({"/a": {"get": op("a", responses=responses)}}))
    assert schemas(after) == {"ErrorMessage": {"type": "object", "properties": {"message": {"type": "string"}}}}
    found = after["paths"]["/a"]["get"]["responses"]
    assert [one["description"] for one in found.values()] == ["For example: Log in.", "For example: Go away."]


def test_schemas_that_nothing_refers_to_are_dropped() -> None:
    named = {"Used": {"items": ref("Inner")}, "Inner": STATE, "Alone": {"items": ref("Alone")}, "Param": STATE}
    before = with_response(ref("Used"), **named)
    before["paths"]["/a"]["get"]["parameters"] = [param("p", schema=ref("Param"))]
    assert list(schemas(ran(drop_unused_schemas, before))) == ["Used", "Inner", "Param"]


def test_a_schema_that_requests_and_responses_share_is_split_with_what_it_holds() -> None:
    holder = {"type": "object", "properties": {"note": ref("Note"), "state": ref("State")}}
    operation = op("a", requestBody=body(ref("Holder")), responses=answer(ref("Holder")))
    after = ran(
        split_shared_schemas, document({"/a": {"put": operation}}, {"Holder": holder, "Note": NOTE, "State": STATE})
    )
    assert after["paths"]["/a"]["put"]["requestBody"] == body(ref("HolderRequest"))
    assert after["paths"]["/a"]["put"]["responses"] == answer(ref("Holder"))
    assert schemas(after)["Holder"] == holder
    assert schemas(after)["HolderRequest"]["properties"] == {"note": ref("NoteRequest"), "state": ref("State")}
    # An enum alone has the same rules on both sides.
    assert "StateRequest" not in schemas(after)


def test_requests_are_closed_and_send_no_defaults() -> None:
    inner = {"type": "object", "properties": {"x": {"type": "string", "default": "d"}}}
    free = {"type": "object", "properties": {"y": {}}, "additionalProperties": True}
    after = ran(close_requests, with_request({**inner, "properties": {"in": ref("Inner"), "f": free}}, Inner=inner))
    assert schemas(after)["Inner"] == {
        "type": "object",
        "properties": {"x": {"type": "string", "x-default": "d"}},
        "additionalProperties": False,
    }
    top = after["paths"]["/a"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert top["additionalProperties"] is False
    # What the document says of other properties holds.
    assert top["properties"]["f"] == free


def test_closing_leaves_responses_alone() -> None:
    before = with_response({"properties": {"x": {"default": 1}}})
    assert ran(close_requests, before) == before


def test_a_body_of_several_parts_can_still_be_sent() -> None:
    # Closing each part of an allOf would have every part refuse the properties of the others.
    parts = {"allOf": [ref("Base"), {"type": "object", "properties": {"x": {"type": "string"}}}]}
    after = ran(close_requests, with_request(ref("Whole"), Whole=parts, Base=NOTE))
    whole = Draft202012Validator({**ref("Whole"), "components": after["components"]})
    assert whole.is_valid({"text": "t", "x": "x"})


@pytest.mark.parametrize(
    ("member", "opened"),
    [
        ({"type": "string"}, {"type": ["string", "null"]}),
        ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
        ({}, {}),
        ({**ref("Note"), "description": "d"}, {"description": "d", "anyOf": [ref("Note"), {"type": "null"}]}),
        (ref("State"), {"anyOf": [ref("State"), {"type": ["string", "null"]}]}),
        ({"anyOf": [ref("State"), {"type": "null"}]}, {"anyOf": [ref("State"), {"type": ["string", "null"]}]}),
        (
            {"anyOf": [ref("State"), {"type": ["string", "null"]}]},
            {"anyOf": [ref("State"), {"type": ["string", "null"]}]},
        ),
        ({"const": 1}, {"anyOf": [{"const": 1}, {"type": ["integer", "null"]}]}),
        ({"oneOf": [ref("Note")]}, {"anyOf": [ref("Note"), {"type": "null"}]}),
        (
            {"type": "array", "items": ref("State")},
            {"type": ["array", "null"], "items": {"anyOf": [ref("State"), {"type": "string"}]}},
        ),
        (
            {"type": "object", "properties": {"x": {"type": "string"}}},
            {
                "type": ["object", "null"],
                "properties": {"x": {"type": ["string", "null"]}},
                "additionalProperties": True,
            },
        ),
    ],
)
def test_a_property_of_a_response_may_be_null_and_its_enum_have_other_values(member: Any, opened: Any) -> None:
    before = with_response(ref("It"), It={"properties": {"m": member}}, Note=NOTE, State=STATE)
    after = ran(open_responses, before)
    assert schemas(after)["It"] == {"properties": {"m": opened}, "additionalProperties": True}


@pytest.mark.parametrize("said", [False, True, {"type": "string"}])
def test_responses_are_open_but_a_map_keeps_its_type(said: Any) -> None:
    after = ran(open_responses, with_response(ref("It"), It={"properties": {}, "additionalProperties": said}))
    assert schemas(after)["It"]["additionalProperties"] == (said or True)


def test_opening_leaves_requests_alone() -> None:
    before = with_request({"properties": {"x": {"type": "string"}}})
    assert ran(open_responses, before) == before
