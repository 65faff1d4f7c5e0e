"""Answers: whatever comes back, a caller meets the documented type or an `AnswerError`, and nothing else."""

from __future__ import annotations

import pickle

import msgspec
import pytest
from cliq_pins_client import AnswerError, Call
from cliq_pins_client import models as m
from cliq_pins_client import operations as op
from contract_schemas import SCHEMAS
from hypothesis import given
from hypothesis import strategies as st

GET = op.get_pin_categories()
CALLS: list[Call[object]] = [GET, op.pin_chat("1"), op.unpin_chat("1"), op.create_pin_category(body={"title": "x"}), op.delete_pin_category("1")]


@given(st.sampled_from(CALLS), st.integers(100, 999), st.one_of(st.binary(), st.text().map(str.encode)))
def test_arbitrary_answers_raise_nothing_but_answer_errors(call: Call[object], status: int, content: bytes) -> None:
    try:
        call.read(status, content)
    except AnswerError as error:
        assert "\n" not in str(error)
        assert call.operation_id in str(error)
        assert str(status) in str(error)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>login</html>",
        b'{"data": [',
        b'{"data": {}}',
        b'{"data": [{"chats": 5}]}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"type": "\xe9"}',
        b'{"type": NaN}',
        b'{"type": ' + b"9" * 5_000 + b"}",
    ],
    ids=["empty", "html", "cut", "object", "retyped", "deep list", "deep object", "latin-1", "nan", "long integer"],
)
def test_a_success_that_is_not_as_documented_says_so(content: bytes) -> None:
    with pytest.raises(AnswerError, match="getPinCategories answered 200: the body is not as documented") as caught:
        GET.read(200, content)
    assert caught.value.unreadable is not None
    assert len(str(caught.value)) < 600


def test_an_html_error_page_keeps_its_status() -> None:
    with pytest.raises(AnswerError) as caught:
        GET.read(500, b"<html>oops</html>")
    assert (caught.value.status, caught.value.code, caught.value.documented) == (500, None, True)


def test_code_and_message_are_read_from_any_error() -> None:
    with pytest.raises(AnswerError, match="answered 400: client_not_synced: too late") as caught:
        op.update_pin_category("1", body={"title": "x"}).read(400, b'{"code":"client_not_synced","message":"too late"}')
    assert (caught.value.code, caught.value.message) == ("client_not_synced", "too late")


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (b'{"code":11016}', "11016", None),
        (b'{"code":"x","message":5}', "x", None),
        (b'{"message":"m"}', None, "m"),
        (b"[]", None, None),
        (b"5", None, None),
        (b"null", None, None),
    ],
)
def test_errors_in_other_forms_are_kept(content: bytes, code: str | None, message: str | None) -> None:
    with pytest.raises(AnswerError) as caught:
        GET.read(400, content)
    assert (caught.value.content, caught.value.code, caught.value.message) == (content, code, message)


def test_what_the_service_sends_cannot_flood_or_drive_a_terminal() -> None:
    with pytest.raises(AnswerError) as caught:
        GET.read(400, b'{"message":"\\u001b[2J' + b"x" * 100_000 + b'"}')
    assert len(str(caught.value)) <= 500
    assert str(caught.value).isprintable()


def test_a_status_that_the_contract_does_not_list_is_marked() -> None:
    with pytest.raises(AnswerError, match="a status that the contract does not list") as caught:
        GET.read(418, b"")
    assert not caught.value.documented


def test_a_204_gives_none() -> None:
    assert op.delete_pin_category("1").read(204, b"ignored") is None


def test_unknown_fields_and_values_and_null_are_tolerated() -> None:
    board = GET.read(200, b'{"new":1,"data":[{"state":"half","chats":[{"chat_type":"robot","recipients_summary":null}],"x":{}}]}')
    assert board.data is not None
    assert board.data[0].state == "half"
    assert board.data[0].chats is not None
    assert board.data[0].chats[0].chat_type == "robot"
    assert board.data[0].title is None


def test_chats_not_asked_for_are_none_and_not_an_empty_list() -> None:
    board = GET.read(200, b'{"data":[{"category_id":"default"},{"category_id":"1","chats":[]}]}')
    assert [folder.chats for folder in board.data or []] == [None, []]


@pytest.mark.parametrize("name", [name for name, schema in SCHEMAS.items() if name.endswith("Response") and "example" in schema])
def test_every_response_example_of_the_contract_survives_a_round_trip(name: str) -> None:
    example = SCHEMAS[name]["example"]
    model = msgspec.json.decode(msgspec.json.encode(example), type=getattr(m, name))
    read = msgspec.to_builtins(model)
    assert without_none(read) == example


def without_none(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_none(one) for key, one in value.items() if one is not None}
    return [without_none(one) for one in value] if isinstance(value, list) else value


def test_errors_and_calls_cross_processes() -> None:
    call = op.create_pin_category(body={"title": "x"})
    assert pickle.loads(pickle.dumps(call)) == call  # noqa: S301  # our own bytes
    with pytest.raises(AnswerError) as caught:
        call.read(400, b'{"code":"max_folders_error"}')
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  # our own bytes
    assert (str(again), again.code) == (str(caught.value), "max_folders_error")
