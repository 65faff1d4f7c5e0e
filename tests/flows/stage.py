"""Where a flow is played: clients, chats and names that it may use, and what only the simulator can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from cliq_pins import CliqError, Folder

E = TypeVar("E", bound=CliqError)
Given = dict[str, str | int]
"""What a flow starts from, by name."""

PREFIX = "cliq-pins test"
NAMES = ("Later", "New", "Renamed", "Work", "X")
"""What flows call their folders, behind the prefix."""
CHATS = (*(f"70000000000000009{number:02}" for number in range(1, 5)), "CT_7000000000000000905_7000000000000000906")
"""The chats of a stage that is simulated or replayed."""
UNPINNABLE = "7000000000000000907"
"""A chat that the user is in and may not pin; there only where it is simulated."""
NO_CHAT, NO_FOLDER = "7000000000000000998", "7000000000000000999"
"""What nobody has."""
IDS = (*CHATS, UNPINNABLE, NO_CHAT, NO_FOLDER)
"""The ids that are the same on every stage but a live one, and on every cassette."""


class Connect(Protocol):
    """Makes a client of the stage's user in blocking form; the arguments are those of `CliqPins`."""

    def __call__(self, **arguments: Any) -> Any: ...


class Stage:
    """Where a flow is played.

    `chats` are five chats that the user may pin, none of them pinned. `now_ms` tells the service's time, as well as it
    is known, and `wait` lets seconds pass. The methods below the line do nothing here: what they bring about can only
    be had from the simulator, and a cassette has it already.
    """

    def __init__(
        self,
        *,
        connect: Connect,
        now_ms: Callable[[], int],
        wait: Callable[[float], None],
        chats: tuple[str, ...] = CHATS,
        prefix: str = PREFIX,
    ) -> None:
        self._connect = connect
        self._clients: list[Any] = []
        self.now_ms = now_ms
        self.wait = wait
        self.chats = chats
        self.prefix = prefix
        self.pins = self.connect()
        """A client, blocking."""
        self.other = self.connect()
        """Another client of the same user."""
        self.made: list[str] = []
        """The ids of the folders that were made; one may be gone again."""
        self.given: Callable[[Callable[[], Given]], Given] = lambda make: make()
        """What the flow starts from. It is made off the record; on a cassette it is what was noted there."""

    def connect(self, **arguments: Any) -> Any:
        """Another client of the user, in blocking form; the arguments are those of `CliqPins`."""
        made = self._connect(**arguments)
        self._clients.append(made)
        return made

    def title(self, name: str) -> str:
        """The title of a folder of this stage's own."""
        if name not in NAMES:
            raise ValueError(f"{name!r} is none of {NAMES}: a cassette would not keep it")
        return f"{self.prefix} {name}"

    def make(self, name: str, *chats: str, symbol: str = "") -> Folder:
        """Make a folder."""
        made: Folder = self.pins.folders.create(self.title(name), symbol=symbol, chats=chats)
        self.made.append(made.id)
        return made

    def sign_up(self) -> Given:
        """An OAuth client: `client_id`, `client_secret` and a grant `code` that was not used."""
        raise NotImplementedError

    def close(self) -> None:
        """Close every client that was made."""
        for one in self._clients:
            one.close()

    # ------------------------------------------------------------------

    def behave(self, **readings: Any) -> None:
        """Let the simulator read what the contract leaves open like this."""

    def script(self, **fault: Any) -> None:
        """Let a fault strike the next call of an operation."""

    def overrun(self, method: str, target: str, body: bytes) -> None:
        """Make a call, off the record, until its rate limit is used up."""


def error_of(kind: type[E], call: Callable[[], object]) -> E:
    """The error that a call has to raise."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")
