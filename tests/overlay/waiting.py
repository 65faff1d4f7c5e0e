"""The limiter by hand: a clock that is moved by waiting, and one call through."""

from __future__ import annotations

import math
from random import Random
from typing import Any

from cliq_pins.engine.drivers import run
from cliq_pins.engine.effects import Instant
from cliq_pins.engine.session import Budget
from cliq_pins.limits import Limiter, Slot
from cliq_pins.limits.limiter import SPARE
from cliq_pins_client import operation_table

GET = operation_table()["getPinCategories"]
PUT = operation_table()["updatePinCategory"]
SECONDS = GET.rate_limits[0].seconds
MOST = GET.rate_limits[0].requests - SPARE
LOCK = GET.rate_limits[0].lock_seconds or 0


class Drawn(Random):
    """Draws the upper end."""

    def uniform(self, a: float, b: float) -> float:
        assert a == 0
        return b


class Time:
    """A clock that is moved by hand or by waiting."""

    def __init__(self) -> None:
        self.monotonic = 1000.0
        self.slept: list[float] = []

    def now(self) -> Instant:
        return Instant(self.monotonic, 0.0)

    def sleep(self, seconds: float) -> None:
        assert seconds > 0, "to wait for no time is to wait for ever"
        self.slept.append(seconds)
        self.monotonic += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


def nothing(seconds: float, operation: str) -> None:
    """What is waited for is told to nobody."""


def passes(limiter: Limiter, time: Time, budget: float = 1e9, operation: Any = GET) -> Slot:
    """Let one call through; it is on its way from then on."""
    slot = limiter.slot(operation)
    try:
        run(limiter.enter(operation, slot, Budget(math.inf, budget), nothing), None, time)  # type: ignore[arg-type]  # it sends nothing
    except BaseException:
        slot.leave()
        raise
    return slot
