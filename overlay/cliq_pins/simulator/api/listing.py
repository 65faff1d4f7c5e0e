"""How folders and their chats are listed."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from cliq_pins.simulator.state import Chat, Folder, LastMessage, Person

NO_FIELDS = frozenset[str]()
"""What is asked for if nothing is."""


class ListedChat(Struct, frozen=True, gc=False):
    """A chat as a folder lists it; unset fields were not asked for."""

    chat_id: str
    chat_type: str
    name: str
    participant_count: int
    recipients_summary: tuple[Person, ...] | UnsetType
    last_message_info: LastMessage | UnsetType
    is_pinned: bool = True


class ListedFolder(Struct, frozen=True, kw_only=True):
    """A folder as it is listed; My Pins has its id only, and perhaps its chats."""

    category_id: str
    title: str | UnsetType = UNSET
    symbol: str | UnsetType = UNSET
    state: str | UnsetType = UNSET
    chats: list[ListedChat] | UnsetType = UNSET


def listed(folder: Folder, chats: dict[str, Chat], fields: frozenset[str] = NO_FIELDS) -> ListedFolder:
    """List a folder, with its chats if they are asked for."""
    return ListedFolder(
        category_id=folder.id,
        title=folder.title,
        symbol=folder.symbol or UNSET,
        state=folder.state,
        chats=_chats(folder.chats, chats, fields) if "chats" in fields else UNSET,
    )


def listed_default(folder: Folder, chats: dict[str, Chat], fields: frozenset[str]) -> ListedFolder:
    """List My Pins, with its chats if they are asked for."""
    held = _chats(folder.chats, chats, fields) if "chats" in fields else UNSET
    return ListedFolder(category_id=folder.id, chats=held)


def _chats(ids: tuple[str, ...], chats: dict[str, Chat], fields: frozenset[str]) -> list[ListedChat]:
    people, message = "recipients_summary" in fields, "last_message_info" in fields
    return [
        ListedChat(
            chat.chat_id,
            chat.chat_type,
            chat.name,
            chat.participant_count,
            chat.people if people else UNSET,
            (chat.last_message or UNSET) if message else UNSET,
        )
        for chat in map(chats.__getitem__, ids)
    ]
