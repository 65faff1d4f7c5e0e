"""Calls of one client that are on their way at once: it is told of no conflict of its own doing, and nothing is lost.

The service may carry them out in any order; each answer may come when others have long begun, or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import product
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cliq_pins import END, CliqError, StaleBoard
from cliq_pins.http import asgi_transport
from cliq_pins.simulator import Behaviour, Simulator, readings
from cliq_pins.testing import board, connect_async, folder
from latency import Foreigner

A, B, C = "4000000000000010001", "4000000000000010002", "4000000000000010003"
JUDGING = ("staleness_scope", "staleness_comparison", "staleness_resolution")
MOVING = ("new_folder_goes", "pin_elsewhere", "unpin_all_reaches", "default_folder_lists_chats")
READINGS = list(product(*(readings()[one] for one in JUDGING)))
OURS = [f"o{number}" for number in range(50)]
THEIRS = [f"f{number}" for number in range(100)]
MOMENTS = st.sampled_from([0.0, 0.0, 0.1, 0.4])
"""Seconds that a request, or an answer, takes."""
STEPS = (
    "replace",
    "add",
    "remove",
    "move",
    "move chat",
    "pin",
    "pin elsewhere",
    "unpin",
    "create",
    "delete",
    "update",
    "read",
)


class Slow(httpx2.AsyncBaseTransport):
    """Lets other tasks run while a request is on its way, there and back, and loses some that change something."""

    def __init__(self, simulator: Simulator, draw: Callable[..., Any], *, loses: bool) -> None:
        self._inner = asgi_transport(simulator.asgi())
        self._advance, self._draw, self._loses = simulator.clock.advance, draw, loses
        self.meanwhile: Callable[[], None] | None = None
        """What somebody else does now and then, while a request is on its way."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        losses = [None] * 8 + ["before", "after"] * self._loses
        lost = None if request.method == "GET" else self._draw(st.sampled_from(losses))
        await self._travel()
        if lost == "before":
            raise httpx2.ReadError("gone")
        response = await self._inner.handle_async_request(request)
        await self._travel()
        if lost == "after":
            raise httpx2.ReadError("gone")
        return response

    async def _travel(self) -> None:
        for _ in range(self._draw(st.integers(0, 4))):
            await asyncio.sleep(0)
        self._advance(self._draw(MOMENTS))
        if self.meanwhile and self._draw(st.sampled_from([False, False, False, True])):
            self.meanwhile()


class Crowd:
    """One client with several tasks, its boards, and somebody else."""

    def __init__(self, data: st.DataObject, reading: tuple[str | bool, ...]) -> None:
        self.draw = data.draw
        layouts = {one: self.draw(st.sampled_from(readings()[one])) for one in MOVING}
        behaviour = replace(Behaviour(max_pins=500), **dict(zip(JUDGING, reading, strict=True)), **layouts)
        folders = folder("A", "c1", "c2", folder_id=A), folder("B", "c3", folder_id=B), folder("C", "c4", folder_id=C)
        self.simulator = Simulator(board(*folders, chats=[*OURS, *THEIRS]), behaviour=behaviour, limits=False)
        self.line = Slow(self.simulator, self.draw, loses=self.draw(st.booleans()))
        attempts, strict = self.draw(st.sampled_from([1, 3])), self.draw(st.booleans())
        self.pins = connect_async(self.simulator, transport=self.line, max_attempts=attempts, strict=strict)
        self.boards: list[Any] = []
        self.ours, self.theirs = iter(OURS), iter(THEIRS)
        self.added = set[str]()
        self.other = Foreigner(self.simulator)

    async def step(self, what: str, chats: list[str]) -> None:
        """Do something with a folder, by its id or as a board had it."""
        held = self.draw(st.sampled_from(self.boards))
        where = self.draw(st.sampled_from([A, A, B]))
        listed = [one for one in held.everything if one.id == where]
        ref = self.draw(st.sampled_from([where, *listed, *listed]))
        if what == "read":
            self.boards.append(await self.pins.board())
        elif what == "add":
            await self.pins.folders.add_chats(A if where == B else ref, chats)
            self.added |= set(chats)
        else:
            folders, pinned = self.pins.folders, self.pins.chats
            acts: dict[str, Callable[[], Awaitable[object]]] = {
                "replace": lambda: folders.replace_chats(ref, chats),
                "remove": lambda: folders.remove_chats(ref, ["c1"]),
                "move": lambda: folders.move(ref, above=END),
                "move chat": lambda: folders.move_chat(A, "c2", above=END),
                "create": lambda: folders.create("New", chats=chats),
                "delete": lambda: folders.delete(C, unpin_all=self.draw(st.booleans())),
                "update": lambda: folders.update(B, state="collapsed"),
                "pin": lambda: pinned.pin(chats[0], folder=ref),
                "pin elsewhere": lambda: pinned.pin("c1", folder=C),
                "unpin": lambda: pinned.unpin_many(["c3", "c1"]),
            }
            await acts[what]()

    async def at_once(self, steps: tuple[str, ...], attempt: Callable[[Awaitable[None]], Awaitable[None]]) -> None:
        """Several things at once."""
        self.simulator.clock.advance(self.draw(st.sampled_from([0.0, 0.1, 0.4, 1.3, 5.0])))
        chosen = self.draw(st.lists(st.sampled_from(steps), min_size=1, max_size=4))
        await asyncio.gather(*(attempt(self.step(one, [next(self.ours)])) for one in chosen))

    def meddle(self) -> None:
        """Somebody else puts a chat in the first folder, seconds before and after the service does anything of ours."""
        self.simulator.clock.advance(2)
        had = next(one.chats for one in self.simulator.board().folders if one.id == A)
        self.other.put(A, chat_ids=self.draw(st.permutations([*had[:3], next(self.theirs)])) + list(had[3:]))
        self.simulator.clock.advance(2)


@pytest.mark.parametrize("reading", READINGS, ids=lambda one: ", ".join(map(str, one)))
@settings(max_examples=60)
@given(data=st.data())
def test_calls_at_once_are_no_conflict_with_each_other(reading: tuple[str | bool, ...], data: st.DataObject) -> None:
    crowd = Crowd(data, reading)

    async def attempt(call: Awaitable[None]) -> None:
        try:
            await call
        except StaleBoard as stale:
            if stale.board is not None:  # else no reading was to be had
                raise
        except CliqError:
            pass  # lost, or refused for what it is

    async def run() -> None:
        crowd.boards.append(await crowd.pins.board())
        for _ in range(data.draw(st.integers(1, 3))):
            await crowd.at_once(STEPS, attempt)

    asyncio.run(run())


@pytest.mark.parametrize("reading", READINGS, ids=lambda one: ", ".join(map(str, one)))
@settings(max_examples=60)
@given(data=st.data())
def test_calls_at_once_overwrite_nothing(reading: tuple[str | bool, ...], data: st.DataObject) -> None:
    """Neither what somebody else added, nor what a guarded write of ours did."""
    crowd = Crowd(data, reading)
    crowd.line.meanwhile = crowd.meddle
    steps = tuple(one for one in STEPS if one not in ("replace", "pin"))  # which are meant to, or may

    async def attempt(call: Awaitable[None]) -> None:
        with suppress(CliqError):
            await call

    async def run() -> None:
        crowd.boards.append(await crowd.pins.board())
        for _ in range(data.draw(st.integers(1, 4))):
            await crowd.at_once(steps, attempt)

    asyncio.run(run())
    there = {chat for one in crowd.simulator.board().folders if one.id == A for chat in one.chats}
    theirs = set(THEIRS) - set(crowd.theirs)
    assert theirs | crowd.added <= there
