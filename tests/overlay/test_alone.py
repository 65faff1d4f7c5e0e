"""One client alone on a board: whatever it did just before, and whichever answers were lost, it is told of no conflict.

The machines have seconds between two steps; here a step may come in the same second as the one before it.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cliq_pins import END, Board, CliqError, StaleBoard
from cliq_pins.simulator import Behaviour, Fault, Simulator, readings
from cliq_pins.testing import board, connect, folder

A, B, C = "4000000000000010001", "4000000000000010002", "4000000000000010003"
CHATS = ("c1", "c2", "c3", "c4", "c5", "c6")
JUDGING = ("staleness_scope", "staleness_comparison", "staleness_resolution")
READINGS = list(product(*(readings()[one] for one in JUDGING)))
"""What decides of a write whether it is a conflict. The chats of My Pins are not listed under any of them."""
LOSSES: tuple[dict[str, Any], ...] = (
    {"phase": "after", "action": "close", "args": {"at": "answer"}},
    {"phase": "before", "action": "reset", "args": {"at": "body"}},
    {"phase": "after", "action": "status", "args": {"status": 503, "headers": {"retry-after": "2"}}},
)
STEPS = ("replace", "add", "remove", "move", "pin", "unpin", "update", "create", "delete", "read")


class Alone:
    """One client, its boards, and what is done with them."""

    def __init__(self, data: st.DataObject, behaviour: Behaviour) -> None:
        self.draw = data.draw
        folders = folder("A", "c1", "c2", folder_id=A), folder("B", "c3", folder_id=B), folder("C", folder_id=C)
        self.simulator = Simulator(board(*folders, chats=CHATS), behaviour=behaviour, limits=False)
        attempts = self.draw(st.sampled_from([1, 3]), label="attempts")
        self.pins = connect(self.simulator, max_attempts=attempts, strict=self.draw(st.booleans(), label="strict"))
        self.boards = [self.pins.board()]

    def do(self, what: str, where: str, board: Board | None) -> None:
        """Do something with a folder, by its id or as a board had it, at once or a little later."""
        self.simulator.clock.advance(self.draw(st.sampled_from([0.0, 0.1, 0.4, 1.3, 5.0]), label="later"))
        self.simulator.log.clear()
        loss = self.draw(st.sampled_from([None, None, *LOSSES]), label="loss")
        nth = self.draw(st.integers(1, 2), label="nth")
        self.simulator.script(*([Fault(on="*", nth=nth, **loss)] if loss else []))
        try:
            self.act(what, where if board is None else next(one for one in board.everything if one.id == where))
        except StaleBoard as stale:
            if not self.nobody_can_tell(where, stale):
                raise
        except CliqError:
            pass  # lost, or refused for what it is
        finally:
            self.simulator.script()

    def act(self, what: str, ref: Any) -> None:
        chats = self.draw(st.lists(st.sampled_from(CHATS), max_size=2, unique=True), label="chats")
        match what:
            case "replace":
                self.pins.folders.replace_chats(ref, chats)
            case "add":
                self.pins.folders.add_chats(ref, chats)
            case "remove":
                self.pins.folders.remove_chats(ref, chats)
            case "move":
                self.pins.folders.move(ref, above=END)
            case "pin":
                self.pins.chats.pin(self.draw(st.sampled_from(CHATS), label="chat"), folder=ref)
            case "unpin":
                self.pins.chats.unpin_many(chats)
            case "update":
                self.pins.folders.update(B, state="collapsed")
            case "create":
                self.pins.folders.create("New", chats=chats)
            case "delete":
                self.pins.folders.delete(C, unpin_all=True)
            case _:
                self.boards.append(self.pins.board())

    def nobody_can_tell(self, where: str, error: StaleBoard) -> bool:
        """Whether no reading was to be had, or none shows a write that was lost and then refused a second time."""
        sent = {one.body for one in self.simulator.log if one.operation == error.operation}
        return error.board is None or (error.outcome == "unknown" and where == "default" and len(sent) > 1)


@pytest.mark.parametrize("reading", READINGS, ids=lambda one: ", ".join(map(str, one)))
@settings(max_examples=150)
@given(data=st.data())
def test_one_client_alone_is_told_of_no_conflict(reading: tuple[str | bool, ...], data: st.DataObject) -> None:
    behaviour = replace(Behaviour(max_pins=100), **dict(zip(JUDGING, reading, strict=True)))
    alone = Alone(data, behaviour)
    for _ in range(data.draw(st.integers(1, 3), label="steps")):
        where = data.draw(st.sampled_from(["default", A, B]), label="where")
        held = data.draw(st.sampled_from([None, *alone.boards]), label="held")
        alone.do(data.draw(st.sampled_from(STEPS), label="step"), where, held)
        alone.do("replace", "default", alone.boards[0])  # of which a reading shows least
