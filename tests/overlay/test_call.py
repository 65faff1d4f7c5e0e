"""One call by itself, between a sender that answers as it is told and a clock that moves by waiting."""

from __future__ import annotations

from random import Random
from typing import Any

import httpx2
import pytest
from waiting import Drawn, Time

from cliq_pins import (
    AuthenticationError,
    CliqError,
    ConnectionFailed,
    DeadlineExceeded,
    DecodeError,
    Hooks,
    InvalidRequest,
    ProtocolError,
    RateLimited,
    ResponseTooLarge,
    ServerError,
    Settings,
    Timeout,
)
from cliq_pins.engine import call
from cliq_pins.engine.drivers import run
from cliq_pins.engine.effects import Answer, Failure, Send
from cliq_pins.hooks import Event
from cliq_pins.limits import MemoryStore
from cliq_pins.setup import session
from cliq_pins_client import operations

GET = operations.get_pin_categories()
CREATE = operations.create_pin_category(body={"title": "x"})
UPDATE = operations.update_pin_category("1", body={"title": "x"})
MOVE = operations.update_pin_category("1", body={"last_sync_time": 1})
BOARD = b'{"type":"pin_categories","data":[]}'
HOST = "cliq.zoho.com"


class Wire:
    """Answers each request with what comes next; a number is an answer's status."""

    def __init__(self, *results: Any, took: float = 0.25) -> None:
        self.results = list(results)
        self.took = took
        self.sent: list[Send] = []
        self.time = Time()
        self.told: list[Event] = []
        self.limits = MemoryStore()

    def send(self, send: Send) -> Answer | Failure:
        self.sent.append(send)
        began = self.time.monotonic
        self.time.monotonic += self.took
        result = self.results.pop(0)
        status, content, headers = (result, b"", {}) if isinstance(result, int) else result
        if status is Failure:
            return Failure(received=self.time.monotonic, **content)
        return Answer(status=status, headers=headers, content=content, sent=began, received=self.time.monotonic)

    @property
    def counted(self) -> tuple[list[float], int]:
        """When the calls that count were answered, and how many count that were given up; none is on its way."""
        (window,) = self.limits._windows.values()
        assert not window.flying
        return list(window.past), window.lost

    def make(self, what: Any, *, random: Random | None = None, hooks: Hooks | None = None, **settings: Any) -> Any:
        """Make a call; its value, or the error that it raises."""
        told = Hooks(on_request=self.told.append, on_response=self.told.append, on_retry=self.told.append)
        made = session(
            token="1000.t",  # noqa: S106
            credentials=None,
            data_centre="us",
            network=None,
            base_url=None,
            accounts_url=None,
            user="me",
            token_store=None,
            limits=self.limits,
            on_drift=None,
            random=random or Drawn(),
            settings=Settings(hooks=hooks or told, **settings),
        )
        try:
            return run(call.send(made.begin(self.time.monotonic), what), self, self.time)
        except CliqError as error:
            return error


def lost(kind: str, reached: bool = True, status: int | None = None, error: BaseException | None = None) -> Any:
    return Failure, {"kind": kind, "reason": "so", "reached": reached, "status": status, "error": error}, None


def test_a_reply_has_the_value_the_answer_and_how_many_attempts_it_took() -> None:
    wire = Wire(503, (200, BOARD, {}))
    reply = wire.make(GET)
    assert (reply.value.data, reply.answer.status, reply.attempts) == ([], 200, 2)


def test_what_is_sent_is_the_call_under_the_clients_settings() -> None:
    wire = Wire((200, BOARD, {}))
    wire.make(GET, headers={"x-own": "1"}, timeout=3.0, deadline=9.0, max_response_bytes=5000)
    (sent,) = wire.sent
    assert (sent.method, sent.url, sent.content) == ("GET", f"https://{HOST}/api/v3/pin-categories", None)
    assert sent.headers == {**GET.headers, "x-own": "1"}
    assert sent.authorization is not None
    assert sent.authorization.reveal() == "1000.t"
    assert (sent.timeout, sent.deadline, sent.max_bytes) == (3.0, 1009.0, 5000)


FAILURES: dict[str, tuple[Any, type[CliqError], str]] = {
    "connection": (lost("connection"), ConnectionFailed, f"the connection to {HOST} failed: so"),
    "tls": (
        lost("tls", reached=False),
        ConnectionFailed,
        f"no secure connection to {HOST}: so; check base_url, the proxy and the certificates",
    ),
    "timeout": (lost("timeout"), Timeout, f"{HOST} was silent for 30 s"),
    "timeout before": (lost("timeout", reached=False), Timeout, f"no connection to {HOST} in time"),
    "deadline": (lost("deadline"), DeadlineExceeded, "the call took longer than its deadline of 120 s"),
    "unsendable": (lost("unsendable", reached=False), InvalidRequest, "the request cannot be sent: so"),
    "protocol": (lost("protocol"), ProtocolError, f"what {HOST} sent is no HTTP: so"),
    "decode": (lost("decode"), DecodeError, "the answer is not what its content-encoding says: so"),
    "too_large": (
        lost("too_large"),
        ResponseTooLarge,
        f"the answer is larger than max_response_bytes, {8 * 2**20} bytes",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_no_answer_is_told_in_words(name: str) -> None:
    failure, kind, said = FAILURES[name]
    error = Wire(failure).make(GET, max_attempts=1)
    assert (type(error), error.message) == (kind, said)
    assert (error.operation, error.attempts, error.status, error.outcome) == (
        "getPinCategories",
        1,
        None,
        "not_applied",
    )
    assert error.request is GET


@pytest.mark.parametrize("kind", ["connection", "tls", "timeout", "protocol"])
@pytest.mark.parametrize("reached", [False, True])
def test_the_proxy_by_which_a_request_failed_is_named(kind: str, reached: bool) -> None:
    failure, own, headers = lost(kind, reached)
    error = Wire((failure, {**own, "proxy": "p.test:1"}, headers)).make(GET, max_attempts=1)
    assert f"{HOST} (through the proxy p.test:1)" in error.message


def test_a_silence_without_a_timeout_is_just_too_long() -> None:
    assert Wire(lost("timeout")).make(GET, max_attempts=1, timeout=None).message == f"{HOST} was silent too long"


@pytest.mark.parametrize(
    ("reached", "status", "outcome"),
    [
        (False, None, "not_applied"),
        (True, None, "unknown"),
        (True, 200, "unknown"),
        (True, 399, "unknown"),
        (True, 400, "not_applied"),
        (True, 404, "not_applied"),
        (True, 499, "not_applied"),
        (True, 500, "unknown"),
    ],
)
@pytest.mark.parametrize("what", [CREATE, UPDATE, MOVE, GET], ids=["create", "update", "move", "read"])
def test_what_may_have_been_done_is_unknown(what: Any, reached: bool, status: int | None, outcome: str) -> None:
    error = Wire(lost("decode", reached, status)).make(what)
    assert (error.outcome, error.status) == ("not_applied" if what is GET else outcome, status)
    assert error.attempts == 1


@pytest.mark.parametrize(("what", "attempts"), [(GET, 3), (UPDATE, 3), (MOVE, 3), (CREATE, 1)])
def test_a_failure_is_tried_again_as_the_contract_allows(what: Any, attempts: int) -> None:
    wire = Wire(500, 500, 500)
    error = wire.make(what)
    assert (type(error), error.attempts, len(wire.sent)) == (ServerError, attempts, attempts)
    assert wire.time.slept == [0.5, 1.0][: attempts - 1]
    assert len({(one.method, one.url, one.content) for one in wire.sent}) == 1


def test_a_lost_attempt_leaves_the_outcome_of_the_whole_call_open() -> None:
    error = Wire(lost("connection"), (400, b'{"code":"invalid_inputs"}', {})).make(UPDATE)
    assert (error.code, error.outcome, error.attempts) == ("invalid_inputs", "unknown", 2)
    error = Wire(lost("connection", reached=False), (400, b'{"code":"invalid_inputs"}', {})).make(UPDATE)
    assert (error.code, error.outcome, error.attempts) == ("invalid_inputs", "not_applied", 2)


@pytest.mark.parametrize(("named", "max_wait", "slept"), [(2, 60, [2.5]), (2, 1, []), (61, 60, []), (60, 60, [60.5])])
def test_a_wait_that_is_named_counts_against_max_wait(named: int, max_wait: int, slept: list[float]) -> None:
    wire = Wire((503, b"", {"retry-after": str(named)}), (200, BOARD, {}))
    result = wire.make(GET, max_wait=max_wait)
    assert wire.time.slept == slept
    assert isinstance(result, ServerError) != bool(slept)


def test_waits_that_are_named_add_up() -> None:
    wire = Wire(*[(503, b"", {"retry-after": "40"})] * 3)
    assert wire.make(GET, max_wait=60).attempts == 2
    assert wire.time.slept == [40.5]


def test_a_date_to_wait_for_needs_no_date_of_its_own_answer() -> None:
    """A failure need not have a `Date` (RFC 9110), and the server's clock is known from the answer before."""
    dated, until = {"date": "Thu, 01 Jan 2026 00:00:00 GMT"}, {"retry-after": "Thu, 01 Jan 2026 00:00:20 GMT"}
    wire = Wire((503, b"", dated), (503, b"", until), (200, BOARD, {}))
    wire.make(GET)
    assert wire.time.slept == [0.5, pytest.approx(20 - 0.75 + 1.0, abs=0.01)]
    wire = Wire((503, b"", until), (200, BOARD, {}))
    wire.make(GET)
    assert wire.time.slept == [0.5], "nobody knows how long that is"


@pytest.mark.parametrize(("deadline", "attempts"), [(0.75, 1), (0.76, 2)])
def test_nothing_is_sent_that_would_be_too_late(deadline: float, attempts: int) -> None:
    wire = Wire(503, 503, took=0.25)
    error = wire.make(GET, deadline=deadline)
    assert (type(error), error.attempts) == (ServerError, attempts)
    assert wire.time.slept == [0.5] * (attempts - 1), "nobody waits for what cannot be sent"


@pytest.mark.parametrize(
    ("result", "counts"),
    [((200, BOARD, {}), True), (400, True), (lost("timeout"), True), (lost("timeout", reached=False), False)],
)
def test_a_request_counts_from_its_end_on_if_it_may_have_reached_the_service(result: Any, counts: bool) -> None:
    wire = Wire(result)
    wire.make(GET, max_attempts=1)
    assert wire.counted == ([1000.25] if counts else [], 0)


def test_a_request_that_is_given_up_counts_and_its_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire()
    monkeypatch.setattr(wire, "send", lambda send: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        wire.make(GET)
    assert wire.counted == ([], 1)
    assert [getattr(one, "failure", "") for one in wire.told] == ["", "cancelled"]


def test_the_end_of_a_request_is_told_even_if_it_is_given_up_while_it_is_told() -> None:
    wire = Wire()

    def interrupted(event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wire.make(GET, hooks=Hooks(on_request=interrupted, on_response=wire.told.append))
    assert [getattr(one, "failure", "") for one in wire.told] == ["cancelled"]


def test_a_lock_that_is_named_is_waited_out_if_it_is_longer_than_the_documented_one() -> None:
    wire = Wire((429, b"", {"retry-after": "400"}), (200, BOARD, {}))
    wire.make(GET, max_wait=400, deadline=1000)
    assert wire.time.slept == [400.0]


def test_a_pool_that_is_full_is_not_tried_again() -> None:
    assert Wire(lost("timeout", False, None, httpx2.PoolTimeout("full"))).make(GET).attempts == 1


@pytest.mark.parametrize(
    ("max_wait", "deadline", "attempts", "raised"),
    [
        (300, 1000, 2, ""),
        (299, 1000, 1, "max_wait"),
        (300, 300, 1, "deadline"),
        (300, 300.25, 1, "deadline"),
        (300, 300.5, 2, ""),
        (299, 120, 1, "max_wait and deadline"),
    ],
)
def test_a_lock_is_waited_out_by_those_who_may(max_wait: float, deadline: float, attempts: int, raised: str) -> None:
    wire = Wire((429, b"", {}), (200, BOARD, {}))
    result = wire.make(GET, max_wait=max_wait, deadline=deadline)
    assert len(wire.sent) == attempts
    if attempts == 1:
        assert (type(result), result.retry_after, result.attempts) == (RateLimited, 300.0, 1)
        assert result.message.endswith(f"; the next call can be sent in 300 s; wait, or raise {raised}")
    assert sum(wire.time.slept) == (300.0 if attempts == 2 else 0.0)


def test_who_may_send_once_is_told_so_at_a_lock() -> None:
    error = Wire((429, b"", {})).make(GET, max_wait=300, deadline=1000, max_attempts=1)
    assert error.message.endswith("; the next call can be sent in 300 s; wait, or raise max_attempts")


def test_a_token_that_is_refused_and_cannot_be_replaced_is_told() -> None:
    wire = Wire((401, b'{"code":"oauthtoken_invalid"}', {}))
    error = wire.make(GET)
    assert (type(error), error.status, error.code, error.attempts) == (
        AuthenticationError,
        401,
        "oauthtoken_invalid",
        1,
    )
    assert error.message.startswith(f"the access token is expired, revoked or of another data centre than {HOST}")


def test_every_request_is_told_with_its_answer() -> None:
    wire = Wire((503, b'{"code":"operation_failed"}', {}), lost("timeout"), (200, BOARD, {}))
    wire.make(GET)
    numbers = {one.call for one in wire.told}  # type: ignore[union-attr]  # each of these has one
    assert len(numbers) == 1
    plain = [
        {
            name: getattr(one, name, None)
            for name in ("attempt", "status", "code", "failure", "seconds", "size", "reason")
        }
        for one in wire.told
    ]
    nothing = dict.fromkeys(("status", "code", "failure", "seconds", "size", "reason"))
    assert plain == [
        {**nothing, "attempt": 1},
        {**nothing, "attempt": 1, "status": 503, "code": "operation_failed", "seconds": 0.25, "size": 27},
        {**nothing, "attempt": 1, "seconds": 0.5, "reason": "server"},
        {**nothing, "attempt": 2},
        {**nothing, "attempt": 2, "failure": "timeout", "seconds": 0.25, "size": 0},
        {**nothing, "attempt": 2, "seconds": 1.0, "reason": "timeout"},
        {**nothing, "attempt": 3},
        {**nothing, "attempt": 3, "status": 200, "seconds": 0.25, "size": len(BOARD)},
    ]
    for one in wire.told:
        assert one.operation == "getPinCategories"  # type: ignore[union-attr]
        if hasattr(one, "host"):
            assert (one.method, one.path, one.host) == ("GET", "/pin-categories", HOST)
