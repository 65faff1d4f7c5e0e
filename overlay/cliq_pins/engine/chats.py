"""What the methods of `pins.chats` do."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

import msgspec

from cliq_pins._generated import UNSET, models, operations
from cliq_pins.contract import most_items
from cliq_pins.edits import ChatRef, FolderRef, chat_id, listing
from cliq_pins.errors import Batch, CliqError, PartiallyDone
from cliq_pins.layout import DEFAULT, Pinned, Unpinned

from .effects import NOW, Flow, Instant
from .folders import doubting, lost_request, own_id, unguarded
from .reading import NEEDS_CHATS, read_board
from .session import Session

PIN = "pinChat"


def pin(session: Session, chat: ChatRef, folder: FolderRef | None) -> Flow[None]:
    """Pin a chat."""
    place = None if folder is None else own_id(session, folder)
    body = UNSET if place is None else models.PinChatRequest(category_id=place)
    call = operations.pin_chat(chat_id(chat), body=body)
    with doubting(folder):
        yield from unguarded(session, call, Pinned(place or DEFAULT, chat_id(chat)))


def unpin(session: Session, chat: ChatRef) -> Flow[None]:
    """Unpin a chat."""
    gone = chat_id(chat)
    yield from unguarded(session, operations.unpin_chat(gone), Unpinned((gone,)))


def unpin_many(session: Session, chats: Iterable[ChatRef]) -> Flow[None]:
    """Unpin chats in batches."""
    ids = tuple(dict.fromkeys(map(chat_id, listing(chats))))
    size = most_items("removeChatsAcrossCategories", "chat_ids")
    batches = [ids[start : start + size] for start in range(0, len(ids), size)]
    calls = [operations.remove_chats_across_categories(chat_ids=batch) for batch in batches]  # all are checked first
    for index, call in enumerate(calls):
        now: Instant = yield NOW
        try:  # each has a deadline of its own, or many could never be done
            yield from unguarded(session.begin(now.monotonic), call, Unpinned(batches[index]))
        except CliqError as error:
            if len(calls) == 1:
                raise
            done = [Batch(chats=batch, outcome="applied") for batch in batches[:index]]
            failed = Batch(chats=batches[index], outcome=error.outcome, error=error)
            rest = [Batch(chats=batch, outcome="not_applied") for batch in batches[index + 1 :]]
            raise PartiallyDone(error, (*done, failed, *rest)) from error


def reconcile(session: Session, error: CliqError) -> Flow[bool | None]:
    """Whether a pin whose answer was lost is there; `None` where the service does not list the folder's chats."""
    request = lost_request(error, PIN)
    body = msgspec.json.decode(request.content or b"{}", type=models.PinChatRequest)
    chat = unquote(request.path.split("/")[2])
    board = yield from read_board(session, [NEEDS_CHATS])
    place = DEFAULT if body.category_id is UNSET else body.category_id
    chats = board.layout().chats.get(place)
    if chats is None:
        return None
    if chat in chats:
        session.shared.views.did(Pinned(place, chat))
    return chat in chats
