"""Our own calls that change a board: which of them are on their way, and who is told of them.

A reading that overlaps a call of ours may show what that did, or may not: whoever compares boards has to know.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakSet

from cliq_pins.errors import CliqError, Outcome
from cliq_pins.locks import Locked

from .turn import Turn, unfinished

if TYPE_CHECKING:
    from concurrent.futures import Future

    from cliq_pins.layout import Change

    from .view import Facet, View

MOST_LANDED = 64
"""How many calls are remembered that have crossed one that is still on its way."""
_MOMENTS = count()


def next_moment() -> int:
    """The moments at which calls begin and end, and boards were read, numbered as they come."""
    return next(_MOMENTS)


class OwnCall:
    """A call of ours that changes something."""

    __slots__ = ("became", "began", "change", "crossed", "ended", "outcome", "over", "was")

    def __init__(self, change: Change, was: Change | None = None) -> None:
        self.change = change
        self.was = was
        """The change of unknown outcome that this one was found to be."""
        self.became: Change | None = None
        """What an answer has told of the change."""
        self.outcome: Outcome | None = None
        """`None` while it is on its way."""
        self.began: float = next_moment()
        self.ended = math.inf
        """When it was over; what may have been done, may be done at any time."""
        self.over: Future[None] | None = None
        """What somebody waits for until it is over."""
        self.crossed = False
        """Whether another one or a reading was on its way meanwhile: the service may have had them in either order."""

    @property
    def is_applied(self) -> bool:
        """Whether it has certainly been carried out."""
        return self.outcome == "applied"

    @property
    def may_move(self) -> bool:
        """Whether anything may stand elsewhere because of it."""
        return self.change.moves and self.outcome != "not_applied"

    def end(self, outcome: Outcome) -> None:
        """It is over."""
        self.outcome, self.change = outcome, self.became or self.change
        if self.is_applied:
            self.ended = next_moment()


class Overlap(NamedTuple):
    """What of ours one reading overlaps."""

    calls: dict[OwnCall, None]
    """Those that were on their way during the reading."""
    before: tuple[OwnCall, ...]
    """Those that were over when it began, and had crossed one that was not."""


NOTHING = Overlap({}, ())


class Views(Locked):
    """The views of the boards that are still in use. Safe between threads."""

    def __init__(self) -> None:
        super().__init__()
        self.turn = Turn()
        """Lets one guarded write at a time plan on what is known and be sent, whatever board it is of."""
        self._alive: WeakSet[View] = WeakSet()
        self._flying: dict[OwnCall, None] = {}
        self._landed: list[OwnCall] = []
        """Those that are over, and have crossed one that is not; the last ones of many."""
        self._readings: list[Overlap] = []
        """For each reading that is on its way, the calls that it overlaps."""

    def after_fork(self) -> None:
        """In the child: what was on its way is over in the parent only, which is somebody else."""
        super().after_fork()
        self._flying, self._landed, self._readings = {}, [], []

    def begin_reading(self) -> Overlap:
        """The board will be read: gives where the calls of ours are noted that are on their way meanwhile."""
        with self._lock:
            overlap = Overlap(dict(self._flying), tuple(self._landed))
            for call in overlap.calls:
                call.crossed = True
            self._readings.append(overlap)
            return overlap

    def end_reading(self, overlap: Overlap, view: View | None) -> None:
        """The board was read, if there is a view of it: tell it from now on what calls of ours do."""
        with self._lock:
            self._readings = [one for one in self._readings if one is not overlap]
            if view is not None:
                for call in overlap.calls:
                    view.tell(call)
                self._alive.add(view)

    def adopt(self, view: View) -> None:
        """A board of another client's is edited by this one: tell it from now on, too."""
        with self._lock:
            self._alive.add(view)

    def catch_up(self, view: View, fresh: View, facet: Facet) -> bool | None:
        """Take over what a later reading shows; no call of ours ends in between, of which only one of them is told."""
        with self._lock:
            return view.caught_up(fresh, facet)

    def landings(self, calls: Iterable[OwnCall]) -> list[Future[None]]:
        """What is to be waited for until some calls are over, as far as they are on their way and may move anything."""
        with self._lock:
            flying = [one for one in calls if one in self._flying and one.may_move]
            for one in flying:
                one.over = one.over or unfinished()
            return [one.over for one in flying if one.over is not None]

    def explain(self, view: View, fresh: View, facet: Facet) -> bool:
        """Whether our own calls alone made of the board what a later reading shows, as far as a facet goes."""
        with self._lock:
            return view.explains(fresh, facet)

    @contextmanager
    def calling(self, change: Change) -> Generator[OwnCall, None, None]:
        """A call of ours is made that changes something: the boards that were read are told what became of it."""
        call = OwnCall(change)
        outcome: Outcome = "not_applied"
        try:
            self._begin(call)
            outcome = "unknown"
            yield call
            outcome = "applied"
        except CliqError as error:
            outcome = error.outcome
            raise
        finally:
            self._end(call, outcome)

    def did(self, change: Change, was: Change | None = None) -> None:
        """A call of ours, of unknown outcome until now, has changed something; `was` is what was known of it before."""
        was = change if was is None else was
        call = OwnCall(change, was)
        with self._lock:
            self._begin(call)  # a reading that is on its way may not show it
            call.began = min(call.began, *(view.since(was) for view in self._alive), math.inf)
            self._end(call, "applied")

    def _begin(self, call: OwnCall) -> None:
        with self._lock:
            call.began = next_moment()  # whatever was waited for until here
            for other in list(self._flying):  # a dropped call may be collected, and end, meanwhile
                call.crossed = other.crossed = True
            self._flying[call] = None
            for overlap in self._readings:
                call.crossed = True
                overlap.calls[call] = None

    def _end(self, call: OwnCall, outcome: Outcome) -> None:
        with self._lock:
            call.end(outcome)
            self._flying.pop(call, None)
            first = next((one.began for one in self._flying), math.inf)  # they are kept as they began
            self._landed = [one for one in (*self._landed, call) if one.ended > first][-MOST_LANDED:]
            for view in list(self._alive):
                view.tell(call)
            if call.over is not None:
                call.over.set_result(None)
