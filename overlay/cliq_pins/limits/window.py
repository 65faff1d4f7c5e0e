"""A sliding window in this process's memory."""

from __future__ import annotations

from collections import deque
from threading import Lock

IDLE_SECONDS = 3600
"""After how long without a call a key is forgotten."""


class Window:
    """The calls of one key that still count.

    A call counts from the moment that it is sent until the window has passed since its *answer*: the service counted it
    somewhere between the two, so there is no moment at which the service has counted more than this has.
    """

    __slots__ = ("flying", "locked_until", "past", "queue")

    def __init__(self) -> None:
        self.flying = 0
        """Calls that were sent and not yet answered."""
        self.past: deque[float] = deque()
        """When the others were answered, oldest first."""
        self.queue: deque[object] = deque()
        """Who waits, first come first."""
        self.locked_until = 0.0

    def wait(self, ticket: object, now: float, most: int, seconds: float) -> float:
        """Let a ticket pass and give 0, or queue it and give the seconds until it is worth asking again."""
        while self.past and self.past[0] <= now - seconds:
            self.past.popleft()
        if now < self.locked_until:
            return self.locked_until - now
        if ticket not in self.queue:
            self.queue.append(ticket)
        before = self.queue.index(ticket)
        free = most - self.flying - len(self.past)
        if before < free:
            self.queue.remove(ticket)
            self.flying += 1
            return 0.0
        needed = before - free  # so many more have to leave the window
        return self.past[needed] + seconds - now if needed < len(self.past) else seconds

    def leave(self, ticket: object) -> None:
        """Stop waiting."""
        if ticket in self.queue:
            self.queue.remove(ticket)

    def answered(self, now: float, counted: bool) -> None:
        """A call that passed is over; one that never reached the service does not count."""
        self.flying -= 1
        if counted:
            self.past.append(max(now, self.past[-1]) if self.past else now)

    def idle(self, now: float) -> bool:
        """Whether nothing of it matters any more."""
        return not self.flying and not self.queue and (not self.past or now - self.past[-1] > IDLE_SECONDS)


class MemoryStore:
    """Keeps the windows in memory: shared by every client of this process that is given it. Safe between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._windows: dict[str, Window] = {}

    def wait(self, key: str, ticket: object, now: float, most: int, seconds: float) -> float:
        """Let a call pass and give 0, or give the seconds until it is worth asking again."""
        with self._lock:
            if key not in self._windows:
                self._forget(now)
            return self._windows.setdefault(key, Window()).wait(ticket, now, most, seconds)

    def leave(self, key: str, ticket: object) -> None:
        """A call that waited does so no longer."""
        with self._lock:
            if key in self._windows:
                self._windows[key].leave(ticket)

    def answered(self, key: str, now: float, counted: bool) -> None:
        """A call that passed is over."""
        with self._lock:
            self._windows[key].answered(now, counted)

    def lock(self, key: str, until: float) -> None:
        """Let nothing pass until then."""
        with self._lock:
            window = self._windows.setdefault(key, Window())
            window.locked_until = max(window.locked_until, until)

    def _forget(self, now: float) -> None:
        for key in [key for key, one in self._windows.items() if one.idle(now) and one.locked_until <= now]:
            del self._windows[key]
