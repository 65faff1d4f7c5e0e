"""What a run did, line by line, so that the next one knows: it survives being killed at any moment.

Each line is in the file before what it announces is done (`Wanted`), or as soon as it is known (the others). A line
that was cut off by a kill is passed over.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec import Struct

Value: TypeAlias = str | bool | int


class Reading(Struct, frozen=True):
    """How a service reads one of the open questions."""

    value: Value | None
    """The reading's name; `None` if it could not be observed."""
    evidence: str
    """What was answered, or why it could not be observed. It has no ids."""


class Unobserved(Exception):  # noqa: N818  # it is a finding
    """Why a reading could not be observed, in words without ids."""


class Wanted(Struct, frozen=True, tag=True):
    """A folder of this title is about to be made."""

    title: str


class Made(Struct, frozen=True, tag=True):
    """A folder was made."""

    id: str


class Pinned(Struct, frozen=True, tag=True):
    """The test chats that were in My Pins before the first run touched them."""

    chats: tuple[str, ...]


class Restored(Struct, frozen=True, tag=True):
    """They are there again."""


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


Line: TypeAlias = Wanted | Made | Pinned | Restored | Saw | Played | Drifted | Fresh


class Journal:
    """The journal of one service, user and set of test chats."""

    def __init__(self, path: Path) -> None:
        self.wanted: set[str] = set()
        self.made: set[str] = set()
        self.pinned: tuple[str, ...] | None = None
        """What is still to be restored; `None` if nothing is."""
        self.readings: dict[str, Reading] = {}
        self.played: dict[str, str] = {}
        """What became of each flow."""
        self.drift: Counter[str] = Counter()
        """What did not fit the contract, and how often."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        whole = path.read_bytes() if path.exists() else b""
        kept = whole[: whole.rfind(b"\n") + 1]
        if kept != whole:
            path.write_bytes(kept)
        for line in kept.splitlines():
            self._apply(msgspec.json.decode(line, type=Line))

    def add(self, line: Line) -> None:
        """Write a line, and go by it."""
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
        self._apply(line)

    def _apply(self, line: Line) -> None:
        match line:
            case Wanted(title):
                self.wanted.add(title)
            case Made(folder):
                self.made.add(folder)
            case Pinned(chats):
                self.pinned = chats
            case Restored():
                self.pinned = None
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
