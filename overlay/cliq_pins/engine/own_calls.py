"""Our own calls that change a board: which of them are on their way, and who is told of them.

A reading that overlaps a call of ours may show what that did, or may not: whoever compares boards has to know.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING
from weakref import WeakSet

from cliq_pins.errors import CliqError, Outcome
from cliq_pins.locks import Locked

from .turn import Turn

if TYPE_CHECKING:
    from cliq_pins.layout import Change

    from .view import Facet, View

_NUMBERS = count()


class OwnCall:
    """A call of ours that changes something."""

    __slots__ = ("became", "change", "crossed", "number", "outcome", "was")

    def __init__(self, change: Change, outcome: Outcome | None = None, *, was: Change | None = None) -> None:
        self.change = change
        self.outcome = outcome
        """`None` while it is on its way."""
        self.was = was
        """The change of unknown outcome that this one was found to be."""
        self.became: Change | None = None
        """What an answer has told of the change."""
        self.number = next(_NUMBERS)
        """The calls are numbered as they begin."""
        self.crossed = False
        """Whether another one was on its way meanwhile: the service may have had them in either order."""


class Views(Locked):
    """The views of the boards that are still in use. Safe between threads."""

    def __init__(self) -> None:
        super().__init__()
        self.turn = Turn()
        """Lets one guarded write at a time plan on what is known and be sent, whatever board it is of."""
        self._alive: WeakSet[View] = WeakSet()
        self._flying: dict[OwnCall, None] = {}
        self._readings: list[dict[OwnCall, None]] = []
        """For each reading that is on its way, the calls that it overlaps."""

    def begin_reading(self) -> dict[OwnCall, None]:
        """The board will be read: gives where the calls of ours are noted that are on their way meanwhile."""
        with self._lock:
            overlapped = dict(self._flying)
            self._readings.append(overlapped)
            return overlapped

    def end_reading(self, overlapped: dict[OwnCall, None], view: View | None) -> None:
        """The board was read, if there is a view of it: tell it from now on what calls of ours do."""
        with self._lock:
            self._readings = [one for one in self._readings if one is not overlapped]
            if view is not None:
                for call in overlapped:
                    view.tell(call)
                self._alive.add(view)

    def adopt(self, view: View) -> None:
        """A board of another client's is edited by this one: tell it from now on, too."""
        with self._lock:
            self._alive.add(view)

    def catch_up(self, view: View, fresh: View, facet: Facet) -> None:
        """Take over what a later reading shows; no call of ours ends in between, of which only one of them is told."""
        with self._lock:
            view.caught_up(fresh, facet)

    def explain(self, view: View, fresh: View, facet: Facet) -> bool:
        """Whether our own calls alone made of the board what a later reading shows, as far as a facet goes."""
        with self._lock:
            return view.explains(fresh, facet)

    @contextmanager
    def calling(self, change: Change) -> Generator[OwnCall, None, None]:
        """A call of ours is made that changes something: the boards that were read are told what became of it."""
        call = OwnCall(change)
        self._begin(call)
        outcome: Outcome = "unknown"
        try:
            yield call
            outcome = "applied"
        except CliqError as error:
            outcome = error.outcome
            raise
        finally:
            self._end(call, outcome)

    def did(self, change: Change, was: Change | None = None) -> None:
        """A call of ours, of unknown outcome until now, has changed something; `was` is what was known of it before."""
        call = OwnCall(change, was=change if was is None else was)
        self._begin(call)  # a reading that is on its way may not show it
        self._end(call, "applied")

    def _begin(self, call: OwnCall) -> None:
        with self._lock:
            for other in self._flying:
                call.crossed = other.crossed = True
            self._flying[call] = None
            for overlapped in self._readings:
                overlapped[call] = None

    def _end(self, call: OwnCall, outcome: Outcome) -> None:
        with self._lock:
            call.outcome, call.change = outcome, call.became or call.change
            self._flying.pop(call, None)
            for view in list(self._alive):
                view.tell(call)
