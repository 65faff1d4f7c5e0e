"""What one reading of the board, and our own calls since, let us know of it.

Each thing that a guarded write can overwrite is a *facet*: a folder's place in the order, or the chats of one folder.
For each facet there is a sync point: the moment, by the server's clock, up to which we know of every change of it that
is not ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from cliq_pins.layout import Change, Created, Deleted, Layout, after
from cliq_pins.locks import Locked

from .orders import Layouts, TooManyOrdersError, outcomes
from .own_calls import NOTHING, Overlap, OwnCall, next_moment
from .turn import Turn

Kind: TypeAlias = Literal["order", "chats"]
Facet: TypeAlias = tuple[Kind, str]
"""What a write overwrites: a folder's place, or its chats."""
How: TypeAlias = Literal["whole", "facet"]
"""How far a reading is explained."""

MOST_PENDING = 64
"""How many calls of ours are kept before what they make of the board is worked out."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class View(Locked):
    """Safe between threads; shared by a board and its folders."""

    def __init__(
        self,
        layout: Layout,
        point: float,
        user: str,
        revision: int,
        overlap: Overlap = NOTHING,
        *,
        with_chats: bool,
        turn: Turn,
        end: float = -math.inf,
    ) -> None:
        self.user = user
        """Whose board it is, and where."""
        self.with_chats = with_chats
        """Whether the folders' chats were asked for."""
        self.revision = revision
        """The server clock's, when the sync point was taken: after another one it may be wrong."""
        self.turn = turn
        """That of the client that read it: lets one guarded write at a time plan on the board and be sent."""
        super().__init__()
        self._found = layout
        """The board as it was read last."""
        self._read_by = next_moment()
        """When that reading was over: what began after it does not show."""
        self.overlapped = tuple(overlap.calls)
        """Our own calls that were on their way during that reading: it shows what they did, or not."""
        self._crossing = overlap.before
        """Those that it shows, and that the service may have carried out after one of these."""
        self._layouts: Layouts = (layout,)
        """The board as it must be now but for the calls below."""
        self._calls: list[OwnCall] = []
        """Our own calls since, those whose outcome is unknown among them."""
        self._point = point
        self._points: dict[Facet, float] = {}
        self._written: set[Facet] = set()
        self._given_up = False
        """Whether so many calls of ours are of unknown outcome that nothing is known any more."""
        self._blurred: set[str] = set()
        """The folders that a write may be refused for because of our own calls since, by which reading ever."""
        self.heard = 0
        """Of how many calls of ours that have, or may have, changed something it was told since."""
        self.read_point = point
        """The sync point of the reading, before any call of ours, in epoch seconds."""
        self._read_end = max(point, end)
        """The end of the second in which the reading was asked for: what was done before it was done by then."""
        self._ends: dict[str, float] = {}
        """The same for folders whose chats were not listed: of an earlier reading, or of a write of ours since."""

    @property
    def disturbed(self) -> bool:
        """Whether calls of ours were on their way during the reading, be it such as it does not show."""
        return bool(self.overlapped)

    @property
    def read_at(self) -> datetime:
        """The same as a date and time."""
        return EPOCH + timedelta(milliseconds=math.floor(self.read_point * 1000))

    def point(self, facet: Facet) -> float:
        """The sync point of a facet, in epoch seconds."""
        with self._lock:
            return self._points.get(facet, self._point)

    def tell(self, call: OwnCall) -> None:
        """What became of a call of ours; nothing yet if it is on its way."""
        if call.outcome not in ("applied", "unknown"):
            return
        with self._lock:
            self.heard += 1
            self._blurred |= self._found.chats.keys()
            if not call.change.moves:
                return
            if call.was is not None:
                if isinstance(call.change, Created) and self._has(call.change.folder):
                    return
                lost = [one for one in self._lost if one.change == call.was]
                over = lost[:1] if isinstance(call.change, Created) else lost
                self._calls = [one for one in self._calls if one not in over]
            self._calls.append(call)
            if len(self._calls) > MOST_PENDING:  # then those of unknown outcome are taken for the last
                self._calls.sort(key=lambda one: not one.is_applied)
                self._take(sum(one.is_applied for one in self._calls))
                self._given_up = self._given_up or len(self._calls) > MOST_PENDING
                self._calls = self._calls[:MOST_PENDING]

    def _has(self, folder: str) -> bool:
        """Whether it is known that there is a folder, or was."""
        made = [one.change.folder for one in self._calls if isinstance(one.change, Created)]
        return folder in made or folder in self._layouts[0].chats

    def since(self, change: Change) -> float:
        """When the first call began of those that may have made a change; never if there is none."""
        with self._lock:
            return min((one.began for one in self._lost if one.change == change), default=math.inf)

    def wrote(self, folder: str, used: float, end: float, heard: int) -> None:
        """A guarded write of ours succeeded with the sync point `used`, before `end` by the server's clock.

        The service has found nothing else to have changed the folder since `used`: what was known up to then of the
        folder is known up to `end`. If it is the only call of ours since so many were heard of, nothing else of ours is
        what the next write of its chats can be refused for.
        """
        with self._lock:
            for kind in ("order", "chats"):
                if self.point((kind, folder)) >= used:
                    self._points[kind, folder] = max(end, self.point((kind, folder)))
                    self._written.add((kind, folder))
                    if kind == "chats" and end > used and self.heard <= heard + 1:
                        self._blurred.discard(folder)

    def has_written(self, facet: Facet) -> bool:
        """Whether the sync point of a facet comes from a write of ours, and not from a reading."""
        with self._lock:
            return facet in self._written

    def explains(self, fresh: View, facet: Facet | None = None) -> bool:
        """Whether our own calls alone made of the board what it is now; for a facet, of that one at least.

        If somebody else was at work, a facet that only some readings explain may be their doing, and counts as such.
        """
        return self._explained(fresh, facet, lambda _: True) is not None

    def _explained(self, fresh: View, facet: Facet | None, counts: Callable[[OwnCall], bool]) -> How | None:
        """How far our own calls explain a reading, with those of the calls that it overlaps that count."""
        with self._lock:
            if self._given_up:
                return None
            self._settle(fresh._read_by)
            calls = [one for one in self._calls if one.began < fresh._read_by and one not in fresh.overlapped]
            may_show = self._may_show()
            needed = frozenset(one for one in calls if one.is_applied and one not in may_show)
            perhaps = [one for one in fresh.overlapped if one.may_move and counts(one)]
            layouts, found, others = self._layouts, fresh._found, list[Layouts]()
        with suppress(TooManyOrdersError):
            for _, made in outcomes(layouts, [*calls, *perhaps], needed, found):
                if any(_same(one, found, None) for one in made):
                    return "whole"
                others.append(made)
        for made in others if facet else ():
            if all(_same(one, found, facet) for one in made):
                return "facet"
        return None

    def _may_show(self) -> frozenset[OwnCall]:
        """The calls that the reading overlapped and that it may show: done again, they make of the board what it is.

        So may what was over before one of these began, though nothing of it is left to be seen. The others were carried
        out later, and are sure to show in any reading that was begun after their end.
        """
        if not self.overlapped:
            return frozenset()
        calls, found = [one for one in (*self._crossing, *self.overlapped) if one.may_move], self._found
        if any(isinstance(one.change, Deleted) and one.change.folder not in found.chats for one in calls):
            return frozenset(calls)  # nobody can tell what was in that folder
        shown = frozenset[OwnCall]()
        with suppress(TooManyOrdersError):
            for done, made in outcomes((found,), calls, frozenset(), found, again=True):
                if found in made:
                    shown |= done
                if len(shown) == len(calls):
                    break
        return shown | {one for one in calls if any(one.ended < other.began for other in shown)}

    def current(self, facet: Facet) -> Layout | None:
        """The board as it must be now as far as a facet goes; `None` if our own calls have left that open.

        So too for chats that were not asked for.
        """
        if facet[0] == "chats" and not self.with_chats:
            return None
        with self._lock:
            self._settle()
            if self._given_up or self._lost:
                return None  # what is planned on a guess may be taken for done, or for impossible
            layouts, calls = self._layouts, list(self._calls)
            needed = frozenset(one for one in calls if one.began > self._read_by)  # the reading may show the others
        known: Layout | None = None
        try:
            for one in (one for _, made in outcomes(layouts, calls, needed) for one in made):
                known = known or one
                if not _alike(known, one, facet):
                    return None
        except TooManyOrdersError:
            return None
        return known

    @property
    def _lost(self) -> list[OwnCall]:
        """Our own calls since whose outcome is unknown."""
        return [one for one in self._calls if not one.is_applied]

    def _settle(self, until: float = math.inf) -> None:
        """Work out what the first calls have made of the board, as far as these were over before any other began."""
        number = 0
        for one in self._calls:
            others = self._calls[number + 1 :]
            if not one.is_applied or one.crossed or one.began > until or any(it.began < one.ended for it in others):
                break
            number += 1
        self._take(number)

    def _take(self, number: int) -> None:
        """Work out what so many calls have made of the board; they are kept no longer."""
        self._layouts = after(self._layouts, [one.change for one in self._calls[:number]])
        self._calls = self._calls[number:]

    def caught_up(self, fresh: View, facet: Facet) -> bool | None:
        """Take over the sync point of a later reading: of everything that it shows as we know it, else of one facet.

        False if somebody else changed the facet, and `None` if that depends on calls of ours that are still on their
        way: then nothing is taken over.

        Of chats that the service does not list a reading shows nothing: their sync point goes no further than the
        second of the first reading, or of our last write of them, unless a write may be refused for a call of ours.
        """
        with self._lock:
            how = self._explained(fresh, facet, lambda one: one.outcome is not None)
            if how == "whole":
                shown = fresh._found.chats
                ours = shown.keys() if fresh.disturbed else self._blurred
                hidden = [one for one in shown.keys() - ours if shown[one] is None]
                known = {one: max(self.point(("chats", one)), self._ends.get(one, self._read_end)) for one in hidden}
                ends = {one: min(end, fresh._read_end) for one, end in known.items()}
                self._found, self._read_by = fresh._found, fresh._read_by
                self.overlapped, self._crossing = fresh.overlapped, fresh._crossing
                self._layouts, self._calls = fresh._layouts, list(fresh._calls)
                self._points = {("chats", one): min(end, fresh.read_point) for one, end in ends.items()}
                self._ends, self._read_end = ends, fresh._read_end
                self._written, self._blurred, self.with_chats = set(), set(fresh._blurred), fresh.with_chats
                self._point, self.revision = fresh.read_point, fresh.revision
            elif how == "facet":
                self._points[facet] = fresh.read_point
                self._written.discard(facet)
            else:
                return None if self.explains(fresh, facet) else False
            return True


def _same(expected: Layout, found: Layout, facet: Facet | None) -> bool:
    """Whether a reading shows what is expected; of chats that were never known, anything."""
    if facet is None:
        known = {folder: chats for folder, chats in expected.chats.items() if chats is not None}
        return (
            expected.order == found.order
            and expected.chats.keys() == found.chats.keys()
            and all(found.chats[folder] in (chats, None) for folder, chats in known.items())
        )
    return _alike(expected, found, facet) and (facet[0] == "order" or expected.chats.get(facet[1]) is not None)


def _alike(one: Layout, other: Layout, facet: Facet) -> bool:
    kind, folder = facet
    if kind == "order":
        return one.order == other.order
    return one.chats.get(folder) == other.chats.get(folder)


def wire(point: float) -> str:
    """A sync point as the service takes it: ISO 8601 in UTC, with milliseconds, never rounded up."""
    at = EPOCH + timedelta(milliseconds=math.floor(point * 1000))
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
