"""What each method of a client does to a user's folders and pins, in the most obvious way, if nobody else interferes.

Beneath is the naive board, which knows the service alone; here is what the client adds. A method tells what must come
of it; a model can be copied, to see what a call would do.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

from cliq_pins.codes import meaning
from cliq_pins.simulator import Behaviour, Board
from naive_board import NaiveBoard

CHATS = [f"C{number}" for number in range(1, 7)]
UNPINNABLE = "C6"
FOREIGN = "C9"
NOW = 10**12
"""A sync point that no change is later than."""


class Must(NamedTuple):
    """What must come of a call."""

    error: str | None = None
    """The class of its error; `None` if it is done."""
    code: str | None = None
    sent: bool = True
    """Whether anything is sent that could change something."""


DONE = Must()


class Refused(Exception):  # noqa: N818  # it is what it says
    """The client refuses a call by itself."""


class Model:
    """A user's board."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.naive = NaiveBoard(CHATS, [UNPINNABLE], behaviour)

    def copy(self) -> Model:
        made = Model(self.behaviour)
        made.naive.folders, made.naive.changed = deepcopy(self.naive.folders), self.naive.changed
        return made

    @property
    def ids(self) -> list[str]:
        """The folders in order, without My Pins."""
        return [one["id"] for one in self.naive.folders[1:]]

    def titled(self, title: str) -> str | None:
        """The first folder of a title."""
        return next((one["id"] for one in self.naive.folders[1:] if one["title"] == title), None)

    def chats(self, folder: str) -> list[str]:
        found = self.naive.find(folder)
        return found["chats"] if found else []  # type: ignore[no-any-return]  # a list of ids

    def nowhere(self, chats: list[str]) -> bool:
        """Whether no folder has any of these chats."""
        return not any(set(chats) & set(one["chats"]) for one in self.naive.folders)

    def lists(self, folder: str) -> bool:
        """Whether the service lists the chats of a folder."""
        return folder != "default" or self.behaviour.default_folder_lists_chats

    def facts(self) -> list[tuple[Any, ...]]:
        """All that there is to know of the board."""
        return [
            (one["id"], one.get("title", ""), one.get("symbol") or "", one.get("state"), tuple(one["chats"]))
            for one in self.naive.folders
        ]

    # What the client does by itself

    def _refuse_unknown(self, *folders: str | None) -> None:
        if any(one is not None and self.naive.find(one) is None for one in folders):
            raise Refused("NotFound")

    def _refuse_unlisted(self, folder: str) -> None:
        self._refuse_unknown(folder)
        if not self.lists(folder):
            raise Refused("InvalidRequest")

    def _refuse_repeated(self, chats: list[str]) -> None:
        if len(set(chats)) < len(chats):
            raise Refused("InvalidRequest")

    def _refuse_place(self, item: str, above: str | None, items: list[str]) -> None:
        if above is not None and (above == item or above not in items):
            raise Refused("NotFound" if above not in items and above != "default" else "InvalidRequest")

    # What each method does

    def create(self, new_id: str, title: str, symbol: str | None, chats: list[str]) -> Must:
        self._refuse_repeated(chats)
        return self._said(self.naive.create(new_id, title, symbol or "", chats))

    def create_or_get(self, new_id: str, title: str, chats: list[str]) -> Must:
        self._refuse_repeated(chats)
        return Must(sent=False) if self.titled(title) else self.create(new_id, title, None, chats)

    def update(self, folder: str, body: dict[str, Any]) -> Must:
        return self._said(self.naive.put(folder, body))

    def move(self, folder: str, above: str | None) -> Must:
        self._refuse_unknown(folder, above)
        self._refuse_place(folder, above, self.ids)
        return self._put(folder, {} if above is None else {"pin_above": above})

    def replace(self, folder: str, chats: list[str]) -> Must:
        self._refuse_unknown(folder)
        self._refuse_repeated(chats)
        return self._put(folder, {"chat_ids": chats})

    def add(self, folder: str, chats: list[str], above: str | None) -> Must:
        self._refuse_unlisted(folder)
        self._refuse_repeated(chats)
        has = self.chats(folder)
        if above is not None and above not in has:
            raise Refused("NotFound")
        at, new = len(has) if above is None else has.index(above), [one for one in chats if one not in has]
        return self._put(folder, {"chat_ids": has[:at] + new + has[at:]}) if new else Must(sent=False)

    def remove(self, folder: str, chats: list[str]) -> Must:
        self._refuse_unlisted(folder)
        self._refuse_repeated(chats)
        left = [one for one in self.chats(folder) if one not in chats]
        return self._put(folder, {"chat_ids": left}) if left != self.chats(folder) else Must(sent=False)

    def move_chat(self, folder: str, chat: str, above: str | None) -> Must:
        self._refuse_unlisted(folder)
        has = self.chats(folder)
        if chat not in has:
            raise Refused("NotFound")
        self._refuse_place(chat, above, has)
        return self._put(folder, {"chat_id": chat, **({} if above is None else {"pin_above": above})})

    def delete(self, folder: str, unpin_all: bool) -> Must:
        return self._said(self.naive.delete(folder, unpin_all))

    def pin(self, chat: str, folder: str | None) -> Must:
        return self._said(self.naive.pin(chat, folder or "default"), "chat_operation_failed")

    def unpin(self, chat: str) -> Must:
        return self._said(self.naive.unpin(chat), "chat_operation_failed")

    def unpin_many(self, chats: list[str]) -> Must:
        return self._said(self.naive.unpin_many(list(dict.fromkeys(chats)))) if chats else Must(sent=False)

    def _put(self, folder: str, body: dict[str, Any]) -> Must:
        return self._said(self.naive.put(folder, {**body, "last_sync_time": NOW}))

    def _said(self, code: str, failed: str = "operation_failed") -> Must:
        """What a code of the naive board is to a caller."""
        if not code:
            return DONE
        status, told = self.naive.answer(code, 200, failed)
        return Must(meaning(status, told or None).__name__, told or None)


def tried(model: Model, act: Callable[[Model], Must]) -> Must:
    """What must come of a method."""
    try:
        return act(model)
    except Refused as refusal:
        return Must(str(refusal), sent=False)


def facts(board: Board) -> list[tuple[Any, ...]]:
    """The same of the service's own board."""
    mine = (board.default.id, "", "", None, board.default.chats)
    return [mine, *((one.id, one.title, one.symbol, one.state, one.chats) for one in board.folders)]
