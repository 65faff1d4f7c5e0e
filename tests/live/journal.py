"""What a run did, line by line, so that the next one knows: it survives being killed at any moment.

Each line is in the file before what it announces is done (`Wanted`), or as soon as it is known (the others). A line
that was cut off by a kill is passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from errno import ENOSPC
from os import SEEK_END, strerror
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec import Struct

Value: TypeAlias = str | bool | int
NONE_OF_OURS = "it is none of ours; if a run used it, move it away and see what --clean --by-title does"

MISSED, UNTOLD, UNASKED = "not observed", "cannot be told", "not asked for"
"""What a reading is called that there is not. The first could be had, and a run that misses it is not complete."""


class Reading(Struct, frozen=True, omit_defaults=True):
    """How a service reads one of the open questions."""

    value: Value | None
    """The reading's name; `None` if there is none."""
    evidence: str
    """What was answered, or why there is no reading. It has no ids."""
    lack: str = ""
    """What it is called that there is none: one of the three."""


class Unobserved(Exception):  # noqa: N818  # it is a finding
    """Why a reading was not observed that could be, in words without ids."""

    lack = MISSED

    @property
    def reading(self) -> Reading:
        """What stands in the reading's place."""
        return Reading(None, str(self), self.lack)


class Untold(Unobserved):
    """Why no call tells a reading here."""

    lack = UNTOLD


class Unasked(Unobserved):
    """What it takes to observe a reading, and was not given."""

    lack = UNASKED


class Of(Struct, frozen=True, tag=True):
    """Whose journal it is: a service's and a user's. The first line."""

    key: str


class Wanted(Struct, frozen=True, tag=True):
    """A folder of this title is about to be made."""

    title: str


class Made(Struct, frozen=True, tag=True):
    """A folder was made."""

    id: str


class Began(Struct, frozen=True, tag=True):
    """A run is about to touch its test chats, of which My Pins has some."""

    chats: tuple[str, ...]
    pinned: tuple[str, ...]


class Settled(Struct, frozen=True, tag=True):
    """These chats are again where they were before a run touched them."""

    chats: tuple[str, ...]


class Saw(Struct, frozen=True, tag=True):
    """A reading was observed."""

    switch: str
    reading: Reading


class Played(Struct, frozen=True, tag=True):
    """A flow was played."""

    flow: str
    outcome: str


class Drifted(Struct, frozen=True, tag=True):
    """Something in an exchange did not fit the contract."""

    what: str


class Fresh(Struct, frozen=True, tag=True):
    """The readings, flows and drift before are to be forgotten."""


Line: TypeAlias = Of | Wanted | Made | Began | Settled | Saw | Played | Drifted | Fresh


class NotOursError(ValueError):
    """A file that is no journal, or another's."""


class Journal:
    """The journal of one service and user, whatever the test chats of its runs are."""

    def __init__(self, path: Path) -> None:
        self._key: str | None = None
        self.wanted: set[str] = set()
        self.made: set[str] = set()
        self.chats: dict[str, bool] = {}
        """The test chats that are not settled, of whichever run, and whether My Pins is to have them again."""
        self.readings: dict[str, Reading] = {}
        self.played: dict[str, str] = {}
        """What became of each flow."""
        self.drift: Counter[str] = Counter()
        """What did not fit the contract, and how often."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        whole = path.read_bytes() if path.exists() else b""
        kept = whole[: whole.rfind(b"\n") + 1]
        self._cut_off = whole[len(kept) :]
        for number, line in enumerate(_lines(kept)):
            if number == 0:
                self._key = line.key if isinstance(line, Of) else ""
            self._apply(line)

    def claim(self, key: str) -> None:
        """Insist that it is the journal of that service and user; a new one becomes theirs. Raises `NotOursError`."""
        own = Of(key)
        if self._key not in (None, "", key):
            raise NotOursError("it is of another user or service")
        if self._key == "" or (self._key is None and not _encoded(own).startswith(self._cut_off)):
            raise NotOursError(NONE_OF_OURS)
        if self._cut_off:
            with self._path.open("r+b") as file:
                file.truncate(file.seek(-len(self._cut_off), SEEK_END))
        if self._key is None:
            self.add(own)
            self._key = key

    def add(self, line: Line) -> None:
        """Write a line as a whole or not at all, and go by it."""
        whole = _encoded(line)
        with self._path.open("ab", buffering=0) as file:
            end = file.seek(0, SEEK_END)
            if file.write(whole) != len(whole):  # if nothing of it can be written, that raises
                file.truncate(end)
                raise OSError(ENOSPC, strerror(ENOSPC))
        self._apply(line)

    def _apply(self, line: Line) -> None:
        match line:
            case Wanted(title):
                self.wanted.add(title)
            case Made(folder):
                self.made.add(folder)
            case Began(chats, pinned):
                self.chats = {chat: chat in pinned for chat in chats} | self.chats  # what a killed run noted stays
            case Settled(chats):
                self.chats = {chat: pinned for chat, pinned in self.chats.items() if chat not in chats}
            case Saw(switch, reading):
                self.readings[switch] = reading
            case Played(flow, outcome):
                self.played[flow] = outcome
            case Drifted(what):
                self.drift[what] += 1
            case Fresh():
                self.readings.clear()
                self.played.clear()
                self.drift.clear()


def _encoded(line: Line) -> bytes:
    return msgspec.json.encode(line) + b"\n"


def _lines(content: bytes) -> Iterator[Line]:
    try:
        yield from [msgspec.json.decode(line, type=Line) for line in content.splitlines()]
    except msgspec.MsgspecError:
        raise NotOursError(NONE_OF_OURS) from None
