"""One call from limiter to value: limit, sign in, send, read, and send again where that is safe and may help."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from cliq_pins._generated import Call
from cliq_pins.errors import (
    AuthenticationError,
    CliqError,
    ConnectionFailed,
    Context,
    DeadlineExceeded,
    DecodeError,
    InvalidRequest,
    ProtocolError,
    RateLimited,
    ResponseTooLarge,
    Timeout,
)
from cliq_pins.hooks import RequestEvent, ResponseEvent, RetryEvent, next_call
from cliq_pins.secret import Secret

from . import answers, retry
from .capture import kept
from .effects import NOW, Answer, Failure, FailureKind, Flow, Instant, Send, Sleep
from .session import Session, when_again

T = TypeVar("T")

REFUSED, FAILED = 400, 500
"""The statuses between them are refusals: nothing was done."""
FAILURES: dict[FailureKind, type[CliqError]] = {
    "connection": ConnectionFailed,
    "tls": ConnectionFailed,
    "timeout": Timeout,
    "deadline": DeadlineExceeded,
    "protocol": ProtocolError,
    "decode": DecodeError,
    "too_large": ResponseTooLarge,
    "unsendable": InvalidRequest,
}


class Reply(Struct, Generic[T], frozen=True, kw_only=True):
    """How a call ended well."""

    value: T
    answer: Answer
    attempts: int


class _Progress:
    """How far a call has come."""

    __slots__ = ("attempt", "budget", "call", "lost", "number", "rejection", "session", "used")

    def __init__(self, session: Session, call: Call[Any]) -> None:
        self.session = session
        self.call = call
        self.number = next_call()
        self.budget = session.budget
        self.attempt = 0
        self.lost = False
        """Whether an attempt may have been applied though its answer does not say so."""
        self.rejection: AuthenticationError | None = None
        """How the service refused the first token."""
        self.used: Secret | None = None
        """The token of the last attempt."""

    def final(self, error: CliqError) -> CliqError:
        """An error with what is known of the whole call."""
        outcome = "unknown" if self.lost else error.outcome
        error.context = replace(error.context, operation=self.call.operation_id, attempts=self.attempt, outcome=outcome)
        error.request = self.call
        return error


def send(session: Session, call: Call[T]) -> Flow[Reply[T]]:
    """Send a call, with all that belongs to it. Raises a `CliqError` that says what is known of its effect."""
    if not isinstance(cast(object, call), Call):
        raise InvalidRequest(f"send: a Call of cliq_pins_client.operations is wanted, not {call!r}")
    progress = _Progress(session, call)
    while True:
        try:
            result = yield from _attempt(progress)
        except CliqError as stopped:
            raise progress.final(_with_rejection(progress, stopped)) from stopped.__cause__
        if isinstance(result, Answer):
            _keep(result)
            read = answers.read(call, result, session.shared.drift)
            if not isinstance(read, answers.Refused):
                return Reply(value=read, answer=result, attempts=progress.attempt)
            error, cause = read.error, None
        else:
            error, cause = _failed(progress, result), result.error
        progress.lost |= error.outcome == "unknown"
        if isinstance(error, RateLimited):
            yield from session.shared.limiter.lock(call.operation, result.received, error.retry_after or 0.0)
        seconds = _pause(progress, result, error)
        if seconds is None:
            raise progress.final(_with_advice(progress, result, error)) from cause
        session.tell(
            RetryEvent(
                call=progress.number,
                operation=call.operation_id,
                attempt=progress.attempt,
                reason=error.kind,
                seconds=seconds,
            )
        )
        if seconds:
            yield Sleep(seconds)


def _keep(answer: Answer) -> None:
    answers_kept = kept()
    if answers_kept is not None:
        answers_kept.append(answers.raw(answer))


def _with_rejection(progress: _Progress, error: CliqError) -> CliqError:
    """If no other token is to be had, the facts are the service's own; what the accounts server said is in words."""
    if isinstance(error, AuthenticationError) and progress.rejection is not None:
        said = [str(fact) for fact in (error.status, error.code) if fact is not None]
        with_that = f" (it answered {', '.join(said)})" if said else ""
        host = progress.session.shared.host
        error.message = f"{error.message}{with_that}; {host} had refused the token before"
        error.context = replace(progress.rejection.context, retry_after=error.retry_after)
    return error


def _with_advice(progress: _Progress, result: Answer | Failure, error: CliqError) -> CliqError:
    """Where the service's limit is used up, the caller wants to know what would have let the call wait."""
    if isinstance(error, RateLimited):
        seconds = error.retry_after or 0.0
        too_small = progress.budget.too_small(result.received, seconds)
        too_small += ["max_attempts"] if progress.attempt >= progress.session.settings.max_attempts else []
        error.message = f"{error.message}; {when_again(seconds, too_small)}"
    return error


def _attempt(progress: _Progress) -> Flow[Answer | Failure]:
    """Wait for a token and a slot, and send once."""
    session, call = progress.session, progress.call
    limiter, tokens = session.shared.limiter, session.shared.tokens
    slot = limiter.slot(call.operation)
    began: Instant | None = None
    try:
        # a token first: what a shared limit has counted is to be sent soon
        progress.used = yield from tokens.token(progress.budget.deadline, session.settings)
        before = progress.budget.wait
        yield from limiter.enter(call.operation, slot, progress.budget, session.waits)
        if progress.budget.wait < before:
            progress.used = yield from tokens.token(progress.budget.deadline, session.settings)
        now: Instant = yield NOW
        if now.monotonic >= progress.budget.deadline:
            raise DeadlineExceeded(f"the deadline of {session.settings.deadline:g} s has passed")
        began = now
        progress.attempt += 1
        _tell_request(progress)
        result: Answer | Failure = yield Send(
            method=call.method,
            url=session.shared.base_url + call.target,
            headers={**session.settings.headers, **call.headers},
            authorization=progress.used,
            content=call.content,
            timeout=session.settings.timeout,
            deadline=progress.budget.deadline,
            max_bytes=session.settings.max_response_bytes,
        )
        if isinstance(result, Answer) or result.reached:
            slot.answered(result.received)
        else:
            slot.leave()
    except BaseException:
        if began is not None:
            _tell_response(progress, None, None)
        raise
    finally:
        slot.leave(sent=began is not None)
    if isinstance(result, Answer):
        session.observe(call.operation_id, result)
        if "retry-after" in result.headers:
            result = replace(result, server_time=session.server_time(result.received))
    _tell_response(progress, result, result.received - now.monotonic)
    return result


def _failed(progress: _Progress, failure: Failure) -> CliqError:
    """The error that the absence of an answer is."""
    refused = failure.status is not None and REFUSED <= failure.status < FAILED  # however the answer went on
    unknown = failure.reached and not refused and progress.call.operation.retry_class != "safe"
    context = Context(status=failure.status, outcome="unknown" if unknown else "not_applied")
    return FAILURES[failure.kind](_why(progress, failure), context)


def _why(progress: _Progress, failure: Failure) -> str:
    settings, host = progress.session.settings, failure.way(progress.session.shared.host)
    match failure.kind:
        case "connection":
            return f"the connection to {host} failed: {failure.reason}"
        case "tls":
            return f"no secure connection to {host}: {failure.reason}; check base_url, the proxy and the certificates"
        case "timeout":
            if not failure.reached:
                return f"no connection to {host} in time"
            seconds = "too long" if settings.timeout is None else f"for {settings.timeout:g} s"
            return f"{host} was silent {seconds}"
        case "deadline":
            return f"the call took longer than its deadline of {settings.deadline:g} s"
        case "unsendable":
            return f"the request cannot be sent: {failure.reason}"
        case "protocol":
            return f"what {host} sent is no HTTP: {failure.reason}"
        case "decode":
            return f"the answer is not what its content-encoding says: {failure.reason}"
        case "too_large":
            return f"the answer is larger than max_response_bytes, {settings.max_response_bytes} bytes"


def _pause(progress: _Progress, result: Answer | Failure, error: CliqError) -> float | None:
    """Seconds before the call is sent again; `None` if it must not be, or would not help, or cannot be in time."""
    retry_class = progress.call.operation.retry_class
    replays = isinstance(error, AuthenticationError) and _replays(progress, error)
    if progress.attempt >= progress.session.settings.max_attempts:
        return None
    if error.outcome == "unknown" and not retry.may_repeat(retry_class, reached=True):
        return None  # whatever the answer says, it may have been done
    if isinstance(error, RateLimited):
        too_small = progress.budget.too_small(result.received, error.retry_after or 0.0)
        return None if too_small else 0.0  # the limiter does the waiting
    if isinstance(error, AuthenticationError):
        return 0.0 if replays else None
    if isinstance(result, Failure):
        if not retry.worth_repeating(result, progress.attempt):
            return None
        repeatable = retry.may_repeat(retry_class, result.reached)
    else:
        repeatable = result.status in retry.RETRIED_STATUSES and retry.may_repeat(retry_class, reached=True)
    named = error.retry_after
    seconds = retry.pause(progress.attempt, named, progress.session.shared.random)
    if not repeatable or (named or 0.0) > progress.budget.wait or result.received + seconds >= progress.budget.deadline:
        return None
    progress.budget.wait -= named or 0.0
    return seconds


def _replays(progress: _Progress, error: AuthenticationError) -> bool:
    """Whether a call may be sent once more, with another token: after the first 401, if there is one to be had."""
    first = progress.rejection is None
    no_other = progress.session.shared.tokens.refuse(progress.used) if progress.used else None
    if no_other is not None:
        error.message = no_other
    elif not first:
        error.message = (
            f"a new access token was refused, too: is {progress.session.shared.host} of the credentials' data centre?"
        )
    progress.rejection = progress.rejection or error
    return first and no_other is None


def _tell_request(progress: _Progress) -> None:
    call, shared = progress.call, progress.session.shared
    progress.session.tell(
        RequestEvent(
            call=progress.number,
            operation=call.operation_id,
            method=call.method,
            path=call.operation.path,
            url=shared.base_url + call.operation.path,
            host=shared.host,
            attempt=progress.attempt,
        )
    )


def _tell_response(progress: _Progress, result: Answer | Failure | None, seconds: float | None) -> None:
    """Tell what came of a request; nothing did if the call was cancelled."""
    call = progress.call
    event = ResponseEvent(
        call=progress.number,
        operation=call.operation_id,
        method=call.method,
        path=call.operation.path,
        host=progress.session.shared.host,
        attempt=progress.attempt,
        status=result.status if result else None,
        code=None,
        failure=None,
        seconds=seconds,
        size=0,
    )
    if isinstance(result, Answer):
        code = answers.said(result.content)[0] if result.status not in answers.OK else None
        event = replace(event, code=code, size=len(result.content))
    else:
        event = replace(event, failure=result.kind if result else "cancelled")
    progress.session.tell(event)
