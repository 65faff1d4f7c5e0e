"""What the methods of `pins.chats` do."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

import msgspec

from cliq_pins._generated import UNSET, models, operations
from cliq_pins.contract import most_items
from cliq_pins.edits import ChatRef, FolderRef, id_of, ids_of
from cliq_pins.errors import Batch, CliqError, InvalidRequest, PartiallyDone
from cliq_pins.layout import DEFAULT, Pinned, Unpinned

from .effects import Flow
from .folders import unguarded
from .reading import NEEDS_CHATS, read_board
from .session import Session

PIN = "pinChat"


def pin(session: Session, chat: ChatRef, folder: FolderRef | None) -> Flow[None]:
    """Pin a chat."""
    folder_id = None if folder is None else id_of(folder)
    body = UNSET if folder_id is None else models.PinChatRequest(category_id=folder_id)
    call = operations.pin_chat(id_of(chat), body=body)
    yield from unguarded(session, call, folder, Pinned(folder_id or DEFAULT, id_of(chat)))


def unpin(session: Session, chat: ChatRef) -> Flow[None]:
    """Unpin a chat."""
    chat_id = id_of(chat)
    yield from unguarded(session, operations.unpin_chat(chat_id), None, Unpinned((chat_id,)))


def unpin_many(session: Session, chats: Iterable[ChatRef]) -> Flow[None]:
    """Unpin chats in batches."""
    ids = ids_of(dict.fromkeys(map(id_of, _list(chats))))
    size = most_items("removeChatsAcrossCategories", "chat_ids")
    batches = [ids[start : start + size] for start in range(0, len(ids), size)]
    calls = [operations.remove_chats_across_categories(chat_ids=batch) for batch in batches]  # all are checked first
    for index, call in enumerate(calls):
        try:
            yield from unguarded(session, call, None, Unpinned(batches[index]))
        except CliqError as error:
            if len(calls) == 1:
                raise
            done = [Batch(chats=batch, outcome="applied") for batch in batches[:index]]
            failed = Batch(chats=batches[index], outcome=error.outcome, error=error)
            rest = [Batch(chats=batch, outcome="not_applied") for batch in batches[index + 1 :]]
            raise PartiallyDone(error, (*done, failed, *rest)) from error


def reconcile(session: Session, error: CliqError) -> Flow[bool | None]:
    """Whether a pin whose answer was lost is there; `None` where the service does not list the folder's chats."""
    if error.operation != PIN or error.request is None:
        raise InvalidRequest(f"reconcile: takes the error of a pin, not of {error.operation or 'nothing sent'}")
    body = msgspec.json.decode(error.request.content or b"{}", type=models.PinChatRequest)
    chat = unquote(error.request.path.split("/")[2])
    board = yield from read_board(session, [NEEDS_CHATS])
    folder_id = DEFAULT if body.category_id is UNSET else body.category_id
    chats = board.layout().chats.get(folder_id)
    return None if chats is None else chat in chats


def _list(chats: Iterable[ChatRef]) -> Iterable[ChatRef]:
    if isinstance(chats, str):
        raise InvalidRequest("chats: give a list of chats, not one")
    return chats
