"""Ctrl-C and cancelled tasks, at every point where a call waits or acts (fault F64); forks; other event loops."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx2
import pytest
from msgspec import Struct

from cliq_pins import CliqPins, ConfigurationError, Credentials, Move, http
from cliq_pins.engine import drivers
from cliq_pins.engine.effects import Do, Flow
from cliq_pins.limits import MemoryStore
from cliq_pins.secret import Secret, conceal
from cliq_pins.simulator import Simulator, SimulatorServer
from cliq_pins.testing import connect, connect_async
from cliq_pins.tokens import MemoryTokenStore
from faulty import METHODS, WORK, small_board

ACCOUNTS = "https://accounts.zoho.com"
CALLS: dict[str, Callable[[Any, Any], Any]] = {
    **{name: method.call for name, method in METHODS.items()},
    "create_or_get": lambda pins, held: pins.folders.create_or_get("New"),
    "edit": lambda pins, held: pins.edit(lambda now: Move(now[WORK], above="4000000000000010002"), board=held),
}
ONCE = ("createPinCategory", "pinChat")
"""What must never be sent twice."""


class Point(Struct, frozen=True):
    """One point of a call: its nth effect, before or after it is performed."""

    number: int
    after: bool


class Bomb:
    """Lets a call come to a point, and interrupts it there."""

    def __init__(self, point: Point, error: type[BaseException]) -> None:
        self.point = point
        self.error = error
        self.met = 0
        self.armed = False

    def _strike(self, after: bool) -> None:
        if self.armed and (self.met, after) == (self.point.number, self.point.after):
            self.armed = False
            raise self.error

    def perform(self, *arguments: Any, _real: Callable[..., Any] = drivers._perform) -> Any:
        self.met += 1
        self._strike(False)
        result = _real(*arguments)
        self._strike(True)
        return result

    async def perform_async(self, *arguments: Any, _real: Callable[..., Any] = drivers._perform_async) -> Any:
        self.met += 1
        self._strike(False)
        result = await _real(*arguments)
        self._strike(True)
        return result


class Interrupted:
    """A client that is interrupted once, and what it left behind."""

    def __init__(self) -> None:
        self.simulator = Simulator(small_board())
        self.limits = MemoryStore()
        self.tokens = MemoryTokenStore()
        self.arguments: dict[str, Any] = {
            "credentials": Credentials(**self.simulator.sign_up()),
            "accounts_url": ACCOUNTS,
            "limits": self.limits,
            "token_store": self.tokens,
        }

    def left_nothing(self) -> None:
        for key, window in self.limits._windows.items():
            assert not window.flying, key
            assert not window.queue, key
        assert not self.tokens._locked
        for operation in ONCE:
            assert sum(one.operation == operation for one in self.simulator.log) <= 1

    def run(self, name: str, bomb: Bomb, patch: pytest.MonkeyPatch) -> bool:
        """Whether the call came to the point at all."""
        pins = connect(self.simulator, **self.arguments)
        held = pins.board()
        self.simulator.clock.advance(3600)  # the token is dead, so that signing in is interrupted, too
        patch.setattr(drivers, "_perform", bomb.perform)
        bomb.armed, bomb.met = True, 0
        with suppress(KeyboardInterrupt):
            CALLS[name](pins, held)
        struck, bomb.armed = not bomb.armed, False
        self.left_nothing()
        assert len(pins.board().folders) >= 1, "the client can still be used"
        return struck

    async def run_async(self, name: str, bomb: Bomb, patch: pytest.MonkeyPatch) -> bool:
        pins = connect_async(self.simulator, **self.arguments)
        held = await pins.board()
        self.simulator.clock.advance(3600)
        patch.setattr(drivers, "_perform_async", bomb.perform_async)
        bomb.armed, bomb.met = True, 0
        task = asyncio.ensure_future(CALLS[name](pins, held))
        with suppress(asyncio.CancelledError):
            await task
        struck, bomb.armed = not bomb.armed, False
        while len(asyncio.all_tasks()) > 1:  # a refresh that nobody waits for comes to its end
            await asyncio.sleep(0)
        self.left_nothing()
        assert len((await pins.board()).folders) >= 1
        await pins.close()
        return struck


def every_point(run: Callable[[Point], bool]) -> int:
    """Interrupt a call at each of its points in turn; how many there are."""
    number = 1
    while run(Point(number, after=False)):
        run(Point(number, after=True))
        number += 1
    return number - 1


@pytest.mark.parametrize("name", CALLS)
def test_ctrl_c_anywhere_leaves_nothing_behind(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    points = every_point(lambda point: Interrupted().run(name, Bomb(point, KeyboardInterrupt), monkeypatch))
    assert points > 8


@pytest.mark.parametrize("name", CALLS)
def test_a_task_cancelled_anywhere_leaves_nothing_behind(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(point: Point) -> bool:
        return asyncio.run(Interrupted().run_async(name, Bomb(point, asyncio.CancelledError), monkeypatch))

    assert every_point(run) > 8


def test_an_interrupt_between_two_steps_of_the_driver_reaches_the_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal may come when neither the flow nor an effect runs."""
    ended: list[str] = []

    def flow() -> Any:
        try:
            yield drivers.Now()
        finally:
            ended.append("the flow")

    monkeypatch.setattr(drivers, "_perform", property())  # not even callable
    with pytest.raises(TypeError):
        drivers.run(flow(), None, drivers.SystemClock())  # type: ignore[arg-type]  # nothing is sent
    assert ended == ["the flow"]


# Closed clients, forks and event loops


def test_a_closed_client_sends_nothing() -> None:
    simulator = Simulator(small_board())
    with connect(simulator) as pins:
        derived = pins.with_options(max_wait=1)
    for one in (pins, derived):
        with pytest.raises(ConfigurationError, match="the client is closed; make another"):
            one.folders.create("New")
    pins.close()

    async def run() -> None:
        async with connect_async(simulator) as pins:
            pass
        with pytest.raises(ConfigurationError, match="the client is closed"):
            await pins.board()

    asyncio.run(run())
    assert len(simulator.log) == 0


@pytest.fixture
def server() -> Any:
    with SimulatorServer(Simulator(small_board())) as running:
        yield running


@pytest.mark.parametrize("takes_back", [True, False])
def test_what_a_cancelled_task_did_not_wait_for_is_taken_back_once_it_is_done(takes_back: bool) -> None:
    begun, go_on = threading.Event(), threading.Event()
    undone: list[str] = []
    wrong: list[Any] = []

    def flow() -> Flow[None]:
        yield Do(lambda: (begun.set(), go_on.wait(20)), undo=(lambda: undone.append("undone")) if takes_back else None)

    async def cancelled() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: wrong.append(context))
        task = asyncio.create_task(drivers.run_async(flow(), None, drivers.SystemClock()))  # type: ignore[arg-type]  # it sends nothing
        await asyncio.to_thread(begun.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert undone == []
        go_on.set()

    asyncio.run(cancelled())  # its end waits for the threads
    assert (undone, wrong) == (["undone"] if takes_back else [], [])


def client(server: SimulatorServer, kind: Any = CliqPins, **own: Any) -> Any:
    return kind(base_url=server.base_url, token=server.simulator.token(), trust_env=False, **own)


def make(pins: CliqPins, name: str, queue: Any) -> None:
    queue.put([pins.folders.create(f"{name} {number}").title for number in range(4)])


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_has_connections_of_its_own(server: SimulatorServer) -> None:
    """On one connection, each would read the other's answers."""
    fork = multiprocessing.get_context("fork")
    with client(server) as pins:
        pins.board()
        queue = fork.Queue()
        child = fork.Process(target=make, args=(pins, "child", queue))
        child.start()
        mine = [pins.folders.create(f"parent {number}").title for number in range(4)]
        assert queue.get(timeout=20) == [f"child {number}" for number in range(4)]
        child.join()
    assert mine == [f"parent {number}" for number in range(4)]
    assert len(server.simulator.board().folders) == 2 + 8


def draw(pins: CliqPins, queue: Any) -> None:
    queue.put(pins._runner.session.shared.random.random())


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_forked_children_do_not_all_send_again_at_the_same_moment() -> None:
    fork = multiprocessing.get_context("fork")
    queue = fork.Queue()
    with CliqPins(token="x") as pins:  # noqa: S106
        children = [fork.Process(target=draw, args=(pins, queue)) for _ in range(3)]
        for child in children:
            child.start()
        assert len({queue.get(timeout=20) for _ in children}) == 3
        for child in children:
            child.join()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_does_not_wait_for_its_parents_locks(server: SimulatorServer) -> None:
    fork = multiprocessing.get_context("fork")
    limits = MemoryStore()
    with client(server, limits=limits) as pins:
        held, over = threading.Event(), threading.Event()

        def hold() -> None:
            with limits._lock:
                held.set()
                over.wait(20)

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait(20)
        queue = fork.Queue()
        child = fork.Process(target=make, args=(pins, "child", queue))
        child.start()
        try:
            assert len(queue.get(timeout=20)) == 4
        finally:
            over.set()
            thread.join()
            child.join()


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of connections whose loop was closed first
def test_a_client_goes_on_in_another_event_loop(server: SimulatorServer) -> None:
    from cliq_pins import AsyncCliqPins

    pins = client(server, AsyncCliqPins)

    async def read() -> int:
        return len((await pins.board()).folders)

    async def last() -> int:
        async with pins:
            return await read()

    assert [asyncio.run(read()) for _ in range(3)] == [2, 2, 2]
    assert asyncio.run(last()) == 2
    assert list(pins._runner.sender._pools._pools) == [], "no loop is kept for its connections"
    gc.collect()


# What the world around a call does


@pytest.mark.parametrize("awaits", [False, True])
def test_a_store_that_raises_what_python_ends_iterations_with_is_told(awaits: bool) -> None:
    class Store(MemoryTokenStore):
        def load(self, key: str) -> Any:
            raise StopIteration

    simulator = Simulator()
    own = {"credentials": Credentials(**simulator.sign_up()), "token_store": Store(), "data_centre": "us"}

    def call() -> Any:
        if awaits:
            return asyncio.run(asyncio.wait_for(connect_async(simulator, **own).board(), 5))
        return connect(simulator, **own).board()

    with pytest.raises(RuntimeError, match="StopIteration"):
        call()


class Silent(httpx2.AsyncBaseTransport):
    """Answers no request for a token before it is told to."""

    def __init__(self, simulator: Simulator) -> None:
        self._inner = http.asgi_transport(simulator.asgi())
        self.silent = True

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self.silent and request.url.path == "/oauth/v2/token":
            await asyncio.sleep(3600)
        return await self._inner.handle_async_request(request)


def test_a_refresh_in_an_event_loop_that_was_closed_holds_nobody_up() -> None:
    simulator, store = Simulator(), MemoryTokenStore()
    transport, credentials = Silent(simulator), Credentials(**simulator.sign_up())
    own = {"credentials": credentials, "token_store": store, "data_centre": "us", "transport": transport}
    pins = connect_async(simulator, **own)
    loop = asyncio.new_event_loop()
    with pytest.raises(TimeoutError):
        loop.run_until_complete(asyncio.wait_for(pins.board(), 0.02))
    loop.close()
    assert store.try_lock(credentials.key) is None
    transport.silent = False
    asyncio.run(asyncio.wait_for(pins.board(), 5))
    assert store.try_lock(credentials.key) is not None


def test_an_error_is_made_while_other_threads_make_secrets() -> None:
    over = threading.Event()

    def make() -> None:
        while not over.is_set():
            for one in [Secret(f"1000.{number:032x}") for number in range(50)]:
                assert one

    thread = threading.Thread(target=make)
    thread.start()
    try:
        for _ in range(300):
            conceal("nothing of the kind")
    finally:
        over.set()
        thread.join()
