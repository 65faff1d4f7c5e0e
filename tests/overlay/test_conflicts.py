"""Two clients on one board: no change of the other is overwritten unseen, and nothing else is called a conflict."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliq_pins import END, Board, CliqError, CliqPins, NotFound, StaleBoard
from cliq_pins.simulator import PROFILES, Behaviour, Simulator, covering_set
from cliq_pins.simulator import Board as State
from cliq_pins.testing import board, connect, folder
from latency import Done, Foreigner, Line

READINGS: dict[str, Behaviour] = {
    **{name: msgspec.structs.replace(one, max_folders=100, max_pins=100) for name, one in PROFILES.items()},
    **covering_set(),
}
A, B, C = "4000000000000010001", "4000000000000010002", "4000000000000010003"
FOLDERS = (A, B, C)
CHATS = tuple(f"c{number}" for number in range(1, 7))


STEPS = ("fill", "add", "remove", "move", "wait", "read", "meddle", "pin")
MEDDLING = ("rename", "move", "fill", "pin", "unpin", "create", "delete")
"""What the other client does; it leaves the last folder where it is."""


def start() -> State:
    return board(
        folder("A", "c1", "c2", folder_id=A),
        folder("B", "c3", folder_id=B),
        folder("C", "c4", "c5", folder_id=C),
        chats=["c6"],
    )


class Race:
    """One client under test, another that interferes, and what is true of the service meanwhile."""

    def __init__(self, data: st.DataObject, behaviour: Behaviour, strict: bool) -> None:
        self.data = data
        self.strict = strict
        self.simulator = Simulator(start(), behaviour=behaviour, limits=False)
        self.simulator.clock.advance(data.draw(st.integers(0, 2500), label="start") / 1000)
        self.other = Foreigner(self.simulator)
        skew = data.draw(st.sampled_from([0.0, -0.7, 61.0, -3600.0, 86_400.0]), label="skew")
        self.line = Line(self.simulator, self.way, self.interfere)
        self.pins: CliqPins = connect(self.simulator, skew=skew, transport=self.line, strict=strict)
        self.meddles = 0
        self.foreign: list[tuple[int, str, str]] = []
        """What the other client changed: when, what of it (`order` or `chats`), in which folder."""
        self.ever: list[tuple[int, str, str]] = []
        """The same since the board was read, and with what nobody can tell any more."""
        self.own: dict[str, list[int]] = {}
        """When our guarded writes to a folder were done."""
        self.board: Board = self.read()

    def way(self) -> int:
        return self.data.draw(st.sampled_from([0, 1, 30, 400, 1300]), label="way")

    def interfere(self) -> None:
        if self.meddles:
            self.meddles -= 1
            self.meddle()

    def layout(self) -> dict[tuple[str, str], Any]:
        return facets(self.simulator.board())

    def meddle(self) -> None:
        """The other client does something."""
        before = self.layout()
        where = self.data.draw(st.sampled_from([one.id for one in self.simulator.board().folders]), label="where")
        several = len(self.simulator.board().folders) > 1
        what = self.data.draw(st.sampled_from(MEDDLING if several else MEDDLING[:-1]), label="what")
        chat = self.data.draw(st.sampled_from(CHATS), label="chat")
        match what:
            case "rename":
                self.other.put(where, title=f"renamed {len(self.foreign)}")
            case "move":
                self.other.put(where)
            case "fill":
                self.other.put(where, chat_ids=self.data.draw(st.permutations(CHATS), label="chats")[:2])
            case "pin":
                self.other.call("POST", f"/chats/{chat}/pins", {"category_id": where})
            case "create":
                self.other.call("POST", "/pin-categories", {"title": "new", "symbol": "", "chat_ids": [chat]})
            case "delete":
                self.other.call("DELETE", f"/pin-categories/{where}")
            case _:
                self.other.call("DELETE", f"/chats/{chat}/pins")
        after, now = self.layout(), self.simulator.clock.now_ms
        placed = where if what == "move" else ""  # a folder that is made or deleted is no change of another's place
        for kind, one in before | after:
            if after.get((kind, one)) != before.get((kind, one)):
                self.foreign.append((now, kind, placed if kind == "order" else one))
                self.ever.append(self.foreign[-1])

    def read(self) -> Board:
        self.foreign, self.ever, self.own, self.acted = [], [], {}, False
        board = self.pins.board()
        self.follow()
        self.begin()
        return board

    def begin(self) -> None:
        self.foreign.clear()
        self.alone = self.shadow(self.simulator.behaviour)
        """What the board would be if nobody else had touched it since."""
        moves = self.simulator.behaviour.pin_elsewhere == "moves"
        other = msgspec.structs.replace(self.simulator.behaviour, pin_elsewhere="adds" if moves else "moves")
        self.misread = self.shadow(other)
        """The same if the service took the other reading of what pinning elsewhere does."""

    def forget(self) -> None:
        """If the whole board is as our own calls can have made it, nobody can tell that somebody else was at work."""
        if self.foreign and self.layout() == facets(self.misread.simulator.board()):
            self.begin()

    def shadow(self, behaviour: Behaviour) -> Foreigner:
        return Foreigner(Simulator(self.simulator.board(), behaviour=behaviour, limits=False))

    def follow(self) -> list[Done]:
        """What the client under test has done since this was asked last."""
        done, self.line.done = self.line.done, []
        return done

    def write(self, kind: str, where: str, act: Callable[[], None]) -> None:
        """Make a guarded write, and hold what comes of it to what is true."""
        self.meddles = self.data.draw(st.integers(0, 1), label="meddles")
        stale: StaleBoard | None = None
        try:
            act()
        except StaleBoard as error:
            stale = error
        except CliqError as error:
            self.refused(error)
            return
        finally:
            self.meddles = 0
        if stale is not None:
            changed = [one for one in self.ever if one[1] == kind and (kind == "order" or one[2] == where)]
            # our own calls may have changed it, too, under some reading: then nobody can tell whose doing it is
            assert changed or (self.ever and self.acted), "nobody else changed what the write overwrites"
            assert stale.board is not None
            assert stale.outcome == "not_applied"
            assert [one.id for one in stale.board] == [one.id for one in self.simulator.board().folders]
            self.board = self.read()
            return
        for one in self.follow():
            self.acted = True
            if facets(one.before) == facets(self.misread.simulator.board()):
                self.foreign = []  # the same, seen from the write
            self.judge(kind, where, one)
            self.alone.put(where, **one.body)
            self.misread.put(where, **one.body)
            self.own.setdefault(where, []).append(one.at)
            self.foreign = [late for late in self.foreign if not self.is_over(late, kind, where, one)]
        self.forget()

    def is_over(self, change: tuple[int, str, str], kind: str, where: str, write: Done) -> bool:
        """Whether a change of the other client's is overwritten, or in the very tick up to which a write knew all.

        After a write the whole folder is taken for known, and so is that change, of whichever kind it is.
        """
        when, what, folder_id = change
        if folder_id != where or when > write.at:
            return False
        return what == kind or (not self.strict and self.is_unseen(when, write))

    def is_unseen(self, when: int, write: Done) -> bool:
        """Whether a change was made in the tick of a write's sync point: the service cannot tell which was first."""
        tick = {"1s": 1000, "1ms": 1}[self.simulator.behaviour.staleness_resolution]
        return when // tick == milliseconds(write.body["last_sync_time"]) // tick

    def refused(self, error: CliqError) -> None:
        """Only what somebody else took away is refused without a conflict: a chat, or a folder."""
        gone = {one.id for one in self.board.folders} - {one.id for one in self.simulator.board().folders}
        chats = isinstance(error, NotFound) and any(one[1] == "chats" for one in self.ever)
        assert gone or chats, "nobody else took anything away"

    def pin(self, chat: str, folder: Any) -> None:
        try:
            self.pins.chats.pin(chat, folder=folder)
        except CliqError as error:
            self.refused(error)
        for one in self.follow():
            self.acted = True
            self.alone.call(one.method, one.path, one.body)
            self.misread.call(one.method, one.path, one.body)
        self.forget()

    def judge(self, kind: str, where: str, write: Done) -> None:
        """What the write overwrote must be as our own calls alone have made it, or be a change that nobody can see."""
        facet = (kind, "" if kind == "order" else where)
        if facets(write.before)[facet] == facets(self.alone.simulator.board())[facet]:
            return
        written = self.own.get(where, [])
        for when, what, folder_id in self.foreign:
            if (what, folder_id) == (kind, where) and when <= write.at:
                same_second = any(when >= own and when // 1000 == own // 1000 for own in written)
                assert self.is_unseen(when, write) or (same_second and not self.strict), (
                    f"a change at {when} was overwritten at {write.at} with {write.body}; own writes at {written}"
                )


def facets(board: State) -> dict[tuple[str, str], Any]:
    order = tuple(one.id for one in board.folders)
    return {("order", ""): order, **{("chats", one.id): one.chats for one in board.folders}}


def milliseconds(sync: str) -> int:
    return round(datetime.fromisoformat(sync).timestamp() * 1000)


@pytest.mark.parametrize("strict", [False, True], ids=["default", "strict"])
@pytest.mark.parametrize("name", READINGS)
@settings(max_examples=25)
@given(data=st.data())
def test_two_clients_on_one_board(name: str, strict: bool, data: st.DataObject) -> None:
    race = Race(data, READINGS[name], strict)
    for _ in range(data.draw(st.integers(1, 7), label="steps")):
        held = data.draw(st.sampled_from(race.board.folders), label="folder")
        where = held.id
        match data.draw(st.sampled_from(STEPS), label="step"):
            case "fill":
                chats = data.draw(st.permutations(CHATS), label="list")[:3]
                race.write("chats", where, lambda held=held, chats=chats: race.pins.folders.replace_chats(held, chats))
            case "add":
                chat = data.draw(st.sampled_from(CHATS), label="added")
                race.write("chats", where, lambda held=held, chat=chat: race.pins.folders.add_chats(held, [chat]))
            case "remove":
                chat = data.draw(st.sampled_from(CHATS), label="removed")
                race.write("chats", where, lambda held=held, chat=chat: race.pins.folders.remove_chats(held, [chat]))
            case "move":
                above = data.draw(
                    st.sampled_from([*(one for one in race.board.folders if one != held), END]), label="above"
                )
                race.write("order", where, lambda held=held, above=above: race.pins.folders.move(held, above=above))
            case "wait":
                race.simulator.clock.advance(data.draw(st.sampled_from([0.2, 1.0, 5.0]), label="wait"))
            case "read":
                race.board = race.read()
            case "pin":
                chat = data.draw(st.sampled_from(CHATS), label="pinned")
                if race.simulator.behaviour.pin_again == "accepted":
                    race.pin(chat, held)
            case _:
                race.meddle()
