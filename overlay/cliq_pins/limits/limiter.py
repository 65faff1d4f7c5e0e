"""The limiter: a call waits here until it may be sent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Protocol

from msgspec import Struct

from cliq_pins._generated import Operation, RateLimit
from cliq_pins.engine.effects import NOW, Do, Flow, Instant, Sleep
from cliq_pins.errors import Context, RateLimited

from .window import MemoryStore

log = logging.getLogger("cliq_pins.limits")

SPARE = 1
"""How many of the contract's number of calls are left alone: some of the vendor's services refuse the Nth already."""


class Endpoint(Struct, frozen=True):
    """What is counted together: every operation of one method and path."""

    key: str
    most: int
    """Calls within the window, at most."""
    seconds: float
    lock_seconds: float
    """How long the service locks it once it was called too often."""

    @staticmethod
    def of(operation: Operation) -> Endpoint:
        """An operation's endpoint, by the contract's numbers less one; without a documented limit it has none."""
        return _endpoint(operation.operation_id, operation.method, operation.path, operation.rate_limits)


@cache
def _endpoint(operation_id: str, method: str, path: str, limits: tuple[RateLimit, ...]) -> Endpoint:
    strictest = min(limits, key=lambda one: one.requests / one.seconds)
    locks = [one.lock_seconds for one in limits if one.lock_seconds]
    return Endpoint(f"{method} {path}", strictest.requests - SPARE, strictest.seconds, max(locks, default=0))


class Store(Protocol):
    """Counts shared between processes and machines. Its methods may block; times are in seconds."""

    def acquire(self, key: str, most: int, seconds: float) -> float:
        """Count a call and give 0, or give the seconds until it is worth asking again."""
        ...

    def lock(self, key: str, seconds: float) -> None:
        """Let nothing pass for so long."""
        ...


class Slot:
    """The place of one call in its window."""

    __slots__ = ("_key", "_memory", "_open")

    def __init__(self, memory: MemoryStore, key: str) -> None:
        self._memory = memory
        self._key = key
        self._open = True

    def answered(self, now: float, counted: bool = True) -> None:
        """The call is over. One that never reached the service does not count."""
        if self._open:
            self._open = False
            self._memory.answered(self._key, now, counted)


class Limiter:
    """Holds one user's calls to the limits."""

    def __init__(self, user: str, memory: MemoryStore, shared: Store | None = None) -> None:
        self._user = user
        self._memory = memory
        self._shared = shared

    def enter(
        self, operation: Operation, budget: float, waited: Callable[[float, str], None]
    ) -> Flow[tuple[Slot, float]]:
        """Wait for a slot; gives it and what is left of the budget in seconds.

        Raises `RateLimited` as soon as it is clear that the budget is too small; nothing was sent then.
        """
        endpoint = Endpoint.of(operation)
        key = f"{self._user} {endpoint.key}"
        ticket = object()
        try:
            while True:
                now: Instant = yield NOW
                seconds = self._memory.wait(key, ticket, now.monotonic, endpoint.most, endpoint.seconds)
                if not seconds:
                    slot = Slot(self._memory, key)
                    seconds = yield from self._ask_shared(key, endpoint, slot)
                    if not seconds:
                        return slot, budget
                if seconds > budget:
                    raise RateLimited(
                        f"the limit of {endpoint.most} calls in {endpoint.seconds:g} s is used up or the endpoint is "
                        f"locked; the next call can be sent in {seconds:.0f} s; wait, or raise max_wait",
                        Context(operation=operation.operation_id, retry_after=seconds),
                    )
                waited(seconds, operation.operation_id)
                yield Sleep(seconds)
                budget -= seconds
        finally:
            self._memory.leave(key, ticket)

    def lock(self, operation: Operation, now: float, seconds: float) -> Flow[None]:
        """Let nothing pass to the operation's endpoint for so long; its documented lock at least."""
        endpoint = Endpoint.of(operation)
        key = f"{self._user} {endpoint.key}"
        self._memory.lock(key, now + seconds)
        if self._shared is not None:
            shared = self._shared
            yield from self._try(lambda: shared.lock(key, seconds))

    def _ask_shared(self, key: str, endpoint: Endpoint, slot: Slot) -> Flow[float]:
        if self._shared is None:
            return 0.0
        shared, seconds = self._shared, 0.0
        passed = False
        try:
            seconds = yield from self._try(lambda: shared.acquire(key, endpoint.most, endpoint.seconds))
            passed = not seconds
        finally:
            if not passed:
                slot.answered(0.0, counted=False)
        return seconds

    def _try(self, act: Callable[[], float | None]) -> Flow[float]:
        """Ask the shared store; while it cannot be reached, this process's own counts have to do."""
        try:
            seconds: float | None = yield Do(act)
        except Exception as error:  # whatever its library raises
            log.warning("the shared limits cannot be reached (%s); this process goes by its own", type(error).__name__)
            return 0.0
        return seconds or 0.0
