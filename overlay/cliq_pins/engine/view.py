"""What one reading of the board, and our own calls since, let us know of it.

Each thing that a guarded write can overwrite is a *facet*: a folder's place in the order, or the chats of one folder.
For each facet there is a sync point: the moment, by the server's clock, up to which we know of every change of it that
is not ours.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import combinations, islice, permutations, takewhile
from types import MappingProxyType
from typing import Literal, TypeAlias, TypeVar

from cliq_pins.layout import Change, Created, Creating, Layout, after, zip_readings
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
MOST_GUESSES = 24
"""In how many ways new folders are tried as those that lost calls may have made."""
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
        self._overlapped = tuple(overlapped)
        """Our own calls that were on their way during the reading: it shows what they did, or not."""
        self._layouts: tuple[Layout, ...] = (layout,)
        """The board as it must be now but for the calls below: one for each reading, or one for all."""
        self._calls: list[OwnCall] = []
        """Our own calls since, those whose outcome is unknown among them."""
        self._point = point
        self._points: dict[Facet, float] = {}
        self._written: set[Facet] = set()
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
        return bool(self._overlapped)

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
            if call.outcome == "applied":
                same = [one for one in self._lost if one.change == call.change]
                over = same or [one for one in self._lost if one.change == call.was][:1]
                self._calls = [one for one in self._calls if one not in over]
            self._calls.append(call)
            if len(self._calls) > MOST_PENDING:  # then those of unknown outcome are taken for the last
                self._calls.sort(key=lambda one: one.outcome != "applied")
                self._settle(takewhile(_is_applied, self._calls))

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
        with self._lock:
            # what is over is expected, and the reading may be too early for it; what is not may have been done by then
            moving = [one for one in fresh._overlapped if one.change.moves]
            done = list(dict.fromkeys(one for one in (*moving, *fresh._calls) if one.outcome == "applied"))
            perhaps = dict.fromkeys((*self._lost, *(one for one in moving if one.outcome in (None, "unknown"))))
            pairs = [
                list(zip_readings(expected, after((fresh._found,), [one.change for one in done if one not in shown])))
                for some in _combinations(list(perhaps))
                for more in self._as_shown(some, fresh._found)
                for expected in self._made(more)
                for shown in _combinations(done)
            ]
            if any(_same(one, found, None) for pair in pairs for one, found in pair):
                return True
            return facet is not None and any(all(_same(one, found, facet) for one, found in pair) for pair in pairs)

    def _as_shown(self, calls: list[OwnCall], found: Layout) -> Iterator[dict[OwnCall, Change]]:
        """What calls have done if they were carried out; whichever has made a folder has made one that is new."""
        creates = [one for one in calls if isinstance(one.change, Creating)]
        known = next(self._made())[0].chats
        new = [one for one in found.order if one not in known]
        for made in islice(permutations(new, len(creates)), MOST_GUESSES):
            folders = iter(made)
            yield {
                one: Created(next(folders), one.change.chats) if isinstance(one.change, Creating) else one.change
                for one in calls
            }

    def current(self, facet: Facet) -> Layout | None:
        """The board as it must be now as far as a facet goes; `None` if our own calls have left that open.

        So too for chats that were not asked for.
        """
        if facet[0] == "chats" and not self.with_chats:
            return None
        with self._lock:
            if self._lost:
                return None  # what is planned on a guess may be taken for done, or for impossible
            first, *others = (one for layouts in self._made() for one in layouts)
        kind, folder = facet
        if kind == "order":
            return first if all(one.order == first.order for one in others) else None
        return first if all(one.chats.get(folder) == first.chats.get(folder) for one in others) else None

    @property
    def _lost(self) -> list[OwnCall]:
        """Our own calls since whose outcome is unknown."""
        return [one for one in self._calls if not _is_applied(one)]

    def _made(self, more: Mapping[OwnCall, Change] = NONE) -> Iterator[tuple[Layout, ...]]:
        """What our own calls have made of the board, as they ended or as they began, which may be their order.

        If some of unknown outcome are given: if those were carried out, too, in their turn, or late, after all others.
        """
        with self._lock:
            self._settle(takewhile(lambda one: _is_applied(one) and not one.crossed, self._calls))
            ended = [one for one in self._calls if _is_applied(one) or one in more]
            ended += (one for one in more if one not in ended)
            began = sorted(ended, key=lambda one: one.number)
            late = [*(one for one in ended if one not in more), *more]
            orders = [ended, *(one for one in (began, late) if one != ended)]
            made = [after(self._layouts, [more.get(one, one.change) for one in order]) for order in orders]
        yield from made

    def _settle(self, calls: Iterable[OwnCall]) -> None:
        """Work out what the first calls of ours have made of the board; they are kept no longer."""
        settled = list(calls)
        self._layouts = after(self._layouts, [one.change for one in settled])
        self._calls = self._calls[len(settled) :]

    def caught_up(self, fresh: View, facet: Facet) -> None:
        """Take over the sync point of a later reading: of everything that it shows as we know it, else of one facet.

        Of chats that the service does not list a reading shows nothing: their sync point goes no further than the
        second of the first reading, or of our last write of them, unless a write may be refused for a call of ours.
        """
        with self._lock:
            if self.explains(fresh):
                shown = fresh._found.chats
                ours = shown.keys() if fresh.disturbed else self._blurred
                hidden = [one for one in shown.keys() - ours if shown[one] is None]
                known = {one: max(self.point(("chats", one)), self._ends.get(one, self._read_end)) for one in hidden}
                ends = {one: min(end, fresh._read_end) for one, end in known.items()}
                self._layouts, self._calls = fresh._layouts, list(fresh._calls)
                self._points = {("chats", one): min(end, fresh.read_point) for one, end in ends.items()}
                self._ends, self._read_end = ends, fresh._read_end
                self._written, self._blurred, self.with_chats = set(), set(fresh._blurred), fresh.with_chats
                self._point, self.revision = fresh.read_point, fresh.revision
            else:
                self._points[facet] = fresh.read_point
                self._written.discard(facet)


def _is_applied(call: OwnCall) -> bool:
    return call.outcome == "applied"


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
