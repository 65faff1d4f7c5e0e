"""One call at a time: guarded writes of one client are planned on what the ones before them left."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import count
from typing import TYPE_CHECKING

from cliq_pins.errors import Context, DeadlineExceeded
from cliq_pins.locks import Locked

from .effects import NOW, Flow, Instant, Wait

if TYPE_CHECKING:
    from concurrent.futures import Future


def unfinished() -> Future[None]:
    """What can be waited for until somebody sets its result."""
    from concurrent.futures import Future  # a client that never writes need not load it

    made: Future[None] = Future()
    made.set_running_or_notify_cancel()  # so that a waiter that is cancelled does not cancel it
    return made


def wait_until(over: Future[None], deadline: float, operation: str) -> Flow[None]:
    """Wait until another call is over. Raises `DeadlineExceeded` if that is later than the deadline."""
    now: Instant = yield NOW
    yield Wait(over, max(0.0, deadline - now.monotonic))
    if not over.done():
        raise DeadlineExceeded(
            "the deadline passed while other calls changed the same board", Context(operation=operation)
        )


_NUMBERS = count()


class Ticket:
    """A call's place; whoever has one leaves, whatever comes."""

    def __init__(self) -> None:
        self.over = unfinished()
        self.process = os.getpid()


class Turn(Locked):
    """Safe between threads and tasks."""

    def __init__(self) -> None:
        super().__init__()
        self._number = next(_NUMBERS)
        self._busy: Ticket | None = None

    @staticmethod
    def in_order(turns: Iterable[Turn]) -> list[Turn]:
        """Each of them once, in the order in which everybody enters several, so that no two wait for each other."""
        return sorted(set(turns), key=lambda one: one._number)

    def enter(self, ticket: Ticket, deadline: float, operation: str) -> Flow[None]:
        """Wait until nobody else is in. Raises `DeadlineExceeded` if that is later than the deadline."""
        while True:
            with self._lock:
                busy = self._busy
                if busy is None or busy.process != os.getpid():
                    self._busy = ticket
                    return
            yield from wait_until(busy.over, deadline, operation)

    def leave(self, ticket: Ticket) -> None:
        """Let the next one in; nothing happens to one that is not in."""
        with self._lock:
            if self._busy is ticket:
                self._busy = None
                ticket.over.set_result(None)
