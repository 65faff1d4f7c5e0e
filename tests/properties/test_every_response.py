"""Every answer that the contract allows is read, loses nothing that the contract knows, and tells the rest as drift."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliq_pins.codes import CODES
from cliq_pins.decoding import decode
from cliq_pins.drift import DriftReporter
from cliq_pins.engine import answers as engine
from cliq_pins.engine.effects import Answer
from cliq_pins.secret import one_line
from cliq_pins_client import operation_table
from cliq_pins_client import operations as op
from contract_schemas import Documented, resolved, with_body
from schema_strategies import matching

CALLS: dict[str, Any] = {
    "getPinCategories": op.get_pin_categories(),
    "createPinCategory": op.create_pin_category(body={"title": "x"}),
    "removeChatsAcrossCategories": op.remove_chats_across_categories(chat_ids=["1"]),
    "updatePinCategory": op.update_pin_category("1", body={"title": "x"}),
    "reorderChatInCategory": op.update_pin_category("1", body={"chat_id": "1", "last_sync_time": 1}),
    "reorderCategory": op.update_pin_category("1", body={"last_sync_time": 1}),
    "bulkUpdateChatsInCategory": op.update_pin_category("1", body={"chat_ids": [], "last_sync_time": 1}),
    "deletePinCategory": op.delete_pin_category("1"),
    "pinChat": op.pin_chat("1"),
    "unpinChat": op.unpin_chat("1"),
}
DOCUMENTED = list(with_body())
SUCCESSES = [one for one in DOCUMENTED if one.status < 300]
REFUSALS = [one for one in DOCUMENTED if one.status >= 300]


def name(one: Documented) -> str:
    return f"{one.operation}-{one.status}"


def test_every_operation_and_every_status_with_a_body_is_here() -> None:
    assert {one.operation_id for one in CALLS.values()} == set(operation_table()) == set(CALLS)
    for operation, row in operation_table().items():
        assert {one.status for one in DOCUMENTED if one.operation == operation} == row.statuses - {204}


def alternatives(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and all that it refers to in its own place."""
    yield schema
    for one in [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
        yield from alternatives(one)
    if "$ref" in schema:
        yield from alternatives(resolved(schema["$ref"]))  # type: ignore[arg-type]  # a plain dict


def part(schema: dict[str, Any], keyword: str) -> Any:
    """What a schema says under a keyword, wherever it says it."""
    return next((one[keyword] for one in alternatives(schema) if keyword in one), None)


def known(schema: dict[str, Any], value: Any) -> Any:
    """The part of a value that the contract knows; null is the same as nothing."""
    properties, items = part(schema, "properties"), part(schema, "items")
    if isinstance(value, dict) and properties is not None:
        return {key: known(properties[key], one) for key, one in value.items() if key in properties and one is not None}
    return [known(items, one) for one in value] if isinstance(value, list) and items is not None else value


def drifts(schema: dict[str, Any], value: Any, path: str = "$") -> Iterator[tuple[str, str]]:
    """What of a value the contract does not know."""
    properties, items, listed = part(schema, "properties"), part(schema, "items"), part(schema, "enum")
    if listed is not None and value is not None and value not in listed:
        yield "unknown value", path
    if isinstance(value, dict) and properties is not None:
        for key, one in value.items():
            if key in properties:
                yield from drifts(properties[key], one, f"{path}.{key}")
            else:
                yield "unknown field", f"{path}.{key}"
    if isinstance(value, list) and items is not None:
        for one in value:
            yield from drifts(items, one, f"{path}[*]")


def present(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: present(one) for key, one in value.items() if one is not None}
    return [present(one) for one in value] if isinstance(value, list) else value


@cache
def drawn(index: int) -> st.SearchStrategy[Any]:
    return matching(DOCUMENTED[index].schema)


@pytest.mark.parametrize("thorough", [False, True], ids=["fast", "thorough"])
@pytest.mark.parametrize("one", SUCCESSES, ids=name)
@settings(max_examples=25)
@given(data=st.data(), compact=st.booleans(), ascii_only=st.booleans())
def test_a_success_loses_nothing(
    one: Documented, thorough: bool, data: st.DataObject, compact: bool, ascii_only: bool
) -> None:
    plain = data.draw(drawn(DOCUMENTED.index(one)))
    content = json.dumps(plain, ensure_ascii=ascii_only, separators=(",", ":") if compact else None).encode()
    kind = CALLS[one.operation].answers[one.status]
    told: list[tuple[str, str]] = []
    value = decode(content, kind, lambda kind, path, _: told.append((kind, path)), thorough)
    assert present(msgspec.to_builtins(value)) == known(one.schema, plain)
    assert set(told) == (set(drifts(one.schema, plain)) if thorough else set())
    assert CALLS[one.operation].read(one.status, content) == value, "the generated client reads it alike"


@pytest.mark.parametrize("one", SUCCESSES, ids=name)
@settings(max_examples=15)
@given(data=st.data())
def test_a_success_is_taken_if_it_has_data_of_its_own_type(one: Documented, data: st.DataObject) -> None:
    plain = data.draw(drawn(DOCUMENTED.index(one)))
    read = answered(one, plain)
    wanted = resolved(one.schema["$ref"])["example"]["type"]
    usable = plain.get("data") is not None and plain.get("type") in (None, wanted)
    assert isinstance(read, engine.Refused) != usable
    if isinstance(read, engine.Refused):
        assert read.error.kind == "schema"
        assert json.loads(read.error.answer.content) == plain, "the answer is there to be looked at"


@pytest.mark.parametrize("one", REFUSALS, ids=name)
@settings(max_examples=4)
@given(data=st.data())
def test_a_refusal_keeps_its_code_and_message(one: Documented, data: st.DataObject) -> None:
    plain = data.draw(drawn(DOCUMENTED.index(one)))
    told: list[str] = []
    read = answered(one, plain, told)
    code, message = plain.get("code"), plain.get("message")
    # a body of `message` alone may have anything under a name that it does not know
    code = str(code) if isinstance(code, str | int) and not isinstance(code, bool) else ""
    assert (read.error.status, read.error.code) == (one.status, one_line(code, 100) or None)
    assert json.loads(read.error.answer.content) == plain
    assert ("unknown code" in told) == (read.error.code is not None and read.error.code not in CODES)
    if message and read.error.code is None:
        assert one_line(message, 200).rstrip(".") in str(read.error)


def answered(one: Documented, plain: Any, told: list[str] | None = None) -> Any:
    content = json.dumps(plain).encode()
    answer = Answer(status=one.status, headers={}, content=content, sent=0.0, received=0.0)
    drift = DriftReporter(None)
    drift.report = lambda drift: (told if told is not None else []).append(drift.kind)  # type: ignore[method-assign]
    return engine.read(CALLS[one.operation], answer, drift)
