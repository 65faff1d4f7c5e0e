"""Errors: each code has a class, each class says in one line what happened, and nothing is lost on the way."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import cliq_pins
from cliq_pins import CliqError, PartiallyDone, RateLimited, RawAnswer, StaleBoard, errors
from cliq_pins.codes import CODES, STATUSES, meaning
from cliq_pins.engine.call import FAILURES
from cliq_pins.errors import Batch, Context
from cliq_pins.simulator import Simulator
from cliq_pins.testing import board, connect, folder
from cliq_pins_client import operation_table, operations
from contract_schemas import DOCUMENT, DOCUMENTED_CODES, ENDPOINTS, added_codes

KINDS = {
    "connection",
    "timeout",
    "deadline",
    "protocol",
    "decode",
    "schema",
    "too_large",
    "redirect_refused",
    "auth",
    "auth_refresh",
    "permission",
    "not_found",
    "invalid_request",
    "limit_reached",
    "access_denied",
    "conflict_stale",
    "rate_limited",
    "server",
    "unknown_error",
}


def every(kind: type[CliqError] = CliqError) -> list[type[CliqError]]:
    return [kind, *(one for below in kind.__subclasses__() for one in every(below))]


ELSEWHERE = {"extra_key_found", "extra_param_found", "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED"}
"""Codes of other endpoints and products that the contract does not have, neither documented nor added."""


def test_every_code_of_the_contract_has_a_class_and_few_others_have() -> None:
    documented = {code for _, code in DOCUMENTED_CODES}
    added = {code for one in ENDPOINTS.values() for status in one["responses"] for code in added_codes(one, status)}
    assert documented
    assert added
    assert CODES.keys() - ELSEWHERE == documented | added
    assert CODES.keys() >= ELSEWHERE


def test_every_status_of_the_contract_has_a_meaning() -> None:
    statuses = {status for one in operation_table().values() for status in one.statuses if status >= 300}
    assert statuses
    for status in statuses:
        assert meaning(status, None) is not errors.UnknownError
    assert {status for status in statuses if status < 500} == STATUSES.keys()


def test_every_throttle_code_of_the_contract_is_one() -> None:
    for one in operation_table().values():
        for code in one.throttle_codes:
            assert meaning(400, code) is errors.RateLimited
        for code in one.error_codes:
            assert meaning(400, code) is not errors.RateLimited
    assert meaning(429, None) is errors.RateLimited
    assert meaning(400, None) is not errors.RateLimited


@pytest.mark.parametrize(
    ("status", "code", "name"),
    [
        (400, "client_not_synced", "StaleBoard"),
        (400, "unheard_of", "InvalidRequest"),
        (401, "oauthtoken_scope_invalid", "PermissionDenied"),
        (403, "oauthtoken_scope_invalid", "PermissionDenied"),
        (401, None, "AuthenticationError"),
        (403, None, "PermissionDenied"),
        (404, "unheard_of", "NotFound"),
        (200, "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED", "RateLimited"),
        (300, None, "RedirectRefused"),
        (301, None, "RedirectRefused"),
        (399, None, "RedirectRefused"),
        (402, None, "UnknownError"),
        (500, None, "ServerError"),
        (599, None, "ServerError"),
        (600, None, "UnknownError"),
        (418, None, "UnknownError"),
    ],
)
def test_a_code_goes_before_the_status(status: int, code: str | None, name: str) -> None:
    assert meaning(status, code).__name__ == name


MEANINGS = {
    "AccessDenied": ["chat_access_denied"],
    "AuthenticationError": ["oauthtoken_invalid"],
    "InvalidRequest": ["extra_key_found", "extra_param_found", "invalid_inputs", "param_missing"],
    "LimitReached": ["max_folders_error", "max_pins_error"],
    "NotFound": ["request_url_invalid"],
    "OperationFailed": ["chat_operation_failed", "operation_failed"],
    "PermissionDenied": ["inactive_appaccount_user", "oauthtoken_scope_invalid", "operation_not_allowed"],
    "RateLimited": ["request_limit_exceeded", "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED"],
    "StaleBoard": ["client_not_synced"],
}


def test_each_code_means_one_thing() -> None:
    assert {code: kind.__name__ for code, kind in CODES.items()} == {
        code: name for name, codes in MEANINGS.items() for code in codes
    }


@pytest.mark.parametrize(
    ("status", "name"), [(400, "InvalidRequest"), (405, "InvalidRequest"), (406, "InvalidRequest")]
)
def test_a_status_without_a_code_means_what_http_has_it_mean(status: int, name: str) -> None:
    assert meaning(status, None).__name__ == name


def test_each_way_to_get_no_answer_has_its_error() -> None:
    assert {kind: one.__name__ for kind, one in FAILURES.items()} == {
        "connection": "ConnectionFailed",
        "tls": "ConnectionFailed",
        "timeout": "Timeout",
        "deadline": "DeadlineExceeded",
        "protocol": "ProtocolError",
        "decode": "DecodeError",
        "too_large": "ResponseTooLarge",
        "unsendable": "InvalidRequest",
    }


@pytest.mark.parametrize(("length", "shown"), [(1000, 1000), (1001, 1000), (5000, 1000)])
def test_a_message_has_an_end(length: int, shown: int) -> None:
    assert len(CliqError("x" * length).message) == shown


@pytest.mark.parametrize(("status", "outcome", "is_open"), [(400, "unknown", True), (399, "unknown", False)])
def test_a_refusal_after_a_lost_answer_leaves_the_outcome_open(status: int, outcome: Any, is_open: bool) -> None:
    assert CliqError("", Context(status=status, outcome=outcome)).is_open_refusal is is_open
    assert not CliqError("", Context(status=status, outcome="not_applied")).is_open_refusal
    assert not CliqError("", Context(outcome="unknown")).is_open_refusal


def test_every_class_is_public_has_a_kind_and_a_sentence() -> None:
    for one in every():
        assert one.__name__ in cliq_pins.__all__
        assert one.__doc__
        if one is not PartiallyDone:
            assert one.kind in KINDS
    assert {one.kind for one in every() if one is not PartiallyDone} == KINDS


def test_an_error_says_everything_in_one_line() -> None:
    answer = RawAnswer(status=400, headers={}, content=b"{}")
    context = Context(
        operation="pinChat", status=400, code="x", attempts=3, retry_after=1.5, outcome="unknown", answer=answer
    )
    error = CliqError("it broke", context)
    assert str(error) == "pinChat: it broke [400, x, after 3 attempts, it may have been applied]"
    assert (error.operation, error.status, error.code, error.attempts) == ("pinChat", 400, "x", 3)
    assert (error.retry_after, error.outcome, error.answer, error.message) == (1.5, "unknown", answer, "it broke")
    assert str(CliqError("it broke")) == "it broke"
    assert CliqError("it broke").args == ("it broke",)
    assert CliqError("it broke").request is None
    for attempts, said in ((0, "x"), (1, "x"), (2, "x [after 2 attempts]")):
        assert str(CliqError("x", Context(attempts=attempts))) == said
    assert CliqError("it broke").outcome == "not_applied"


def test_an_error_hides_what_looks_like_a_token() -> None:
    token = "1000." + "a" * 32 + "." + "b" * 32
    error = CliqError(f"see {token}", Context(answer=RawAnswer(status=400, headers={}, content=token.encode())))
    assert token not in f"{error} {error!r} {error.answer and error.answer.snippet()}"
    assert "[hidden]" in str(error)


def test_the_snippet_of_an_answer_is_short_and_one_line() -> None:
    answer = RawAnswer(status=200, headers={}, content="<html>\n é".encode() + b"\xff x" * 1000)
    assert answer.snippet().startswith("<html> é� x")
    assert len(answer.snippet()) == 200


@pytest.mark.parametrize("kind", [one for one in every() if one is not PartiallyDone], ids=lambda one: one.__name__)
def test_an_error_goes_from_one_process_to_another(kind: type[CliqError]) -> None:
    error = kind("it broke", Context(operation="pinChat", status=400))
    error.request = operations.pin_chat("c1")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    assert (type(again), str(again), again.context) == (kind, str(error), error.context)
    assert again.request == error.request


def test_a_call_in_parts_says_what_became_of_each() -> None:
    simulator = Simulator(board(folder("A", *(f"c{number}" for number in range(60)))))
    simulator.script(
        {
            "on": "removeChatsAcrossCategories",
            "phase": "before",
            "action": "status",
            "nth": 2,
            "args": {"status": 400, "body": {"json": {"code": "operation_failed"}}},
        }
    )
    with pytest.raises(PartiallyDone) as caught:
        connect(simulator).chats.unpin_many([f"c{number}" for number in range(60)])
    error: Any = caught.value
    assert [(len(one.chats), one.outcome) for one in error.batches] == [
        (25, "applied"),
        (25, "not_applied"),
        (10, "not_applied"),
    ]
    assert [one.error is None for one in error.batches] == [True, False, True]
    assert (error.kind, error.status, error.operation) == ("server", 400, "removeChatsAcrossCategories")
    assert str(error).startswith("removeChatsAcrossCategories: 25 of 60 chats are done, then: ")
    assert isinstance(error.batches[1], Batch)
    assert error.request is error.cause.request is not None
    assert len(simulator.board().folders[0].chats) == 35
    assert pickle.loads(pickle.dumps(error)).batches[0] == error.batches[0]  # noqa: S301  # our own


def test_a_call_in_parts_of_which_nothing_was_done_says_so() -> None:
    simulator = Simulator(board(folder("A", *(f"c{number}" for number in range(60)))))
    refused = {"status": 400, "body": {"json": {"code": "operation_failed"}}}
    simulator.script(
        {"on": "removeChatsAcrossCategories", "phase": "before", "action": "status", "args": refused},
        {"on": "removeChatsAcrossCategories", "phase": "before", "action": "status", "nth": 3, "args": refused},
    )
    for outcome in ("not_applied", "unknown"):
        with pytest.raises(PartiallyDone) as caught:
            connect(simulator).chats.unpin_many([f"c{number}" for number in range(60)])
        assert caught.value.outcome == outcome, "it was done in part the second time"


def test_one_call_that_fails_is_just_its_error() -> None:
    simulator = Simulator(board(folder("A", "c1")))
    simulator.script(
        {"on": "removeChatsAcrossCategories", "phase": "before", "action": "status", "args": {"status": 500}}
    )
    with pytest.raises(cliq_pins.ServerError):
        connect(simulator, max_attempts=1).chats.unpin_many(["c1"])


def test_unpinning_nothing_sends_nothing() -> None:
    simulator = Simulator()
    connect(simulator).chats.unpin_many([])
    assert list(simulator.log) == []


def test_errors_that_python_has_a_name_for_are_those_too() -> None:
    assert issubclass(cliq_pins.NotFound, LookupError)
    assert issubclass(cliq_pins.InvalidRequest, ValueError)
    assert issubclass(cliq_pins.ConfigurationError, ValueError)
    assert issubclass(cliq_pins.Timeout, TimeoutError)
    assert issubclass(cliq_pins.DeadlineExceeded, cliq_pins.Timeout)
    assert issubclass(cliq_pins.AccessDenied, cliq_pins.PermissionDenied)
    assert issubclass(cliq_pins.RefreshError, cliq_pins.AuthenticationError)


def test_a_stale_board_carries_the_fresh_one() -> None:
    simulator = Simulator(board(folder("A", "c1", folder_id="1"), folder("B", folder_id="2"), chats=["c2", "c3"]))
    pins, other = connect(simulator), connect(simulator)
    held = pins.board()
    simulator.clock.advance(5)
    other.folders.add_chats("1", ["c2"])
    with pytest.raises(StaleBoard) as caught:
        pins.folders.replace_chats(held["A"], ["c3"])
    assert caught.value.board is not None
    assert [chat.id for chat in caught.value.board["A"].chats or ()] == ["c1", "c2"]
    assert simulator.board().folders[0].chats == ("c1", "c2")
    pins.folders.replace_chats(caught.value.board["A"], ["c3"])
    assert simulator.board().folders[0].chats == ("c3",)


def test_the_lock_of_the_contract_is_the_least_that_is_waited() -> None:
    (lock,) = {limit.lock_seconds for one in operation_table().values() for limit in one.rate_limits}
    simulator = Simulator()
    simulator.script({"on": "getPinCategories", "phase": "before", "action": "status", "args": {"status": 429}})
    with pytest.raises(RateLimited) as caught:
        connect(simulator).board()
    assert caught.value.retry_after == lock
    assert DOCUMENT["paths"]["/pin-categories"]["get"]["x-rate-limit"][0]["lock_seconds"] == lock
