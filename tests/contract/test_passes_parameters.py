"""Passes over parameters: declared, snake_case, lists as arrays."""

from __future__ import annotations

from typing import Any

import pytest
from contract_documents import document, op, param, ran

from contract.errors import ContractWarning
from contract.passes.parameters import comma_lists, declare_path_parameters, query_strings_in_paths, snake_case_paths

CONST = {"name": "type", "in": "query", "required": True, "schema": {"type": "string", "const": "a"}}


def test_a_query_string_in_a_path_becomes_required_parameters() -> None:
    before = document({"/a?type=a&empty=": {"get": op("a", parameters=[param("type"), param("page")])}})
    with pytest.warns(ContractWarning, match="the path holds a query string") as seen:
        after = ran(query_strings_in_paths, before)["paths"]
    assert len(seen) == 2
    empty = {**CONST, "name": "empty", "schema": {"type": "string", "const": ""}}
    assert after == {"/a": {"get": op("a", parameters=[param("page"), CONST, empty])}}


def test_a_query_string_beside_the_bare_path_is_a_virtual_endpoint() -> None:
    with pytest.warns(ContractWarning, match=r"GET /a\?type=a"):
        after = ran(query_strings_in_paths, document({"/a?type=a": {"get": op("b")}, "/a": {"get": op("a")}}))["paths"]
    assert after["/a"] == {"get": op("a")}
    marks = {"x-virtual-endpoint": True, "x-display-path": "/a"}
    assert after["/a?type=a"] == {"get": op("b", **marks, parameters=[CONST])}


def test_two_query_strings_of_one_path_are_both_kept() -> None:
    with pytest.warns(ContractWarning, match="query string"):
        after = ran(query_strings_in_paths, document({"/a?type=a": {"get": op("a")}, "/a?type=b": {"get": op("b")}}))
    assert {item["get"]["operationId"] for item in after["paths"].values()} == {"a", "b"}


def test_a_path_parameter_that_nobody_declares_is_a_required_string() -> None:
    declared = param("a", "path", required=False)
    before = document({"/{a}/{b}?x={c}": {"get": op("a", parameters=[declared])}})
    with pytest.warns(ContractWarning, match="the path parameter b is not declared") as seen:
        after = ran(declare_path_parameters, before)["paths"]["/{a}/{b}?x={c}"]["get"]
    assert len(seen) == 1
    assert after["parameters"] == [param("b", "path", required=True), {**declared, "required": True}]


def test_a_query_parameter_of_the_same_name_declares_no_path_parameter() -> None:
    with pytest.warns(ContractWarning, match="not declared"):
        after = ran(declare_path_parameters, document({"/{id}": {"get": op("a", parameters=[param("id")])}}))
    assert [one["in"] for one in after["paths"]["/{id}"]["get"]["parameters"]] == ["path", "query"]


def test_path_parameters_become_snake_case_everywhere() -> None:
    operation = op("a", parameters=[param("CHAT_ID", "path"), param("pageSize")], **{"x-display-path": "/x/{chatId}"})
    after = ran(snake_case_paths, document({"/x/{CHAT_ID}": {"get": operation}}))["paths"]
    assert list(after) == ["/x/{chat_id}"]
    assert after["/x/{chat_id}"]["get"]["x-display-path"] == "/x/{chat_id}"
    assert [one["name"] for one in after["/x/{chat_id}"]["get"]["parameters"]] == ["chat_id", "pageSize"]


@pytest.mark.parametrize("paths", [("/x/{id}", "/x/{ID}"), ("/x/{ID}", "/x/{id}"), ("/x/{aB}", "/x/{A_B}")])
def test_two_spellings_of_one_path_are_both_kept(paths: tuple[str, str]) -> None:
    after = ran(snake_case_paths, document({paths[0]: {"get": op("a")}, paths[1]: {"put": op("b")}}))["paths"]
    assert {one["operationId"] for item in after.values() for one in item.values()} == {"a", "b"}


def listed(parameter: dict[str, Any]) -> dict[str, Any]:
    after = ran(comma_lists, document({"/a": {"get": op("a", parameters=[parameter])}}))
    return after["paths"]["/a"]["get"]["parameters"][0]


@pytest.mark.parametrize(
    ("prose", "most"),
    [
        ("Comma-separated ids. **Maximum limit:** 25.", 25),
        ("Ids, comma separated, up to 1,000", 1000),
        ("Ids separated by commas, max. 5", 5),
        ("Comma-separated ids. Maxium: 5 ids.", 5),
        ("Comma-separated ids of up to 20 characters.", None),
        ("Comma-separated ids.", None),
    ],
)
def test_a_comma_separated_string_becomes_an_array(prose: str, most: int | None) -> None:
    after = listed(param("ids", description=prose, required=True))
    assert after["schema"].pop("maxItems", None) == most
    assert after["schema"] == {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "^[^,]+$"}}
    assert (after["style"], after["explode"]) == ("form", False)


def test_two_maxima_are_a_warning_and_no_guess() -> None:
    with pytest.warns(ContractWarning, match=r"more than one maximum is stated \(5, 9\)"):
        assert "maxItems" not in listed(param("ids", description="Comma-separated; max 5, or up to 9."))["schema"]


def test_examples_are_split_and_the_length_of_the_string_is_not_that_of_an_item() -> None:
    schema = {"type": "string", "maxLength": 99, "enum": ["a", "b"], "example": "a, b", "description": "d"}
    after = listed(param("ids", description="Comma-separated.", example="a,b", schema=schema))
    items = {"type": "string", "enum": ["a", "b"]}
    assert after["schema"] == {"type": "array", "items": items, "description": "d", "example": ["a", "b"]}
    assert after["example"] == ["a", "b"]


@pytest.mark.parametrize(
    "parameter",
    [
        param("ids", "header", description="Comma-separated."),
        param("ids", description="Comma-separated.", schema={"type": "integer"}),
        param("ids", description="Not a list."),
    ],
)
def test_what_is_no_list_in_the_query_stays(parameter: dict[str, Any]) -> None:
    assert listed(parameter) == parameter
