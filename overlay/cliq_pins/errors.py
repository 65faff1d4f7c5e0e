"""Every error of this package. `CliqError` is the base; below it there is one class for each meaning.

`str()` of an error is one line that says what happened, where, and what next. `kind` names its meaning for programs and
logs; `outcome` says what is known of the call's effect.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from .secret import LOOKED_AT, one_line

if TYPE_CHECKING:
    from ._generated import Call
    from .board import Board

Outcome: TypeAlias = Literal["not_applied", "applied", "unknown"]
"""What became of a call: nothing changed, it was done, or nobody can tell from here."""

REFUSED_FROM = 400
"""The statuses from here on are refusals."""

SHOWN = 200
"""How many characters of an answer a message shows."""
MESSAGE_SHOWN = 1000
"""How many characters a message has at most."""
CODE_SHOWN = 100
"""How many characters of a code are kept; the longest of the contract's has a third of that."""


class RawAnswer(Struct, frozen=True, kw_only=True):
    """An answer as it came, unpacked."""

    status: int
    headers: dict[str, str]
    content: bytes

    def snippet(self) -> str:
        """The beginning of the body in one line, without secrets."""
        return one_line(self.content[: 4 * (LOOKED_AT + 1)].decode("utf-8", "replace"), SHOWN)

    def __repr__(self) -> str:
        return f"RawAnswer(status={self.status}, {len(self.content)} bytes)"  # a server may have sent our token back

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("status", self.status), ("bytes", len(self.content))]  # msgspec's own has all fields


class Context(Struct, frozen=True, kw_only=True):
    """What an error is about."""

    operation: str | None = None
    status: int | None = None
    code: str | None = None
    attempts: int = 0
    retry_after: float | None = None
    outcome: Outcome = "not_applied"
    answer: RawAnswer | None = None


class CliqError(Exception):
    """Anything that goes wrong. Catch this to catch all."""

    kind: str = "unknown_error"

    def __init__(self, message: str, context: Context | None = None) -> None:
        self.context = context or Context()
        """All of the below in one."""
        self.message = one_line(message, MESSAGE_SHOWN)
        """What happened, without the operation and the status."""
        self.request: Call[Any] | None = None
        """The call that it is about; `None` if there was none."""
        super().__init__(self.message)

    @property
    def operation(self) -> str | None:
        """The operation's id in the contract, such as `reorderCategory`; `None` if it was none."""
        return self.context.operation

    @property
    def status(self) -> int | None:
        """The HTTP status; `None` if there was no answer."""
        return self.context.status

    @property
    def code(self) -> str | None:
        """The service's own code, such as `client_not_synced`; `None` if it sent none."""
        return self.context.code

    @property
    def attempts(self) -> int:
        """How many requests of the operation were sent, at most; 0 if none was."""
        return self.context.attempts

    @property
    def retry_after(self) -> float | None:
        """In how many seconds it may work; `None` if nobody knows."""
        return self.context.retry_after

    @property
    def outcome(self) -> Outcome:
        """What is known of the call's effect."""
        return self.context.outcome

    @property
    def answer(self) -> RawAnswer | None:
        """The answer as it came; `None` if there was none."""
        return self.context.answer

    @property
    def is_open_refusal(self) -> bool:
        """Whether an answer says no though the call may have been carried out, perhaps by an attempt before."""
        return self.outcome == "unknown" and self.status is not None and self.status >= REFUSED_FROM

    def __str__(self) -> str:
        where = f"{self.operation}: " if self.operation else ""
        facts = [str(self.status)] if self.status else []
        facts += [self.code] if self.code else []
        facts += [f"after {self.attempts} attempts"] if self.attempts > 1 else []
        facts += ["it may have been applied"] if self.outcome == "unknown" else []
        return f"{where}{self.message}" + (f" [{', '.join(facts)}]" if facts else "")

    def __reduce__(self) -> tuple[object, ...]:
        # what was called and what came of it goes along, so that another process can reconcile
        return type(self), (self.message, self.context), {"request": self.request}


@contextmanager
def checked() -> Generator[None, None, None]:
    """Let the generated package's refusal of an argument be an error of ours."""
    from ._generated import CallError

    try:
        yield
    except CallError as error:
        raise InvalidRequest(str(error)) from None


class ConfigurationError(CliqError, ValueError):
    """The client was set up in a way that cannot work, or is closed; `outcome` says what became of a call under way."""

    kind = "invalid_request"


class InvalidRequest(CliqError, ValueError):
    """An argument breaks the contract.

    Found here before anything was sent, or by the service.
    """

    kind = "invalid_request"


class ConnectionFailed(CliqError):
    """The connection could not be made or was lost."""

    kind = "connection"


class Timeout(CliqError, TimeoutError):
    """The service did not answer in time."""

    kind = "timeout"


class DeadlineExceeded(Timeout):
    """The whole call, with its waits and retries, took longer than it may."""

    kind = "deadline"


class ProtocolError(CliqError):
    """What came back was no HTTP."""

    kind = "protocol"


class DecodeError(CliqError):
    """An answer's body cannot be read: no JSON, or not what its encoding says."""

    kind = "decode"


class SchemaError(CliqError):
    """An answer is JSON, but nothing that can be made sense of; the message has the JSON pointer."""

    kind = "schema"


class ResponseTooLarge(CliqError):
    """An answer is larger than the limit, packed or unpacked."""

    kind = "too_large"


class RedirectRefused(CliqError):
    """The service sent the call elsewhere; it was not followed, and no token went there."""

    kind = "redirect_refused"


class AuthenticationError(CliqError):
    """The access token was not taken."""

    kind = "auth"


class RefreshError(AuthenticationError):
    """No new access token could be got."""

    kind = "auth_refresh"


class PermissionDenied(CliqError):
    """The user, or the token's scopes, do not allow it."""

    kind = "permission"


class AccessDenied(PermissionDenied):
    """The user has no access to the chat."""

    kind = "access_denied"


class NotFound(CliqError, LookupError):
    """There is no such folder, chat or URL."""

    kind = "not_found"


class LimitReached(CliqError):
    """The user has as many folders, or a folder as many pins, as the service allows."""

    kind = "limit_reached"


class StaleBoard(CliqError):
    """Someone else changed the board since it was read. `board` is the fresh one."""

    kind = "conflict_stale"

    def __init__(self, message: str, context: Context | None = None, board: Board | None = None) -> None:
        super().__init__(message, context)
        self.board = board
        """The board as it is now; `None` if it could not be read again."""

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.message, self.context, self.board), {"request": self.request}


class RateLimited(CliqError):
    """A rate limit is used up.

    Found here before anything was sent, or by the service. `retry_after` says for how many seconds nothing is sent.
    """

    kind = "rate_limited"


class ServerError(CliqError):
    """The service failed."""

    kind = "server"


class OperationFailed(ServerError):
    """The service refused the call for reasons of its own; an id that it does not know is a likely one."""


class UnknownError(CliqError):
    """An answer that nobody has described."""

    kind = "unknown_error"


class Batch(Struct, frozen=True, kw_only=True):
    """What became of one of several calls."""

    chats: tuple[str, ...]
    outcome: Outcome
    error: CliqError | None = None


class PartiallyDone(CliqError):
    """One of several calls failed; those after it were not sent. `batches` has them all, `cause` the error.

    Its `outcome` is `not_applied` only if nothing was done at all; see those of `batches`.
    """

    def __init__(self, cause: CliqError, batches: tuple[Batch, ...]) -> None:
        done = sum(len(one.chats) for one in batches if one.outcome == "applied")
        every = sum(len(one.chats) for one in batches)
        context = cause.context
        if done and context.outcome == "not_applied":
            context = msgspec.structs.replace(context, outcome="unknown")
        super().__init__(f"{done} of {every} chats are done, then: {cause.message}", context)
        self.cause = cause
        self.batches = batches
        self.request = cause.request
        self.kind = cause.kind

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.cause, self.batches)
