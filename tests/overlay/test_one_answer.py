"""What one answer means, read by itself: a value or an error, and what the error says and knows."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from msgspec.structs import replace

from cliq_pins import (
    CliqError,
    ContractDriftWarning,
    DecodeError,
    Drift,
    InvalidRequest,
    OperationFailed,
    PermissionDenied,
    RateLimited,
    RedirectRefused,
    SchemaError,
    ServerError,
    StaleBoard,
    UnknownError,
)
from cliq_pins.drift import DriftReporter
from cliq_pins.engine import answers
from cliq_pins.engine.effects import Answer
from cliq_pins_client import operation_table, operations

GET = operations.get_pin_categories()
CREATE = operations.create_pin_category(body={"title": "x"})
UPDATE = operations.update_pin_category("1", body={"title": "x"})
PIN = operations.pin_chat("c1")
JSON = {"content-type": "application/json; charset=utf-8"}
LOCK = max(limit.lock_seconds or 0 for limit in operation_table()["getPinCategories"].rate_limits)


def answer(content: bytes = b"", status: int = 200, **headers: str) -> Answer:
    named = JSON | {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, content=content, sent=0.0, received=1.0)


def refused(call: Any, given: Answer) -> CliqError:
    read = answers.read(call, given, DriftReporter())
    assert isinstance(read, answers.Refused)
    return read.error


BOARD = b'{"url":"/v3/pin-categories","type":"pin_categories","data":[{"category_id":"default"}]}'


def test_a_good_answer_is_its_value() -> None:
    value = answers.read(GET, answer(BOARD), DriftReporter())
    assert value.data[0].category_id == "default"  # type: ignore[union-attr]  # of the model
    assert answers.read(UPDATE, answer(status=204), DriftReporter()) is None
    assert answers.read(UPDATE, answer(b" \n", status=204), DriftReporter()) is None


@pytest.mark.parametrize(("call", "status"), [(GET, 299), (UPDATE, 200), (GET, 201)])
def test_another_success_than_the_documented_one_is_told_and_read(call: Any, status: int) -> None:
    told: list[Drift] = []
    with pytest.warns(ContractDriftWarning, match="unknown status"):
        read = answers.read(call, answer(BOARD, status=status), DriftReporter(told.append))
    assert not isinstance(read, answers.Refused)
    assert [(one.operation, one.kind, one.path, one.value) for one in told] == [
        (call.operation_id, "unknown status", "$", status)
    ]


UNUSABLE: dict[str, tuple[Any, Answer, type[CliqError], str, str]] = {
    "no content where a value is expected": (
        GET,
        answer(status=204),
        SchemaError,
        "$: the answer has no content, and a value is expected",
        "not_applied",
    ),
    "no JSON": (
        GET,
        answer(b"<html>Sign in</html>", content_type="text/html; charset=utf-8"),
        DecodeError,
        "text/html that cannot be read (Expecting value: line 1 column 1 (char 0))",
        "not_applied",
    ),
    "no JSON and no type": (
        CREATE,
        answer(b"gone", content_type=""),
        DecodeError,
        "a body without a type that cannot be read (Expecting value: line 1 column 1 (char 0))",
        "unknown",
    ),
    "nothing at all": (
        GET,
        answer(),
        DecodeError,
        "application/json that cannot be read (Expecting value: line 1 column 1 (char 0))",
        "not_applied",
    ),
    "a list": (GET, answer(b"[]"), SchemaError, "$: an object is expected, not a list", "not_applied"),
    "no data": (
        CREATE,
        answer(b'{"type":"pin_categories"}'),
        SchemaError,
        "$.data: missing, or of no use",
        "unknown",
    ),
    "another type": (
        GET,
        answer(b'{"type":"chats","data":[]}'),
        SchemaError,
        "$.type: 'chats' is not 'pin_categories'",
        "not_applied",
    ),
    "a page in place of nothing": (
        UPDATE,
        answer(b"<html>", content_type="text/html"),
        DecodeError,
        "text/html that cannot be read (Expecting value: line 1 column 1 (char 0))",
        "unknown",
    ),
}


@pytest.mark.filterwarnings("ignore::cliq_pins.ContractDriftWarning")
@pytest.mark.parametrize("name", UNUSABLE)
def test_an_answer_that_cannot_be_used_says_why(name: str) -> None:
    call, given, kind, said, outcome = UNUSABLE[name]
    error = refused(call, given)
    assert (type(error), error.outcome) == (kind, outcome)
    begins = f"; it begins: {given.content.decode()}" if given.content else ""
    assert error.message == f"the answer is {said}{begins}"
    assert (error.operation, error.status, error.code, error.retry_after) == (
        call.operation_id,
        given.status,
        None,
        None,
    )
    assert error.answer is not None
    assert (error.answer.content, error.answer.headers) == (given.content, given.headers)


THROTTLED = b'{"code":"URL_ROLLING_THROTTLES_LIMIT_EXCEEDED","message":"Try again after 22 minutes"}'


@pytest.mark.filterwarnings("ignore::cliq_pins.ContractDriftWarning")
@pytest.mark.parametrize("call", [GET, UPDATE, PIN], ids=lambda one: one.operation_id)
def test_a_refusal_under_a_status_of_success_is_one(call: Any) -> None:
    error = refused(call, answer(THROTTLED))
    assert (type(error), error.status, error.code) == (RateLimited, 200, "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED")
    assert (error.message, error.retry_after) == ("Try again after 22 minutes", 22 * 60.0)
    assert error.operation == call.operation_id
    assert error.answer is not None
    assert error.answer.content == THROTTLED


@pytest.mark.filterwarnings("ignore::cliq_pins.ContractDriftWarning")
@pytest.mark.parametrize("content", [b'{"code":"done"}', b'{"message":"fine"}', b"[1]", b"null"])
def test_what_only_looks_like_a_refusal_is_a_success(content: bytes) -> None:
    assert answers.read(UPDATE, answer(content), DriftReporter()) is None


REFUSED: dict[str, tuple[Any, Answer, type[CliqError], str, dict[str, Any]]] = {
    "by a code of the contract": (
        UPDATE,
        answer(b'{"code":"invalid_inputs","message":"see the docs"}', 400),
        InvalidRequest,
        operation_table()["updatePinCategory"].error_codes["invalid_inputs"].rstrip("."),
        {"code": "invalid_inputs"},
    ),
    "by a code and a message": (
        GET,
        answer(b'{"code":"extra_param_found","message":"a b\\nc."}', 400),
        InvalidRequest,
        "a b c",
        {"code": "extra_param_found"},
    ),
    "by a number": (GET, answer(b'{"code":7}', 418), UnknownError, 'it says: {"code":7}', {"code": "7"}),
    "by nothing": (GET, answer(status=404), LookupError, "there is no such folder, chat or url", {}),  # type: ignore[dict-item]
    "by a page": (GET, answer(b"<p>gone", 404), LookupError, "it says: <p>gone", {}),  # type: ignore[dict-item]
    "by a true code": (GET, answer(b'{"code":true,"message":5}', 400), InvalidRequest, "it says: ", {"code": None}),
    "by a stale sync time": (
        UPDATE,
        answer(b'{"code":"client_not_synced"}', 400),
        StaleBoard,
        "someone else changed the board since it was read; look at the fresh one and try again",
        {"code": "client_not_synced"},
    ),
    "by a missing scope": (
        GET,
        answer(b'{"code":"oauthtoken_scope_invalid"}', 401),
        PermissionDenied,
        "the token lacks the scope ZohoCliq.Chats.READ; make one that has it (the service also says this of unknown "
        "ids)",
        {"code": "oauthtoken_scope_invalid"},
    ),
    "by a redirect": (
        GET,
        answer(status=302, location="https://else.example/"),
        RedirectRefused,
        "redirected to https://else.example/, which is not followed; check base_url",
        {},
    ),
    "by a redirect to nowhere": (
        GET,
        answer(status=302),
        RedirectRefused,
        "redirected to nowhere, which is not followed; check base_url",
        {},
    ),
    "by a failure": (GET, answer(status=500), ServerError, "the service failed", {}),
    "by a failure of a change": (CREATE, answer(status=500), ServerError, "the service failed", {"outcome": "unknown"}),
    "by a failure that names a wait": (
        GET,
        answer(status=503, retry_after="7"),
        ServerError,
        "the service failed",
        {"retry_after": 7.0},
    ),
    "by a limit": (GET, answer(status=429), RateLimited, "a rate limit is used up", {"retry_after": LOCK}),
    "by an operation that failed": (
        GET,
        answer(b'{"code":"operation_failed"}', 400),
        OperationFailed,
        operation_table()["getPinCategories"].error_codes["operation_failed"].rstrip("."),
        {"code": "operation_failed"},
    ),
}


@pytest.mark.filterwarnings("ignore::cliq_pins.ContractDriftWarning")
@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_is_known(name: str) -> None:
    call, given, kind, said, known = REFUSED[name]
    error = refused(call, given)
    assert isinstance(error, kind)
    assert error.message.startswith(said) or f"; {said}" in error.message
    expected = {"code": None, "retry_after": None, "outcome": "not_applied"} | known
    assert {one: getattr(error, one) for one in expected} == expected
    assert (error.operation, error.status) == (call.operation_id, given.status)
    assert error.answer == answers.raw(given)


@pytest.mark.parametrize(
    ("call", "status", "body", "told"),
    [
        (GET, 400, b'{"code":"unheard_of"}', [("unknown code", "$.code", "unheard_of")]),
        (GET, 400, b'{"code":"operation_failed"}', []),
        (GET, 400, b"{}", []),
        (GET, 418, b"", [("unknown status", "$", 418)]),
        (GET, 503, b"", []),
        (GET, 500, b"", []),
    ],
)
def test_what_the_contract_does_not_have_is_told(call: Any, status: int, body: bytes, told: list[Any]) -> None:
    found: list[Drift] = []
    reporter = DriftReporter(found.append)
    if told:
        with pytest.warns(ContractDriftWarning):
            answers.read(call, answer(body, status), reporter)
    else:
        answers.read(call, answer(body, status), reporter)
    assert [(one.kind, one.path, one.value) for one in found] == told
    assert {one.operation for one in found} <= {call.operation_id}


@pytest.mark.parametrize(
    "other", [{"operation": "pinChat"}, {"kind": "wrong type"}, {"path": "$.type"}], ids=lambda other: next(iter(other))
)
def test_a_drift_is_told_once_and_silences_no_other(other: dict[str, Any]) -> None:
    first = Drift(operation="getPinCategories", kind="unknown value", path="$.data[*].state", value="floating")
    found: list[Drift] = []
    reporter = DriftReporter(found.append)
    told = [first, replace(first, **other)]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for drift in (*told, *told, replace(first, value="sunken")):
            reporter.report(drift)
    assert found == told
    assert [str(one.message) for one in warned] == [str(one) for one in told]


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({}, None, LOCK),
        ({}, "", LOCK),
        ({"retry_after": "7"}, None, LOCK),
        ({"retry_after": "1000"}, None, 1000),
        ({"retry_after": "1000"}, "Try again after 2 hours", 7200),
        ({"retry_after": "10000"}, "Try again after 2 hours", 10000),
        ({}, "Try again after 22 minutes", 22 * 60),
        ({}, "Try again after 2 seconds", LOCK),
        (
            {"retry_after": "Thu, 01 Jan 2026 01:00:00 GMT", "date": "Thu, 01 Jan 2026 00:00:00 GMT"},
            None,
            3600,
        ),
    ],
)
def test_a_lock_is_the_longest_that_is_named_or_documented(
    headers: dict[str, str], message: str | None, seconds: float
) -> None:
    assert answers.lock_seconds(GET, answer(status=429, **headers), message) == seconds
