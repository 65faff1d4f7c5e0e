"""Answers that are not as the contract has them: nothing crashes, nothing is lost unseen, each thing is told once."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliq_pins import CliqError, ContractDriftWarning, Drift, decoding
from cliq_pins.decoding import Nonsense, Unreadable, decode, parse
from cliq_pins.simulator import Simulator
from cliq_pins.testing import board, connect, folder
from cliq_pins_client.models import GetPinCategoriesResponse

CHAT = {"chat_id": "1", "chat_type": "channel", "name": "A", "participant_count": 2, "is_pinned": True}
BOARD = {
    "url": "/v3/pin-categories",
    "type": "pin_categories",
    "data": [{"category_id": "default"}, {"category_id": "9", "title": "T", "state": "expanded", "chats": [CHAT]}],
}


def read(content: Any, thorough: bool = False) -> tuple[Any, list[tuple[str, str]]]:
    told: list[tuple[str, str]] = []
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    value = decode(raw, GetPinCategoriesResponse, lambda kind, path, _: told.append((kind, path)), thorough)
    return value, told


def changed(path: str, value: Any) -> dict[str, Any]:
    """The board with another value at a path such as `data.1.chats`."""
    plain = json.loads(json.dumps(BOARD))
    *way, last = path.split(".")
    at: Any = plain
    for step in way:
        at = at[int(step) if step.isdigit() else step]
    at[last] = value
    return plain  # type: ignore[no-any-return]  # what was made above


@pytest.mark.parametrize("thorough", [False, True])
def test_what_is_as_the_contract_has_it_is_read_without_a_word(thorough: bool) -> None:
    value, told = read(BOARD, thorough)
    assert told == []
    assert value.data[1].chats[0].name == "A"


@pytest.mark.parametrize("thorough", [False, True])
@pytest.mark.parametrize(
    ("path", "value", "where", "left"),
    [
        ("data.1.title", 5, "$.data[*].title", "5"),
        ("data.1.title", [], "$.data[*].title", None),
        ("data.1.category_id", 9007199254740993, "$.data[*].category_id", "9007199254740993"),
        ("data.1.category_id", True, "$.data[*].category_id", None),
        ("data.1.chats.0.participant_count", "2", "$.data[*].chats[*].participant_count", None),
        ("data.1.chats.0.participant_count", 2.5, "$.data[*].chats[*].participant_count", None),
        ("data.1.chats.0.is_pinned", 1, "$.data[*].chats[*].is_pinned", None),
    ],
)
def test_a_value_of_a_wrong_type_is_left_out_and_told(
    path: str, value: Any, where: str, left: Any, thorough: bool
) -> None:
    found, told = read(changed(path, value), thorough)
    assert told == [("wrong type", where)]
    at: Any = msgspec.to_builtins(found)
    for step in path.split("."):
        at = at[int(step) if step.isdigit() else step]
    assert at == left
    assert found.data[0].category_id == "default", "everything else is there"


@pytest.mark.parametrize(
    ("chats", "where"), [({}, ""), ("x", ""), ([CHAT, 5], "[*]"), ([None], "[*]"), ([[CHAT]], "[*]")]
)
def test_a_list_with_a_hole_is_no_list(chats: Any, where: str) -> None:
    """A shorter list would be taken for the whole, and written back."""
    found, told = read(changed("data.1.chats", chats))
    assert found.data[1].chats is None
    assert told == [("wrong type", f"$.data[*].chats{where}")]


@pytest.mark.parametrize("broken", [False, True])
def test_what_nobody_knows_is_told_if_it_is_asked_for(broken: bool) -> None:
    plain = changed("data.1.colour", "red")
    plain["data"][1]["state"] = "floating"
    plain["data"][1]["chats"][0] |= {"chat_type": "hologram", "depth": 3}
    plain["page"] = 1
    if broken:
        plain["data"][1]["title"] = []
    decoding._fields.cache_clear()  # as in a process that has not looked before
    expected = {
        ("unknown field", "$.page"),
        ("unknown field", "$.data[*].colour"),
        ("unknown value", "$.data[*].state"),
        ("unknown value", "$.data[*].chats[*].chat_type"),
        ("unknown field", "$.data[*].chats[*].depth"),
    }
    found, told = read(plain, thorough=True)
    assert set(told) == expected | ({("wrong type", "$.data[*].title")} if broken else set())
    assert (found.data[1].state, found.data[1].chats[0].chat_type) == ("floating", "hologram")
    assert {kind for kind, _ in read(plain)[1]} <= {"wrong type"}


@pytest.mark.parametrize("broken", [False, True])
def test_a_key_that_comes_twice_is_reported_and_the_last_one_counts(broken: bool) -> None:
    title = b"5" if broken else b'"Last"'
    content = b'{"type": "pin_categories", "data": [{"title": "First", "state" : "expanded", "title": %s}]}' % title
    found, told = read(content, thorough=True)
    assert found.data[0].title == title.decode().strip('"')
    assert ("repeated key", "$..title") in told
    assert len(told) == 1 + broken
    assert {kind for kind, _ in read(content)[1]} <= {"wrong type"}


def test_a_key_that_comes_twice_is_not_made_up_for_by_a_colon_in_a_text() -> None:
    content = rb'{"type": "pin_categories", "data": [{"title": "First", "title": "a\u003ab"}]}'
    assert read(content, thorough=True)[1] == [("repeated key", "$..title")]


@pytest.mark.parametrize("text", ['{"a":1,"b" :1}', '"a":', "\\u0022:", ' "'])
def test_what_only_looks_like_a_key_is_none(text: str) -> None:
    plain = changed("data.1.title", text)
    for spaced in (json.dumps(plain), json.dumps(plain, separators=(",", " : ")), json.dumps(plain, indent=1)):
        assert read(spaced.encode(), thorough=True)[1] == []


@pytest.mark.parametrize("depth", [200, 900, 1_100, 5_000, 200_000])
@pytest.mark.parametrize("thorough", [False, True])
def test_what_is_not_known_may_be_as_deep_as_can_be_read(depth: int, thorough: bool) -> None:
    content = json.dumps(BOARD).encode()[:-1] + b', "more": ' + b"[" * depth + b"]" * depth + b"}"
    try:
        assert read(content, thorough)[0].data[1].title == "T"
    except Unreadable:
        assert depth > 500


def test_what_is_looked_for_breaks_nobody_whose_stack_is_almost_used_up() -> None:
    """Objects within objects, of every depth about the one from which on they cannot be read."""
    for depth in range(700, 1_050):
        inner = b'{"a":' * depth + b'"\\u003a"' + b"}" * depth
        content = json.dumps(BOARD).encode()[:-1] + b', "more": ' + inner + b"}"
        for thorough in (False, True):
            with suppress(Unreadable):
                assert read(content, thorough)[0].data[1].title == "T"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b'{"data":NaN}', b"[" * 200_000, b'{"a":' + b"1" * 5000 + b"}x"]
)
def test_what_is_no_json_is_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read(content)


def test_a_number_that_is_none_is_named() -> None:
    with pytest.raises(Unreadable, match=r"^-Infinity is no JSON$"):
        read(b'{"data":-Infinity}')


@pytest.mark.parametrize(
    ("content", "named"),
    [([], "a list"), (5, "a number"), (None, "null"), ("x", "a text"), (True, "true or false"), ([[]], "a list")],
)
def test_json_of_another_form_is_nonsense(content: Any, named: str) -> None:
    with pytest.raises(Nonsense, match=rf"^\$: an object is expected, not {named}$"):
        read(content)


@pytest.mark.parametrize(("data", "named"), [({}, "an object"), (None, "null")])
def test_a_list_that_is_none_is_named(data: Any, named: str) -> None:
    wanted = msgspec.inspect.ListType(msgspec.inspect.StrType())
    with pytest.raises(Nonsense, match=rf"^\$.data: a list is expected, not {named}$"):
        decoding._convert(data, wanted, "$.data", lambda *_: None, True)


@pytest.mark.parametrize(("value", "named"), [([], "a list"), ({}, "an object"), (2.5, "a number")])
def test_a_value_that_cannot_be_is_named(value: Any, named: str) -> None:
    with pytest.raises(Nonsense, match=rf"^\$.x: {named} is not expected$"):
        decoding._convert(value, msgspec.inspect.StrType(), "$.x", lambda *_: None, True)


def test_what_is_reported_of_a_wrong_type_is_what_stood_there() -> None:
    told: list[tuple[str, str, Any]] = []
    content = json.dumps(changed("data.1.chats.0.name", [7])).encode()
    value = decode(content, GetPinCategoriesResponse, lambda *one: told.append(one), False)
    assert told == [("wrong type", "$.data[*].chats[*].name", [7])]
    assert value.data[1].chats[0].name is None


def test_a_mark_is_skipped_and_half_characters_are_replaced() -> None:
    assert parse(b'{"a":"\\ud800x"}') == {"a": "�x"}
    value, told = read(b"\xef\xbb\xbf" + json.dumps(changed("data.1.title", "\ud800")).encode())
    assert value.data[1].title == "�"
    assert told == [("text", "$")]
    mended: list[tuple[str, str, Any]] = []
    parse(b'{"k\\udc00":"\\ud800x"}', lambda *one: mended.append(one))
    assert mended == [("text", "$", "k�"), ("text", "$", "�x")]
    json.dumps(msgspec.to_builtins(value), ensure_ascii=False).encode()


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["data", "type", "chats", "x"]), inner),
    max_leaves=10,
)


@settings(max_examples=300)
@given(PLAIN | PLAIN.map(lambda one: {"type": "pin_categories", "data": [one]}), st.booleans())
def test_any_json_is_read_or_refused(plain: Any, thorough: bool) -> None:
    try:
        value, _ = read(plain, thorough)
    except (Nonsense, Unreadable):
        return
    assert isinstance(value, GetPinCategoriesResponse)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=60) | PLAIN.map(lambda one: json.dumps(one).encode()), status=st.integers(200, 999))
def test_no_answer_raises_anything_but_our_errors(content: bytes, status: int) -> None:
    import base64

    simulator = Simulator(board(folder("A")))
    body = {"base64": base64.b64encode(content).decode()}
    pins = connect(simulator)
    for operation, call in {
        "getPinCategories": pins.board,
        "updatePinCategory": lambda: pins.folders.update("1", title="x"),
        "pinChat": lambda: pins.chats.pin("c"),
    }.items():
        simulator.script(
            {"on": operation, "phase": "before", "action": "status", "args": {"status": status, "body": body}}
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ContractDriftWarning)
            error = failure(call)
        if error is not None:
            assert "\n" not in str(error)
            assert error.operation == operation


def failure(call: Callable[[], object]) -> CliqError | None:
    try:
        call()
    except CliqError as error:
        return error
    return None


def drifting(times: int, **arguments: Any) -> tuple[list[Drift], list[warnings.WarningMessage]]:
    simulator = Simulator(board(folder("A")))
    told: list[Drift] = []
    pins = connect(simulator, **({"on_drift": told.append} if arguments.pop("listen") else {}), **arguments)
    content = {"json": changed("data.1.state", "floating") | {"page": 1}}
    simulator.script({"on": "*", "phase": "after", "action": "body", "every": 1, "args": {"content": content}})
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for _ in range(times):
            assert pins.board()["T"].state == "floating"
    return told, warned


def test_each_drift_is_told_once() -> None:
    told, warned = drifting(3, listen=True)
    assert [(one.operation, one.kind, one.path, one.value) for one in told] == [
        ("getPinCategories", "unknown field", "$.page", 1),
        ("getPinCategories", "unknown value", "$.data[*].state", "floating"),
    ]
    assert [str(one.message) for one in warned] == [
        "getPinCategories: unknown field at $.page",
        "getPinCategories: unknown value at $.data[*].state",
    ]
    assert {one.category for one in warned} == {ContractDriftWarning}


def test_nobody_pays_for_what_nobody_asked_for() -> None:
    assert drifting(1, listen=False) == ([], [])
