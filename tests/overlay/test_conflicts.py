"""Two clients on one board: no change of the other is overwritten unseen, and nothing else is called a conflict."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cliq_pins import END, Board, CliqPins, NotFound, StaleBoard
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


PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
"""Not to explain, which takes longer than everything else."""
STEPS = ("fill", "add", "remove", "move", "wait", "read", "meddle", "pin")


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
        self.own: dict[str, int] = {}
        """When a guarded write of ours to a folder was last done."""
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
        where = self.data.draw(st.sampled_from(FOLDERS), label="where")
        what = self.data.draw(st.sampled_from(["rename", "move", "fill", "pin", "unpin"]), label="what")
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
            case _:
                self.other.call("DELETE", f"/chats/{chat}/pins")
        after, now = self.layout(), self.simulator.clock.now_ms
        for facet in after:
            if after[facet] != before[facet]:
                self.foreign.append((now, facet[0], where if facet[0] == "order" else facet[1]))
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
        except NotFound:
            assert any(one[1] == "chats" for one in self.ever), "nobody else took a chat away"
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
            self.own[where] = one.at
            self.foreign = [late for late in self.foreign if late[1:] != (kind, where) or late[0] > one.at]
        self.forget()

    def pin(self, chat: str, folder: Any) -> None:
        self.pins.chats.pin(chat, folder=folder)
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
        behaviour, sync = self.simulator.behaviour, milliseconds(write.body["last_sync_time"])
        tick = {"1s": 1000, "1ms": 1}[behaviour.staleness_resolution]
        written = self.own.get(where)
        for when, what, folder_id in self.foreign:
            if (what, folder_id) == (kind, where) and when <= write.at:
                unseen = when // tick == sync // tick
                same_second = written is not None and when >= written and when // 1000 == written // 1000
                assert unseen or (same_second and not self.strict), (
                    f"a change at {when} was overwritten at {write.at} with {sync}; own write at {written}"
                )


def facets(board: State) -> dict[tuple[str, str], Any]:
    order = tuple(one.id for one in board.folders)
    return {("order", ""): order, **{("chats", one.id): one.chats for one in board.folders}}


def milliseconds(sync: str) -> int:
    return round(datetime.fromisoformat(sync).timestamp() * 1000)


@pytest.mark.parametrize("strict", [False, True], ids=["default", "strict"])
@pytest.mark.parametrize("name", READINGS)
@settings(deadline=None, max_examples=25, phases=PHASES, derandomize="NIGHTLY" not in os.environ)
@given(data=st.data())
def test_two_clients_on_one_board(name: str, strict: bool, data: st.DataObject) -> None:
    race = Race(data, READINGS[name], strict)
    for _ in range(data.draw(st.integers(1, 7), label="steps")):
        where = data.draw(st.sampled_from(FOLDERS), label="folder")
        held = race.board[where]
        match data.draw(
            st.sampled_from(["fill", "add", "remove", "move", "wait", "read", "meddle", "pin"]), label="step"
        ):
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
                above = data.draw(st.sampled_from([one for one in FOLDERS if one != where] + [END]), label="above")
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
