"""A guard of the simulated service, for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx2

from cliq_pins import CliqPins
from cliq_pins.http import Transport
from cliq_pins.limits import MemoryStore
from cliq_pins.testing import SimulatedClock

from .guard import PREFIX, Guard
from .journal import Journal
from .server_time import milliseconds
from .simulated import CHATS, Service

ORIGIN = "http://127.0.0.1"
BASE = f"{ORIGIN}/api/v3"
RUN = f"{PREFIX}0123456789ab"
"""How the titles of the run begin."""
TITLE = f"{RUN} one"


def guard(inner: Transport, journal: Journal, now: Callable[[], float]) -> Guard:
    return Guard(inner, journal, base_url=BASE, accounts_url=ORIGIN, chats=CHATS, now=now)


class Guarded:
    """A client behind a guard, a folder that it made, and what got through."""

    def __init__(self, journal: Path) -> None:
        self.service = Service()
        clock = SimulatedClock(self.service.simulator.clock)
        self.journal = Journal(journal)
        inner = httpx2.WSGITransport(app=self.service.simulator.wsgi())
        self.guard = guard(inner, self.journal, lambda: milliseconds(clock))
        self.guard.titles = RUN
        token = self.service.simulator.token()
        self.pins = CliqPins(token=token, base_url=BASE, transport=self.guard, clock=clock, limits=MemoryStore())
        self.made = self.pins.folders.create(TITLE, symbol="x", chats=CHATS[:2]).id
        self.theirs = self.service.simulator.board().folders[0].id

    def sent(self) -> int:
        return len(self.service.simulator.log)
