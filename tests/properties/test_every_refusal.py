"""The error mapping is total: any status with any body is a value or one error that says what is known, in one line."""

from __future__ import annotations

import json
import pickle
import warnings
from collections.abc import Callable, Iterator
from itertools import cycle, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliq_pins import CliqError, ContractDriftWarning, errors
from cliq_pins.codes import CODES, STATUSES
from cliq_pins.drift import DriftReporter
from cliq_pins.engine import answers, retry
from cliq_pins.engine.effects import Answer
from cliq_pins_client import Call, operation_table
from cliq_pins_client import operations as op
from schema_strategies import anything

LOCK = {name: max(one.lock_seconds or 0 for one in row.rate_limits) for name, row in operation_table().items()}
CALLS: list[Call[Any]] = [
    op.get_pin_categories(),
    op.create_pin_category(body={"title": "x"}),
    op.update_pin_category("1", body={"last_sync_time": 1}),
    op.delete_pin_category("1"),
    op.unpin_chat("1"),
]
"""A call of each retry class, with and without a value."""
ODD_CODES = ("", "unheard_of", "CLIENT_NOT_SYNCED", "client_not_synced\n", "\ud800", "x" * 5_000, "\x1b[2J", "\u2028")
ODD_BODIES = {
    "empty": b"",
    "blank": b" \r\n",
    "html": b"<!doctype html>\n<title>Sign in</title>",
    "list": b"[]",
    "nested list": b'[{"code":"operation_failed"}]',
    "text": b'"operation_failed"',
    "null": b"null",
    "nan": b'{"code":NaN}',
    "infinity": b'{"message":-Infinity}',
    "cut": b'{"code":"operation_fai',
    "latin-1": b'{"message":"Caf\xe9"}',
    "mark": b'\xef\xbb\xbf{"data":[]}',
    "lone surrogate": b'{"message":"\\ud800"}',
    "surrogate bytes": b'{"message":"\xed\xa0\x80"}',
    "deep": b"[" * 5_000,
    "deep code": b'{"code":' * 5_000,
    "long number": b'{"code":' + b"9" * 5_000 + b"}",
    "gzip": b"\x1f\x8b\x08\x00\x00\x00",
    "zeros": b"\x00" * 40,
    "code in code": b'{"code":{"code":"operation_failed"}}',
    "code list": b'{"code":["operation_failed"]}',
    "code true": b'{"code":true}',
    "code number": b'{"code":11016}',
    "message number": b'{"message":5}',
    "data list": b'{"data":[]}',
    "data object": b'{"data":{}}',
    "data text": b'{"data":"x"}',
    "other type": b'{"type":"other","data":{}}',
    "data and error": b'{"data":null,"code":"request_limit_exceeded","message":"Try again after 22 minutes"}',
}

BESIDE: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a message": {"message": "Something else"},
    "an empty message": {"message": ""},
    "a null message": {"message": None},
    "a number as message": {"message": 5},
    "a list as message": {"message": ["Something else"]},
    "null data": {"data": None},
    "a list as data": {"data": []},
    "an object as data": {"data": {}},
    "a text as data": {"data": "x"},
    "a type and another key": {"type": "error", "details": {"code": "unheard_of"}},
}
"""What else can stand in the body of a refusal."""
NO_VALUE = {name: more for name, more in BESIDE.items() if more.get("data") is None}
"""Those that leave nothing to be read if the status means success."""
DOCUMENTED = frozenset().union(*(row.statuses for row in operation_table().values()))
DONE = DOCUMENTED & set(answers.OK)
TOLD_APART = sorted({100, 300, 600} | DOCUMENTED - DONE | STATUSES.keys() | retry.RETRIED_STATUSES)
"""The statuses that mean something of their own, and one of each other hundred."""


def read(call: Call[Any], status: int, content: bytes, headers: dict[str, str] | None = None) -> CliqError | None:
    """What an answer means, `None` for success; whatever it is, it must make sense."""
    answer = Answer(status=status, headers=headers or {}, content=content, sent=0.0, received=0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ContractDriftWarning)
        found = answers.read(call, answer, DriftReporter())
    if not isinstance(found, answers.Refused):
        assert 200 <= status < 300
        return None
    makes_sense(found.error, call, status, content)
    return found.error


def makes_sense(error: CliqError, call: Call[Any], status: int, content: bytes) -> None:
    text = str(error)
    assert isinstance(error, CliqError)
    assert text.splitlines() == [text], "one line, however lines are told"
    assert text.isprintable()
    text.encode()
    assert text.startswith(f"{call.operation_id}: ")
    assert str(status) in text
    assert len(text) < 1_300
    assert (error.operation, error.status) == (call.operation_id, status)
    assert error.answer is not None
    assert error.answer.content == content
    changes = call.operation.retry_class != "safe"
    says_nothing = status >= 500 or (status < 300 and error.kind in ("schema", "decode"))
    assert error.outcome == ("unknown" if says_nothing and changes else "not_applied")
    if isinstance(error, errors.RateLimited):
        assert error.retry_after is not None
        assert error.retry_after >= LOCK[call.operation_id]


def wanted(status: int, code: str | None) -> type[CliqError]:
    """The class of a refusal: the code's, else the status's, else that of its hundred."""
    hundreds = {3: errors.RedirectRefused, 5: errors.ServerError}
    return CODES.get(code or "") or STATUSES.get(status) or hundreds.get(status // 100, errors.UnknownError)


def refusals() -> Iterator[int]:
    yield from range(100, 200)
    yield from range(300, 1000)


def means(status: int, code: str, beside: str, call: Call[Any]) -> None:
    error = read(call, status, json.dumps({**BESIDE[beside], "code": code}).encode())
    assert error is not None
    assert type(error) is wanted(status, code.strip()), (status, beside)
    if code in CODES:
        assert error.code == code, (status, beside)


@pytest.mark.parametrize("shape", ODD_BODIES)
def test_every_status_with_an_odd_body_is_one_error(shape: str) -> None:
    content = ODD_BODIES[shape]
    code = {"code number": "11016", "data and error": "request_limit_exceeded"}.get(shape)
    for number, status in enumerate(refusals(), start=list(ODD_BODIES).index(shape)):
        call = CALLS[number % len(CALLS)]
        error = read(call, status, content)
        assert error is not None
        assert (type(error), error.code) == (wanted(status, code), code), status


each_code = pytest.mark.parametrize("code", [*CODES, *ODD_CODES], ids=range(len(CODES) + len(ODD_CODES)))


@each_code
def test_every_code_under_every_status_means_the_same(code: str) -> None:
    for status, call, beside in zip(refusals(), cycle(CALLS), cycle(BESIDE), strict=False):
        means(status, code, beside, call)


@each_code
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.operation_id)
def test_what_stands_beside_a_code_changes_nothing(code: str, call: Call[Any]) -> None:
    for status, beside in product(TOLD_APART, BESIDE):
        means(status, code, beside, call)


WRITTEN: dict[str, Callable[[str], bytes]] = {
    "after a byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "between blanks": lambda text: f" \r\n{text}\n".encode(),
    "in escapes": lambda text: "".join(f"\\u{ord(one):04x}" if one.isalnum() else one for one in text).encode(),
    "beside a lone surrogate": lambda text: text.replace("{", '{"message":"\\ud800",', 1).encode(),
    "twice": lambda text: text.replace("{", '{"code":"unheard_of",', 1).encode(),
}
"""Ways to write a refusal that are JSON, or nearly so."""


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.operation_id)
def test_how_a_refusal_is_written_changes_nothing(way: str, call: Call[Any]) -> None:
    for code, status in product(CODES, TOLD_APART):
        error = read(call, status, WRITTEN[way](json.dumps({"code": code})))
        assert error is not None
        assert (type(error), error.code) == (wanted(status, code), code), status


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.operation_id)
def test_a_success_that_is_none_is_a_refusal_or_unreadable(call: Call[Any]) -> None:
    kinds = {"schema", "decode"}
    for status in range(200, 300):
        for content in ODD_BODIES.values():
            error = read(call, status, content)
            assert error is None or error.kind in kinds | {"rate_limited", "server"}
        for code, kind in CODES.items():
            for beside in NO_VALUE if status in DONE else ["nothing"]:
                error = read(call, status, json.dumps({**NO_VALUE[beside], "code": code}).encode())
                says_nothing = status == 204 and call.answers.keys() == {200}
                assert type(error) is (errors.SchemaError if says_nothing else kind), (status, code, beside)


bodies = (
    st.binary(max_size=40)
    | anything.map(json.dumps).map(str.encode)
    | st.fixed_dictionaries({}, optional={"code": anything, "message": anything, "data": anything})
    .map(json.dumps)
    .map(str.encode)
)
texts = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=12)
headers = st.dictionaries(st.sampled_from(["content-type", "date", "location", "retry-after"]), texts)


@settings(max_examples=200)
@given(st.sampled_from(CALLS), st.integers(100, 999), bodies, headers)
def test_any_answer_at_all_is_one_error_that_can_be_kept(
    call: Call[Any], status: int, content: bytes, headers: dict[str, str]
) -> None:
    error = read(call, status, content, headers)
    if error is not None:
        again = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
        assert (type(again), str(again), again.context) == (type(error), str(error), error.context)
