"""The limiter: a call waits here until it may be sent."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from cliq_pins.engine.effects import NOW, Do, Flow, Instant, Sleep
from cliq_pins.engine.session import Budget, when_again
from cliq_pins.errors import Context, RateLimited
from cliq_pins.secret import one_line

from .window import MemoryStore

if TYPE_CHECKING:
    from cliq_pins._generated import Operation, RateLimit

log = logging.getLogger("cliq_pins.limits")

PAUSE = 10.0
"""Seconds until a shared store that could not be reached is asked again: each call would wait for it."""
SPARE = 1
"""How many of the contract's number of calls are left alone: some of the vendor's services refuse the Nth already."""


class Endpoint(Struct, frozen=True):
    """What is counted together: every operation of one method and path."""

    key: str
    most: int
    """Calls within the window, at most."""
    seconds: float

    @staticmethod
    def of(operation: Operation) -> Endpoint:
        """An operation's endpoint, by the contract's numbers less one."""
        return _endpoint(operation.method, operation.path, operation.rate_limits)


@cache
def _endpoint(method: str, path: str, limits: tuple[RateLimit, ...]) -> Endpoint:
    if not limits:
        return Endpoint(f"{method} {path}", sys.maxsize, 0.0)
    strictest = min(limits, key=lambda one: one.requests / one.seconds)
    return Endpoint(f"{method} {path}", strictest.requests - SPARE, strictest.seconds)


class Store(Protocol):
    """Counts shared between processes and machines. Its methods may block; times are in seconds."""

    def acquire(self, key: str, most: int, seconds: float) -> float:
        """Count a call and give 0, or give the seconds until it is worth asking again."""
        ...

    def lock(self, key: str, seconds: float) -> None:
        """Let nothing pass for so long."""
        ...


class Slot:
    """The place of one call in its window, from the moment that it waits for it."""

    __slots__ = ("_key", "_memory")

    def __init__(self, memory: MemoryStore, key: str) -> None:
        self._memory = memory
        self._key = key

    def wait(self, now: float, endpoint: Endpoint) -> float:
        """Take the place and give 0, or give the seconds until it is worth asking again."""
        return self._memory.wait(self._key, self, now, endpoint.most, endpoint.seconds)

    def answered(self, now: float) -> None:
        """The call is over, and counts from now on for as long as the window is."""
        self._memory.answered(self._key, self, now)

    def leave(self, sent: bool = False) -> None:
        """Give the place back. A call that may have reached the service counts as if it were answered next."""
        self._memory.leave(self._key, self, sent)


class Limiter:
    """Holds one user's calls to the limits."""

    def __init__(self, user: str, memory: MemoryStore, shared: Store | None = None) -> None:
        self._user = user
        self._memory = memory
        self._shared = shared
        self._asked_again_at = -math.inf
        """When the shared store is asked again after it could not be reached."""

    def slot(self, operation: Operation) -> Slot:
        """A place for a call, not taken yet. Whoever has one gives it back, whatever comes."""
        return Slot(self._memory, self._key(operation))

    def enter(
        self, operation: Operation, slot: Slot, budget: Budget, waited: Callable[[float, str], None]
    ) -> Flow[None]:
        """Wait until the slot can be taken, and take what was waited from the budget.

        Raises `RateLimited` as soon as it is clear that the budget is too small; nothing was sent then.
        """
        endpoint = Endpoint.of(operation)
        while True:
            now: Instant = yield NOW
            seconds = slot.wait(now.monotonic, endpoint)
            if not seconds:
                seconds = yield from self._ask_shared(operation, endpoint, now.monotonic)
                if not seconds:
                    return
                slot.leave()
            if too_small := budget.too_small(now.monotonic, seconds):
                raise RateLimited(
                    f"the limit of {endpoint.most} calls in {endpoint.seconds:g} s is used up or the endpoint is "
                    f"locked; {when_again(seconds, too_small)}",
                    Context(operation=operation.operation_id, retry_after=seconds),
                )
            waited(seconds, operation.operation_id)
            yield Sleep(seconds)
            budget.wait -= seconds

    def lock(self, operation: Operation, now: float, seconds: float) -> Flow[None]:
        """Let nothing pass to the operation's endpoint for so long."""
        key = self._key(operation)
        self._memory.lock(key, now + seconds)
        if self._shared is not None:
            shared = self._shared
            yield from self._try(lambda: shared.lock(key, seconds), now)

    def _key(self, operation: Operation) -> str:
        return f"{self._user} {Endpoint.of(operation).key}"

    def _ask_shared(self, operation: Operation, endpoint: Endpoint, now: float) -> Flow[float]:
        if self._shared is None:
            return 0.0
        shared, key = self._shared, self._key(operation)
        return (yield from self._try(lambda: shared.acquire(key, endpoint.most, endpoint.seconds), now))

    def _try(self, act: Callable[[], float | None], now: float) -> Flow[float]:
        """Ask the shared store; while it cannot be reached, this process's own counts have to do."""
        if now < self._asked_again_at:
            return 0.0
        try:
            seconds: float | None = yield Do(act)
        except Exception as error:  # whatever its library raises
            failed: Instant = yield NOW
            self._asked_again_at = failed.monotonic + PAUSE
            log.warning(
                "the shared limits cannot be used (%s: %s); this process goes by its own for %d s",
                type(error).__name__,
                one_line(str(error)),
                PAUSE,
            )
            return 0.0
        return seconds or 0.0
