"""Virtual paths become one operation whose shapes lose nothing; the last passes tidy."""

from __future__ import annotations

from typing import Any

import pytest
from contract_documents import Doc, answer, body, document, op, param, ran, ref, virtual

from contract.document import Document
from contract.errors import ContractWarning
from contract.passes.collapse import collapse_virtual_paths
from contract.passes.tidy import order_keys, share_error_responses

TEXT: Doc = {"type": "string"}


def closed(*required: str, **properties: Any) -> Doc:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def two(first: Doc, second: Doc, one: Doc | None = None, other: Doc | None = None) -> Document:
    """Two documented operations of one real path, with the bodies First and Second."""
    real = op("first", requestBody=body(ref("First")), **(one or {}))
    other = virtual("second", "/x/{id}", requestBody=body(ref("Second")), **(other or {}))
    paths = {"/x/{id}": {"put": real}, "/x/{id1}": {"put": other}}
    for path, number in zip(paths, ("", "1"), strict=True):
        operation = paths[path]["put"]
        operation["parameters"] = [param(f"id{number}", "path", required=True), *operation.get("parameters", [])]
    return document(paths, {"First": first, "Second": second})


def merged(before: Document) -> tuple[Doc, Doc]:
    """The one operation, and the schema of its body."""
    after = ran(collapse_virtual_paths, before)
    assert list(after["paths"]) == ["/x/{id}"]
    operation = after["paths"]["/x/{id}"]["put"]
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return operation, after["components"]["schemas"][name]


def test_shapes_are_told_apart_by_what_they_must_have() -> None:
    operation, union = merged(two(closed(title=TEXT), closed("chat_id", chat_id=TEXT, title=TEXT)))
    assert union["oneOf"] == [ref("First"), ref("Second")]
    assert union["x-discriminator"] == [
        {"has": ["chat_id"], "schema": ref("Second"), "operationId": "second"},
        {"has": [], "schema": ref("First"), "operationId": "first"},
    ]
    assert not {"x-virtual-endpoint", "x-display-path"} & operation.keys()
    assert [one["name"] for one in operation["parameters"]] == ["id"]


def test_shapes_are_told_apart_by_a_value_and_it_becomes_required() -> None:
    first = closed("operation", operation={"enum": ["add", "put"]})
    with pytest.warns(ContractWarning, match="operation tells the shapes apart but is optional in second"):
        after = ran(collapse_virtual_paths, two(first, closed(operation={"const": "drop"}, x=TEXT)))
    schemas = after["components"]["schemas"]
    mapping = {"add": "First", "put": "First", "drop": "Second"}
    assert schemas["FirstBody"]["discriminator"] == {
        "propertyName": "operation",
        "mapping": {value: ref(name)["$ref"] for value, name in mapping.items()},
    }
    assert schemas["Second"]["required"] == ["operation"]


def test_a_schema_that_something_else_uses_is_copied_before_it_is_changed() -> None:
    before = two(closed("t", t={"const": "a"}), closed(t={"const": "b"}))
    before["paths"]["/y"] = {"post": op("third", requestBody=body(ref("Second")))}
    with pytest.warns(ContractWarning, match="optional in second"):
        schemas = ran(collapse_virtual_paths, before)["components"]["schemas"]
    assert schemas["Second"]["required"] == []
    assert schemas["SecondRequest"]["required"] == ["t"]


@pytest.mark.parametrize(
    "second",
    [
        closed(title=TEXT),
        {"type": "object", "properties": {"chat_id": TEXT}, "required": ["chat_id"]},
        {"type": "array"},
    ],
)
def test_without_a_proof_the_bodies_are_any_of_them_with_a_warning(second: Doc) -> None:
    with pytest.warns(ContractWarning, match=r"PUT /x/\{id\}: no proof tells the bodies of first, second apart"):
        _, union = merged(two(closed(title=TEXT), second))
    assert union == {"anyOf": [ref("First"), ref("Second")]}


def test_each_shape_keeps_what_was_documented_of_it() -> None:
    limit = {"requests": 1, "seconds": 60, "scope": None, "lock_seconds": None}
    shared, own = {"code": "both", "description": "B."}, {"code": "own", "description": "O."}
    said = {"summary": "S.", "description": "D.", "responses": {**answer({}, "400"), **answer({}, "409")}}
    facts = {"x-error-codes": [shared, own], "x-rate-limit": [limit], "security": [{"A": ["write"]}]}
    first, second = closed("a", a=TEXT), closed("b", b=TEXT)
    mine = {"x-error-codes": [shared], "security": [{"A": ["read"]}], "x-rate-limit": [limit]}
    operation, _ = merged(two(first, second, mine, {**said, **facts}))
    assert operation["x-shapes"][1] == {
        "operationId": "second",
        "summary": "S.",
        "description": "D.",
        "schema": ref("Second"),
        "statuses": ["400", "409"],
        **facts,
    }
    assert [one["operationId"] for one in operation["x-shapes"]] == ["first", "second"]
    assert operation["x-error-codes"] == [shared, {**own, "applies_to": ["second"]}]
    assert operation["x-rate-limit"] == [limit]
    assert operation["security"] == [{"A": ["read"]}, {"A": ["write"]}]
    assert list(operation["responses"]) == ["204", "400", "409"]


def test_answers_that_differ_are_united() -> None:
    one, other = {"responses": answer(ref("First"))}, {"responses": answer(ref("Second"))}
    after = ran(collapse_virtual_paths, two(closed("a", a=TEXT), closed("b", b=TEXT), one, other))
    schema = after["paths"]["/x/{id}"]["put"]["responses"]["200"]["content"]["application/json"]["schema"]
    name = schema["$ref"].rpartition("/")[2]
    assert after["components"]["schemas"][name] == {"anyOf": [ref("First"), ref("Second")]}


def test_a_parameter_that_only_one_shape_has_is_optional() -> None:
    needed = {"parameters": [param("q", required=True)]}
    operation, _ = merged(two(closed("a", a=TEXT), closed("b", b=TEXT), {}, needed))
    assert operation["parameters"][1] == param("q")
    assert operation["x-shapes"][1]["parameters"] == [param("q", required=True)]


def test_the_real_operation_comes_first_wherever_it_stands() -> None:
    before = two(closed("a", a=TEXT), closed("b", b=TEXT))
    before["paths"] = dict(reversed(before["paths"].items()))
    operation, _ = merged(before)
    assert operation["operationId"] == "first"


def test_a_virtual_path_whose_real_one_is_not_documented_becomes_it() -> None:
    paths = {"/x/{id1}": {"parameters": [], "put": virtual("a", "/x/{id}", parameters=[param("id1", "path")])}}
    after = ran(collapse_virtual_paths, document(paths))["paths"]
    assert after == {"/x/{id}": {"put": op("a", parameters=[param("id", "path")])}}


def test_operations_without_bodies_are_united_with_a_warning() -> None:
    paths = {"/x": {"delete": op("a")}, "/x1": {"delete": virtual("b", "/x")}}
    with pytest.warns(ContractWarning, match="a, b have no body that tells them apart"):
        after = ran(collapse_virtual_paths, document(paths))["paths"]["/x"]["delete"]
    assert [one["operationId"] for one in after["x-shapes"]] == ["a", "b"]


def test_two_spellings_of_a_path_with_other_methods_are_one_path() -> None:
    def one(name: str) -> list[Doc]:
        return [param(name, "path", required=True)]

    paths = {"/x/{a}": {"get": op("g", parameters=one("a"))}, "/x/{b}": {"put": op("p", parameters=one("b"))}}
    after = ran(collapse_virtual_paths, document(paths))["paths"]
    assert after == {"/x/{a}": {"get": op("g", parameters=one("a")), "put": op("p", parameters=one("a"))}}


def test_error_responses_that_say_the_same_are_shared_and_their_own_stay() -> None:
    own = answer({}, "400", example={"code": "a"})
    common = {"401": {"description": "No."}, "499": {"description": "Odd."}}
    paths = {"/a": {"get": op("a", responses={**common, **own}), "put": op("b", responses=common)}}
    after = ran(share_error_responses, document(paths))
    shared = {
        name: {"$ref": f"#/components/responses/{word}"}
        for name, word in (("401", "Unauthorized"), ("499", "Status499"))
    }
    assert after["paths"]["/a"]["get"]["responses"] == {**shared, **own}
    assert after["paths"]["/a"]["put"]["responses"] == shared
    assert after["components"]["responses"] == {"Status499": common["499"], "Unauthorized": common["401"]}


def test_error_responses_with_extensions_are_shared_where_these_say_the_same() -> None:
    plain: Doc = {"description": "No."}
    one, other = ({**plain, "x-added-codes": [{"code": code}]} for code in "ab")
    paths = {
        f"/{name}": {"get": op(name, responses={"401": said})}
        for name, said in {"p": plain, "q": one, "r": other, "s": one}.items()
    }
    after = ran(share_error_responses, document(paths))
    names = [after["paths"][f"/{name}"]["get"]["responses"]["401"]["$ref"].rpartition("/")[2] for name in "pqrs"]
    assert [after["components"]["responses"][name] for name in names] == [plain, one, other, one]
    assert len(set(names)) == 3


def test_keys_have_one_order_but_names_and_values_keep_theirs() -> None:
    schema = {"properties": {"z": {}, "a": {}}, "type": "object", "example": {"z": 1, "a": 2}}
    responses = {"400": {"description": ""}, "200": {"description": ""}}
    paths = {"/z": {"put": op("p", responses=responses), "get": op("g")}, "/a": {}}
    after = ran(order_keys, document(paths, {"Z": schema, "A": {}}))
    assert list(after["components"]["schemas"]) == ["A", "Z"]
    assert list(after["components"]["schemas"]["Z"]) == ["type", "properties", "example"]
    assert list(after["components"]["schemas"]["Z"]["properties"]) == ["z", "a"]
    assert list(after["components"]["schemas"]["Z"]["example"]) == ["z", "a"]
    assert list(after["paths"]) == ["/z", "/a"]
    assert list(after["paths"]["/z"]) == ["get", "put"]
    assert list(after["paths"]["/z"]["put"]["responses"]) == ["200", "400"]


def test_ordering_leaves_a_document_without_components_alone() -> None:
    ran(order_keys, {"paths": {}, "info": {}, "openapi": "3.1.0"})
