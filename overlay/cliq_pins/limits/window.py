"""A sliding window in this process's memory."""

from __future__ import annotations

import os
from collections import OrderedDict, deque
from itertools import islice

from cliq_pins.locks import Locked

SOONEST_ANSWER = 0.001
"""Seconds that a call takes, at least."""
IDLE_SECONDS = 3600
"""After how long without a call a key is forgotten."""
LOOKED_AT = 8
"""How many keys are looked at for that when a new one comes: there may be thousands."""


class Window:
    """The calls of one key that still count.

    A call counts from the moment that it is sent until the window has passed since its *answer*: the service counted it
    somewhere between the two, so there is no moment at which the service has counted more than this has.
    """

    __slots__ = ("flying", "locked_until", "lost", "past", "queue")

    def __init__(self) -> None:
        self.flying: set[object] = set()
        """The tickets of calls that were sent and not yet answered."""
        self.lost = 0
        """Calls that were given up: nobody looked at a clock then."""
        self.past: deque[float] = deque()
        """When the others were answered, oldest first."""
        self.queue: deque[object] = deque()
        """Who waits, first come first."""
        self.locked_until = 0.0

    def wait(self, ticket: object, now: float, most: int, seconds: float) -> float:
        """Let a ticket pass and give 0, or queue it and give the seconds until it is worth asking again."""
        self._count_lost(now)
        while self.past and self.past[0] + seconds <= now:  # as it is reckoned below, to the last bit
            self.past.popleft()
        if now < self.locked_until:
            return self.locked_until - now
        if ticket not in self.queue:
            self.queue.append(ticket)
        before = self.queue.index(ticket)
        free = most - len(self.flying) - len(self.past)
        if before < free:
            self.flying.add(ticket)
            self.queue.remove(ticket)
            return 0.0
        needed = before - free  # so many more have to leave the window
        if needed < len(self.past):
            return self.past[needed] + seconds - now
        return seconds + SOONEST_ANSWER  # the window begins when a call that is on its way is answered

    def answered(self, ticket: object, now: float) -> None:
        """A call that passed is over."""
        if ticket in self.flying:
            self._count(now)
            self.flying.remove(ticket)

    def leave(self, ticket: object, sent: bool) -> None:
        """A call waits no longer, or was given up: one that never reached the service does not count."""
        if ticket in self.queue:
            self.queue.remove(ticket)
        if ticket in self.flying:
            self.lost += sent
            self.flying.remove(ticket)

    def idle(self, now: float) -> bool:
        """Whether nothing of it matters any more."""
        self._count_lost(now)
        return not self.flying and not self.queue and (not self.past or now - self.past[-1] > IDLE_SECONDS)

    def _count_lost(self, now: float) -> None:
        for _ in range(self.lost):
            self._count(now)
        self.lost = 0

    def _count(self, now: float) -> None:
        self.past.append(max(now, self.past[-1]) if self.past else now)


class MemoryStore(Locked):
    """Keeps the windows in memory: shared by every client of this process that is given it. Safe between threads."""

    def __init__(self) -> None:
        super().__init__()
        self._windows: OrderedDict[str, Window] = OrderedDict()
        self._process = os.getpid()

    def wait(self, key: str, ticket: object, now: float, most: int, seconds: float) -> float:
        """Let a call pass and give 0, or give the seconds until it is worth asking again."""
        with self._lock:
            if key not in self._windows:
                self._forget(now)
            if self._process != os.getpid():
                self._leave_to_parent()
            return self._windows.setdefault(key, Window()).wait(ticket, now, most, seconds)

    def answered(self, key: str, ticket: object, now: float) -> None:
        """A call that passed is over."""
        with self._lock:
            if key in self._windows:
                self._windows[key].answered(ticket, now)

    def leave(self, key: str, ticket: object, sent: bool) -> None:
        """A call waits no longer, or was given up; nothing happens if it is over."""
        with self._lock:
            if key in self._windows:
                self._windows[key].leave(ticket, sent)

    def lock(self, key: str, until: float) -> None:
        """Let nothing pass until then."""
        with self._lock:
            window = self._windows.setdefault(key, Window())
            window.locked_until = max(window.locked_until, until)

    def _forget(self, now: float) -> None:
        """Forget the idle ones of those that were not looked at for the longest time."""
        for key in list(islice(self._windows, LOOKED_AT)):
            if self._windows[key].idle(now) and self._windows[key].locked_until <= now:
                del self._windows[key]
            else:
                self._windows.move_to_end(key)

    def _leave_to_parent(self) -> None:
        """Forget the calls of the process that this one was forked from: their ends are told there."""
        self._process = os.getpid()
        for one in self._windows.values():
            one.flying.clear()
            one.queue.clear()
