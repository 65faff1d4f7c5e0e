"""A stage in this process: a simulated service under the real host names."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from cliq_pins.limits import MemoryStore
from cliq_pins.simulator import Behaviour, Board, Fault, Request, Simulator
from cliq_pins.testing import board, chat, connect, connect_async, folder
from service import BASE

from .blocking import Blocker
from .stage import CHATS, PREFIX, UNPINNABLE, Given, Stage

USER = "tester"
"""Whose limits both clients share."""


def users_board(chats: tuple[str, ...] = CHATS) -> Board:
    """What the user has: a folder of his own, and chats with people and messages that are nobody else's business."""
    people = ("Ada Byron", "Grace Hopper")
    described = [chat(one, f"Room {one[-2:]}", people=people, last_message=f"{one} at nine?") for one in chats]
    own = chat("1488288613043522033", "Family", chat_type="group_chat", people=("Alan Turing",), last_message="Home?")
    mine = folder("Private matters", own.chat_id, symbol="🏠", folder_id="4000000000000010001")
    return board(mine, chats=[*described, own], unpinnable=[UNPINNABLE])


class SimulatedStage(Stage):
    """A stage with a simulator of its own, and every client in blocking form. `blocker` makes them await."""

    def __init__(
        self,
        simulator: Simulator | None = None,
        *,
        blocker: Blocker | None = None,
        chats: tuple[str, ...] = CHATS,
        prefix: str = PREFIX,
        **own: Any,
    ) -> None:
        self.simulator = simulator or Simulator(users_board(chats))
        clock = self.simulator.clock
        shared = {"limits": MemoryStore(), "user": USER, "data_centre": "us", **own}

        def client(**arguments: Any) -> Any:
            arguments = {**shared, **arguments}
            if blocker is None:
                return connect(self.simulator, **arguments)
            return blocker.client(connect_async(self.simulator, **arguments))

        super().__init__(connect=client, now_ms=lambda: clock.now_ms, wait=clock.advance, chats=chats, prefix=prefix)

    def sign_up(self) -> Given:
        return dict(self.simulator.sign_up())

    def behave(self, **readings: Any) -> None:
        self.simulator.behave(Behaviour(**readings))

    def script(self, **fault: Any) -> None:
        self.simulator.script(Fault(**fault))

    def overrun(self, method: str, target: str, body: bytes) -> None:
        headers = (("authorization", f"Zoho-oauthtoken {self.simulator.token()}"),)
        request = Request(method, BASE + target, headers, body)
        while self.simulator.handle(request).status != HTTPStatus.TOO_MANY_REQUESTS:
            pass
