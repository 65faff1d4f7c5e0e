"""What a flow asks of its driver, and what it is told.

A flow is a generator: it yields an effect and is sent the result. It never sleeps, reads a clock or touches a socket.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from msgspec import Struct

from cliq_pins.secret import Secret

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")

FailureKind: TypeAlias = Literal[
    "connection", "tls", "timeout", "deadline", "protocol", "decode", "too_large", "unsendable"
]


class Instant(Struct, frozen=True, gc=False):
    """A moment, on both clocks, in seconds."""

    monotonic: float
    wall: float
    """Since the epoch, by the local clock, which may be wrong."""


class Answer(Struct, frozen=True, kw_only=True, gc=False):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case; several of one name are joined with commas."""
    content: bytes
    sent: float
    """When the request began to be sent, in monotonic seconds."""
    received: float
    """When the whole answer was there, in monotonic seconds."""
    server_time: float | None = None
    """The server's time then, at least, in epoch seconds; `None` if it is not known, or of no use."""

    def __repr__(self) -> str:
        return f"Answer(status={self.status}, {len(self.content)} bytes)"  # a traceback may show it

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("status", self.status), ("bytes", len(self.content))]  # msgspec's own has all fields


class Failure(Struct, frozen=True, kw_only=True):
    """Why nothing usable came back."""

    kind: FailureKind
    reason: str
    reached: bool
    """Whether a byte of the request may have reached the server."""
    received: float
    """When it was noticed, in monotonic seconds."""
    status: int | None = None
    """The status, if the answer got that far."""
    error: BaseException | None = None
    proxy: str | None = None
    """The host and port of the proxy by which it was sent."""

    def way(self, host: str) -> str:
        """Where the request was sent, in words: what failed may be the host or the proxy."""
        return f"{host} (through the proxy {self.proxy})" if self.proxy else host


class Send(Struct, frozen=True, kw_only=True):
    """Send one request. Gives an `Answer` or a `Failure`."""

    method: str
    url: str
    headers: Mapping[str, str]
    authorization: Secret | None = None
    content: bytes | None = None
    secret_content: Secret | None = None
    """A body that must not be shown; in place of `content`."""
    timeout: float | None
    """Seconds for each connect, read, write and wait for the pool."""
    deadline: float
    """When all of it has to be over, in monotonic seconds."""
    max_bytes: int
    """How large the answer may be, before and after it is unpacked."""


class Sleep(Struct, frozen=True, gc=False):
    """Let time pass."""

    seconds: float


class Wait(Struct, frozen=True):
    """Wait until a future is done, or for so many seconds. Gives nothing: look at the future."""

    future: Future[None]
    seconds: float


class Do(Struct, frozen=True):
    """Do something that may block, such as reading a file. Gives its result."""

    act: Callable[[], Any]
    undo: Callable[[], Any] | None = None
    """What takes it back, if nobody waits for its end any more."""


class Finish(Struct, frozen=True):
    """Run a flow to its end, even if nobody waits for it any more. Gives its result."""

    flow: Flow[Any]


class Now(Struct, frozen=True, gc=False):
    """Tell the time. Gives an `Instant`."""


NOW = Now()

Effect: TypeAlias = Send | Sleep | Wait | Do | Finish | Now
Flow: TypeAlias = Generator["Effect", Any, T]
"""A flow that ends with a T."""
