"""Our own calls that change a board: which of them are on their way, and who is told of them.

A reading that overlaps a call of ours may show what that did, or may not: whoever compares boards has to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakSet

from cliq_pins.locks import Locked

from .turn import Turn

if TYPE_CHECKING:
    from cliq_pins.errors import Outcome
    from cliq_pins.layout import Change

    from .view import Facet, View


class OwnCall:
    """A call of ours that changes something."""

    __slots__ = ("change", "outcome")

    def __init__(self, change: Change, outcome: Outcome | None = None) -> None:
        self.change = change
        self.outcome = outcome
        """`None` while it is on its way."""


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
                    _tell(view, call)
                self._alive.add(view)

    def adopt(self, view: View) -> None:
        """A board of another client's is edited by this one: tell it from now on, too."""
        with self._lock:
            self._alive.add(view)

    def catch_up(self, view: View, fresh: View, facet: Facet) -> None:
        """Take over what a later reading shows; no call of ours ends in between, of which only one of them is told."""
        with self._lock:
            view.caught_up(fresh, facet)

    def begin(self, change: Change) -> OwnCall:
        """A call of ours will change something."""
        call = OwnCall(change)
        with self._lock:
            self._flying[call] = None
            for overlapped in self._readings:
                overlapped[call] = None
        return call

    def end(self, call: OwnCall, outcome: Outcome) -> None:
        """Such a call is over."""
        with self._lock:
            call.outcome = outcome
            self._flying.pop(call, None)
            for view in list(self._alive):
                _tell(view, call)

    def did(self, change: Change) -> None:
        """A call of ours has changed something, as is known only now."""
        self.end(self.begin(change), "applied")  # a reading that is on its way may not show it


def _tell(view: View, call: OwnCall) -> None:
    """What became of a call of ours; nothing yet if it is on its way."""
    if call.outcome == "applied":
        view.did(call.change)
    elif call.outcome == "unknown":
        view.lost(call)
