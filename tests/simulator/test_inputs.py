"""The simulated API: what may be sent."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from cliq_pins.testing import board, folder
from contract_schemas import DOCUMENT, SCHEMAS, bodies, named, resolved
from service import NOW, OPERATIONS, RIGHT, WORK, Caller


@pytest.mark.parametrize(
    ("operation", "query"),
    [
        ("getPinCategories", "?include_field=chats"),
        ("getPinCategories", "?include_fields=chats&unpin_all=true"),
        ("getPinCategories", "?"),
        ("createPinCategory", "?title=x"),
        ("removeChatsAcrossCategories", "&x"),
        ("updatePinCategory", "?title=x"),
        ("bulkUpdateChatsInCategory", "?chat_ids=c1"),
        ("deletePinCategory", "?unpin_all=true&force=true"),
        ("pinChat", f"?category_id={WORK}"),
        ("unpinChat", f"?category_id={WORK}"),
    ],
)
def test_a_query_parameter_that_the_operation_does_not_have_is_refused(operation: str, query: str) -> None:
    caller, (method, path, json) = Caller(), RIGHT[operation]
    before = caller.board
    expected = 200 if query == "?" else "extra_param_found"
    assert caller.call(method, path + query, json).verdict == expected
    assert caller.board == before


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/pin-categories?include_fields=chats&include_fields=chats", "operation_failed"),
        ("GET", "/pin-categories?include_fields=chats,", "operation_failed"),
        ("GET", "/pin-categories?include_fields=Chats", "operation_failed"),
        ("GET", "/pin-categories?include_fields=chats,recipients", "operation_failed"),
        ("DELETE", "/pin-categories", "operation_failed"),
        ("DELETE", "/pin-categories?chat_ids=", "operation_failed"),
        ("DELETE", "/pin-categories?chat_ids=c1,,c2", "operation_failed"),
        ("DELETE", "/pin-categories?chat_ids=c1&chat_ids=c2", "operation_failed"),
        ("DELETE", f"/pin-categories/{WORK}?unpin_all=", "operation_failed"),
        ("DELETE", f"/pin-categories/{WORK}?unpin_all=1", "operation_failed"),
        ("DELETE", f"/pin-categories/{WORK}?unpin_all=True", "operation_failed"),
        ("DELETE", f"/pin-categories/{WORK}?unpin_all=false&unpin_all=true", "operation_failed"),
    ],
)
def test_a_query_that_is_not_as_the_contract_has_it_is_refused(method: str, path: str, code: str) -> None:
    caller = Caller()
    before = caller.board
    assert caller.call(method, path).verdict == code
    assert caller.board == before


@pytest.mark.parametrize(
    ("path", "gone"),
    [("?chat_ids=c1%2Cc4", "c1 c4"), ("?chat_ids=%63%31", "c1"), ("?chat_ids=c1,c4", "c1 c4")],
)
def test_a_query_is_decoded(path: str, gone: str) -> None:
    caller = Caller()
    assert caller.delete(f"/pin-categories{path}").status == 204
    assert [caller.holders(one) for one in gone.split()] == [""] * len(gone.split())


def test_an_id_in_a_path_is_decoded() -> None:
    assert Caller().post("/chats/%635/pins").json["data"]["chat_id"] == "c5"


@pytest.mark.parametrize(
    ("operation", "key"),
    [(operation, key) for operation in RIGHT if RIGHT[operation][2] is not msgspec.UNSET for key in ("x", "Title", "")],
)
def test_a_property_that_no_operation_of_the_endpoint_has_is_refused(operation: str, key: str) -> None:
    caller, (method, path, json) = Caller(), RIGHT[operation]
    before = caller.board
    assert isinstance(json, dict)
    said = caller.call(method, path, {**json, key: None})
    assert (said.code, said.answer.operation) == ("extra_key_found", operation)
    assert caller.board == before


VALUES = {
    "title": "x",
    "symbol": ":x:",
    "state": "collapsed",
    "chat_id": "c1",
    "chat_ids": ["c1"],
    "pin_above": "c2",
    "last_sync_time": NOW,
}


@pytest.mark.parametrize("keys", [keys for count in range(1, 8) for keys in combinations(VALUES, count)], ids="+".join)
def test_the_properties_of_a_put_say_what_it_is_and_may_not_be_mixed(keys: tuple[str, ...]) -> None:
    """Every set of the seven documented properties, held against the contract's table of them."""
    said = Caller().put(WORK, **{key: VALUES[key] for key in keys})
    has, rules = set(keys), SCHEMAS["UpdatePinCategoryBody"]["x-discriminator"]
    rule = next(one for one in rules if set(one["has"]) <= has)
    schema = resolved(rule["schema"]["$ref"])
    assert said.answer.operation == rule["operationId"]
    if has - set(schema["properties"]):
        assert said.verdict == "invalid_inputs"
    elif set(schema.get("required", ())) - has:
        assert said.verdict == "operation_failed"
    elif keys == ("pin_above", "last_sync_time"):
        assert said.verdict == "operation_failed", "c2 is no folder"
    else:
        assert said.verdict == 204


@settings(max_examples=60, deadline=None)
@given(
    bodies(
        "UpdatePinCategoryDetailsRequest",
        "ReorderChatInCategoryRequest",
        "ReorderCategoryRequest",
        "BulkUpdateChatsInCategoryRequest",
    )
)
def test_a_put_that_is_done_is_one_that_the_contract_allows(body: dict[str, Any]) -> None:
    said = Caller().put(WORK, **body)
    assert said.status in (204, 400)
    if not named("UpdatePinCategoryBody").is_valid(body):
        assert said.status == 400


@settings(max_examples=60, deadline=None)
@given(bodies("CreatePinCategoryRequest"))
def test_a_folder_that_is_made_is_one_that_the_contract_allows(body: dict[str, Any]) -> None:
    said = Caller().post("/pin-categories", body)
    assert said.status in (200, 400)
    if not named("CreatePinCategoryRequest").is_valid(body):
        assert said.status == 400


def bounded() -> Iterator[tuple[str, str, str, int]]:
    """Operation, where, name and bound of everything that the contract bounds."""
    for path in DOCUMENT["paths"].values():
        for endpoint in path.values():
            for one in endpoint.get("parameters", ()):
                if "maxItems" in one["schema"]:
                    yield endpoint["operationId"], "query", one["name"], one["schema"]["maxItems"]
            if "requestBody" not in endpoint:
                continue
            whole = {"operationId": endpoint["operationId"], **endpoint["requestBody"]["content"]["application/json"]}
            for shape in endpoint.get("x-shapes", [whole]):
                schema = resolved(shape["schema"]["$ref"])
                for name, value in schema["properties"].items():
                    if most := value.get("maxLength", value.get("maxItems")):
                        yield shape["operationId"], value["type"], name, most


BOUNDED = list(bounded())


def test_the_bounds_are_found() -> None:
    assert {(operation, name) for operation, _, name, _ in BOUNDED} == {
        ("createPinCategory", "title"),
        ("createPinCategory", "symbol"),
        ("createPinCategory", "chat_ids"),
        ("removeChatsAcrossCategories", "chat_ids"),
        ("updatePinCategory", "title"),
        ("updatePinCategory", "symbol"),
        ("bulkUpdateChatsInCategory", "chat_ids"),
    }


@pytest.mark.parametrize(("operation", "kind", "name", "most"), BOUNDED)
@pytest.mark.parametrize("over", [0, 1], ids=["at the bound", "beyond it"])
def test_what_is_sent_may_be_as_long_as_the_contract_says(
    operation: str, kind: str, name: str, most: int, over: int
) -> None:
    ids = [f"many-{number}" for number in range(most + over)]
    caller = Caller(board(folder("Work", folder_id=WORK), chats=ids), max_pins=len(ids))
    method, path, json = RIGHT[operation]
    if kind == "query":
        said = caller.call(method, f"{path.partition('?')[0]}?{name}={','.join(ids)}")
    else:
        assert isinstance(json, dict)
        said = caller.call(method, path, {**json, name: ids if kind == "array" else "😀" * len(ids)})
    assert said.verdict == ("operation_failed" if over else min(OPERATIONS[operation].statuses))
