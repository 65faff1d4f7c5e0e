"""The service's clock, as narrow as its `Date` headers allow: they have whole seconds, and answers take time."""

from __future__ import annotations

from collections.abc import Callable

from cliq_pins.engine.drivers import Clock

from .guard import Exchange
from .journal import Unobserved

SECOND = 1000
IN_VAIN = 3
"""After how many answers that taught little it is clear that the way to the service takes longer than what is left."""


class ServerTime:
    """Bounds of `server time - local time`, in milliseconds."""

    def __init__(self) -> None:
        self._bounds: tuple[int, int] | None = None

    def observe(self, exchange: Exchange) -> None:
        """Take an answer's `Date`: it was true at some moment between sending and receiving."""
        if exchange.date is None:
            return
        low, high = exchange.date - exchange.received, exchange.date + SECOND - 1 - exchange.sent
        if self._bounds is not None:
            low, high = max(low, self._bounds[0]), min(high, self._bounds[1])
        self._bounds = (low, high) if low <= high else None  # a clock was set: begin again

    @property
    def bounds(self) -> tuple[int, int]:
        """The bounds; raises `Unobserved` before any answer had a `Date`."""
        if self._bounds is None:
            raise Unobserved("the answers have no Date")
        return self._bounds

    def of(self, exchange: Exchange) -> tuple[int, int]:
        """When the service did what was asked: the earliest and the latest moment, epoch milliseconds."""
        low, high = self.bounds
        return exchange.sent + low, exchange.received + high

    def until(self, fraction: int, now: int) -> int:
        """The milliseconds from a local moment until the service's clock shows that fraction of a second."""
        low, high = self.bounds
        return (fraction - now - (low + high + 1) // 2) % SECOND

    def narrow(self, ask: Callable[[], object]) -> None:
        """Halve the bounds while that helps. `ask` asks the service for something when its clock is about to tick."""
        in_vain = 0
        while in_vain < IN_VAIN and self.bounds[0] < self.bounds[1]:
            before = self.width
            ask()
            in_vain = in_vain + 1 if 4 * self.width > 3 * before else 0

    @property
    def width(self) -> int:
        """How far the bounds are apart."""
        low, high = self.bounds
        return high - low


def milliseconds(clock: Clock) -> float:
    """A clock's time in milliseconds, for differences."""
    return clock.now().monotonic * 1000
