"""What the calls of one client have in common."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from msgspec import Struct

from cliq_pins.drift import DriftReporter
from cliq_pins.errors import InvalidRequest
from cliq_pins.hooks import ClockEvent, Event, WaitEvent
from cliq_pins.settings import CallOptions, Settings

from . import retry_after
from .effects import Answer
from .own_calls import Views
from .server_clock import ServerClock

if TYPE_CHECKING:
    from cliq_pins.limits import Limiter

    from .auth import TokenSource


class Budget:
    """What is left for a method, however many calls it makes."""

    __slots__ = ("deadline", "wait")

    def __init__(self, deadline: float, wait: float) -> None:
        self.deadline = deadline
        """When all has to be over, in monotonic seconds."""
        self.wait = wait
        """Seconds that may be waited for limits, locks and a `Retry-After`."""

    def too_small(self, now: float, seconds: float) -> list[str]:
        """The settings that forbid to wait so long from now on; none if it may be waited."""
        forbids = {"max_wait": seconds > self.wait, "deadline": now + seconds >= self.deadline}
        return [name for name, it_does in forbids.items() if it_does]


def when_again(seconds: float, too_small: list[str]) -> str:
    """The end of a message: when the next call can be sent, and what would have let this one wait for that."""
    raised = f", or raise {' and '.join(too_small)}" if too_small else ""
    return f"the next call can be sent in {seconds:.0f} s; wait{raised}"


class Shared(Struct, frozen=True, kw_only=True):
    """What a client and all that are derived from it share."""

    base_url: str
    user: str
    """Whose calls they are, and where: what tells his boards and limits from others'."""
    tokens: TokenSource
    limiter: Limiter
    drift: DriftReporter
    random: Random
    """Where jitter comes from."""
    server_clock: ServerClock
    views: Views

    @property
    def host(self) -> str:
        """The API's host."""
        return urlsplit(self.base_url).netloc


class Session(Struct, frozen=True, kw_only=True):
    """A client as its calls see it."""

    shared: Shared
    settings: Settings
    budget: Budget

    def begin(self, now: float) -> Session:
        """The same at the beginning of a method, in monotonic seconds."""
        budget = Budget(now + self.settings.deadline, self.settings.max_wait)
        return Session(shared=self.shared, settings=self.settings, budget=budget)

    def under(self, options: CallOptions) -> Session:
        """The same under other options. Raises `InvalidRequest` for what is none."""
        if not isinstance(cast(object, options), CallOptions):
            raise InvalidRequest(f"options: a CallOptions is wanted, not {options!r}")
        return self.but(self.settings.with_options(options))

    def but(self, settings: Settings) -> Session:
        """The same with other settings."""
        return Session(shared=self.shared, settings=settings, budget=self.budget)

    def tell(self, event: Event) -> None:
        """Log an event and call its hook."""
        self.settings.hooks.tell(event)

    def waits(self, seconds: float, operation: str, reason: str = "rate limit") -> None:
        """Tell that a call waits."""
        self.tell(WaitEvent(operation=operation, reason=reason, seconds=seconds))

    def observe(self, operation: str, answer: Answer) -> None:
        """Learn the server's clock from an answer."""
        clock = self.shared.server_clock
        date = retry_after.server_time(answer.headers.get("date", ""))
        if date is not None:
            clock.observe(date, answer.sent, answer.received)
        elif not clock.known and not clock.missed:
            clock.missed = True
            self.tell(ClockEvent(operation=operation))

    def server_time(self, at: float) -> float | None:
        """The server's time, at least, at a monotonic moment; `None` if it never told."""
        clock = self.shared.server_clock
        return clock.earliest(at) if clock.known else None
