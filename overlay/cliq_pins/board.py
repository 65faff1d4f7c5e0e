"""The board: what one reading of a user's pins and folders gave. It is never changed; a new reading gives a new one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import msgspec

from ._generated import models
from .errors import InvalidRequest, NotFound
from .layout import DEFAULT, Layout
from .quoting import look_alike, quoted

if TYPE_CHECKING:
    from rich.tree import Tree

    from .engine.view import View


MY_PINS = "My Pins"
"""What people see in place of the default folder's title, which has none."""
SHOWN = 5
"""How many titles a message names."""


class Chat:
    """A chat in a folder."""

    __slots__ = ("raw",)

    def __init__(self, raw: models.PinnedChat) -> None:
        self.raw = raw
        """The chat as the contract has it."""

    @property
    def id(self) -> str:
        """The chat's id."""
        return self.raw.chat_id or ""

    @property
    def name(self) -> str | None:
        """Its name as the user sees it."""
        return self.raw.name

    @property
    def type(self) -> str | None:
        """Its kind, such as `channel`; the service may have kinds that the contract does not list."""
        return self.raw.chat_type

    @property
    def participant_count(self) -> int | None:
        """How many people are in it."""
        return self.raw.participant_count

    @property
    def recipients(self) -> tuple[models.PinnedChatRecipientsSummaryItem, ...] | None:
        """The people in it; `None` if `recipients_summary` was not asked for."""
        found = self.raw.recipients_summary
        return None if found is None else tuple(found)

    @property
    def last_message(self) -> models.LastMessageInfo | None:
        """Its last message; `None` if `last_message_info` was not asked for, or there is none."""
        return self.raw.last_message_info

    @property
    def last_message_at(self) -> datetime | None:
        """When that was sent; `None` also for a time that cannot be read."""
        if self.last_message is None or self.last_message.time is None:
            return None
        try:
            return datetime.fromisoformat(self.last_message.time)
        except ValueError:
            return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Chat) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"Chat({self.id!r}, {self.name!r})"


class Folder:
    """A chat folder, or My Pins."""

    __slots__ = ("_board", "_chats", "raw")

    def __init__(self, raw: models.PinCategory, board: Board | None = None) -> None:
        self.raw = raw
        """The folder as the contract has it."""
        self._board = board
        self._chats: tuple[Chat, ...] | None = None

    @property
    def id(self) -> str:
        """The folder's id; `default` for My Pins."""
        return self.raw.category_id or ""

    @property
    def title(self) -> str | None:
        """Its name as the user sees it; `None` for My Pins."""
        return self.raw.title

    @property
    def symbol(self) -> str | None:
        """Its emoji or zomoji; `None` if it has none."""
        return self.raw.symbol or None

    @property
    def state(self) -> str | None:
        """`expanded` or `collapsed`; the service may have states that the contract does not list."""
        return self.raw.state

    @property
    def is_default(self) -> bool:
        """Whether it is My Pins."""
        return self.id == DEFAULT

    @property
    def chats(self) -> tuple[Chat, ...] | None:
        """The chats in it, in order; `None` if they were not asked for, or the service does not list them."""
        if self._chats is None and self.raw.chats is not None:
            self._chats = tuple(map(Chat, self.raw.chats))
        return self._chats

    @property
    def board(self) -> Board | None:
        """The board that it was read with; `None` for one that a call just made."""
        return self._board

    def __copy__(self) -> Folder:
        return self  # it is never changed

    def __deepcopy__(self, memo: object) -> Folder:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return Folder, (self.raw, self._board)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Folder) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        chats = "" if self.raw.chats is None else f", {len(self.raw.chats)} chats"
        return f"Folder({self.id!r}, {MY_PINS if self.is_default else self.title!r}{chats})"


class Board:
    """A user's folders in order. Iterating gives the folders, `board["Work"]` the one of that id or title.

    A pickled one has no sync point and cannot be edited: what a client knows of it stays with the client. Its folders
    are as good as their ids.
    """

    __slots__ = ("_folders", "_view", "everything", "my_pins", "raw")

    def __init__(self, raw: models.GetPinCategoriesResponse, view: View | None = None) -> None:
        self.raw = raw
        """The board as the contract has it."""
        self._view = view
        self.everything = tuple(Folder(one, self) for one in raw.data or ())
        """My Pins and the folders, as they came."""
        self._folders = tuple(one for one in self.everything if not one.is_default)
        self.my_pins: Folder | None = next((one for one in self.everything if one.is_default), None)
        """The default folder; `None` if the service did not list it."""

    @property
    def folders(self) -> tuple[Folder, ...]:
        """The folders in order, without My Pins."""
        return self._folders

    @property
    def sync_point(self) -> datetime | None:
        """Up to when the board is known to be as it is, by the server's clock; `None` for one made by hand.

        Changes of the service's that are later may be missing from it; none that is earlier is.
        """
        return None if self._view is None else self._view.read_at

    def folder(self, id_or_title: str) -> Folder:
        """The folder of that id or, failing that, of that title.

        Raises `NotFound`, which names the nearest titles, and `InvalidRequest` if several have the title.
        """
        if not isinstance(cast(object, id_or_title), str):
            raise InvalidRequest(f"folder: an id or a title is wanted, not {id_or_title!r}")
        for one in self.everything:
            if one.id == id_or_title:
                return one
        named = [one for one in self._folders if one.title == id_or_title]
        if len(named) == 1:
            return named[0]
        if named:
            ids = ", ".join(one.id for one in named)
            raise InvalidRequest(f"{len(named)} folders are called {quoted(id_or_title)}; take one by its id: {ids}")
        if id_or_title == MY_PINS:
            raise NotFound(f"no folder is called {MY_PINS!r}; the default folder is board.my_pins")
        raise NotFound(f"no folder has the id or title {quoted(id_or_title)}{self._near(id_or_title)}")

    def find(self, id_or_title: str) -> Folder | None:
        """The folder of that id or title, as `folder` finds it, but `None` if there is none."""
        try:
            return self.folder(id_or_title)
        except NotFound:
            return None

    def holding(self, chat: str | Chat) -> tuple[Folder, ...]:
        """The folders that are known to hold a chat, My Pins among them. Raises `InvalidRequest` for what is none."""
        wanted = chat.id if isinstance(chat, Chat) else chat
        if not isinstance(cast(object, wanted), str):
            raise InvalidRequest(f"chat: the id of a chat or a Chat is wanted, not {chat!r}")
        return tuple(one for one in self.everything if any(held.id == wanted for held in one.chats or ()))

    def _near(self, text: str) -> str:
        from difflib import get_close_matches

        titles = [one.title for one in self._folders if one.title]
        alike = [title for title in titles if look_alike(title, text)]
        if alike:
            return "; what only looks like it: " + _row(alike[:SHOWN])
        lower = {title.lower(): title for title in reversed(titles)}
        near = [lower[one] for one in get_close_matches(text.lower(), lower, n=3, cutoff=0.5)]
        if near:
            return "; near it: " + _row(near)
        return "; there are: " + _row(titles[:SHOWN]) + ("…" if len(titles) > SHOWN else "") if titles else ""

    def layout(self) -> Layout:
        """Who stands where, by ids alone."""
        return layout_of(self.raw)

    def to_dict(self) -> dict[str, Any]:
        """The board as plain values, as the service sends it."""
        plain: dict[str, Any] = _present(msgspec.to_builtins(self.raw))
        return plain

    def __getitem__(self, id_or_title: str) -> Folder:
        return self.folder(id_or_title)

    def __contains__(self, wanted: object) -> bool:
        if isinstance(wanted, str):
            return wanted in (one.id for one in self.everything) or wanted in (one.title for one in self._folders)
        return wanted in self.everything

    def __iter__(self) -> Iterator[Folder]:
        return iter(self._folders)

    def __len__(self) -> int:
        return len(self._folders)

    def __copy__(self) -> Board:
        return self  # it is never changed

    def __deepcopy__(self, memo: object) -> Board:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return Board, (self.raw,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Board) and other.raw == self.raw

    # two boards of one content may have been read at two times
    __hash__ = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        names = ", ".join(repr(one.title) for one in self._folders[:5])
        return f"Board({len(self)} folders: {names}{', …' if len(self) > 5 else ''})"

    def __rich__(self) -> Tree:
        from .rendering import tree

        return tree(self)


def layout_of(raw: models.GetPinCategoriesResponse) -> Layout:
    """Who stands where, by ids alone."""
    everything = raw.data or ()
    return Layout(
        tuple(one.category_id or "" for one in everything if one.category_id != DEFAULT),
        {
            one.category_id or "": None if one.chats is None else tuple(chat.chat_id or "" for chat in one.chats)
            for one in everything
        },
    )


def view_of(board: Board | None) -> View | None:
    """What a client knows of a board; `None` for none, and for one that was made by hand."""
    return None if board is None else board._view  # pyright: ignore[reportPrivateUsage]  # its own module


def _row(titles: list[str]) -> str:
    return ", ".join(map(quoted, titles))


def _present(plain: Any) -> Any:
    """Plain values without what is not there."""
    if isinstance(plain, dict):
        return {key: _present(one) for key, one in cast(dict[str, Any], plain).items() if one is not None}
    if isinstance(plain, list):
        items: list[Any] = plain  # pyright: ignore[reportUnknownVariableType]  # JSON
        return [_present(one) for one in items]
    return plain
