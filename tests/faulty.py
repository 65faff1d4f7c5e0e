"""A simulated service behind a socket that goes wrong, and both clients of it: every call is made with each."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import msgspec
from msgspec import Struct

from cliq_pins import END, AsyncCliqPins, CliqError, CliqPins
from cliq_pins.engine.effects import Send
from cliq_pins.limits import MemoryStore
from cliq_pins.simulator import Behaviour, Board, Fault, LogEntry, Simulator, SimulatorServer, State
from cliq_pins.simulator.clock import START_MS
from cliq_pins.simulator.simulator import state_of
from cliq_pins.testing import SimulatedClock, board, folder
from cliq_pins.tokens import Credentials

WORK, PEOPLE = "4000000000000010001", "4000000000000010002"
TIMEOUT = 0.05
"""Seconds of real time that a client waits for a server that is silent for good."""
TICK, PATIENCE = 0.001, 10.0
"""Seconds of real time between two looks whether a server has seen a request, and after which nobody looks any more."""


def small_board() -> Board:
    return board(
        folder("Work", "c1", "c2", "c3", folder_id=WORK), folder("People", "c4", folder_id=PEOPLE), chats=["c5", "c6"]
    )


class Method(Struct, frozen=True):
    """A method of the client, by the operation that it makes."""

    call: Callable[[Any, Any], Any]
    retry_class: str
    gives_data: bool
    done: Callable[[Board], bool]
    """Whether the board shows that it was done."""


def chats(board: Board, folder_id: str) -> tuple[str, ...]:
    return next((one.chats for one in board.folders if one.id == folder_id), ())


def titles(board: Board) -> list[str]:
    return [one.title for one in board.folders]


METHODS: dict[str, Method] = {
    "getPinCategories": Method(lambda pins, held: pins.board(), "safe", True, lambda now: True),
    "createPinCategory": Method(
        lambda pins, held: pins.folders.create("New", chats=["c5"]), "create", True, lambda now: "New" in titles(now)
    ),
    "removeChatsAcrossCategories": Method(
        lambda pins, held: pins.chats.unpin_many(["c1", "c4"]),
        "idempotent",
        False,
        lambda now: chats(now, PEOPLE) == (),
    ),
    "updatePinCategory": Method(
        lambda pins, held: pins.folders.update(held[WORK], title="Other"),
        "idempotent",
        False,
        lambda now: "Other" in titles(now),
    ),
    "reorderChatInCategory": Method(
        lambda pins, held: pins.folders.move_chat(held[WORK], "c1", above=END),
        "guarded",
        False,
        lambda now: chats(now, WORK) == ("c2", "c3", "c1"),
    ),
    "reorderCategory": Method(
        lambda pins, held: pins.folders.move(held[WORK], above=END),
        "guarded",
        False,
        lambda now: [one.id for one in now.folders][-1] == WORK,
    ),
    "bulkUpdateChatsInCategory": Method(
        lambda pins, held: pins.folders.replace_chats(held[WORK], ["c6", "c1"]),
        "guarded",
        False,
        lambda now: chats(now, WORK) == ("c6", "c1"),
    ),
    "deletePinCategory": Method(
        lambda pins, held: pins.folders.delete(held[PEOPLE], unpin_all=False),
        "idempotent",
        False,
        lambda now: PEOPLE not in [one.id for one in now.folders],
    ),
    "pinChat": Method(
        lambda pins, held: pins.chats.pin("c6", folder=held[WORK]),
        "create",
        True,
        lambda now: "c6" in chats(now, WORK),
    ),
    "unpinChat": Method(
        lambda pins, held: pins.chats.unpin("c1"), "idempotent", True, lambda now: "c1" not in chats(now, WORK)
    ),
}
"""A method for each operation, called on a board that was read five seconds before."""


class Trace(Struct):
    """What came of a call."""

    kind: str | None = None
    """The kind of error; `None` for success."""
    outcome: str | None = None
    attempts: int = 0
    retry_after: float | None = None
    wire: list[tuple[str | None, int | None, str]] = []
    """What the service saw: operation, status and body of each request."""
    times: list[int] = []
    """When it saw them, in milliseconds since the call began, by the virtual clock."""
    done: bool = False
    unused: int = 0


class Service:
    """One simulated service for many cells."""

    def __init__(self, server: SimulatorServer) -> None:
        self.server = server
        self.simulator = server.simulator
        self.impatient = False
        self.deadline: float | None = None

    def begin(self, behaviour: Behaviour, state: State | None = None) -> None:
        self.simulator.clock.now_ms = START_MS  # type: ignore[misc]  # a virtual one
        self.simulator.behave(behaviour)
        self.simulator.load(state or state_of(small_board()))
        self.simulator.script()
        self.simulator.log.clear()

    def settings(self, sign_in: bool, **own: Any) -> dict[str, Any]:
        origin = self.server.urls.origin
        signed: dict[str, Any] = {"token": self.simulator.token()}
        if sign_in:
            client = self.simulator.sign_up()
            signed = {
                "credentials": Credentials(
                    client_id=client["client_id"], client_secret=client["client_secret"], code=client["code"]
                ),
                "accounts_url": origin,
            }
        return {
            **signed,
            "base_url": self.server.base_url,
            "clock": SimulatedClock(self.simulator.clock),
            "limits": MemoryStore(),
            "random": Random(1),
            "timeout": 5.0,
            "trust_env": False,
            **own,
        }

    def both(
        self,
        act: Callable[[Any, Any], Any],
        script: list[Fault] | tuple[Fault, ...],
        *,
        behaviour: Behaviour | None = None,
        sign_in: bool = False,
        done: Callable[[Board], bool] = lambda now: True,
        reconnect: bool = False,
        racy: bool = False,
        impatient: bool = False,
        deadline: float | None = None,
        **own: Any,
    ) -> list[Trace]:
        """Call with both clients; what came of it, which is the same unless it depends on who is faster.

        One that is impatient gives a call that is struck little time, and only that: the machine may be slow. So too
        the deadline, in seconds, is that of `act` alone.
        """
        self.impatient, self.deadline = impatient, deadline
        traces = [
            self._sync(act, script, behaviour or Behaviour(), sign_in, done, reconnect, own),
            asyncio.run(self._async(act, script, behaviour or Behaviour(), sign_in, done, reconnect, own)),
        ]
        assert traces[0] == traces[1] or racy, f"blocking and awaiting differ: {traces}"
        return traces

    def _sync(
        self,
        act: Any,
        script: Any,
        behaviour: Behaviour,
        sign_in: bool,
        done: Any,
        reconnect: bool,
        own: dict[str, Any],
    ) -> Trace:
        self.begin(behaviour)
        with CliqPins(**self.settings(sign_in, **own)) as pins:
            held = pins.board()
            if reconnect:
                for pool in pins._runner.sender._pools.drain():  # the next request makes a connection of its own
                    pool.close()
            started = self._arm(script)
            sender = pins._runner.sender
            send = sender.send

            def sent(effect: Send) -> Any:
                late = self._late()
                result = send(self._in_time(effect))
                while late():
                    time.sleep(TICK)
                return result

            sender.send = sent  # type: ignore[method-assign]
            trace = Trace()
            try:
                act(self._hurried(pins), held)
            except CliqError as error:
                _tell(trace, error)
            return self._finish(trace, started, done)

    async def _async(
        self,
        act: Any,
        script: Any,
        behaviour: Behaviour,
        sign_in: bool,
        done: Any,
        reconnect: bool,
        own: dict[str, Any],
    ) -> Trace:
        self.begin(behaviour)
        async with AsyncCliqPins(**self.settings(sign_in, **own)) as pins:
            held = await pins.board()
            if reconnect:
                for pool in pins._runner.sender._pools.drain(asyncio.get_running_loop()):
                    await pool.aclose()
            started = self._arm(script)
            sender = pins._runner.sender
            send = sender.send

            async def sent(effect: Send) -> Any:
                late = self._late()
                result = await send(self._in_time(effect))
                while late():
                    await asyncio.sleep(TICK)
                return result

            sender.send = sent  # type: ignore[method-assign]
            trace = Trace()
            try:
                result = act(self._hurried(pins), held)
                if inspect.isawaitable(result):
                    await result
            except CliqError as error:
                _tell(trace, error)
            return self._finish(trace, started, done)

    def _hurried(self, pins: Any) -> Any:
        return pins if self.deadline is None else pins.with_options(deadline=self.deadline)

    def _in_time(self, effect: Send) -> Send:
        return msgspec.structs.replace(effect, timeout=TIMEOUT) if self.impatient and self._strikes() else effect

    def _strikes(self) -> bool:
        return bool(self.simulator.unused_faults())

    def _late(self) -> Callable[[], bool]:
        """Whether the server has yet to see the next request, though it may be given up: the machine may be slow."""
        hurries = self._strikes() and (self.impatient or self.deadline is not None)
        seen, until = len(self.simulator.log), time.monotonic() + PATIENCE
        return lambda: hurries and len(self.simulator.log) == seen and time.monotonic() < until

    def _arm(self, script: Any) -> int:
        self.simulator.clock.advance(5)
        self.simulator.log.clear()
        self.simulator.script(*script)
        return self.simulator.clock.now_ms

    def _finish(self, trace: Trace, started: int, done: Callable[[Board], bool]) -> Trace:
        entries: list[LogEntry] = list(self.simulator.log)
        trace.wire = [(one.operation, one.status, one.body) for one in entries]
        trace.times = [one.time_ms - started for one in entries]
        trace.done = done(self.simulator.board())
        trace.unused = len(self.simulator.unused_faults())
        return trace


def _tell(trace: Trace, error: CliqError) -> None:
    trace.kind = error.kind
    trace.outcome = error.outcome
    trace.attempts = error.attempts
    trace.retry_after = None if error.retry_after is None else round(error.retry_after, 3)
    text = f"{error}\n{error!r}\n{error.context!r}"
    assert "1000." not in text, "a token is shown"
    assert "\n" not in str(error), "an error is one line"


@contextmanager
def service() -> Iterator[Service]:
    with SimulatorServer(Simulator(small_board())) as server:
        yield Service(server)


def only(fault: Fault) -> Fault:
    """One fault of a script of several, to strike the first call."""
    return msgspec.structs.replace(fault, nth=1) if fault.every is None else fault
