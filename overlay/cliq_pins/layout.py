"""The order of folders and of the chats in them, and what our own calls do to it.

The service tells nobody what it did; it can only be read again. Whether what is read then is our own doing or somebody
else's is decided here, under every reading of what the contract leaves open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import ClassVar, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

Chats: TypeAlias = tuple[str, ...]
DEFAULT = "default"
"""The id of My Pins."""


class Reading(Struct, frozen=True):
    """One way to read what the contract leaves open; the names are those of the simulator's switches."""

    pin_moves: bool
    """Whether a chat that is pinned in one folder leaves the others."""
    new_first: bool
    """Whether a new folder comes first, not last."""
    unpin_all_everywhere: bool
    """Whether deleting a folder with its pins takes its chats out of other folders too."""


READINGS = tuple(Reading(*values) for values in product((False, True), repeat=3))


class Layout(Struct, frozen=True):
    """Who stands where. Chats are `None` where they are not known."""

    order: tuple[str, ...]
    """The ids of the folders, without My Pins."""
    chats: Mapping[str, Chats | None]
    """The chats of each folder by its id; My Pins among them."""

    def put(self, folder: str, chats: Iterable[str]) -> Layout:
        """The same with other chats in a folder, if it is there and its chats are known."""
        if self.chats.get(folder) is None:
            return self
        return replace(self, chats={**self.chats, folder: tuple(chats)})

    def without(self, chats: Iterable[str]) -> Layout:
        """The same with chats taken out of every folder."""
        leaving = frozenset(chats)
        had = {folder: ones for folder, ones in self.chats.items() if ones and not leaving.isdisjoint(ones)}
        left = {folder: tuple(one for one in ones if one not in leaving) for folder, ones in had.items()}
        return replace(self, chats={**self.chats, **left}) if left else self

    def less(self, folder: str) -> Layout:
        """The same without a folder."""
        return Layout(
            tuple(one for one in self.order if one != folder),
            {one: had for one, had in self.chats.items() if one != folder},
        )


class Change(Struct, frozen=True):
    """Something that a call of ours did."""

    def apply(self, layout: Layout, reading: Reading) -> Layout:
        """What becomes of a layout; nothing if not even the change itself says where."""
        return layout

    def unmade(self, layout: Layout) -> Layout:
        """A layout as if what the change has made were not there yet."""
        return layout

    shows: ClassVar[bool] = True
    """Whether a reading can tell that it was done."""
    moves: ClassVar[bool] = True
    """Whether anything may stand elsewhere after it."""

    def holds(self, layout: Layout) -> bool:
        """Whether the board is as it left it."""
        raise NotImplementedError


class Ordered(Change, frozen=True):
    """A folder was put above another, or last."""

    folder: str
    above: str | None

    def apply(self, layout: Layout, reading: Reading) -> Layout:
        """What becomes of a layout."""
        return replace(layout, order=moved(layout.order, self.folder, self.above))

    def holds(self, layout: Layout) -> bool:
        """Whether the folder stands there now."""
        return layout.order == moved(layout.order, self.folder, self.above)  # which has it in any case


class ChatOrdered(Change, frozen=True):
    """A chat was put above another of its folder, or last."""

    folder: str
    chat: str
    above: str | None

    def apply(self, layout: Layout, reading: Reading) -> Layout:
        """What becomes of a layout."""
        chats = layout.chats.get(self.folder)
        return layout if chats is None else layout.put(self.folder, moved(chats, self.chat, self.above))

    def holds(self, layout: Layout) -> bool:
        """Whether the chat stands there now."""
        chats = layout.chats.get(self.folder) or ()
        return chats == moved(chats, self.chat, self.above)


class Filled(Change, frozen=True):
    """A folder was given a list of chats."""

    folder: str
    chats: Chats

    def apply(self, layout: Layout, reading: Reading) -> Layout:
        """What becomes of a layout."""
        had = layout.chats.get(self.folder) or ()
        if reading.pin_moves:
            layout = layout.without(set(self.chats) - set(had))
        return layout.put(self.folder, self.chats)

    def holds(self, layout: Layout) -> bool:
        """Whether the folder has that list now."""
        return layout.chats.get(self.folder) == self.chats


class Created(Change, frozen=True):
    """A folder was made."""

    shows = False  # the caller reconciles
    folder: str
    chats: Chats

    def apply(self, layout: Layout, reading: Reading) -> Layout:
        """What becomes of a layout."""
        if self.folder in layout.chats:
            return layout  # a reading was faster than the answer
        order = (self.folder, *layout.order) if reading.new_first else (*layout.order, self.folder)
        layout = Layout(order, {**layout.chats, self.folder: ()})
        return Filled(self.folder, self.chats).apply(layout, reading)

    def unmade(self, layout: Layout) -> Layout:
        """A layout as if the folder were not there yet."""
        return layout.less(self.folder)


class Creating(Change, frozen=True):
    """A folder may have been made; nobody knows yet under which id."""

    shows = False  # the caller reconciles
    chats: Chats


class Touched(Change, frozen=True):
    """A folder's details were changed: no layout shows them, but the service may take the board for another one."""

    shows = False
    moves = False


class Deleted(Change, frozen=True):
    """A folder was deleted, and its chats went to My Pins or were unpinned."""

    folder: str
    unpin_all: bool

    def apply(self, layout: Layout, reading: Reading) -> Layout:
        """What becomes of a layout."""
        chats = layout.chats.get(self.folder) or ()
        layout = layout.less(self.folder)
        if self.unpin_all:
            return layout.without(chats) if reading.unpin_all_everywhere else layout
        pinned = layout.chats.get(DEFAULT) or ()
        return layout.put(DEFAULT, (*pinned, *(one for one in chats if one not in pinned)))

    def holds(self, layout: Layout) -> bool:
        """Whether the folder is gone."""
        return self.folder not in layout.chats


class Pinned(Change, frozen=True):
    """A chat was pinned in a folder."""

    shows = False  # the caller reconciles
    folder: str
    chat: str

    def apply(self, layout: Layout, reading: Reading) -> Layout:
        """What becomes of a layout."""
        had = layout.chats.get(self.folder)
        if had is not None and self.chat in had:
            return layout
        if reading.pin_moves:
            layout = layout.without([self.chat])
        return layout if had is None else layout.put(self.folder, (*had, self.chat))

    def unmade(self, layout: Layout) -> Layout:
        """A layout as if the chat were not there yet."""
        return layout.put(self.folder, (one for one in layout.chats.get(self.folder) or () if one != self.chat))


class Unpinned(Change, frozen=True):
    """Chats were taken out of every folder."""

    chats: Chats

    def apply(self, layout: Layout, reading: Reading) -> Layout:
        """What becomes of a layout."""
        return layout.without(self.chats)

    def holds(self, layout: Layout) -> bool:
        """Whether they are in no folder; nobody can tell where one does not list its chats."""
        return all(had is not None and not set(had) & set(self.chats) for had in layout.chats.values())


def moved(row: tuple[str, ...], item: str, above: str | None) -> tuple[str, ...]:
    """A row with an item above another, or last; so too if the other is not there."""
    others = [one for one in row if one != item]
    others.insert(others.index(above) if above in others else len(others), item)
    return tuple(others)


def after(layouts: tuple[Layout, ...], changes: Iterable[Change]) -> tuple[Layout, ...]:
    """What layouts become by changes of ours: one for each reading, or one for all of them as long as they agree."""
    for change in changes:
        if len(layouts) == 1:
            layouts *= len(READINGS)
        layouts = tuple(change.apply(one, reading) for one, reading in zip(layouts, READINGS, strict=True))
    return layouts[:1] if all(one == layouts[0] for one in layouts) else layouts
