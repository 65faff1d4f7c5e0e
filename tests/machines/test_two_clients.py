"""Two clients of one user on one board: each change is made on what is there, or refused with the board as it is.

Here both are clients of ours, and there is more than a second between any two things, so that the service sees every
conflict. What happens within a second, and whose fault it is then, is in `tests/overlay/test_conflicts.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from hypothesis import strategies as st

from cliq_pins import CliqError, Folder, LimitReached, NotFound, OperationFailed, StaleBoard
from cliq_pins.simulator import Simulator
from cliq_pins.testing import board, folder
from latency import Done, Line
from machines.changes import (
    Change,
    Row,
    Write,
    adding,
    creating,
    deleting,
    facets,
    learnt,
    moving,
    moving_chat,
    pinning,
    removing,
    replacing,
)
from machines.facade import Facade
from machines.running import BEHAVIOURS, FACADES, Machine, has_met, run, step

FAR = 10**9
WAY = 2_100
"""Milliseconds that a request takes, and its answer: longer than two ticks of the server's clock, one for each end."""
FOLDERS = ("4000000000000010001", "4000000000000010002", "4000000000000010003")
CHATS = tuple(f"c{number}" for number in range(1, 7))
FEW = 2
"""So many folders are left by those who delete any."""
CLIENTS = (0, 1)
MEDDLING = (adding, removing, moving, creating, deleting, pinning)
MEDDLED = {f"meddled: {one}" for one in ("adding", "removing", "moving", "creating", "deleting", "pinning")}
MET = {"done", "stale", "rebased", "gone", *MEDDLED}

clients, chats = st.sampled_from(CLIENTS), st.sampled_from(CHATS)


class AwaitingLine(httpx2.AsyncBaseTransport):
    """The same line for tasks."""

    def __init__(self, line: Line, meanwhile: Callable[[], Any]) -> None:
        self.line, self.meanwhile = line, meanwhile

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if (other := self.meanwhile()) is not None:
            await other
        await request.aread()
        return self.line.handle_request(request)


class Racing(Machine):
    """What a client does with a board that it holds, while the other one may act in the middle of it."""

    name = "race"

    def __init__(self) -> None:
        super().__init__()
        start = board(
            folder("A", "c1", "c2", folder_id=FOLDERS[0]),
            folder("B", "c3", folder_id=FOLDERS[1]),
            folder("C", "c4", "c5", folder_id=FOLDERS[2]),
            chats=CHATS,
        )
        self.simulator = Simulator(start, behaviour=self.behaviour, limits=False)
        self.runner = asyncio.Runner() if self.awaiting else None
        self.lines = [Line(self.simulator, lambda: WAY, lambda: None) for _ in CLIENTS]
        self.clients = [self.connected(one) for one in CLIENTS]
        self.pending: Callable[[], Any] | None = None
        """What the other client does in the middle of the call that is made next."""
        self.changed: list[set[str]] = [set(), set()]
        """For each client, what the other has changed since its board was read."""
        self.acted = [False, False]
        """Whether it has changed anything itself since then."""
        self.held = [self.clients[one].do(lambda pins: pins.board()) for one in CLIENTS]
        self.known = [self.shown() for _ in CLIENTS]
        """What each client may take each facet for, from its last reading and its own writes since."""

    def connected(self, client: int) -> Facade:
        line = self.lines[client]
        line.meanwhile = lambda: None if self.awaiting else self.interfere()
        transport = AwaitingLine(line, self.interfere) if self.awaiting else line
        return Facade(self.simulator, self.runner, transport=transport, user="ada", max_wait=FAR, deadline=FAR)

    def shown(self) -> dict[str, set[Row]]:
        """What a reading shows now: of each facet, the one thing that it is."""
        return {name: {one} for name, one in facets(self.simulator.board()).items()}

    def teardown(self) -> None:
        if self.runner:
            self.runner.close()

    def interfere(self) -> Any:
        """Let the other client act, once."""
        pending, self.pending = self.pending, None
        return None if pending is None else pending()

    def meddling(self, client: int, write: Write, how: str) -> Callable[[], Any]:
        """A change of the other client's, by id and whatever the board is like."""
        other = 1 - client
        pins = self.clients[other].pins

        def act() -> None:
            with self.meddles(other, write, how):
                write.call(pins, write.where, "rebase")

        async def act_in_a_task() -> None:
            with self.meddles(other, write, how):
                await write.call(pins, write.where, "rebase")

        return act_in_a_task if self.awaiting else act

    @contextmanager
    def meddles(self, client: int, write: Write, how: str) -> Iterator[None]:
        """The service may refuse it, but for no conflict: nobody acts in the middle of it."""
        try:
            yield
        except StaleBoard:
            raise
        except CliqError:
            return
        self.count(f"meddled: {how}")
        self.follow(client, write, told=False)

    def follow(self, client: int, write: Write, *, told: bool) -> None:
        """Hold what a client has changed to what it found, and to what it should have been told of."""
        done, self.lines[client].done = self.lines[client].done, []
        for one in done:
            self.acted[client] = True
            self.judge(client, write, one, told=told)

    def judge(self, client: int, write: Write, one: Done, *, told: bool) -> None:
        before, now = facets(one.before), facets(self.simulator.board())
        if write.makes is not None:
            assert now[write.place] == write.makes(before[write.place]), "a change of the other's was lost"
        if write.guarded and told and self.sees(write):
            assert before[write.place] in self.known[client][write.place], "a change of the other's was overwritten"
        self.changed[1 - client] |= {each for each in before | now if before.get(each) != now.get(each)}
        self.known[client] = learnt(self.known[client], write, before, now)

    def sees(self, write: Write) -> bool:
        """Whether the service sees what else is done to the place: to other folders' places not under each reading."""
        return write.place != "order" or self.behaviour.staleness_scope == "user"

    def make(self, data: st.DataObject, client: int, change: Change, what: Any) -> None:
        """Make a change of a folder that is held, while the other client may make one of any folder."""
        self.simulator.clock.advance(WAY / 1000)
        held = self.folder(data, client)
        write = self.possible(change)(held.id, what)
        if data.draw(st.booleans(), label="the other acts meanwhile"):
            where, chat = data.draw(st.sampled_from(self.ids), label="where"), data.draw(chats, label="what")
            how = self.possible(data.draw(st.sampled_from(MEDDLING), label="how"))
            self.pending = self.meddling(client, how(where, chat), how.__name__)
        rebases = write.makes is not None and data.draw(st.booleans(), label="rebase")
        known = set(self.changed[client])
        try:
            self.clients[client].do(lambda pins: write.call(pins, held, "rebase" if rebases else "raise"))
        except StaleBoard as stale:
            self.stale(client, write, stale, rebases)
        except CliqError as error:
            self.refused(write, error)
        else:
            self.count("rebased" if rebases and self.changed[client] != known else "done")
        self.pending = None
        self.follow(client, write, told=not rebases)

    def folder(self, data: st.DataObject, client: int) -> Folder:
        """A folder that a client holds, oftenest one that is still there."""
        held = self.held[client].folders
        there = [one for one in held if one.id in self.ids]
        return data.draw(st.sampled_from([*there * 3, *held]), label="folder")

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.simulator.board().folders]

    def possible(self, change: Change) -> Change:
        """The change, or another one where it would leave too few folders."""
        return creating if change is deleting and len(self.ids) <= FEW else change

    def refused(self, write: Write, error: CliqError) -> None:
        """What the service refuses, for other reasons than a conflict."""
        gone = write.where not in self.ids
        assert gone or isinstance(error, NotFound | OperationFailed | LimitReached)
        self.count("gone" if gone else "refused")

    def stale(self, client: int, write: Write, error: CliqError, rebases: bool) -> None:
        """A conflict: the other one was at work, and the board is the one that there is."""
        self.count("stale")
        changed = self.changed[client]
        assert write.place in changed or (changed and self.acted[client]), (
            "nobody else changed what the write overwrites"
        )
        assert not rebases, "nobody was at work twice"
        assert isinstance(error, StaleBoard)
        assert error.board is not None
        layout = error.board.layout()
        shown = {"order": layout.order, **{one: layout.chats[one] for one in layout.order}}
        assert shown == facets(self.simulator.board())

    @step(client=clients)
    def read(self, client: int) -> None:
        self.simulator.clock.advance(WAY / 1000)
        self.held[client] = self.clients[client].do(lambda pins: pins.board())
        self.changed[client], self.acted[client] = set(), False
        self.known[client] = self.shown()

    @step(data=st.data(), client=clients, chat=chats)
    def add(self, data: st.DataObject, client: int, chat: str) -> None:
        self.make(data, client, adding, chat)

    @step(data=st.data(), client=clients, chat=chats)
    def remove(self, data: st.DataObject, client: int, chat: str) -> None:
        self.make(data, client, removing, chat)

    @step(data=st.data(), client=clients, chat=chats)
    def move(self, data: st.DataObject, client: int, chat: str) -> None:
        self.make(data, client, moving, chat)

    @step(data=st.data(), client=clients, chat=chats)
    def move_chat(self, data: st.DataObject, client: int, chat: str) -> None:
        self.make(data, client, moving_chat, chat)

    @step(data=st.data(), client=clients, new=st.permutations(CHATS))
    def replace(self, data: st.DataObject, client: int, new: list[str]) -> None:
        self.make(data, client, replacing, new[:3])

    @step(data=st.data(), client=clients, chat=chats)
    def create(self, data: st.DataObject, client: int, chat: str) -> None:
        self.make(data, client, creating, chat)

    @step(data=st.data(), client=clients, chat=chats)
    def delete(self, data: st.DataObject, client: int, chat: str) -> None:
        self.make(data, client, deleting, chat)

    @step(data=st.data(), client=clients, chat=chats)
    def pin(self, data: st.DataObject, client: int, chat: str) -> None:
        self.make(data, client, pinning, chat)


@pytest.mark.parametrize(("write", "left"), [(deleting("A", ""), ("c3", "c4")), (pinning("A", "c4"), ("c1", "c3"))])
def test_a_client_may_blame_itself_by_what_it_took_a_folder_to_have(write: Write, left: Row) -> None:
    """It knows nothing of what the other has put there since, and cannot know which of that it has moved or removed."""
    before = {"order": ("A", "C"), "A": ("c1", "c3", "c4"), "C": ("c1", "c3", "c4")}
    now = {"order": ("C",), "C": before["C"]} if write.place == "order" else before
    known = {"order": {("A", "C")}, "A": {("c1",)}, "C": {before["C"]}}
    assert left in learnt(known, write, before, now)["C"]


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.parametrize("facade", FACADES)
def test_no_change_of_the_others_is_lost(facade: Any, behaviour: str) -> None:
    run(Racing, behaviour, facade)


def test_enough_was_met() -> None:
    has_met("race", MET)
