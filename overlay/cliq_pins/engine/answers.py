"""What an answer to a call means: a value, or an error and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct

from cliq_pins._generated import Call, document_json
from cliq_pins.codes import CODES, meaning
from cliq_pins.decoding import Nonsense, Unreadable, decode, parse
from cliq_pins.drift import Drift, DriftKind, DriftReporter
from cliq_pins.errors import (
    CODE_SHOWN,
    SHOWN,
    CliqError,
    Context,
    DecodeError,
    Outcome,
    RateLimited,
    RawAnswer,
    RedirectRefused,
    SchemaError,
    StaleBoard,
)
from cliq_pins.secret import one_line

from . import retry_after
from .effects import Answer
from .retry import RETRIED_STATUSES

T = TypeVar("T")
OK = range(200, 300)
NO_CONTENT = 204


class Refused(Struct, frozen=True):
    """An answer that is no success."""

    error: CliqError
    """Its outcome is what this one answer says; attempts before it may say otherwise."""


def read(call: Call[T], answer: Answer, drift: DriftReporter) -> T | Refused:
    """Read the answer to a call."""
    if answer.status not in OK:
        return _refused(call, answer, drift)
    kind = call.answers.get(answer.status) or next(iter(call.answers.values()))
    if answer.status not in call.answers:
        drift.report(Drift(operation=call.operation_id, kind="unknown status", path="$", value=answer.status))
    if kind is None:
        return _done(call, answer, drift)
    return _value(call, answer, kind, drift)


def _value(call: Call[T], answer: Answer, kind: type[T], drift: DriftReporter) -> T | Refused:
    def report(what: DriftKind, path: str, value: Any) -> None:
        drift.report(Drift(operation=call.operation_id, kind=what, path=path, value=value))

    if answer.status == NO_CONTENT:
        return _wrong(SchemaError, "$: the answer has no content, and a value is expected", call, answer)
    try:
        value = decode(answer.content, kind, report, drift.thorough)
    except Unreadable as error:
        return _wrong(DecodeError, f"{_content_type(answer)} that cannot be read ({error})", call, answer)
    except Nonsense as error:
        return _hidden_refusal(call, answer) or _wrong(SchemaError, str(error), call, answer)
    said, expected = getattr(value, "type", None), _envelope_type(kind.__name__)
    if value.data is None:
        return _hidden_refusal(call, answer) or _wrong(SchemaError, "$.data: missing, or of no use", call, answer)
    if said is not None and said != expected:
        return _wrong(SchemaError, f"$.type: {said!r} is not {expected!r}", call, answer)
    return cast(T, value)


def _done(call: Call[T], answer: Answer, drift: DriftReporter) -> T | Refused:
    """A success without a value. A page of some gateway is none."""
    if answer.content.strip():
        try:
            parse(answer.content)
        except Unreadable as error:
            return _wrong(DecodeError, f"{_content_type(answer)} that cannot be read ({error})", call, answer)
        if hidden := _hidden_refusal(call, answer):
            return hidden
    return cast(T, None)


def _hidden_refusal(call: Call[Any], answer: Answer) -> Refused | None:
    """A refusal under a status that means success: some of the vendor's services do that when they throttle."""
    code, message = said(answer.content)
    if code is None or code not in CODES:
        return None
    return Refused(_error(call, answer, code, message))


def _refused(call: Call[Any], answer: Answer, drift: DriftReporter) -> Refused:
    code, message = said(answer.content)
    if code is not None and code not in CODES:
        drift.report(Drift(operation=call.operation_id, kind="unknown code", path="$.code", value=code))
    if answer.status not in call.operation.statuses and answer.status not in RETRIED_STATUSES:
        drift.report(Drift(operation=call.operation_id, kind="unknown status", path="$", value=answer.status))
    return Refused(_error(call, answer, code, message))


def said(content: bytes) -> tuple[str | None, str | None]:
    """The code and the message of a refusal, as far as it has them."""
    try:
        plain = parse(content)
    except Unreadable:
        return None, None
    if not isinstance(plain, dict):
        return None, None
    body = cast(dict[str, Any], plain)
    code, message = body.get("code"), body.get("message")
    return (
        one_line(str(code), CODE_SHOWN) or None if isinstance(code, str | int) and not isinstance(code, bool) else None,
        message if isinstance(message, str) and message else None,
    )


def _error(call: Call[Any], answer: Answer, code: str | None, message: str | None) -> CliqError:
    kind = meaning(answer.status, code)
    outcome: Outcome = "unknown" if answer.status >= 500 and _changes(call) else "not_applied"
    context = Context(
        operation=call.operation_id,
        status=answer.status,
        code=code,
        retry_after=lock_seconds(call, answer, message) if kind is RateLimited else _retry_after(answer),
        outcome=outcome,
        answer=raw(answer),
    )
    return kind(_sentence(call, answer, code, message, kind), context)


def _sentence(call: Call[Any], answer: Answer, code: str | None, message: str | None, kind: type[CliqError]) -> str:
    operation = call.operation
    documented = operation.error_codes.get(code or "")
    text = documented or message
    if code == "oauthtoken_scope_invalid":
        scopes = " or ".join(" and ".join(sorted(names)) for names in operation.scopes)
        return f"the token lacks the scope {scopes}; make one that has it (the service also says this of unknown ids)"
    if kind is StaleBoard:
        return "someone else changed the board since it was read; look at the fresh one and try again"
    if kind is RedirectRefused:
        where = one_line(answer.headers.get("location", "nowhere"), SHOWN)
        return f"redirected to {where}, which is not followed; check base_url"
    if text:
        return one_line(text, SHOWN).rstrip(".")
    snippet = raw(answer).snippet()
    return f"{kind.__doc__ or ''}".split("\n")[0].rstrip(".").lower() + (f"; it says: {snippet}" if snippet else "")


def _wrong(kind: type[CliqError], reason: str, call: Call[Any], answer: Answer) -> Refused:
    shown = raw(answer)
    snippet = shown.snippet()
    context = Context(
        operation=call.operation_id,
        status=answer.status,
        outcome="unknown" if _changes(call) else "not_applied",
        answer=shown,
    )
    return Refused(kind(f"the answer is {reason}" + (f"; it begins: {snippet}" if snippet else ""), context))


def lock_seconds(call: Call[Any], answer: Answer, message: str | None) -> float:
    """For how long nothing may be sent after a throttle: the longest of what is named and what is documented."""
    documented = [limit.lock_seconds or 0 for limit in call.operation.rate_limits]
    named = retry_after.named(message or "")
    return max(_retry_after(answer) or 0.0, named or 0.0, *documented)


def _retry_after(answer: Answer) -> float | None:
    return retry_after.parse(answer.headers.get("retry-after"), answer.headers.get("date"), answer.server_time)


def _changes(call: Call[Any]) -> bool:
    return call.operation.retry_class != "safe"


def _content_type(answer: Answer) -> str:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    return f"{kind} " if kind else "a body without a type "


def raw(answer: Answer) -> RawAnswer:
    """An answer for people to look at."""
    return RawAnswer(status=answer.status, headers=dict(answer.headers), content=answer.content)


_EXPECTED: dict[str, str | None] = {}


def _envelope_type(schema: str) -> str | None:
    """What `type` says in the contract's own example of an answer."""
    if not _EXPECTED:
        schemas: Mapping[str, Any] = msgspec.json.decode(document_json())["components"]["schemas"]
        _EXPECTED.update({name: one["example"].get("type") for name, one in schemas.items() if "example" in one})
    return _EXPECTED.get(schema)
