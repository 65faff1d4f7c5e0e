"""Two clients of one user on one board: each change is made on what is there, or refused with the board as it is.

Here both are clients of ours, and there is more than a second between any two things, so that the service sees every
conflict. What happens within a second, and whose fault it is then, is in `tests/overlay/test_conflicts.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

import httpx2
import pytest
from hypothesis import strategies as st

from cliq_pins import END, CliqError, NotFound, OperationFailed, StaleBoard
from cliq_pins.layout import moved
from cliq_pins.simulator import Board, Simulator
from cliq_pins.testing import board, folder
from latency import Done, Line
from machines.facade import Facade
from machines.running import BEHAVIOURS, FACADES, Machine, has_met, run, step

FAR = 10**9
WAY = 2_100
"""Milliseconds that a request takes, and its answer: longer than two ticks of the server's clock, one for each end."""
FOLDERS = ("4000000000000010001", "4000000000000010002", "4000000000000010003")
CHATS = tuple(f"c{number}" for number in range(1, 7))
CLIENTS = (0, 1)
MET = {"done", "stale", "meddled", "rebased"}

clients, wheres, chats = st.sampled_from(CLIENTS), st.sampled_from(FOLDERS), st.sampled_from(CHATS)


class Write(NamedTuple):
    """A guarded change: how it is made with a folder and beside it, and what it must make of what it finds."""

    place: str
    """What it overwrites: `order`, or the chats of a folder."""
    where: str
    call: Callable[[Any, Any, str], Any]
    """Takes the client, the folder and what to do on a conflict."""
    makes: Callable[[tuple[str, ...]], tuple[str, ...]] | None
    """`None` for one that takes the place of what it finds: nobody else may have changed that."""


Facets: TypeAlias = dict[str, tuple[str, ...]]


def facets(now: Board) -> Facets:
    """What writes overwrite: the order of the folders, and the chats of each."""
    return {"order": tuple(one.id for one in now.folders), **{one.id: one.chats for one in now.folders}}


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

    def shown(self) -> dict[str, set[tuple[str, ...]]]:
        """What a reading shows now: of each facet, the one thing that it is."""
        return {name: {one} for name, one in facets(self.simulator.board()).items()}

    def teardown(self) -> None:
        if self.runner:
            self.runner.close()

    def interfere(self) -> Any:
        """Let the other client act, once."""
        pending, self.pending = self.pending, None
        return None if pending is None else pending()

    def meddling(self, client: int, write: Write) -> Callable[[], Any]:
        """A change of the other client's, by id and whatever the board is like."""
        other = 1 - client

        def act() -> Any:
            self.count("meddled")
            result = write.call(self.clients[other].pins, write.where, "rebase")
            return self.finish(result, other, write) if self.awaiting else self.follow(other, write)

        return act

    async def finish(self, result: Any, client: int, write: Write) -> None:
        await result
        self.follow(client, write)

    def follow(self, client: int, write: Write) -> None:
        """Hold what a client has changed to what it found."""
        done, self.lines[client].done = self.lines[client].done, []
        for one in done:
            self.acted[client] = True
            self.judge(client, write, one)

    def judge(self, client: int, write: Write, one: Done) -> None:
        before, now = facets(one.before), facets(self.simulator.board())
        place, known = write.place, self.known[client]
        expected = {now[place]}
        if write.makes is not None:
            assert now[place] == write.makes(before[place]), "a change of the other's was lost"
            expected |= set(map(write.makes, known[place]))  # what is held does not know of a change that it is made on
        else:
            assert before[place] in known[place], "a change of the other's was overwritten"
        for each in now:
            if before[each] != now[each]:
                self.changed[1 - client].add(each)
            known[each] |= set(left_in(known[each], set(now[place]), set(now[place]) - set(before[place])))
        known[place] = expected

    def make(self, data: st.DataObject, client: int, write: Write) -> None:
        self.simulator.clock.advance(WAY / 1000)
        if data.draw(st.booleans(), label="the other acts meanwhile"):
            where, chat = data.draw(wheres, label="where"), data.draw(chats, label="what")
            self.pending = self.meddling(client, data.draw(st.sampled_from(MEDDLING), label="how")(where, chat))
        rebases = write.makes is not None and data.draw(st.booleans(), label="rebase")
        known = set(self.changed[client])
        try:
            held = self.held[client][write.where]
            self.clients[client].do(lambda pins: write.call(pins, held, "rebase" if rebases else "raise"))
        except StaleBoard as stale:
            self.stale(client, write, stale, rebases)
        except (NotFound, OperationFailed):
            self.count("refused")
        else:
            self.count("rebased" if rebases and self.changed[client] != known else "done")
        self.pending = None
        self.follow(client, write)

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
        shown = {"order": layout.order, **{one: layout.chats[one] for one in FOLDERS}}
        assert shown == facets(self.simulator.board())

    @step(client=clients)
    def read(self, client: int) -> None:
        self.simulator.clock.advance(WAY / 1000)
        self.held[client] = self.clients[client].do(lambda pins: pins.board())
        self.changed[client], self.acted[client] = set(), False
        self.known[client] = self.shown()

    @step(data=st.data(), client=clients, where=wheres, chat=chats)
    def add(self, data: st.DataObject, client: int, where: str, chat: str) -> None:
        self.make(data, client, adding(where, chat))

    @step(data=st.data(), client=clients, where=wheres, chat=chats)
    def remove(self, data: st.DataObject, client: int, where: str, chat: str) -> None:
        self.make(data, client, removing(where, chat))

    @step(data=st.data(), client=clients, where=wheres)
    def move(self, data: st.DataObject, client: int, where: str) -> None:
        self.make(data, client, moving(where))

    @step(data=st.data(), client=clients, where=wheres, chat=chats)
    def move_chat(self, data: st.DataObject, client: int, where: str, chat: str) -> None:
        self.make(data, client, moving_chat(where, chat))

    @step(data=st.data(), client=clients, where=wheres, new=st.permutations(CHATS))
    def replace(self, data: st.DataObject, client: int, where: str, new: list[str]) -> None:
        self.make(
            data,
            client,
            Write(where, where, lambda pins, held, _: pins.folders.replace_chats(held, new[:3]), None),
        )


def left_in(known: set[tuple[str, ...]], *gone: set[str]) -> Iterator[tuple[str, ...]]:
    """What is put into one folder leaves the others, under some reading.

    A client cannot tell that from somebody else who took it out there, and may take it for its own doing.
    """
    for had in known:
        yield from (tuple(chat for chat in had if chat not in chats) for chats in gone)


def adding(where: str, chat: str) -> Write:
    return Write(
        where,
        where,
        lambda pins, held, how: pins.folders.add_chats(held, [chat], on_conflict=how),
        lambda has: has if chat in has else (*has, chat),
    )


def removing(where: str, chat: str) -> Write:
    return Write(
        where,
        where,
        lambda pins, held, how: pins.folders.remove_chats(held, [chat], on_conflict=how),
        lambda has: tuple(one for one in has if one != chat),
    )


def moving(where: str, _: str = "") -> Write:
    return Write(
        "order",
        where,
        lambda pins, held, how: pins.folders.move(held, above=END, on_conflict=how),
        lambda order: moved(order, where, None),
    )


def moving_chat(where: str, chat: str) -> Write:
    return Write(
        where,
        where,
        lambda pins, held, how: pins.folders.move_chat(held, chat, above=END, on_conflict=how),
        lambda has: moved(has, chat, None),
    )


MEDDLING = (adding, removing, moving)


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.parametrize("facade", FACADES)
def test_no_change_of_the_others_is_lost(facade: Any, behaviour: str) -> None:
    run(Racing, behaviour, facade)


def test_enough_was_met() -> None:
    has_met("race", MET)
