"""What one reading of the board, and our own calls since, let us know of it.

Each thing that a guarded write can overwrite is a *facet*: a folder's place in the order, or the chats of one folder.
For each facet there is a sync point: the moment, by the server's clock, up to which we know of every change of it that
is not ours.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import combinations, takewhile
from types import MappingProxyType
from typing import Literal, TypeAlias, TypeVar

from cliq_pins.layout import Change, Creating, Layout, after, zip_readings
from cliq_pins.locks import Locked

from .own_calls import OwnCall
from .turn import Turn

T = TypeVar("T")
Kind: TypeAlias = Literal["order", "chats"]
Facet: TypeAlias = tuple[Kind, str]
"""What a write overwrites: a folder's place, or its chats."""

NONE: Mapping[OwnCall, Change] = MappingProxyType({})
MOST_OPEN = 4
"""Of how many calls whose effect a reading may or may not show every combination is tried."""
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
        overlapped: Iterable[OwnCall] = (),
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
        """The board as it was read."""
        overlapped = tuple(overlapped)
        self._overlapped = tuple(one for one in overlapped if one.change.moves)
        """Our own calls that were on their way during the reading: it shows what they did, or not."""
        self._disturbed = bool(overlapped)
        """Whether there were any, be it such as no reading shows."""
        self._layouts: tuple[Layout, ...] = (layout,)
        """The board as it must be now but for the calls below: one for each reading, or one for all."""
        self._calls: list[OwnCall] = []
        """Our own calls since, those whose outcome is unknown among them."""
        self._point = point
        self._points: dict[Facet, float] = {}
        self._written: set[Facet] = set()
        self._blurred: set[str] = set()
        """The folders that a write may be refused for because of our own calls since, by which reading ever."""
        self.told = 0
        """Of how many calls of ours that have, or may have, changed something it was told since."""
        self.read_point = point
        """The sync point of the reading, before any call of ours, in epoch seconds."""
        self._read_end = max(point, end)
        """The end of the second in which the reading was asked for: what was done before it was done by then."""
        self._ends: dict[str, float] = {}
        """The same for folders whose chats were not listed: of an earlier reading, or of a write of ours since."""

    @property
    def read_at(self) -> datetime:
        """The same as a date and time."""
        return EPOCH + timedelta(milliseconds=math.floor(self.read_point * 1000))

    def point(self, facet: Facet) -> float:
        """The sync point of a facet, in epoch seconds."""
        with self._lock:
            return self._points.get(facet, self._point)

    def did(self, change: Change) -> None:
        """A call of ours changed something."""
        with self._lock:
            self._blur()
            if not change.moves:
                return
            lost = [one for one in self._lost if one.change == change]
            self._calls = [one for one in self._calls if one not in lost]
            self._calls.append(OwnCall(change, "applied"))
            if len(self._calls) > MOST_PENDING:  # then those of unknown outcome are taken for the last
                self._calls.sort(key=lambda one: one.outcome != "applied")
                self._expected()

    def lost(self, call: OwnCall) -> None:
        """Nobody knows whether a call of ours changed something."""
        with self._lock:
            self._blur()
            if call.change.moves:
                self._calls.append(call)

    def _blur(self) -> None:
        self.told += 1
        self._blurred |= self._found.chats.keys()

    def wrote(self, folder: str, used: float, end: float, told: int) -> None:
        """A guarded write of ours succeeded with the sync point `used`, before `end` by the server's clock.

        The service has found nothing else to have changed the folder since `used`: what was known up to then of the
        folder is known up to `end`. If it is the only call of ours since so many were told of, nothing else of ours is
        what the next write of its chats can be refused for.
        """
        with self._lock:
            for kind in ("order", "chats"):
                if self.point((kind, folder)) >= used:
                    self._points[kind, folder] = max(end, self.point((kind, folder)))
                    self._written.add((kind, folder))
                    if kind == "chats" and end > used and self.told <= told + 1:
                        self._blurred.discard(folder)

    def has_written(self, facet: Facet) -> bool:
        """Whether the sync point of a facet comes from a write of ours, and not from a reading."""
        with self._lock:
            return facet in self._written

    def explains(self, fresh: View, facet: Facet | None = None) -> bool:
        """Whether our own calls alone made of the board what it is now; for a facet, of that one at least.

        If somebody else was at work, a facet that only some readings explain may be their doing, and counts as such.
        """
        # what is over is expected, and the reading may be too early for it; what is not may have been done by then
        done = [one.change for one in fresh._overlapped if one.outcome == "applied"]
        perhaps = [one for one in fresh._overlapped if one.outcome in (None, "unknown")]
        pairs = [
            list(zip_readings(expected, after((fresh._found,), missing)))
            for more in _combinations(list(self._as_shown(dict.fromkeys((*self._lost, *perhaps)), fresh._found)))
            for expected in self._made(dict(more))
            for missing in _combinations(done)
        ]
        if any(_same(one, found, None) for pair in pairs for one, found in pair):
            return True
        return facet is not None and any(all(_same(one, found, facet) for one, found in pair) for pair in pairs)

    def _as_shown(self, calls: Iterable[OwnCall], found: Layout) -> Iterator[tuple[OwnCall, Change]]:
        """What each call did; one that may have made a folder has made the first one that is new, if there is any."""
        new = [one for one in found.order if one not in self._expected()[0].chats]
        for call in calls:
            if not isinstance(call.change, Creating):
                yield call, call.change
            elif made := call.change.found(new, found):
                new.remove(made.folder)
                yield call, made

    def current(self, facet: Facet) -> Layout | None:
        """The board as it must be now as far as a facet goes; `None` if our own calls have left that open.

        So too for chats that were not asked for.
        """
        if self._lost or (facet[0] == "chats" and not self.with_chats):
            return None  # what is planned on a guess may be taken for done, or for impossible
        first, *others = self._expected()
        kind, folder = facet
        if kind == "order":
            return first if all(one.order == first.order for one in others) else None
        return first if all(one.chats.get(folder) == first.chats.get(folder) for one in others) else None

    @property
    def _lost(self) -> list[OwnCall]:
        """Our own calls since whose outcome is unknown."""
        return [one for one in self._calls if one.outcome != "applied"]

    def _expected(self, more: Mapping[OwnCall, Change] = NONE) -> tuple[Layout, ...]:
        """What our own calls have made of the board, if those that are given were carried out, too, in their turn."""
        with self._lock:
            settled = list(takewhile(lambda one: one.outcome == "applied", self._calls))
            self._layouts = after(self._layouts, [one.change for one in settled])
            self._calls = self._calls[len(settled) :]
            done = (one for one in self._calls if one.outcome == "applied" or one in more)
            return after(self._layouts, [more.get(one, one.change) for one in done])

    def _made(self, more: Mapping[OwnCall, Change]) -> Iterator[tuple[Layout, ...]]:
        """The same if they and others were carried out: in their turn, or late, after all that is known."""
        yield after(self._expected(more), [change for one, change in more.items() if one not in self._calls])
        if more:
            yield after(self._expected(), more.values())

    def caught_up(self, fresh: View, facet: Facet) -> None:
        """Take over the sync point of a later reading: of everything that it shows as we know it, else of one facet.

        Of chats that the service does not list a reading shows nothing: their sync point goes no further than the
        second of the first reading, or of our last write of them, unless a write may be refused for a call of ours.
        """
        with self._lock:
            if self.explains(fresh):
                shown = fresh._found.chats
                ours = shown.keys() if fresh._disturbed else self._blurred
                hidden = [one for one in shown.keys() - ours if shown[one] is None]
                known = {one: max(self.point(("chats", one)), self._ends.get(one, self._read_end)) for one in hidden}
                ends = {one: min(end, fresh._read_end) for one, end in known.items()}
                fresh._expected()  # what is settled is taken over so
                self._layouts, self._calls = fresh._layouts, list(fresh._calls)
                self._points = {("chats", one): min(end, fresh.read_point) for one, end in ends.items()}
                self._ends, self._read_end = ends, fresh._read_end
                self._written, self._blurred, self.with_chats = set(), set(fresh._blurred), fresh.with_chats
                self._point, self.revision = fresh.read_point, fresh.revision
            else:
                self._points[facet] = fresh.read_point
                self._written.discard(facet)


def _combinations(these: list[T]) -> Iterator[list[T]]:
    """Those that may have been done: any of a few, the first ones of many."""
    if len(these) > MOST_OPEN:
        yield from (these[:number] for number in range(len(these) + 1))
        return
    for number in range(len(these) + 1):
        yield from map(list, combinations(these, number))


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
