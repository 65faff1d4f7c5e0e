"""Requests: what the builders take is what the contract's JSON Schemas allow, and it goes out as the contract says."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import msgspec
import pytest
from cliq_pins_client import UNSET, Call, CallError
from cliq_pins_client import models as m
from cliq_pins_client import operations as op
from contract_schemas import SCHEMAS, SHAPES, bodies, named, resolved, validator
from hypothesis import example, given
from hypothesis import strategies as st

UNION = [resolved(rule["schema"]["$ref"]) for rule in SCHEMAS["UpdatePinCategoryBody"]["x-discriminator"]]
MODELS = [rule["schema"]["$ref"].rpartition("/")[2] for rule in SCHEMAS["UpdatePinCategoryBody"]["x-discriminator"]]


def built(make: Callable[[], Call[Any]]) -> Call[Any] | None:
    try:
        return make()
    except CallError:
        return None


@given(bodies(*MODELS))
@example({})
@example({"last_sync_time": "x"})
@example({"title": "x", "chat_ids": [], "last_sync_time": "x"})
@example({"last_sync_time": 2**70})
@example({"title": "😀" * 255})
def test_a_change_is_taken_if_and_only_if_the_contract_allows_it(body: dict[str, Any]) -> None:
    call = built(lambda: op.update_pin_category("1", body=body))
    assert (call is not None) == named("UpdatePinCategoryBody").is_valid(body)
    if call is not None:
        assert json.loads(call.content or b"") == body


@given(bodies(*MODELS))
def test_a_body_of_one_shape_is_of_no_other_and_is_taken_for_that_one(body: dict[str, Any]) -> None:
    fitting = [name for name, model in zip(SHAPES, MODELS, strict=True) if named(model).is_valid(body)]
    assert len(fitting) <= 1
    if fitting:
        assert op.update_pin_category("1", body=body).operation_id == fitting[0]


@pytest.mark.parametrize(
    ("make", "schema"),
    [
        (lambda body: op.create_pin_category(body=body), "CreatePinCategoryRequest"),
        (lambda body: op.pin_chat("1", body=body), "PinChatRequest"),
    ],
    ids=["create", "pin"],
)
@given(data=st.data())
def test_other_bodies_are_taken_if_and_only_if_the_contract_allows_them(
    make: Callable[[dict[str, Any]], Call[Any]], schema: str, data: st.DataObject
) -> None:
    body = data.draw(bodies(schema))
    call = built(lambda: make(body))
    assert (call is not None) == named(schema).is_valid(body)
    if call is not None:
        assert json.loads(call.content or b"") == body


@pytest.mark.parametrize("name", MODELS)
@given(data=st.data())
def test_a_model_and_its_json_are_checked_alike(name: str, data: st.DataObject) -> None:
    # A model can be built around its limits, as msgspec checks them only when decoding.
    body = data.draw(bodies(name).filter(lambda body: "unknown" not in body))
    model = getattr(m, name)
    required = SCHEMAS[name].get("required", [])
    if not all(one in body for one in required):
        return
    call = built(lambda: op.update_pin_category("1", body=model(**body)))
    assert (call is not None) == named(name).is_valid(body)


def parameter(operation: str, name: str) -> dict[str, Any]:
    from contract_schemas import DOCUMENT

    for item in DOCUMENT["paths"].values():
        for one in item.values():
            if one["operationId"] == operation:
                return next(p["schema"] for p in one["parameters"] if p["name"] == name)
    raise KeyError(operation)


ITEMS = st.one_of(st.sampled_from(["chats", "recipients_summary", "last_message_info", "", "x"]), st.integers(), st.none())


@pytest.mark.parametrize(
    ("make", "operation", "name"),
    [
        (lambda value: op.remove_chats_across_categories(chat_ids=value), "removeChatsAcrossCategories", "chat_ids"),
        (lambda value: op.get_pin_categories(include_fields=value), "getPinCategories", "include_fields"),
    ],
    ids=["chat_ids", "include_fields"],
)
@given(value=st.one_of(st.lists(ITEMS, max_size=4), st.lists(st.just("chats"), min_size=24, max_size=27), st.text(), st.none()))
def test_query_arrays_are_taken_if_and_only_if_the_contract_allows_them(
    make: Callable[[Any], Call[Any]], operation: str, name: str, value: Any
) -> None:
    call = built(lambda: make(value))
    assert (call is not None) == validator(parameter(operation, name)).is_valid(value)
    if call is not None:
        assert call.query == f"{name}={','.join(value)}"


@pytest.mark.parametrize("item", ["1,2", "", ","])
def test_an_item_that_commas_would_not_keep_whole_is_refused(item: str) -> None:
    # It would reach the service as two ids, and past the limit of 25, or as none.
    with pytest.raises(CallError, match=r"removeChatsAcrossCategories: chat_ids: .*\$\[0\]"):
        op.remove_chats_across_categories(chat_ids=[item])


@pytest.mark.parametrize("lost", ["chat_ids", "chat_id"])
def test_a_field_that_is_unset_does_not_turn_a_body_into_another_operation(lost: str) -> None:
    # Without the field, the body would be the one that moves the folder to the end.
    with pytest.raises(CallError, match=lost):
        op.update_pin_category("1", body={lost: UNSET, "last_sync_time": 5})


WRONG = [b"123", {"1", "2"}, frozenset("1"), timedelta(1), Decimal(1), datetime(2026, 1, 1), UUID(int=1), 10**5000]  # noqa: DTZ001


@pytest.mark.parametrize("value", WRONG, ids=[type(value).__name__ for value in WRONG])
def test_a_value_that_json_has_no_form_for_is_refused_and_not_made_one(value: Any) -> None:
    model = m.BulkUpdateChatsInCategoryRequest
    for make in (
        lambda: op.update_pin_category("1", body={"chat_ids": value, "last_sync_time": 1}),
        lambda: op.update_pin_category("1", body=model(chat_ids=value, last_sync_time=1)),
        lambda: op.update_pin_category("1", body={"chat_ids": [], "last_sync_time": value}),
        lambda: op.update_pin_category("1", body=model(chat_ids=[], last_sync_time=value)),
        lambda: op.update_pin_category("1", body={"chat_id": value, "last_sync_time": 1}),
        lambda: op.remove_chats_across_categories(chat_ids=value),
    ):
        with pytest.raises(CallError):
            make()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text not in (".", "..")))
@example("../x?y=1")
@example("%2e%2e")
@example("a#b;c d/é")
def test_a_path_segment_stays_one_segment(text: str) -> None:
    path = op.delete_pin_category(text).path
    assert path.count("/") == 2
    assert not set(path) & set("?# ;")
    assert unquote(path.rpartition("/")[2]) == text


@pytest.mark.parametrize("segment", ["", ".", "..", 5, None, b"x", "\ud800"])
def test_a_path_segment_that_would_reach_another_path_is_refused(segment: Any) -> None:
    for make in (op.delete_pin_category, op.unpin_chat, op.pin_chat, lambda one: op.update_pin_category(one, body={"title": "x"})):
        with pytest.raises(CallError):
            make(segment)


def test_dots_and_slashes_are_percent_encoded() -> None:
    assert op.delete_pin_category("../x?y=1").path == "/pin-categories/..%2Fx%3Fy%3D1"


def test_booleans_go_out_in_lower_case_and_what_is_unset_does_not_go_out() -> None:
    assert op.delete_pin_category("1", unpin_all=True).query == "unpin_all=true"
    assert op.delete_pin_category("1").target == "/pin-categories/1"
    assert op.create_pin_category(body={"title": "x", "symbol": UNSET}).content == b'{"title":"x"}'


def test_an_absent_body_sends_no_content_type() -> None:
    assert "content-type" not in op.pin_chat("1").headers
    assert op.pin_chat("1").content is None
    assert op.pin_chat("1", body={}).headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: op.create_pin_category(body={"title": "x" * 256}), r"createPinCategory: .*255.*\$\.title"),
        (lambda: op.update_pin_category("1", body={}), "updatePinCategory: .*at least 1 of title, symbol, state"),
        (lambda: op.update_pin_category("1", body={"title": "x", "chat_ids": [], "last_sync_time": 1}), "unknown field `title`"),
        (lambda: op.update_pin_category("1", body=m.PinChatRequest()), "takes no PinChatRequest"),
        (lambda: op.create_pin_category(body=[]), "the body is a list; give CreatePinCategoryRequest"),
        (lambda: op.create_pin_category(body={"title": "\ud800"}), "createPinCategory: .*surrogates"),
        (lambda: op.remove_chats_across_categories(chat_ids=["1"] * 26), "chat_ids: .*25"),
    ],
)
def test_what_is_refused_says_what_and_where(make: Callable[[], Call[Any]], says: str) -> None:
    with pytest.raises(CallError, match=says) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_models_take_no_unknown_field_and_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        m.PinChatRequest(title="x")  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        m.PinChatRequest().category_id = "1"  # type: ignore[misc]


def test_every_request_example_of_the_contract_is_taken_as_it_stands() -> None:
    for name, schema in SCHEMAS.items():
        if name.endswith("Request") and "example" in schema:
            assert msgspec.to_builtins(msgspec.convert(schema["example"], getattr(m, name))) == schema["example"]
