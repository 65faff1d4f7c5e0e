"""What one reading of the board, and our own calls since, let us know of it.

Each thing that a guarded write can overwrite is a *facet*: a folder's place in the order, or the chats of one folder.
For each facet there is a sync point: the moment, by the server's clock, up to which we know of every change of it that
is not ours.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from cliq_pins.layout import Change, Layout, after
from cliq_pins.locks import Locked

from .turn import Turn

Kind: TypeAlias = Literal["order", "chats"]
Facet: TypeAlias = tuple[Kind, str]
"""What a write overwrites: a folder's place, or its chats."""

MOST_PENDING = 64
"""How many changes of ours are kept before what they make of the board is worked out."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class View(Locked):
    """Safe between threads; shared by a board and its folders."""

    def __init__(self, layout: Layout, point: float, user: str, revision: int) -> None:
        self.user = user
        """Whose board it is, and where."""
        self.revision = revision
        """The server clock's, when the sync point was taken: after another one it may be wrong."""
        self.turn = Turn()
        """Lets one guarded write at a time plan on the board and be sent."""
        super().__init__()
        self._layouts: tuple[Layout, ...] = (layout,)
        """The board as it must be now but for the changes below: one for each reading, or one for all."""
        self._changes: list[Change] = []
        self._point = point
        self._points: dict[Facet, float] = {}
        self._written: set[Facet] = set()
        self.read_point = point
        """The sync point of the reading, before any call of ours, in epoch seconds."""

    @property
    def read_at(self) -> datetime:
        """The same as a date and time."""
        return EPOCH + timedelta(milliseconds=math.floor(self.read_point * 1000))

    def point(self, facet: Facet) -> float:
        """The sync point of a facet, in epoch seconds."""
        with self._lock:
            return self._points.get(facet, self._point)

    def did(self, change: Change) -> None:
        """A call of ours that the service did not guard changed something."""
        with self._lock:
            self._changes.append(change)
            if len(self._changes) > MOST_PENDING:
                self._expected()

    def wrote(self, folder: str, change: Change, used: float, end: float) -> None:
        """A guarded write of ours succeeded with the sync point `used`, before `end` by the server's clock.

        The service has found nothing else to have changed the folder since `used`: what was known up to then of the
        folder is known up to `end`.
        """
        with self._lock:
            self._changes.append(change)
            for kind in ("order", "chats"):
                if self.point((kind, folder)) >= used:
                    self._points[kind, folder] = max(end, self.point((kind, folder)))
                    self._written.add((kind, folder))

    def has_written(self, facet: Facet) -> bool:
        """Whether the sync point of a facet comes from a write of ours, and not from a reading."""
        with self._lock:
            return facet in self._written

    def explains(self, fresh: Layout, facet: Facet | None = None) -> bool:
        """Whether our own calls alone made of the board what it is now; for a facet, of that one at least.

        If somebody else was at work, a facet that only some readings explain may be their doing, and counts as such.
        """
        expected = self._expected()
        if any(_same(one, fresh, None) for one in expected):
            return True
        return facet is not None and all(_same(one, fresh, facet) for one in expected)

    def current(self, facet: Facet) -> Layout | None:
        """The board as it must be now as far as a facet goes; `None` if our own calls have left that open."""
        first, *others = self._expected()
        kind, folder = facet
        if kind == "order":
            return first if all(one.order == first.order for one in others) else None
        return first if all(one.chats.get(folder) == first.chats.get(folder) for one in others) else None

    def _expected(self) -> tuple[Layout, ...]:
        """What our own calls can have made of the board."""
        with self._lock:
            self._layouts, self._changes = after(self._layouts, self._changes), []
            return self._layouts

    def caught_up(self, fresh: View, facet: Facet) -> None:
        """Take over the sync point of a later reading: of everything that it shows as we know it, else of one facet."""
        layout, *_ = fresh._expected()
        with self._lock:
            if self.explains(layout):
                self._layouts, self._changes, self._points, self._written = (layout,), [], {}, set()
                self._point, self.revision = fresh.read_point, fresh.revision
            else:
                self._points[facet] = fresh.read_point
                self._written.discard(facet)


def _same(expected: Layout, found: Layout, facet: Facet | None) -> bool:
    if facet is None:
        known = {folder: chats for folder, chats in expected.chats.items() if chats is not None}
        return (
            expected.order == found.order
            and expected.chats.keys() == found.chats.keys()
            and all(found.chats[folder] in (chats, None) for folder, chats in known.items())
        )
    kind, folder = facet
    if kind == "order":
        return expected.order == found.order
    chats = expected.chats.get(folder)
    return chats is not None and chats == found.chats.get(folder)


def wire(point: float) -> str:
    """A sync point as the service takes it: ISO 8601 in UTC, with milliseconds, never rounded up."""
    at = EPOCH + timedelta(milliseconds=math.floor(point * 1000))
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
