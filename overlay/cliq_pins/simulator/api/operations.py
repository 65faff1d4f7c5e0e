"""The operations: what each refuses, in the order in which it looks, and what it does and answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cliq_pins._generated import Operation
from cliq_pins.simulator.behaviour import Behaviour
from cliq_pins.simulator.message import Refusal
from cliq_pins.simulator.state import DEFAULT, Board, Folder

from . import pins
from .contract import Contract
from .inputs import failed, refuse, sync_ms
from .listing import NO_FIELDS, listed, listed_default


class Call(Struct, frozen=True, kw_only=True):
    """A call that may be made and whose input has the right form."""

    contract: Contract
    operation: Operation
    behaviour: Behaviour
    board: Board
    ids: dict[str, str]
    query: dict[str, Any]
    body: dict[str, Any]
    now: int
    new_id: str
    """The id of the folder, if one is made."""

    def failed(self, reason: str) -> Refusal:
        """The refusal with the operation's code for failure."""
        return failed(self.operation, reason)

    def refuse(self, code: str, reason: str) -> Refusal:
        """The refusal with a code, if the operation documents it."""
        return refuse(self.operation, code, reason)


Result = tuple[Board, object]
"""The changed board, and what to answer; `None` for an answer without a body."""


def get_pin_categories(call: Call) -> Result:
    """List My Pins and the folders."""
    fields = frozenset[str](call.query["include_fields"] or ())
    chats = call.board.chats
    first = listed_default(
        call.board.default, chats, fields if call.behaviour.default_folder_lists_chats else NO_FIELDS
    )
    folders = [listed(folder, chats, fields) for folder in call.board.folders]
    return call.board, {**call.contract.envelope("GetPinCategoriesResponse"), "data": [first, *folders]}


def create_pin_category(call: Call) -> Result:
    """Make a folder."""
    title, symbol = call.body["title"], call.body.get("symbol")
    chats = _once(call, call.body.get("chat_ids", ()))
    if symbol is None and call.behaviour.symbol_on_create == "required":
        raise call.refuse("param_missing", "symbol is missing")
    if len(call.board.folders) >= call.behaviour.max_folders:
        raise call.refuse("max_folders_error", f"the user has {len(call.board.folders)} folders already")
    if (barred := _barred(call.board, chats)) is not None:
        raise call.refuse("operation_not_allowed", f"the user may not pin chat {barred!r}")
    if len(chats) > call.behaviour.max_pins:
        raise call.failed(f"a folder holds {call.behaviour.max_pins} chats at most")
    folder = Folder(id=call.new_id, title=title, symbol=symbol or "", chats=chats)
    board = pins.add_folder(call.board, folder, call.behaviour, call.now)
    return board, {**call.contract.envelope("CreatePinCategoryResponse"), "data": listed(folder, call.board.chats)}


def remove_chats_across_categories(call: Call) -> Result:
    """Take chats out of every folder."""
    chats = _once(call, call.query["chat_ids"])
    unknown = [chat for chat in chats if chat not in call.board.chats]
    if unknown and call.behaviour.unknown_chats_removed == "refused":
        raise call.failed(f"the user has no chat {unknown[0]!r}")
    return pins.take_out(call.board, chats, call.now), None


def update_pin_category(call: Call) -> Result:
    """Change a folder's title, symbol or state."""
    folder = _folder(call)
    if folder.id == DEFAULT:
        raise call.failed("My Pins has no details")
    changed = replace(folder, **call.body)
    return pins.save(call.board, changed, call.now if call.behaviour.details_count_as_change else None), None


def bulk_update_chats_in_category(call: Call) -> Result:
    """Replace the chats of a folder."""
    chats = _once(call, call.body["chat_ids"])
    folder = _guarded(call)
    if (barred := _barred(call.board, chats)) is not None:
        raise call.failed(f"the user may not pin chat {barred!r}")
    if len(chats) > call.behaviour.max_pins:
        raise call.failed(f"a folder holds {call.behaviour.max_pins} chats at most")
    return pins.fill(call.board, folder, chats, call.behaviour, call.now), None


def reorder_chat_in_category(call: Call) -> Result:
    """Move a chat within its folder."""
    chat = call.body["chat_id"]
    folder = _guarded(call)
    if chat not in folder.chats:
        if call.behaviour.chat_not_in_folder == "refused" or _barred(call.board, [chat]) is not None:
            raise call.failed(f"chat {chat!r} is not in the folder")
        if len(folder.chats) >= call.behaviour.max_pins:
            raise call.failed(f"a folder holds {call.behaviour.max_pins} chats at most")
    above = _above(call, chat, folder.chats)
    chats = pins.insert(folder.chats, chat, above)
    return pins.fill(call.board, folder, chats, call.behaviour, call.now), None


def reorder_category(call: Call) -> Result:
    """Move a folder within the list."""
    folder = _guarded(call)
    above = _above(call, folder.id, [one.id for one in call.board.folders])
    return pins.move_folder(call.board, folder, above, call.now), None


def delete_pin_category(call: Call) -> Result:
    """Delete a folder."""
    if call.ids["category_id"] == DEFAULT:
        raise call.refuse("operation_not_allowed", "My Pins stays")
    return pins.delete_folder(call.board, _folder(call), call.query["unpin_all"], call.behaviour, call.now), None


def pin_chat(call: Call) -> Result:
    """Pin a chat."""
    chat = _own_chat(call)
    if chat in call.board.unpinnable:
        raise call.refuse("operation_not_allowed", f"the user may not pin chat {chat!r}")
    folder = _folder(call, call.body.get("category_id", DEFAULT))
    answer = {**call.contract.envelope("PinChatResponse"), "data": {"chat_id": chat, "category_id": folder.id}}
    if chat in folder.chats:
        if call.behaviour.pin_again == "refused":
            raise call.failed(f"chat {chat!r} is in that folder already")
        return call.board, answer
    if len(folder.chats) >= call.behaviour.max_pins:
        raise call.refuse("max_pins_error", f"a folder holds {call.behaviour.max_pins} chats at most")
    return pins.fill(call.board, folder, (*folder.chats, chat), call.behaviour, call.now), answer


def unpin_chat(call: Call) -> Result:
    """Take a chat out of all pins."""
    chat = _own_chat(call)
    answer = {**call.contract.envelope("UnpinChatResponse"), "data": {"chat_id": chat}}
    return pins.take_out(call.board, [chat], call.now), answer


def _own_chat(call: Call) -> str:
    chat = call.ids["chat_id"]
    if chat not in call.board.chats:
        raise call.refuse("chat_access_denied", f"the user is not in chat {chat!r}")
    return chat


def _folder(call: Call, folder_id: str | None = None) -> Folder:
    wanted = call.ids["category_id"] if folder_id is None else folder_id
    folder = pins.find(call.board, wanted)
    if folder is None:
        reason = f"the user has no folder {wanted!r}"
        if call.behaviour.unknown_folder == "404":
            raise Refusal(404, None, reason)
        if call.behaviour.unknown_folder == "401":
            raise Refusal(401, "oauthtoken_scope_invalid", reason)
        raise call.failed(reason)
    return folder


def _guarded(call: Call) -> Folder:
    """The folder of a call with a `last_sync_time` that is not stale."""
    sync = sync_ms(call.operation, call.body["last_sync_time"])
    folder = _folder(call)
    if folder.id == DEFAULT and call.operation.operation_id == "reorderCategory":
        raise call.failed("My Pins does not move")
    if folder.id == DEFAULT and call.behaviour.guarded_put_on_default == "refused":
        raise Refusal(400, "operation_not_allowed", "My Pins cannot be rearranged")
    changed = call.board.changed_ms if call.behaviour.staleness_scope == "user" else folder.changed_ms
    unit = 1000 if call.behaviour.staleness_resolution == "1s" else 1
    known, last = sync // unit, changed // unit
    if known < last or (known == last and call.behaviour.staleness_comparison == "<="):
        raise call.refuse("client_not_synced", f"changed at {changed}, last_sync_time is {sync} (epoch ms)")
    return folder


def _above(call: Call, item: str, items: Sequence[str]) -> str | None:
    above: str | None = call.body.get("pin_above")
    if above is None or (above in items and above != item):
        return above
    if call.behaviour.bad_pin_above == "refused":
        raise call.failed(f"nothing can stand above {above!r} here")
    return None


def _once(call: Call, chats: Sequence[str]) -> tuple[str, ...]:
    once = tuple(dict.fromkeys(chats))
    if len(once) < len(chats) and call.behaviour.duplicate_chat_ids == "refused":
        raise call.failed("a chat is named twice")
    return once


def _barred(board: Board, chats: Sequence[str]) -> str | None:
    """The first chat that the user may not pin."""
    return next((chat for chat in chats if chat not in board.chats or chat in board.unpinnable), None)


ACTIONS: dict[str, Callable[[Call], Result]] = {
    "getPinCategories": get_pin_categories,
    "createPinCategory": create_pin_category,
    "removeChatsAcrossCategories": remove_chats_across_categories,
    "updatePinCategory": update_pin_category,
    "bulkUpdateChatsInCategory": bulk_update_chats_in_category,
    "reorderChatInCategory": reorder_chat_in_category,
    "reorderCategory": reorder_category,
    "deletePinCategory": delete_pin_category,
    "pinChat": pin_chat,
    "unpinChat": unpin_chat,
}
"""What does each operation, by operationId."""
