"""A simulated service with a small board, called in few words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from cliq_pins.simulator import Answer, Behaviour, Board, Request, Simulator, State, User
from cliq_pins.simulator.clock import START_MS
from cliq_pins.testing import board, folder
from cliq_pins_client import operation_table

BASE = "/api/v3"
WORK, PEOPLE, NOWHERE = "4000000000000010001", "4000000000000010002", "4000000000000010009"
OPERATIONS = operation_table()
NOW = START_MS
"""What the clock shows at first; a `last_sync_time` of that time is in step with every folder."""
CHANGED = START_MS - 60_000
"""When every folder of the small board changed last."""
STALE = CHANGED - 1000


def small_board() -> Board:
    """Work has c1 and c2, People c3, My Pins c4; c5 is in no folder, c6 cannot be pinned."""
    made = board(
        folder("Work", "c1", "c2", symbol=":razz:", folder_id=WORK),
        folder("People", "c3", folder_id=PEOPLE),
        my_pins=["c4"],
        chats=["c5"],
        unpinnable=["c6"],
    )
    folders = tuple(replace(one, changed_ms=CHANGED) for one in made.folders)
    return replace(made, folders=folders, default=replace(made.default, changed_ms=CHANGED), changed_ms=CHANGED)


RIGHT: dict[str, tuple[str, str, object]] = {
    "getPinCategories": ("GET", "/pin-categories", UNSET),
    "createPinCategory": ("POST", "/pin-categories", {"title": "New"}),
    "removeChatsAcrossCategories": ("DELETE", "/pin-categories?chat_ids=c1", UNSET),
    "updatePinCategory": ("PUT", f"/pin-categories/{WORK}", {"title": "Renamed"}),
    "reorderChatInCategory": ("PUT", f"/pin-categories/{WORK}", {"chat_id": "c1", "last_sync_time": NOW}),
    "reorderCategory": ("PUT", f"/pin-categories/{WORK}", {"last_sync_time": NOW}),
    "bulkUpdateChatsInCategory": ("PUT", f"/pin-categories/{WORK}", {"chat_ids": ["c5"], "last_sync_time": NOW}),
    "deletePinCategory": ("DELETE", f"/pin-categories/{WORK}", UNSET),
    "pinChat": ("POST", "/chats/c5/pins", {"category_id": WORK}),
    "unpinChat": ("DELETE", "/chats/c1/pins", UNSET),
}
"""For each operation a call of the small board that succeeds: method, path and body."""


class Said(Struct, frozen=True):
    """An answer, ready to be looked at."""

    answer: Answer

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def body(self) -> bytes:
        return self.answer.body

    @property
    def json(self) -> Any:
        """The decoded body."""
        return msgspec.json.decode(self.answer.body)

    @property
    def code(self) -> str | None:
        """The code in the body, if it has one."""
        return self.json.get("code") if self.answer.body else None

    @property
    def verdict(self) -> str | int:
        """The code, or the status if there is no code."""
        return self.code or self.status

    def header(self, name: str) -> str | None:
        """A header's value; `None` if it is not there."""
        (value,) = [value for key, value in self.answer.headers if key == name] or [None]
        return value


def refused(said: Said) -> bool:
    return said.status >= 400


def throttled(said: Said) -> bool:
    return said.status == 429


def repeat(call: Callable[[], Said], until: Callable[[Said], bool] = refused) -> tuple[int, Said]:
    """Make a call until an answer is as given: how many came before, and that one."""
    for number in range(200):
        if until(said := call()):
            return number, said
    raise AssertionError("200 calls passed")


class Caller:
    """A simulated service, and a client of its first user. The rate limits are off unless they are asked for."""

    def __init__(
        self, boards: Board | dict[str, Board] | State | None = None, *, limits: bool = False, **behaviour: Any
    ) -> None:
        self.simulator = Simulator(
            small_board() if boards is None else boards, behaviour=Behaviour(**behaviour), limits=limits
        )
        self.authorization = f"Zoho-oauthtoken {self.simulator.token()}"

    def be(self, user: str | None = None, **token: Any) -> Caller:
        """Go on with a new token."""
        self.authorization = f"Zoho-oauthtoken {self.simulator.token(user, **token)}"
        return self

    def send(self, method: str, target: str, body: bytes = b"", **headers: str) -> Said:
        """Send what is given and nothing else; `_` in a header's name stands for `-`."""
        named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        return Said(self.simulator.handle(Request(method, target, named, body)))

    def call(
        self, method: str, path: str, json: object | UnsetType = UNSET, *, network: str = "", **headers: str
    ) -> Said:
        """Make a call with the token; the path is the one under the base path."""
        target = f"/network/{network}{BASE}{path}" if network else BASE + path
        body = b"" if json is UNSET else msgspec.json.encode(json)
        return self.send(method, target, body, **{"authorization": self.authorization, **headers})

    def right(self, operation: str, **headers: str) -> Said:
        """Make the call of an operation that succeeds."""
        method, path, json = RIGHT[operation]
        return self.call(method, path, json, **headers)

    def get(self, path: str = "/pin-categories", **headers: str) -> Said:
        return self.call("GET", path, **headers)

    def post(self, path: str, json: object | UnsetType = UNSET, **headers: str) -> Said:
        return self.call("POST", path, json, **headers)

    def put(self, folder_id: str, **json: object) -> Said:
        """Change a folder; the keywords are the body's properties."""
        return self.call("PUT", f"/pin-categories/{folder_id}", json)

    def delete(self, path: str, **headers: str) -> Said:
        return self.call("DELETE", path, **headers)

    def later(self, seconds: float) -> int:
        """Let time pass; the new time in epoch milliseconds."""
        self.simulator.clock.advance(seconds)
        return self.simulator.clock.now_ms

    @property
    def board(self) -> Board:
        return self.simulator.board()

    def chats(self, folder_id: str) -> str:
        """The chats of a folder, or of `default`, as one line."""
        (found,) = [one for one in self.board.everything() if one.id == folder_id]
        return " ".join(found.chats)

    def holders(self, chat: str) -> str:
        """The titles of the folders that have a chat, as one line; My Pins is `-`."""
        return " ".join(one.title or "-" for one in self.board.everything() if chat in one.chats)

    @property
    def titles(self) -> str:
        """The titles of the folders, in order, as one line."""
        return " ".join(one.title for one in self.board.folders)


def in_network(*users: str) -> Caller:
    """A service whose users are in network `acme` too, and a guest who is not."""
    boards = {"": small_board(), "acme": board(folder("Acme's", "c1", folder_id=WORK))}
    return Caller(State(users={user: User(boards=boards) for user in users} | {"guest": User(boards={"": board()})}))
