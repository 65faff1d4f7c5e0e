"""Edits: guarded changes of a board, as values. `pins.edit` takes them, and the methods of `pins.folders` make them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import ClassVar, Literal, TypeAlias, cast

from msgspec import Struct
from msgspec.structs import force_setattr

from ._generated import UNSET, Call, models, operations
from .board import Chat, Folder
from .contract import most_listed
from .engine.view import Facet
from .errors import InvalidRequest, NotFound, SchemaError
from .layout import ChatOrdered, Filled, Layout, Ordered
from .position import END, End

SHOWN = 5
"""How many ids a message names."""
REPR_SHOWN = 80
"""How many characters of a value a message shows."""

FolderRef: TypeAlias = str | Folder
ChatRef: TypeAlias = str | Chat


class Guarded(Struct, frozen=True):
    """An edit made ready for one board: one call that the service refuses if someone else was faster."""

    does: Ordered | ChatOrdered | Filled

    @property
    def folder(self) -> str:
        """The folder that it is sent to."""
        return self.does.folder

    @property
    def facet(self) -> Facet:
        """What it overwrites."""
        return ("order" if isinstance(self.does, Ordered) else "chats", self.folder)

    def call(self, last_sync_time: str) -> Call[None]:
        """The call."""
        match self.does:
            case Ordered(folder, above):
                body: models.UpdatePinCategoryBody = models.ReorderCategoryRequest(
                    last_sync_time=last_sync_time, pin_above=UNSET if above is None else above
                )
            case ChatOrdered(folder, chat, above):
                body = models.ReorderChatInCategoryRequest(
                    chat_id=chat, last_sync_time=last_sync_time, pin_above=UNSET if above is None else above
                )
            case Filled(folder, chats):
                body = models.BulkUpdateChatsInCategoryRequest(chat_ids=list(chats), last_sync_time=last_sync_time)
        return operations.update_pin_category(folder, body=body)


class Move(Struct, frozen=True):
    """Put a folder above another, or at the end."""

    operation: ClassVar[str] = "reorderCategory"

    folder: FolderRef
    above: FolderRef | Literal[End.END]

    def __post_init__(self) -> None:
        """Check the types; raises `InvalidRequest`."""
        folder_id(self.folder)
        if self.above is not END:
            folder_id(self.above, "above")

    @property
    def facet(self) -> Facet:
        """What it overwrites."""
        return ("order", folder_id(self.folder))

    def plan(self, layout: Layout) -> Guarded | None:
        """Make it ready for a board as it stands. Raises `NotFound`."""
        folder = _known(layout, self.folder)
        above = None if self.above is END else _known(layout, self.above)
        if above == folder:
            raise InvalidRequest(f"a folder cannot stand above itself: {folder}")
        if above is not None and above not in layout.order:
            raise InvalidRequest("nothing can stand above My Pins")
        return Guarded(Ordered(folder, above))


class MoveChat(Struct, frozen=True):
    """Put a chat above another of its folder, or at the end."""

    operation: ClassVar[str] = "reorderChatInCategory"

    folder: FolderRef
    chat: ChatRef
    above: ChatRef | Literal[End.END]

    def __post_init__(self) -> None:
        """Check the types; raises `InvalidRequest`."""
        folder_id(self.folder)
        chat_id(self.chat)
        if self.above is not END:
            chat_id(self.above, "above")

    @property
    def facet(self) -> Facet:
        """What it overwrites."""
        return ("chats", folder_id(self.folder))

    def plan(self, layout: Layout) -> Guarded | None:
        """Make it ready for a board as it stands. Raises `NotFound`."""
        folder = _known(layout, self.folder)
        has = _listed(layout, folder)
        chat = _place(folder, has, self.chat)
        above = None if self.above is END else _place(folder, has, self.above)
        if above == chat:
            raise InvalidRequest(f"a chat cannot stand above itself: {chat}")
        return Guarded(ChatOrdered(folder, chat, above))


class ReplaceChats(Struct, frozen=True):
    """Give a folder a new list of chats; one that is not in it leaves the folder."""

    operation: ClassVar[str] = "bulkUpdateChatsInCategory"

    folder: FolderRef
    chats: Iterable[ChatRef]

    def __post_init__(self) -> None:
        """Check the types, and take the chats out of what may give them once only; raises `InvalidRequest`."""
        folder_id(self.folder)
        force_setattr(self, "chats", listing(self.chats))

    @property
    def facet(self) -> Facet:
        """What it overwrites."""
        return ("chats", folder_id(self.folder))

    def plan(self, layout: Layout) -> Guarded | None:
        """Make it ready for a board as it stands. Raises `NotFound`."""
        return Guarded(Filled(_known(layout, self.folder), ids_of(self.chats)))


class AddChats(Struct, frozen=True):
    """Pin chats in a folder, above one of its chats or at the end; those that are in it already stay where they are."""

    operation: ClassVar[str] = "bulkUpdateChatsInCategory"

    folder: FolderRef
    chats: Iterable[ChatRef]
    above: ChatRef | Literal[End.END] = END

    def __post_init__(self) -> None:
        """Check the types, and take the chats out of what may give them once only; raises `InvalidRequest`."""
        folder_id(self.folder)
        force_setattr(self, "chats", listing(self.chats))
        if self.above is not END:
            chat_id(self.above, "above")

    @property
    def facet(self) -> Facet:
        """What it overwrites."""
        return ("chats", folder_id(self.folder))

    def plan(self, layout: Layout) -> Guarded | None:
        """Make it ready for a board as it stands; `None` if all of them are in the folder. Raises `NotFound`."""
        folder = _known(layout, self.folder)
        has = _listed(layout, folder)
        new = tuple(one for one in ids_of(self.chats) if one not in has)
        place = len(has) if self.above is END else has.index(_place(folder, has, self.above))
        return _filled(folder, has, (*has[:place], *new, *has[place:])) if new else None


class RemoveChats(Struct, frozen=True):
    """Take chats out of a folder; they stay in others."""

    operation: ClassVar[str] = "bulkUpdateChatsInCategory"

    folder: FolderRef
    chats: Iterable[ChatRef]

    def __post_init__(self) -> None:
        """Check the types, and take the chats out of what may give them once only; raises `InvalidRequest`."""
        folder_id(self.folder)
        force_setattr(self, "chats", listing(self.chats))

    @property
    def facet(self) -> Facet:
        """What it overwrites."""
        return ("chats", folder_id(self.folder))

    def plan(self, layout: Layout) -> Guarded | None:
        """Make it ready for a board as it stands; `None` if none of them is in the folder. Raises `NotFound`."""
        folder = _known(layout, self.folder)
        has, leaving = _listed(layout, folder), ids_of(self.chats)
        left = tuple(one for one in has if one not in leaving)
        return _filled(folder, has, left) if left != has else None


Edit: TypeAlias = Move | MoveChat | ReplaceChats | AddChats | RemoveChats


def folder_id(ref: FolderRef, name: str = "folder") -> str:
    """The id of a folder that is given by it or as an object. Raises `InvalidRequest` for anything else."""
    found = ref.id if isinstance(ref, Folder) else ref
    if not isinstance(cast(object, found), str) or not found:
        raise InvalidRequest(f"{name}: the id of a folder or a Folder is wanted, not {_shown(ref)}")
    return found


def chat_id(ref: ChatRef, name: str = "chat") -> str:
    """The id of a chat that is given by it or as an object. Raises `InvalidRequest` for anything else."""
    found = ref.id if isinstance(ref, Chat) else ref
    if not isinstance(cast(object, found), str) or not found:
        raise InvalidRequest(f"{name}: the id of a chat or a Chat is wanted, not {_shown(ref)}")
    return found


def listing(refs: Iterable[ChatRef]) -> tuple[ChatRef, ...]:
    """The chats of a call as a tuple. Raises `InvalidRequest` for what is no list of chats."""
    if isinstance(refs, str | bytes | Chat) or not isinstance(cast(object, refs), Iterable):
        raise InvalidRequest(f"chats: give a list of chats, not {_shown(refs)}")
    if isinstance(refs, set | frozenset):
        raise InvalidRequest("chats: a set has no order; give a list")
    listed = tuple(refs)
    for one in listed:
        chat_id(one, "chats")
    return listed


def ids_of(refs: Iterable[ChatRef]) -> tuple[str, ...]:
    """The ids of chats, in order. Raises `InvalidRequest` for what is no list of chats, and if one comes twice."""
    ids = tuple(chat_id(one) for one in listing(refs))
    if len(set(ids)) < len(ids):
        counts = Counter(ids)
        twice = next(one for one in ids if counts[one] > 1)
        raise InvalidRequest(f"chats: {twice!r} comes twice")
    return ids


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= REPR_SHOWN else f"{shown[:REPR_SHOWN]}…"


def _known(layout: Layout, ref: FolderRef) -> str:
    """The id of a folder that is there. Raises `NotFound`."""
    folder = folder_id(ref)
    if folder not in layout.chats:
        there = ", ".join(layout.order[:SHOWN]) + (", …" if len(layout.order) > SHOWN else "")
        raise NotFound(f"no folder has the id {folder!r}; there are: {there or 'none'}{_end_hint(folder)}")
    return folder


def _listed(layout: Layout, folder: str) -> tuple[str, ...]:
    """The ids of a folder's chats. Raises `InvalidRequest` and `SchemaError` if they are not known."""
    chats = layout.chats[folder]
    if chats is None:
        raise InvalidRequest(f"the service does not list the chats of folder {folder}: they cannot be edited as a list")
    if "" in chats:
        raise SchemaError(f"a chat of folder {folder} came without its id, and would be lost if the list were written")
    return chats


def _filled(folder: str, has: tuple[str, ...], chats: tuple[str, ...]) -> Guarded:
    """A folder's new list. Raises `InvalidRequest` for one that is too long, of which its caller gave but a part."""
    most = most_listed("BulkUpdateChatsInCategoryRequest", "chat_ids")
    if len(chats) > most:
        raise InvalidRequest(
            f"chats: folder {folder} has {len(has)} and would have {len(chats)}; a call takes {most} in its list at"
            " most, so pin or unpin chats one by one"
        )
    return Guarded(Filled(folder, chats))


def _place(folder: str, has: tuple[str, ...], ref: ChatRef) -> str:
    """The id of a chat that is in the folder. Raises `NotFound`."""
    chat = chat_id(ref)
    if chat not in has:
        raise NotFound(f"chat {chat!r} is not in folder {folder}{_end_hint(chat)}")
    return chat


def _end_hint(place: str) -> str:
    """What to do instead of giving the name of `END`."""
    return "; the end is the constant END of cliq_pins, and no text" if place.upper() == END.name else ""
