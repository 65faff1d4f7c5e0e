"""Passes that give references, names, text and the dialect one form each."""

from __future__ import annotations

from typing import Any

import pytest
from contract_documents import answer, body, document, op, param, ran, ref, virtual

from contract.document import Document
from contract.errors import ContractError, ContractWarning
from contract.passes.dialect import drop_bodies_of_204, openapi_31
from contract.passes.references import inline_parts, name_operations, virtual_endpoints
from contract.passes.text import html_to_markdown, to_markdown


def test_shared_parts_stand_where_they_are_used() -> None:
    operation = {
        "operationId": "a",
        "requestBody": {"$ref": "#/components/requestBodies/B"},
        "responses": {"400": {"$ref": "#/components/responses/R"}},
    }
    before = document({"/a": {"post": operation}})
    before["components"].update(requestBodies={"B": body({"type": "object"})}, responses={"R": {"description": "No."}})
    after = ran(inline_parts, before)
    assert after["paths"]["/a"]["post"]["requestBody"] == body({"type": "object"})
    assert after["paths"]["/a"]["post"]["responses"] == {"400": {"description": "No."}}
    assert after["components"] == {"schemas": {}}


def test_a_paths_parameters_reach_its_operations_unless_they_have_their_own() -> None:
    own = param("limit", description="Mine.")
    item = {"parameters": [param("limit"), {"$ref": "#/components/parameters/P"}], "get": op("a", parameters=[own])}
    before = document({"/a": {**item, "put": op("b")}})
    before["components"]["parameters"] = {"P": param("page")}
    after = ran(inline_parts, before)["paths"]["/a"]
    assert after["get"]["parameters"] == [own, param("page")]
    assert after["put"]["parameters"] == [param("limit"), param("page")]
    assert "parameters" not in after


def test_inlined_parts_share_nothing() -> None:
    responses = {"400": {"$ref": "#/components/responses/R"}}
    before = document({"/a": {"get": op("a", responses=responses), "put": op("b", responses=responses)}})
    before["components"]["responses"] = {"R": {"description": "No."}}
    after = ran(inline_parts, before)["paths"]["/a"]
    after["get"]["responses"]["400"]["description"] = "Changed."
    assert after["put"]["responses"]["400"]["description"] == "No."


def test_every_operation_has_an_id_of_its_own() -> None:
    paths: Document = {"/a": {"get": op("one"), "put": op("one")}, "/the-chats/{CHAT_ID}": {"delete": op("")}}
    with pytest.warns(ContractWarning, match="operationId") as seen:
        after = ran(name_operations, document(paths))["paths"]
    assert len(seen) == 2
    assert [after["/a"]["get"]["operationId"], after["/a"]["put"]["operationId"]] == ["one", "one2"]
    assert after["/the-chats/{CHAT_ID}"]["delete"]["operationId"] == "deleteTheChatsChatId"


def test_the_marks_of_a_virtual_path_move_to_its_operations() -> None:
    item = {"x-virtual-endpoint": True, "x-display-path": "/a", "put": op("b", **{"x-note": "n"})}
    after = ran(virtual_endpoints, document({"/a1": item}))
    assert after["paths"]["/a1"] == {"put": virtual("b", "/a")}


def test_a_virtual_endpoint_that_stands_for_nothing_is_refused() -> None:
    with pytest.raises(ContractError, match=r"PUT /a1: a virtual endpoint without x-display-path"):
        virtual_endpoints(document({"/a1": {"put": op("b", **{"x-virtual-endpoint": True})}}))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "nullable": True}, {"type": "string", "~": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"enum": ["a", None]}, {"anyOf": [{"enum": ["a"]}, {"type": "null"}]}),
        (
            {"$ref": "#/components/schemas/S", "nullable": True, "description": "d"},
            {"description": "d", "anyOf": [ref("S"), {"type": "null"}]},
        ),
        ({"oneOf": [ref("S")], "nullable": True}, {"oneOf": [ref("S"), {"type": "null"}]}),
        ({"minimum": 3, "exclusiveMinimum": True}, {"exclusiveMinimum": 3}),
        ({"maximum": 3, "exclusiveMaximum": False}, {"maximum": 3}),
        ({"exclusiveMinimum": 3}, {"exclusiveMinimum": 3}),
    ],
)
def test_openapi_30_schemas_become_json_schema(old: Any, new: Any) -> None:
    if "~" in new:
        new = {"type": new["~"]}
    before = document({"/a": {"get": op("a", responses=answer({"properties": {"x": old}}))}}, {"S": {}})
    after = ran(openapi_31, before)
    assert after["openapi"] == "3.1.0"
    assert after["paths"]["/a"]["get"]["responses"] == answer({"properties": {"x": new}})


def test_a_property_called_nullable_stays() -> None:
    schema = {"properties": {"nullable": {"type": "boolean"}}}
    assert ran(openapi_31, document({}, {"S": schema}))["components"]["schemas"]["S"] == schema


def test_a_property_that_says_itself_that_it_is_required_joins_the_list() -> None:
    members = {"a": {"type": "string", "required": True}, "b": {"required": False}}
    with pytest.warns(ContractWarning, match="the property . says itself whether it is required") as seen:
        after = ran(openapi_31, document({}, {"S": {"properties": members, "required": ["c"]}}))
    assert len(seen) == 2
    schema = {"properties": {"a": {"type": "string"}, "b": {}}, "required": ["c", "a"]}
    assert after["components"]["schemas"]["S"] == schema


def test_a_204_has_no_body() -> None:
    after = ran(drop_bodies_of_204, document({"/a": {"get": op("a", responses=answer({}, "204"))}}))
    assert after["paths"]["/a"]["get"]["responses"] == {"204": {"description": ""}}


def test_documentation_becomes_markdown_and_data_does_not() -> None:
    member = {"type": "string", "description": "<b>x</b>", "example": "<b>x</b>", "default": "<b>x</b>"}
    # A property called description is a schema, and an example's description is a value.
    schema = {"properties": {"description": member}, "example": {"description": "<i>v</i>"}}
    after = ran(html_to_markdown, document({"/a": {"get": op("a", summary="<i>s</i>")}}, {"S": schema}))
    assert after["paths"]["/a"]["get"]["summary"] == "*s*"
    assert after["components"]["schemas"]["S"] == {
        "properties": {"description": {**member, "description": "**x**"}},
        "example": {"description": "<i>v</i>"},
    }


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("plain  \n\n\n\ntext_with *marks* ", "plain\n\ntext_with *marks*"),
        ("<p>one<br></p><p>two</p>", "one\n\ntwo"),
        ("a<br>b", "a\\\nb"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("the <id> of <b>it</b>", "the <id> of **it**"),
        ("a list<string> and x < y", "a list<string> and x < y"),
        ("<code>a_b</code> max*2", "`a_b` max*2"),
    ],
)
def test_html_becomes_markdown_and_what_is_no_tag_stays_text(html: str, markdown: str) -> None:
    assert to_markdown(html) == markdown
