"""How to get each documented answer of each operation from a service with the small board of `service`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import UNSET, Struct

from service import NOW, NOWHERE, OPERATIONS, RIGHT, STALE, WORK, Caller, Said, repeat, throttled

Service: TypeAlias = Callable[..., Caller]
"""What makes a caller of a service; `Caller` itself, unless it is another service that is looked at."""


class Natural(Struct, frozen=True, kw_only=True):
    """A call that gets the answer: the operation's right call with these changes."""

    path: str | None = None
    json: object = UNSET
    network: str = ""
    headers: dict[str, str] = {}
    readings: dict[str, Any] = {}
    repeated: bool = False
    """Made until it is refused."""

    def run(self, operation: str, service: Service = Caller) -> Said:
        caller = service(limits=self.repeated, **self.readings)
        if self.repeated:
            return repeat(lambda: self.call(caller, operation), throttled)[1]
        return self.call(caller, operation)

    def call(self, caller: Caller, operation: str) -> Said:
        method, path, json = RIGHT[operation]
        body = json if self.json is UNSET else self.json
        return caller.call(method, self.path or path, body, network=self.network, **self.headers)


class Scripted(Struct, frozen=True):
    """An answer that only a fault script gives, and why."""

    why: str


Recipe = Natural | Scripted

STALE_CALL = {"last_sync_time": STALE}
LONG = "x" * 10_000

CODES: dict[tuple[str, str], Recipe] = {
    ("getPinCategories", "operation_failed"): Natural(path="/pin-categories?include_fields=nothing"),
    ("createPinCategory", "param_missing"): Natural(json={"symbol": ":razz:"}),
    ("createPinCategory", "operation_not_allowed"): Natural(json={"title": "New", "chat_ids": ["c6"]}),
    ("createPinCategory", "max_folders_error"): Natural(readings={"max_folders": 2}),
    ("createPinCategory", "operation_failed"): Natural(json={"title": LONG}),
    ("removeChatsAcrossCategories", "operation_failed"): Natural(path="/pin-categories?chat_ids="),
    ("updatePinCategory", "client_not_synced"): Scripted("it takes no last_sync_time"),
    ("updatePinCategory", "invalid_inputs"): Natural(json={"title": "x", "pin_above": NOWHERE}),
    ("updatePinCategory", "operation_failed"): Natural(json={"title": LONG}),
    ("reorderChatInCategory", "client_not_synced"): Natural(json={"chat_id": "c1", **STALE_CALL}),
    ("reorderChatInCategory", "invalid_inputs"): Natural(json={"chat_id": "c1", "last_sync_time": NOW, "title": "x"}),
    ("reorderChatInCategory", "operation_failed"): Natural(json={"chat_id": "c3", "last_sync_time": NOW}),
    ("reorderCategory", "client_not_synced"): Natural(json=STALE_CALL),
    ("reorderCategory", "invalid_inputs"): Natural(json={"last_sync_time": NOW, "title": "x"}),
    ("reorderCategory", "operation_failed"): Natural(json={"last_sync_time": "yesterday"}),
    ("bulkUpdateChatsInCategory", "client_not_synced"): Natural(json={"chat_ids": [], **STALE_CALL}),
    ("bulkUpdateChatsInCategory", "invalid_inputs"): Natural(
        json={"chat_ids": [], "last_sync_time": NOW, "title": "x"}
    ),
    ("bulkUpdateChatsInCategory", "operation_failed"): Natural(json={"chat_ids": ["c6"], "last_sync_time": NOW}),
    ("deletePinCategory", "operation_not_allowed"): Natural(path="/pin-categories/default"),
    ("deletePinCategory", "operation_failed"): Natural(path=f"/pin-categories/{NOWHERE}"),
    ("pinChat", "max_pins_error"): Natural(readings={"max_pins": 2}),
    ("pinChat", "chat_access_denied"): Natural(path="/chats/c9/pins"),
    ("pinChat", "operation_not_allowed"): Natural(path="/chats/c6/pins"),
    ("pinChat", "chat_operation_failed"): Natural(json={"category_id": NOWHERE}),
    ("unpinChat", "chat_access_denied"): Natural(path="/chats/c9/pins"),
    ("unpinChat", "chat_operation_failed"): Scripted("it takes nothing but a chat, which is there or is not"),
}
"""How to get each error code of each operation."""

NO_METHOD = Scripted("another method of a path is no operation")
BROKEN = Scripted("the simulator itself does not fail")
NO_FOLDER = Scripted("it names no folder, and another path is no operation")
DEAD_TOKEN = Natural(headers={"authorization": "Bearer dead"})
OTHER_NETWORK = Natural(network="elsewhere")
HTML_WANTED = Natural(headers={"accept": "text/html"})
OVERRUN = Natural(repeated=True)
LOST = {"unknown_folder": "404"}


def ways(operation: str) -> dict[int, Recipe]:
    """How to get each status of an operation."""
    refused = next(one for (name, _), one in CODES.items() if name == operation and isinstance(one, Natural))
    return {
        min(OPERATIONS[operation].statuses): Natural(),
        400: refused,
        401: DEAD_TOKEN,
        403: OTHER_NETWORK,
        404: lost(operation),
        405: NO_METHOD,
        406: HTML_WANTED,
        429: OVERRUN,
        500: BROKEN,
    }


def lost(operation: str) -> Recipe:
    """How to get the 404 of an operation: its right call with a folder that is not there, if it names one."""
    _, path, json = RIGHT[operation]
    if WORK in path:
        return Natural(path=path.replace(WORK, NOWHERE), readings=LOST)
    if isinstance(json, dict) and WORK in json.values():
        elsewhere = {name: NOWHERE if value == WORK else value for name, value in json.items()}
        return Natural(json=elsewhere, readings=LOST)
    return NO_FOLDER


STATUSES = {(operation, status): way for operation in RIGHT for status, way in ways(operation).items()}
"""How to get each status of each operation."""
