"""The simulated service's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

START_MS = 1_767_225_600_000
"""Where a virtual clock begins: 2026-01-01T00:00:00Z."""


LAST_MS = 253_370_764_800_000
"""The last moment that a clock can show: 9999-01-01T00:00:00Z."""


def in_range(now_ms: int) -> int:
    """A time that a calendar has; `ValueError` for any other."""
    if not 0 <= now_ms <= LAST_MS:
        raise ValueError(f"a clock shows 0 to {LAST_MS} epoch milliseconds, not {now_ms}")
    return now_ms


class Clock(Protocol):
    """What tells the simulator the time."""

    @property
    def now_ms(self) -> int:
        """The time in epoch milliseconds."""
        ...

    def advance(self, seconds: float) -> None:
        """Go forward."""
        ...


class VirtualClock:
    """A clock that stands still until it is advanced."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self.now_ms = in_range(now_ms)

    @property
    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.fromtimestamp(self.now_ms / 1000, UTC)

    def advance(self, seconds: float) -> None:
        """Go forward by that many seconds, to the millisecond; `ValueError` for less than none."""
        self.now_ms = in_range(self.now_ms + _milliseconds(seconds))


class WallClock:
    """The machine's clock, and what it was advanced by."""

    def __init__(self, ahead_ms: int = 0) -> None:
        self.ahead_ms = ahead_ms

    @property
    def now_ms(self) -> int:
        """The time in epoch milliseconds."""
        return time.time_ns() // 1_000_000 + self.ahead_ms

    def advance(self, seconds: float) -> None:
        """Go forward by that many seconds, to the millisecond; `ValueError` for less than none."""
        ahead_ms = self.ahead_ms + _milliseconds(seconds)
        in_range(time.time_ns() // 1_000_000 + ahead_ms)
        self.ahead_ms = ahead_ms


def _milliseconds(seconds: float) -> int:
    if not 0 <= seconds <= 10**9:
        raise ValueError(f"a clock goes forward by 0 to 1e9 seconds, not by {seconds}")
    return round(seconds * 1000)
