"""The server's clock as seen from here: an interval that narrows with each answer.

An answer's `Date` is the server's time cut to whole seconds, at some moment between sending the request and having the
answer. So `server time - monotonic time` lies between `date - received` and `date + 1 - sent`, and in the intersection
of all such intervals.
"""

from __future__ import annotations

from cliq_pins.locks import Locked

DRIFT = 2e-4
"""How much the two clocks may drift apart, in seconds a second: twice what a bad quartz does."""

RESOLUTION = 1.0
"""Seconds: what a `Date` is cut to (RFC 9110)."""


class ServerClock(Locked):
    """Bounds of `server time - monotonic time`, in seconds. Safe between threads."""

    def __init__(self) -> None:
        super().__init__()
        self._bounds: tuple[float, float] | None = None
        self._seen = (0.0, 0.0)
        """When the last answer was asked for and received: somewhere between, its `Date` was true."""
        self.revision = 0
        """How often an answer contradicted those before it, or was the first to tell the time. What was derived before
        that may be wrong."""
        self.missed = False
        """Whether it was told already that answers have no usable `Date`."""

    @property
    def known(self) -> bool:
        """Whether any answer had a usable `Date`."""
        return self._bounds is not None

    def observe(self, date: float, sent: float, received: float) -> None:
        """Take an answer's `Date` in epoch seconds, and when its request was sent and it was received (monotonic)."""
        low, high = date - received, date + RESOLUTION - sent
        with self._lock:
            if self._bounds is None:
                self.revision += self.missed  # what was derived before is by the local clock
            else:
                slack = DRIFT * max(0.0, received - self._seen[0])
                old = self._bounds[0] - slack, self._bounds[1] + slack
                if max(low, old[0]) <= min(high, old[1]):
                    low, high = max(low, old[0]), min(high, old[1])
                else:  # one of the clocks was set, or this Date is wrong: the next answer tells which
                    low, high = min(low, old[0]), max(high, old[1])
                    self.revision += 1
            self._bounds, self._seen = (low, high), (sent, received)

    def earliest(self, at: float) -> float:
        """The server's time, at least, at a monotonic moment; epoch seconds."""
        low, _ = self._require()
        return at + low - self._slack(at)

    def latest(self, at: float) -> float:
        """The server's time, at most, at a monotonic moment; epoch seconds."""
        _, high = self._require()
        return at + high + self._slack(at)

    def _slack(self, at: float) -> float:
        return DRIFT * max(abs(at - moment) for moment in self._seen)

    def _require(self) -> tuple[float, float]:
        if self._bounds is None:
            raise LookupError("no answer had a Date yet")
        return self._bounds
