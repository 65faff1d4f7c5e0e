"""What tests of your own need: boards in few words, the simulator's switches and faults, and a client of it.

The fixtures `cliq_simulator`, `cliq_clock` and `cliq_client` come with the installed package; they need the extra
`simulator`.
"""

from __future__ import annotations

import math
from random import Random
from typing import Any

from . import http, raw
from ._generated import models, operations
from .aio import AsyncCliqPins
from .client import CliqPins
from .engine import call, chats, folders, guarded, reading
from .engine.effects import Instant
from .limits import MemoryStore
from .simulator import Behaviour, Clock, Fault, Simulator, VirtualClock
from .simulator.builders import board, chat, folder

__all__ = [
    "Behaviour",
    "Fault",
    "SimulatedClock",
    "Simulator",
    "VirtualClock",
    "board",
    "chat",
    "connect",
    "connect_async",
    "folder",
]

_LOADED = (call, chats, folders, guarded, models, operations, raw, reading)
"""Modules that a client imports when it first needs them. Here they come at once: pytest parses what it imports, and in
CPython 3.11 threads that parse at the same time fail with a `SystemError`."""
URL = "https://cliq.zoho.com/api/v3"


class SimulatedClock:
    """A client's clock that goes with a simulator's: to wait is to advance it. `skew` is how wrong the client's is."""

    def __init__(self, clock: Clock, *, skew: float = 0.0) -> None:
        self._clock = clock
        self._skew = skew

    def now(self) -> Instant:
        """The time, on both clocks."""
        seconds = self._clock.now_ms / 1000
        return Instant(seconds - 1e9, seconds + self._skew)

    def sleep(self, seconds: float) -> None:
        """Advance the clock."""
        self._clock.advance(math.ceil(seconds * 1000) / 1000)

    async def sleep_async(self, seconds: float) -> None:
        """Advance the clock."""
        self._clock.advance(math.ceil(seconds * 1000) / 1000)


def connect(simulator: Simulator, *, skew: float = 0.0, **arguments: Any) -> CliqPins:
    """A client of a simulator in this process, with a token of its first user; its waits advance the simulator's clock.

    Takes every argument of `CliqPins`.
    """
    return CliqPins(**_arguments(simulator, skew, http.wsgi_transport(simulator.wsgi()), arguments))


def connect_async(simulator: Simulator, *, skew: float = 0.0, **arguments: Any) -> AsyncCliqPins:
    """The same for tasks."""
    return AsyncCliqPins(**_arguments(simulator, skew, http.asgi_transport(simulator.asgi()), arguments))


def _arguments(simulator: Simulator, skew: float, transport: object, arguments: dict[str, Any]) -> dict[str, Any]:
    own: dict[str, Any] = {
        "transport": transport,
        "clock": SimulatedClock(simulator.clock, skew=skew),
        "limits": MemoryStore(),
        "random": Random(0),  # noqa: S311  # the same waits in every run
    }
    if "credentials" not in arguments:
        own["token"] = simulator.token()
    if "data_centre" not in arguments and "base_url" not in arguments:
        own["base_url"] = URL
    return {**own, **arguments}
