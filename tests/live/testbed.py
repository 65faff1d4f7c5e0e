"""What the probes work with: folders of their own, test chats, answers as evidence, and the service's time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

from msgspec import UNSET

from cliq_pins import CliqError, CliqPins, RateLimited
from cliq_pins.engine.drivers import Clock
from cliq_pins.engine.view import wire
from cliq_pins_client import Call, operations
from contract_schemas import ENDPOINTS

from .answer import Refused, Said, is_stale
from .clients import Clients
from .guard import Guard
from .journal import Unobserved
from .server_time import ServerTime, milliseconds

SYMBOL = "🧪"
"""Every folder has one, but for where that is the question: a service may want it."""
(CHAT_IDS,) = ENDPOINTS["removeChatsAcrossCategories"]["parameters"]
AT_ONCE: int = CHAT_IDS["schema"]["maxItems"]
"""How many chats are unpinned in one call; the generated client refuses more."""
TRIES = 4
"""How often a guarded change is tried: somebody else may be faster."""
APART = 2.0
"""Seconds between two moments that are to be in different seconds of the service's clock."""


class Testbed:
    """The service as the probes see it."""

    def __init__(self, clients: Clients, guard: Guard, clock: Clock, chats: Sequence[str]) -> None:
        self.clients = clients
        self.chats = tuple(chats)
        self.time = ServerTime()
        self.titles = guard.titles
        """How the titles of this run's folders begin."""
        self._numbers = count(1)
        self._guard = guard
        self._clock = clock
        self._open: list[str] = []
        """The folders that are there."""
        self._pinned = set(chats)
        """The test chats that may be pinned somewhere."""

    # what is said

    def send(self, call: Call[Any], client: CliqPins | None = None) -> Said:
        """Send a call and give the answer, whatever it is. Raises `Unobserved` if there is none.

        With the run's own client, a call that meets a lock waits for its end and is sent once more.
        """
        for attempt in (1, 2):
            try:
                value = (client or self.clients.pins).send(call)
            except RateLimited as error:
                if client is None and attempt == 1:
                    continue  # the client knows of the lock now, and waits
                return self._said(error)
            except CliqError as error:
                return self._said(error)
            self.time.observe(self._guard.last)
            return Said(self._guard.last.status, None, value, None, self._guard.last)
        raise AssertionError("the second attempt returns")

    def _said(self, error: CliqError) -> Said:
        status = error.status
        if error.answer is None or status is None or status >= 500 or (status < 300 and error.code is None):
            raise Unobserved(f"{error.operation}: {error.kind}" + (f" ({status})" if status else "")) from error
        self.time.observe(self._guard.last)
        return Said(
            status,
            error.code,
            None,
            error.retry_after,
            self._guard.last,
            throttled=isinstance(error, RateLimited),
            named_wait="retry-after" in error.answer.headers,
        )

    def done(self, said: Said, what: str) -> Said:
        """Insist that it was done: a probe needs it to go on."""
        if not said.ok:
            raise Refused(what, said)
        return said

    # the board

    def board(self, *made: str) -> dict[str, list[str] | None]:
        """My Pins and the folders by id, in order, each with its chats if they are listed.

        Raises `Unobserved` if folders are not listed that were made.
        """
        said = self.done(self.read(), "reading the board")
        board = {
            one.category_id or "": None if one.chats is None else [chat.chat_id or "" for chat in one.chats]
            for one in said.value.data
        }
        if not board.keys() >= set(made):
            raise Unobserved("a folder that was made is not listed")
        return board

    def read(self, client: CliqPins | None = None) -> Said:
        """Read the board with chats."""
        return self.send(operations.get_pin_categories(include_fields=["chats"]), client)

    def chats_of(self, folder: str) -> list[str]:
        """The chats of a folder of ours."""
        return self.board(folder)[folder] or []

    # changes

    def create(self, chats: Iterable[str] = (), *, symbol: bool = True) -> Said:
        """Ask for a folder. It is removed after the probe."""
        ids = list(chats)
        body = {"title": self._title(), "symbol": SYMBOL if symbol else UNSET, "chat_ids": ids or UNSET}
        said = self.send(operations.create_pin_category(body=body))
        self._pinned |= set(ids)
        if said.ok:
            made = said.value.data.category_id
            if not self._guard.is_our_folder(made):
                raise Unobserved("a create names a folder that it cannot have made")
            self._open.append(made)
        return said

    def make(self, *chats: str) -> str:
        """Make a folder with chats; gives its id."""
        made: str = self.done(self.create(chats), "making a folder").value.data.category_id
        return made

    def pin(self, chat: str, folder: str | None = None) -> Said:
        """Pin a test chat, in My Pins if no folder is named."""
        self._pinned.add(chat)
        return self.send(operations.pin_chat(chat, body=UNSET if folder is None else {"category_id": folder}))

    def unpin(self, chat: str) -> Said:
        """Take a test chat out of everything."""
        said = self.send(operations.unpin_chat(chat))
        if said.ok:
            self._pinned.discard(chat)
        return said

    def unpin_all(self, chats: Sequence[str]) -> Said:
        """Take up to `AT_ONCE` test chats out of everything at once."""
        said = self.send(operations.remove_chats_across_categories(chat_ids=list(chats)))
        if said.ok:
            self._pinned.difference_update(chats)
        return said

    def put(self, folder: str, client: CliqPins | None = None, **body: Any) -> Said:
        """Change a folder; the body tells which of the four operations it is.

        A `last_sync_time` is given in epoch milliseconds, and sent in the form in which the overlay sends it.
        """
        self._pinned |= {*body.get("chat_ids", ()), *([body["chat_id"]] if "chat_id" in body else [])}
        if "last_sync_time" in body:
            body["last_sync_time"] = wire((body["last_sync_time"] + 0.5) / 1000)  # the middle: a float is not exact
        return self.send(operations.update_pin_category(folder, body=body), client)

    def rename(self, folder: str) -> Said:
        """Give a folder another title."""
        return self.put(folder, title=self._title())

    def _title(self) -> str:
        return f"{self.titles} {next(self._numbers)}"

    def put_in_step(self, folder: str, **body: Any) -> Said:
        """A guarded change of a folder that no other change is after."""
        return self.in_step(lambda at: self.put(folder, last_sync_time=at, **body))

    def in_step(self, change: Callable[[int], Said]) -> Said:
        """A change with a `last_sync_time` that no other change is after; again if somebody else was faster."""
        for _ in range(TRIES):
            said = change(self.moment())
            if not is_stale(said):
                return said
        raise Unobserved("a change that is in step is refused as stale: does somebody use this account now?")

    def delete(self, folder: str, *, unpin_all: bool = False) -> Said:
        """Delete a folder of ours."""
        said = self.send(operations.delete_pin_category(folder, unpin_all=unpin_all))
        if said.ok and folder in self._open:
            self._open.remove(folder)
        return said

    def tidy(self) -> None:
        """Remove what a probe made; what cannot be removed now is left to the end of the run."""
        for folder in list(self._open):
            with suppress(Exception):
                self.delete(folder)
        self._open.clear()
        with suppress(Exception):
            self.unpin_test_chats()

    def unpin_test_chats(self) -> None:
        """Take the test chats out of everything, as far as they may be in anything."""
        self.take_out([chat for chat in self.chats if chat in self._pinned])

    def take_out(self, pinned: Sequence[str]) -> dict[str, Said]:
        """Take chats out of everything, at once or, if that is refused, one by one; gives what is refused then, too."""
        refused: dict[str, Said] = {}
        for at in range(0, len(pinned), AT_ONCE):
            chats = pinned[at : at + AT_ONCE]
            if not self.unpin_all(chats).ok:
                answers = {chat: self.unpin(chat) for chat in chats}
                refused |= {chat: said for chat, said in answers.items() if not said.ok}
        return refused

    # time

    @property
    def now(self) -> int:
        """The local time in milliseconds, for differences."""
        return round(milliseconds(self._clock))

    def time_there(self) -> int:
        """The service's time in epoch milliseconds, as well as it is known."""
        low, high = self.time.bounds
        return self.now + (low + high) // 2

    def sleep(self, seconds: float) -> None:
        """Wait."""
        if seconds > 0:
            self._clock.sleep(seconds)

    def sleep_until(self, fraction: int) -> None:
        """Wait until the service's clock is about to show that fraction of a second, in milliseconds."""
        self.sleep((self.time.until(fraction, self.now) - 0.5) / 1000)

    def moment(self) -> int:
        """A moment of the service's time that is at least a second after all changes so far and before all later ones.

        Epoch milliseconds. Whatever the resolution and the comparison are, as a `last_sync_time` it is in step with
        the changes before it and stale to those after it.
        """
        self.sleep(APART)
        date = self.send(operations.get_pin_categories()).exchange.date
        if date is None:
            raise Unobserved("the answers have no Date")
        self.sleep(APART)
        return date
