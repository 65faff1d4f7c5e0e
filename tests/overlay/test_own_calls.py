"""Several calls of ours on one board, and what becomes of them if clocks jump, readings fail and answers are odd."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from typing import Any

import httpx2
import msgspec
import pytest

from cliq_pins import (
    END,
    AuthenticationError,
    CallOptions,
    CliqError,
    CliqPins,
    ConnectionFailed,
    Credentials,
    DeadlineExceeded,
    DecodeError,
    InvalidRequest,
    OperationFailed,
    PartiallyDone,
    RateLimited,
    SchemaError,
    ServerError,
    StaleBoard,
)
from cliq_pins.engine.effects import Instant, Now, Wait
from cliq_pins.engine.turn import Ticket, Turn
from cliq_pins.http import asgi_transport, wsgi_transport
from cliq_pins.simulator import PROFILES, Behaviour, Fault, Simulator
from cliq_pins.testing import board, connect, connect_async, folder
from latency import Foreigner, Held, Line

A, B = "4000000000000010001", "4000000000000010002"
HOUR = 3_600_000
USER = Behaviour(staleness_scope="user")
"""Every change of the user's makes every guarded write stale: our own, too."""


def simulated(behaviour: Behaviour | None = None) -> Simulator:
    return Simulator(
        board(folder("A", "c1", "c2", folder_id=A), folder("B", "c3", "c4", folder_id=B), chats=["c5", "c6", "c7"]),
        behaviour=behaviour or Behaviour(),
        limits=False,
    )


def answered(on: str, status: int, code: str | None = None, phase: str = "before", nth: int | None = None) -> Fault:
    body = {} if code is None else {"json": {"code": code}}
    own: dict[str, Any] = {"nth": nth} if nth else {"every": 1}
    return Fault(on=on, phase=phase, action="status", args={"status": status, "body": body}, **own)  # type: ignore[arg-type]  # a phase


def skewed(on: str, nth: int = 1) -> Fault:
    return Fault(on=on, phase="after", action="skew", args={"ms": HOUR}, nth=nth)


def chats(simulator: Simulator, at: int = 0) -> tuple[str, ...]:
    return simulator.board().folders[at].chats


def standing(simulator: Simulator) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.title, one.chats) for one in simulator.board().everything()]


def titles(simulator: Simulator) -> list[str]:
    return [one.title for one in simulator.board().folders]


# At once


class Slow(httpx2.AsyncBaseTransport):
    """Lets other tasks run while a request is on its way, there and back."""

    def __init__(self, simulator: Simulator) -> None:
        self._inner = asgi_transport(simulator.asgi())

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        for _ in range(3):
            await asyncio.sleep(0)
        response = await self._inner.handle_async_request(request)
        await asyncio.sleep(0)
        return response


@pytest.mark.parametrize("pause", [0.1, 5.0])
@pytest.mark.parametrize("on_conflict", ["raise", "rebase"])
def test_tasks_that_edit_one_folder_at_once_lose_nothing(pause: float, on_conflict: Any) -> None:
    simulator = simulated()

    async def run() -> None:
        pins = connect_async(simulator, transport=Slow(simulator))
        work = (await pins.board())["A"]
        simulator.clock.advance(pause)
        await asyncio.gather(
            pins.folders.add_chats(work, ["c5"], on_conflict=on_conflict),
            pins.folders.remove_chats(work, ["c1"], on_conflict=on_conflict),
            pins.folders.add_chats(work, ["c6"], on_conflict=on_conflict),
        )

    asyncio.run(run())
    assert set(chats(simulator)) == {"c2", "c5", "c6"}


def test_threads_that_edit_one_folder_at_once_lose_nothing() -> None:
    simulator = simulated()
    pins = connect(simulator)
    work = pins.board()["A"]
    simulator.clock.advance(5)
    ready = threading.Barrier(3)

    def add(chat: str) -> None:
        ready.wait()
        pins.folders.add_chats(work, [chat])

    threads = [threading.Thread(target=add, args=(chat,)) for chat in ("c5", "c6", "c7")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert set(chats(simulator)) == {"c1", "c2", "c5", "c6", "c7"}


@pytest.mark.parametrize("given", ["id", "board"])
@pytest.mark.parametrize("behaviour", PROFILES.values(), ids=PROFILES)
def test_tasks_that_edit_one_folder_by_boards_of_their_own_lose_nothing(behaviour: Behaviour, given: str) -> None:
    """In one second, in which the service cannot see that the second write knows nothing of the first."""
    simulator = simulated(behaviour)

    async def add(pins: Any, chat: str) -> None:
        work: Any = A if given == "id" else (await pins.board())["A"]
        await pins.folders.add_chats(work, [chat])

    async def run() -> None:
        pins = connect_async(simulator, transport=Slow(simulator))
        await asyncio.gather(*(add(pins, chat) for chat in ("c5", "c6", "c7")))

    asyncio.run(run())
    assert set(chats(simulator)) == {"c1", "c2", "c5", "c6", "c7"}


def test_two_clients_that_edit_one_board_know_of_each_others_writes() -> None:
    simulator = simulated()
    one, other = connect(simulator, user="me"), connect(simulator, user="me")
    now = one.board()
    for pins, chat in ((other, "c5"), (other, "c6"), (one, "c7")):
        simulator.clock.advance(5)
        pins.folders.add_chats(now["A"], [chat])
    assert chats(simulator) == ("c1", "c2", "c5", "c6", "c7")


@pytest.mark.parametrize(("read", "written"), [("01", "11"), ("10", "11"), ("00", "01"), ("11", "01")])
def test_guarded_writes_of_one_client_or_one_board_wait_for_each_other(read: str, written: str) -> None:
    """Each of two writes is one of two clients', with a board that one of them has read."""
    simulator = simulated()
    line = Line(simulator, lambda: 0, lambda: None)
    clients = [connect(simulator, transport=line, user="me") for _ in range(2)]
    boards = [one.board() for one in clients]
    tries = [(clients[int(by)].folders, boards[int(one)]["A"]) for by, one in zip(written, read, strict=True)]

    def add(number: int, chat: str) -> None:
        folders, folder = tries[number]
        folders.add_chats(folder, [chat])

    then = threading.Thread(target=add, args=(1, "c6"))
    with Held(line, "PUT", lambda: add(0, "c5"), done=False):
        then.start()
        then.join(0.1)  # it does not end
    then.join()
    assert chats(simulator) == ("c1", "c2", "c5", "c6")


def test_everybody_enters_several_turns_in_one_order() -> None:
    """Or two that edit each other's boards wait for each other."""
    turns = [Turn() for _ in range(9)]
    assert Turn.in_order([*reversed(turns), *turns]) == turns


def test_who_waits_for_his_turn_waits_no_longer_than_his_deadline() -> None:
    simulator = simulated()
    pins = connect(simulator)
    now = pins.board()
    view = now._view
    assert view is not None
    view.turn._busy = busy = Ticket()
    with pytest.raises(DeadlineExceeded, match="other calls changed the same board") as caught:
        pins.folders.add_chats(now["A"], ["c5"], options=CallOptions(deadline=0.02))
    assert caught.value.operation == "bulkUpdateChatsInCategory"
    view.turn.leave(busy)
    pins.folders.add_chats(now["A"], ["c5"])
    assert chats(simulator)[-1] == "c5"


def test_a_turn_is_waited_for_until_the_deadline() -> None:
    turn, busy, next_ = Turn(), Ticket(), Ticket()
    assert list(turn.enter(busy, 100.0, "operation")) == []
    flow = turn.enter(next_, 100.0, "operation")
    assert isinstance(next(flow), Now)
    waiting = flow.send(Instant(99.75, 0.0))
    assert isinstance(waiting, Wait)
    assert (waiting.future, waiting.seconds) == (busy.over, 0.25)
    turn.leave(busy)
    with pytest.raises(StopIteration):
        flow.send(None)
    late = turn.enter(Ticket(), 100.0, "operation")
    next(late)
    assert late.send(Instant(100.5, 0.0)).seconds == 0.0  # type: ignore[union-attr]  # a Wait


def test_a_forked_child_does_not_wait_for_its_parents_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    turn, parents = Turn(), Ticket()
    assert list(turn.enter(parents, 100.0, "operation")) == []
    monkeypatch.setattr(os, "getpid", lambda: parents.process + 1)
    own = Ticket()
    assert list(turn.enter(own, 100.0, "operation")) == []
    turn.leave(parents)
    assert isinstance(next(turn.enter(Ticket(), 100.0, "operation")), Now), "the child's own is still in"


# Our own calls are no conflict, whatever board they are made with


@pytest.mark.parametrize(
    "act",
    [
        lambda pins, now: pins.chats.unpin(now["A"].chats[0]),
        lambda pins, now: pins.chats.unpin_many(["c1", "c3"]),
        lambda pins, now: pins.chats.pin("c7", folder=A),
        lambda pins, now: pins.folders.create("New", chats=["c7"]),
        lambda pins, now: pins.folders.delete(B, unpin_all=True),
        lambda pins, now: pins.folders.update(B, title="Other"),
    ],
    ids=["unpin", "unpin_many", "pin", "create", "delete", "update"],
)
@pytest.mark.parametrize("behaviour", [Behaviour(), USER], ids=["folder", "user"])
def test_what_we_did_ourselves_is_no_conflict(behaviour: Behaviour, act: Callable[..., Any]) -> None:
    simulator = simulated(behaviour)
    pins = connect(simulator)
    now = pins.board()
    simulator.clock.advance(5)
    act(pins, now)
    simulator.clock.advance(5)
    before = set(chats(simulator))
    pins.folders.add_chats(now["A"], ["c5"])
    assert set(chats(simulator)) == before | {"c5"}
    pins.folders.move(now["A"], above=END)
    assert titles(simulator)[-1] == "A"


@pytest.mark.parametrize("unpin_all", [False, True])
def test_what_became_of_the_chats_of_a_folder_that_we_deleted_is_ours(unpin_all: bool) -> None:
    simulator = simulated(Behaviour(default_folder_lists_chats=True))
    pins = connect(simulator)
    pins.chats.pin("c3")
    mine = pins.board().my_pins
    assert mine is not None
    pins.folders.delete(B, unpin_all=unpin_all)
    pins.folders.add_chats(mine, ["c5"])
    assert simulator.board().default.chats == (("c5",) if unpin_all else ("c3", "c4", "c5"))


def test_many_calls_of_ours_are_kept_in_little_room() -> None:
    simulator = simulated()
    pins = connect(simulator)
    now = pins.board()
    for _ in range(200):
        pins.chats.pin("c7", folder=A)
        pins.chats.unpin("c7")
    assert now._view is not None
    assert len(now._view._calls) <= 64
    pins.folders.add_chats(now["A"], ["c5"])
    assert chats(simulator) == ("c1", "c2", "c5")


def test_a_reading_that_fails_is_over() -> None:
    """Else every call of ours would be noted for it, for as long as the client lives."""
    simulator = simulated()
    pins = connect(simulator, max_attempts=1)
    simulator.script(answered("getPinCategories", 502, nth=1))
    with pytest.raises(ServerError):
        pins.board()
    now = pins.board()
    views = pins._runner.session.shared.views
    assert views._readings == []
    assert now._view in views._alive


# Clocks that jump


def foreign_chat(simulator: Simulator) -> None:
    Foreigner(simulator).put(A, chat_ids=[*chats(simulator), "c7"])


@pytest.mark.parametrize("strict", [False, True])
def test_a_write_answered_with_an_odd_date_hides_nobodys_change(strict: bool) -> None:
    simulator = simulated()
    pins = connect(simulator, strict=strict)
    now = pins.board()
    simulator.clock.advance(5)
    simulator.script(skewed("bulkUpdateChatsInCategory"))
    pins.folders.add_chats(now["A"], ["c5"])
    simulator.clock.advance(5)
    pins.board()
    simulator.clock.advance(300)
    foreign_chat(simulator)
    simulator.clock.advance(60)
    before = simulator.clock.now_ms
    with pytest.raises(StaleBoard):
        pins.folders.add_chats(now["A"], ["c6"])
    assert chats(simulator) == ("c1", "c2", "c5", "c7")
    assert simulator.clock.now_ms - before < 3000


@pytest.mark.parametrize("again", [False, True])
def test_a_reading_answered_with_an_odd_date_hides_nobodys_change(again: bool) -> None:
    simulator = simulated()
    pins = connect(simulator)
    simulator.script(skewed("getPinCategories"))
    now = pins.board()
    simulator.clock.advance(5)
    later = pins.board()
    assert later.sync_point is not None
    assert later.sync_point.timestamp() <= simulator.clock.now_ms / 1000
    simulator.clock.advance(300)
    foreign_chat(simulator)
    simulator.clock.advance(60)
    before = simulator.clock.now_ms
    with pytest.raises(StaleBoard):
        pins.folders.add_chats((later if again else now)["A"], ["c6"])
    assert chats(simulator) == ("c1", "c2", "c7")
    if not again:
        assert simulator.clock.now_ms == before, "the moment that the odd date told is not waited for"


def test_a_refusal_with_an_odd_date_is_not_waited_out() -> None:
    simulator = simulated(USER)
    pins = connect(simulator, deadline=5, max_wait=0)
    now = pins.board()
    simulator.clock.advance(5)
    pins.folders.update(B, title="Other")
    simulator.clock.advance(5)
    simulator.script(skewed("bulkUpdateChatsInCategory"))
    before = simulator.clock.now_ms
    pins.folders.add_chats(now["A"], ["c5"])
    assert simulator.clock.now_ms - before < 3000


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "soon"])
def test_a_date_that_is_none_of_this_time_is_not_used(date: str) -> None:
    simulator = simulated()
    pins = connect(simulator)
    simulator.script(Fault(on="*", phase="after", action="headers", args={"set": {"Date": date}}, every=1))
    now = pins.board()
    pins.folders.add_chats(now["A"], ["c5"])
    pins.folders.add_chats(now["A"], ["c6"])
    assert now.sync_point is not None
    assert now.sync_point.year == 2026
    assert chats(simulator) == ("c1", "c2", "c5", "c6")


def test_the_deadline_is_the_whole_methods() -> None:
    """Write, reading, waiting and the second write together, not each."""
    simulator = simulated(USER)
    travel = [0]
    pins = connect(simulator, transport=Line(simulator, lambda: travel[0], lambda: None))
    now = pins.board()
    simulator.clock.advance(5)
    pins.folders.update(B, title="Other")
    simulator.clock.advance(1.1)
    before, travel[0] = simulator.clock.now_ms, 1000
    with pytest.raises(DeadlineExceeded) as caught:
        pins.folders.add_chats(now["A"], ["c5"], options=CallOptions(deadline=3))
    assert caught.value.operation
    assert simulator.clock.now_ms - before <= 5000


def test_a_tick_that_comes_after_the_deadline_is_not_waited_for() -> None:
    simulator = simulated(USER)
    pins = connect(simulator, deadline=0.5)
    now = pins.board()
    simulator.clock.advance(1.1)
    pins.folders.update(B, title="Other")
    before = simulator.clock.now_ms
    with pytest.raises(DeadlineExceeded, match="before the next second of the server's clock") as caught:
        pins.folders.add_chats(now["A"], ["c5"])
    assert caught.value.outcome == "not_applied"
    assert simulator.clock.now_ms == before


# Our own calls that overlap


class During(httpx2.BaseTransport):
    """Acts when a request of one kind has been answered, before the answer arrives."""

    def __init__(self, simulator: Simulator, method: str, path: str, act: Callable[[], Any]) -> None:
        self._inner = wsgi_transport(simulator.wsgi())
        self._kind = method, path
        self._act: Callable[[], Any] | None = act

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = self._inner.handle_request(request)
        if (request.method, request.url.path.removeprefix("/api/v3")) == self._kind and self._act is not None:
            act, self._act = self._act, None
            act()
        return response


OWN: dict[str, Callable[[Any], Any]] = {
    "pin": lambda pins: pins.chats.pin("c7", folder=A),
    "unpin": lambda pins: pins.chats.unpin("c1"),
    "create": lambda pins: pins.folders.create("New"),
    "delete": lambda pins: pins.folders.delete(B, unpin_all=False),
    "add by id": lambda pins: pins.folders.add_chats(A, ["c7"]),
    "move by id": lambda pins: pins.folders.move(A, above=END),
}
MOVES: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda pins, now: pins.folders.add_chats(now["A"], ["c5"]),
    "move": lambda pins, now: pins.folders.move(now["A"], above=END),
}


@pytest.mark.parametrize("later", [0.0, 1.5])
@pytest.mark.parametrize("scope", ["folder", "user"])
@pytest.mark.parametrize("act", OWN)
@pytest.mark.parametrize("then", MOVES)
def test_a_call_of_ours_that_is_answered_while_a_board_is_on_its_way_is_ours(
    act: str, then: str, scope: Any, later: float
) -> None:
    """Neither a conflict where the service sees that it came later, nor overwritten where it cannot."""
    simulator = simulated(Behaviour(staleness_scope=scope))
    alone = simulated(Behaviour(staleness_scope=scope))

    def meanwhile() -> None:
        simulator.clock.advance(later)
        OWN[act](pins)

    pins = connect(simulator, transport=During(simulator, "GET", "/pin-categories", meanwhile))
    simulator.clock.advance(5)
    now = pins.board()
    simulator.clock.advance(5)
    MOVES[then](pins, now)
    one_by_one = connect(alone)
    OWN[act](one_by_one)
    MOVES[then](one_by_one, one_by_one.board())
    assert standing(simulator) == standing(alone)


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("later", [0.0, 1.5])
def test_a_call_of_ours_whose_answer_is_lost_while_a_board_is_on_its_way_may_be_ours(phase: str, later: float) -> None:
    """Neither a conflict where the service sees that it came later, nor overwritten where it cannot."""
    simulator = simulated()
    simulator.script(answered("pinChat", 502, phase=phase))

    def meanwhile() -> None:
        simulator.clock.advance(later)
        with pytest.raises(ServerError, match="it may have been applied"):
            pins.chats.pin("c7", folder=A)

    pins = connect(simulator, transport=During(simulator, "GET", "/pin-categories", meanwhile))
    now = pins.board()
    simulator.clock.advance(5)
    pins.folders.add_chats(now["A"], ["c5"])
    assert chats(simulator) == ("c1", "c2", *(["c7"] if phase == "after" else []), "c5")


class Reading(During):
    """The same, at one of the readings after it is armed."""

    def __init__(self, simulator: Simulator, act: Callable[[], Any]) -> None:
        super().__init__(simulator, "GET", "/pin-categories", act)
        self._armed, self._act = act, None

    def arm(self, nth: int) -> None:
        self._act = self._armed if nth == 1 else lambda: self.arm(nth - 1)


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("way", ["strict", "refused"])
def test_what_we_do_while_a_board_is_read_again_is_not_overwritten(way: str, lost: bool) -> None:
    """A reading before a write, and one after a refusal; a call of ours is done in the second of it."""
    simulator = simulated(USER if way == "refused" else None)

    def meanwhile() -> None:
        if lost:
            simulator.script(answered("pinChat", 502, phase="after", nth=1))
        try:
            pins.chats.pin("c7", folder=A)
        except ServerError:
            assert lost

    line = Reading(simulator, meanwhile)
    pins = connect(simulator, strict=True, transport=line)
    now = pins.board()
    simulator.clock.advance(5)
    if way == "strict":
        pins.folders.replace_chats(now["A"], ["c1", "c2"])
    else:
        pins.folders.update(B, title="Other")
    simulator.clock.advance(5)
    line.arm(1 if way == "strict" else 2)  # after a refusal, the first reading is of the very second of it
    if not lost:
        pins.folders.add_chats(now["A"], ["c5"])
        assert set(chats(simulator)) == {"c1", "c2", "c5", "c7"}
        return
    pins.folders.move(now["A"], above=END)  # the board is read for its place, and its chats are open from then on
    pins.folders.add_chats(now["A"], ["c5"])
    assert set(chats(simulator, at=-1)) == {"c1", "c2", "c5", "c7"}


@pytest.mark.parametrize("status", [400, 502])
def test_a_call_of_ours_that_is_refused_once_the_board_was_read_is_not_taken_for_done(status: int) -> None:
    simulator = simulated()
    simulator.script(Fault(on="unpinChat", phase="before", action="status", every=1, args={"status": status}))
    read: list[Any] = []
    pins = connect(
        simulator,
        max_attempts=1,
        transport=During(simulator, "DELETE", "/chats/c1/pins", lambda: read.append(pins.board())),
    )
    with pytest.raises(CliqError) as caught:
        pins.chats.unpin("c1")
    assert caught.value.outcome == ("not_applied" if status < 500 else "unknown")
    simulator.clock.advance(5)
    pins.folders.add_chats(read[0]["A"], ["c5"])
    assert chats(simulator) == ("c1", "c2", "c5")


@pytest.mark.parametrize("scope", ["folder", "user"])
@pytest.mark.parametrize("act", OWN)
@pytest.mark.parametrize("then", MOVES)
def test_a_call_of_ours_by_another_board_is_ours(act: str, then: str, scope: Any) -> None:
    simulator = simulated(Behaviour(staleness_scope=scope))
    pins = connect(simulator)
    now = pins.board()
    simulator.clock.advance(5)
    OWN[act](pins)
    simulator.clock.advance(5)
    MOVES[then](pins, now)


@pytest.mark.parametrize("operation", ["pin", "unpin", "delete"])
def test_a_call_of_ours_that_is_done_and_not_yet_answered_is_ours(operation: str) -> None:
    simulator = simulated(USER)
    methods = {"pin": "POST", "unpin": "DELETE", "delete": "DELETE"}
    line = Line(simulator, lambda: 0, lambda: None)
    pins = connect(simulator, transport=line)
    now = pins.board()
    simulator.clock.advance(5)
    with Held(line, methods[operation], lambda: OWN[operation](pins), done=True) as held:
        pins.folders.add_chats(now["A"], ["c5"])
    assert held.error is None
    assert "c5" in chats(simulator)


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_call_of_ours_whose_outcome_is_unknown_is_no_conflict(phase: Any) -> None:
    simulator = simulated()
    pins = connect(simulator, max_attempts=1)
    now = pins.board()
    simulator.clock.advance(5)
    simulator.script(Fault(on="bulkUpdateChatsInCategory", phase=phase, action="close", args={"at": "answer"}))
    with pytest.raises(ConnectionFailed):
        pins.folders.add_chats(now["A"], ["c6"])
    simulator.clock.advance(5)
    pins.folders.add_chats(now["A"], ["c5"])
    assert chats(simulator) == (("c1", "c2", "c6", "c5") if phase == "after" else ("c1", "c2", "c5"))


def test_a_foreign_change_after_a_lost_call_of_ours_is_a_conflict() -> None:
    simulator = simulated()
    pins = connect(simulator, max_attempts=1)
    now = pins.board()
    simulator.clock.advance(5)
    simulator.script(Fault(on="bulkUpdateChatsInCategory", phase="after", action="close", args={"at": "answer"}))
    with pytest.raises(ConnectionFailed):
        pins.folders.add_chats(now["A"], ["c6"])
    simulator.clock.advance(5)
    Foreigner(simulator).put(A, chat_ids=["c3"])
    with pytest.raises(StaleBoard):
        pins.folders.add_chats(now["A"], ["c5"])
    assert chats(simulator) == ("c3",)


@pytest.mark.parametrize("way", ["create_or_get", "reconcile", "pin"])
def test_what_is_found_out_later_is_ours_too(way: str) -> None:
    simulator = simulated(USER)
    pins = connect(simulator)
    now = pins.board()
    simulator.clock.advance(5)
    operation = "pinChat" if way == "pin" else "createPinCategory"
    simulator.script(Fault(on=operation, phase="after", action="status", args={"status": 502, "body": {}}))
    if way == "create_or_get":
        pins.folders.create_or_get("New")
    elif way == "reconcile":
        with pytest.raises(ServerError) as caught:
            pins.folders.create("New", chats=["c7"])
        assert pins.folders.reconcile(caught.value) is not None
    else:
        with pytest.raises(ServerError) as caught:
            pins.chats.pin("c7", folder=A)
        assert pins.chats.reconcile(caught.value) is True
    simulator.clock.advance(5)
    pins.folders.add_chats(now["A"], ["c5"])
    assert "c5" in chats(simulator)
    pins.folders.move(now["A"], above=END)
    assert titles(simulator)[-1] == "A"


def test_of_several_folders_that_are_found_after_a_lost_answer_it_is_the_first() -> None:
    simulator = simulated()
    other = Foreigner(simulator)
    simulator.script(answered("createPinCategory", 502, phase="after", nth=1))
    make = {"title": "New", "symbol": ""}
    line = During(simulator, "POST", "/pin-categories", lambda: other.call("POST", "/pin-categories", make))
    found = connect(simulator, transport=line).folders.create_or_get("New")
    assert found.id == next(one.id for one in simulator.board().folders if one.title == "New")
    assert titles(simulator).count("New") == 2


def test_a_folder_that_is_found_after_a_lost_answer_has_its_chats_however_they_were_given() -> None:
    simulator = simulated(Behaviour(staleness_scope="user", pin_elsewhere="moves"))
    pins = connect(simulator)
    now = pins.board()
    simulator.clock.advance(5)
    simulator.script(answered("createPinCategory", 502, phase="after", nth=1))
    pins.folders.create_or_get("New", chats=(one for one in ["c1"]))
    simulator.clock.advance(5)
    pins.folders.add_chats(now["A"], ["c5"])
    assert chats(simulator) == ("c2", "c5")


# Readings that were to tell what an error means, and fail


@pytest.mark.parametrize(
    ("operation", "act", "kind"),
    [
        ("reorderCategory", lambda pins, now: pins.folders.move(now["A"], above=END), ServerError),
        ("deletePinCategory", lambda pins, now: pins.folders.delete(now["A"], unpin_all=False), ServerError),
        ("unpinChat", lambda pins, now: pins.chats.unpin("c1"), ServerError),
        ("removeChatsAcrossCategories", lambda pins, now: pins.chats.unpin_many(["c1"]), ServerError),
        ("createPinCategory", lambda pins, now: pins.folders.create_or_get("New"), ServerError),
    ],
)
def test_an_outcome_that_cannot_be_read_stays_unknown(operation: str, act: Callable[..., Any], kind: Any) -> None:
    simulator = simulated()
    pins = connect(simulator)
    now = pins.board()
    first = 2 if operation == "createPinCategory" else 1
    simulator.script(answered(operation, 503, phase="after"), *(answered("getPinCategories", 400, nth=first),))
    with pytest.raises(kind) as caught:
        act(pins, now)
    assert (caught.value.operation, caught.value.outcome) == (operation, "unknown")
    assert caught.value.request is not None


def test_a_conflict_stays_one_if_the_board_cannot_be_read_again() -> None:
    simulator = simulated()
    pins = connect(simulator)
    now = pins.board()
    simulator.clock.advance(5)
    foreign_chat(simulator)
    simulator.clock.advance(5)
    simulator.script(answered("getPinCategories", 400))
    with pytest.raises(StaleBoard) as caught:
        pins.folders.add_chats(now["A"], ["c5"], on_conflict="rebase")
    assert caught.value.board is None
    assert caught.value.outcome == "not_applied"


def test_batches_after_one_that_is_unknown_are_told_apart() -> None:
    simulator = simulated()
    pins = connect(simulator)
    simulator.script(answered("removeChatsAcrossCategories", 503, phase="after"), answered("getPinCategories", 400))
    with pytest.raises(PartiallyDone) as caught:
        pins.chats.unpin_many(["c1", *(f"x{number}" for number in range(40))])
    assert [one.outcome for one in caught.value.batches] == ["unknown", "not_applied"]


def test_each_batch_has_a_deadline_of_its_own() -> None:
    simulator = simulated()
    pins = connect(simulator, transport=Line(simulator, lambda: 1500, lambda: None), deadline=4)
    pins.chats.unpin_many(["c1", *(f"x{number}" for number in range(60)), "c3"])
    assert (chats(simulator), chats(simulator, at=1)) == (("c2",), ("c4",))
    assert [one.operation for one in simulator.log] == ["removeChatsAcrossCategories"] * 3


def test_what_is_partly_done_is_not_called_not_applied() -> None:
    simulator = simulated()
    pins = connect(simulator)
    simulator.script(answered("removeChatsAcrossCategories", 400, nth=2))
    with pytest.raises(PartiallyDone) as caught:
        pins.chats.unpin_many(["c1", *(f"x{number}" for number in range(40))])
    assert [one.outcome for one in caught.value.batches] == ["applied", "not_applied"]
    assert [one.error for one in caught.value.batches] == [None, caught.value.cause]
    assert caught.value.outcome == "unknown"
    simulator.script(answered("removeChatsAcrossCategories", 400))
    with pytest.raises(PartiallyDone) as caught:
        pins.chats.unpin_many(["c1", *(f"x{number}" for number in range(40))])
    assert caught.value.outcome == "not_applied"


class Garbled(httpx2.BaseTransport):
    """The first answers to changes come with a status of failure, and with a body that cannot be unpacked."""

    def __init__(self, simulator: Simulator, done: bool, count: int) -> None:
        self._inner = wsgi_transport(simulator.wsgi())
        self._done, self._left = done, count

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        garbled = request.method == "PUT" and self._left > 0
        if garbled and not self._done:
            self._left -= 1
            return self._answer()
        response = self._inner.handle_request(request)
        if garbled:
            self._left -= 1
            return self._answer()
        return response

    def _answer(self) -> httpx2.Response:
        return httpx2.Response(500, headers=[("content-encoding", "gzip")], stream=httpx2.ByteStream(b"none"))


@pytest.mark.parametrize("done", [True, False])
def test_a_failure_whose_body_cannot_be_read_is_found_out_like_any_other(done: bool) -> None:
    simulator = simulated()
    pins = connect(simulator, transport=Garbled(simulator, done, 1))
    now = pins.board()
    simulator.clock.advance(5)
    if done:
        pins.folders.add_chats(now["A"], ["c5"])
    else:
        with pytest.raises(DecodeError) as caught:
            pins.folders.add_chats(now["A"], ["c5"])
        assert (caught.value.status, caught.value.outcome) == (500, "unknown")
    assert chats(simulator) == ("c1", "c2", *(["c5"] if done else []))


@pytest.mark.parametrize(("act", "kind"), [("unpin", ServerError), ("unpin_many", OperationFailed)])
def test_unpinning_is_no_success_where_that_cannot_be_seen(act: str, kind: Any) -> None:
    """My Pins does not list its chats."""
    simulator = simulated()
    pins = connect(simulator)
    pins.chats.pin("c6")
    simulator.script(answered("unpinChat", 503), answered("removeChatsAcrossCategories", 500, "operation_failed"))
    with pytest.raises(kind) as caught:
        getattr(pins.chats, act)("c6" if act == "unpin" else ["c6"])
    assert caught.value.outcome == "unknown"
    assert simulator.board().default.chats == ("c6",)


def test_a_second_sending_that_was_done_is_a_success() -> None:
    """Its answer is lost, and its repetition refused for the change that it made itself."""
    simulator = simulated(Behaviour(staleness_scope="user", staleness_comparison="<="))
    puts = [0]

    class Losing(Line):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            response = super().handle_request(request)
            puts[0] += request.method == "PUT"
            if request.method == "PUT" and puts[0] == 2:
                simulator.clock.advance(2)
                return httpx2.Response(503, headers=[("date", response.headers["date"])], content=b"")
            return response

    pins = connect(simulator, transport=Losing(simulator, lambda: 0, lambda: None))
    now = pins.board()
    simulator.clock.advance(5)
    pins.chats.pin("c7", folder=B)
    simulator.clock.advance(5)
    pins.folders.add_chats(now["A"], ["c5"])
    assert chats(simulator) == ("c1", "c2", "c5")
    assert puts == [3]


# Creates


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (503, "request_limit_exceeded", RateLimited),
        (500, "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED", RateLimited),
        (500, "oauthtoken_invalid", AuthenticationError),
        (503, None, ServerError),
    ],
)
@pytest.mark.parametrize("make", ["create", "pin"])
def test_what_may_have_been_made_is_not_made_again(make: str, status: int, code: str | None, kind: Any) -> None:
    """Whatever the answer's code says: its status says that the service failed."""
    simulator = simulated()
    pins = connect(
        simulator,
        credentials=Credentials(**simulator.sign_up()),
        accounts_url="https://accounts.zoho.com",
        max_wait=1000,
        deadline=2000,
    )
    operation = "createPinCategory" if make == "create" else "pinChat"
    simulator.script(answered(operation, status, code, phase="after", nth=1))
    with pytest.raises(kind) as caught:
        _make(pins, make)
    assert caught.value.outcome == "unknown"
    assert sum(one.operation == operation for one in simulator.log) == 1
    part: Any = pins.folders if make == "create" else pins.chats
    assert part.reconcile(caught.value)


def _make(pins: CliqPins, make: str) -> object:
    return pins.folders.create("New") if make == "create" else pins.chats.pin("c5", folder=A)


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_lost_pin_that_is_found_is_ours_and_one_that_is_not_is_not(phase: Any) -> None:
    simulator = simulated(USER)
    pins = connect(simulator)
    now = pins.board()
    simulator.clock.advance(5)
    simulator.script(Fault(on="pinChat", phase=phase, action="status", args={"status": 502, "body": {}}))
    with pytest.raises(ServerError) as caught:
        pins.chats.pin("c7", folder=now["A"])
    assert pins.chats.reconcile(caught.value) is (phase == "after")
    simulator.clock.advance(5)
    if phase == "after":
        pins.folders.add_chats(now["A"], ["c5"])
        assert chats(simulator)[-2:] == ("c7", "c5")
    else:
        assert "c7" not in chats(simulator)


def test_a_lost_pin_in_my_pins_is_found_where_its_chats_are_listed() -> None:
    for behaviour, found in ((Behaviour(), None), (Behaviour(default_folder_lists_chats=True), True)):
        simulator = simulated(behaviour)
        pins = connect(simulator)
        simulator.script(Fault(on="pinChat", phase="after", action="status", args={"status": 502, "body": {}}))
        with pytest.raises(ServerError) as caught:
            pins.chats.pin("c7")
        assert pins.chats.reconcile(caught.value) is found


@pytest.mark.parametrize("what", ["folders", "chats"])
def test_only_the_error_of_the_same_operation_is_reconciled(what: str) -> None:
    simulator = simulated()
    pins = connect(simulator)
    simulator.script(Fault(on="*", phase="after", action="status", every=1, args={"status": 502, "body": {}}))
    lost: dict[str, CliqError] = {}
    for name, act in {
        "createPinCategory": lambda: pins.folders.create("New"),
        "pinChat": lambda: pins.chats.pin("c7"),
    }.items():
        with pytest.raises(ServerError) as caught:
            act()
        lost[name] = caught.value
    own, other = ("createPinCategory", "pinChat") if what == "folders" else ("pinChat", "createPinCategory")
    reconcile = getattr(pins, what).reconcile
    with pytest.raises(InvalidRequest, match=f"^reconcile: takes the error of {own}, not of {other}$"):
        reconcile(lost[other])
    bare = CliqError("made by hand", lost[own].context)
    with pytest.raises(InvalidRequest, match=f"^reconcile: takes the error of {own}, not of {own}$"):
        reconcile(bare)
    lost[own].context = msgspec.structs.replace(lost[own].context, outcome="not_applied")
    with pytest.raises(InvalidRequest, match=f"^reconcile: the outcome of that {own} is known: not_applied$"):
        reconcile(lost[own])


def test_a_folder_that_came_without_its_id_can_be_reconciled() -> None:
    simulator = simulated()
    pins = connect(simulator)
    simulator.script(
        Fault(
            on="createPinCategory",
            phase="after",
            action="body",
            args={"content": {"json": {"data": {"title": "New"}}}},
        )
    )
    with pytest.raises(SchemaError) as caught:
        pins.folders.create("New")
    error = caught.value
    assert (error.operation, error.status, error.attempts, error.outcome) == ("createPinCategory", 200, 1, "unknown")
    assert error.answer is not None
    assert b"New" in error.answer.content
    found = pins.folders.reconcile(error)
    assert found is not None
    assert found.title == "New"


@pytest.mark.parametrize("back", [True, False], ids=["put back", "moved"])
def test_after_a_lost_answer_nothing_is_taken_for_done_or_impossible_unread(back: bool) -> None:
    simulator = simulated()
    pins = connect(simulator)
    work = pins.board()["A"]
    simulator.clock.advance(5)
    simulator.script({"on": "bulkUpdateChatsInCategory", "phase": "after", "action": "reset"})
    with pytest.raises(ConnectionFailed) as caught:
        pins.with_options(max_attempts=1).folders.replace_chats(work, ["c5", "c6"])
    assert caught.value.outcome == "unknown"
    if back:
        pins.folders.add_chats(work, ["c1"])
        assert chats(simulator) == ("c5", "c6", "c1")
    else:
        pins.folders.move_chat(work, "c5", above=END)
        assert chats(simulator) == ("c6", "c5")
