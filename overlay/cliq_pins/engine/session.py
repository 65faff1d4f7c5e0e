"""What the calls of one client have in common."""

from __future__ import annotations

from random import Random
from typing import cast
from urllib.parse import urlsplit

from msgspec import Struct

from cliq_pins.drift import DriftReporter
from cliq_pins.errors import InvalidRequest
from cliq_pins.hooks import ClockEvent, Event, WaitEvent
from cliq_pins.limits import Limiter
from cliq_pins.settings import CallOptions, Settings

from . import retry_after
from .auth import TokenSource
from .effects import Answer
from .server_clock import ServerClock


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

    @property
    def host(self) -> str:
        """The API's host."""
        return urlsplit(self.base_url).netloc


class Session(Struct, frozen=True, kw_only=True):
    """A client as its calls see it."""

    shared: Shared
    settings: Settings

    def under(self, options: CallOptions) -> Session:
        """The same under other options. Raises `InvalidRequest` for what is none."""
        if not isinstance(cast(object, options), CallOptions):
            raise InvalidRequest(f"options: a CallOptions is wanted, not {options!r}")
        return Session(shared=self.shared, settings=self.settings.with_options(options))

    def tell(self, event: Event) -> None:
        """Log an event and call its hook."""
        self.settings.hooks.tell(event)

    def waits(self, seconds: float, operation: str, reason: str = "rate limit") -> None:
        """Tell that a call waits."""
        self.tell(WaitEvent(operation=operation, reason=reason, seconds=seconds))

    def observe(self, operation: str, answer: Answer) -> None:
        """Learn the server's clock from an answer."""
        clock = self.shared.server_clock
        date = retry_after.moment(answer.headers.get("date", ""))
        if date is not None:
            clock.observe(date, answer.sent, answer.received)
        elif not clock.known and not clock.missed:
            clock.missed = True
            self.tell(ClockEvent(operation=operation))
