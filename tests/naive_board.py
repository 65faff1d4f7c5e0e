"""A user's folders and pins in the most obvious way, from what is known of the service: not from the simulator.

Input has the right form; each call gives the error code, "" for success. The first folder is My Pins."""

from datetime import datetime
from typing import Any

from cliq_pins.simulator import Behaviour

Folder = dict[str, Any]


class NaiveBoard:
    def __init__(self, chats: list[str], unpinnable: list[str], switches: Behaviour) -> None:
        self.chats, self.pinnable, self.switches = set(chats), set(chats) - set(unpinnable), switches
        self.folders: list[Folder] = [{"id": "default", "chats": [], "changed": 0}]
        self.changed = self.now = 0

    def answer(self, code: str, success: int, failed: str) -> tuple[int, str]:
        unknown = {"400": (400, failed), "404": (404, ""), "401": (401, "oauthtoken_scope_invalid")}
        plain = (400, code) if code else (success, "")
        return unknown[self.switches.unknown_folder] if code == "unknown-folder" else plain

    def find(self, folder_id: str) -> Folder | None:
        return next((one for one in self.folders if one["id"] == folder_id), None)

    def touch(self, folder: Folder) -> str:
        folder["changed"] = self.changed = self.now
        return ""

    def bad_place(self, above: str | None, others: list[str]) -> bool:
        return above is not None and above not in others and self.switches.bad_pin_above == "refused"

    def remove(self, chats: list[str], but: Folder | None = None) -> str:
        for folder in self.folders:
            if folder is not but and set(folder["chats"]) & set(chats):
                folder["chats"] = [chat for chat in folder["chats"] if chat not in chats]
                self.touch(folder)
        return ""

    def hold(self, folder: Folder, chats: list[str]) -> str:
        if self.switches.pin_elsewhere == "moves":
            self.remove([chat for chat in chats if chat not in folder["chats"]], but=folder)
        folder["chats"] = chats
        return self.touch(folder)

    def too_many(self, chats: list[str]) -> bool:
        return len(set(chats)) > self.switches.max_pins

    def repeated(self, chats: list[str]) -> bool:
        return self.switches.duplicate_chat_ids == "refused" and len(set(chats)) < len(chats)

    def row(self, folder: Folder, with_chats: bool) -> dict[str, Any]:
        my_pins = folder["id"] == "default"
        shown = [] if my_pins else ["title", "state", *(["symbol"] if folder["symbol"] else [])]
        if with_chats and (not my_pins or self.switches.default_folder_lists_chats):
            shown.append("chats")
        return {"category_id": folder["id"], **{key: folder[key] for key in shown}}

    def create(self, new_id: str, title: str, symbol: str | None = None, chat_ids: list[str] | None = None) -> str:
        if self.repeated(chats := chat_ids or []):
            return "operation_failed"
        if symbol is None and self.switches.symbol_on_create == "required":
            return "param_missing"
        if len(self.folders) - 1 >= self.switches.max_folders:
            return "max_folders_error"
        if not set(chats) <= self.pinnable:
            return "operation_not_allowed"
        if self.too_many(chats):
            return "operation_failed"
        new = {"id": new_id, "title": title, "symbol": symbol, "state": "expanded", "chats": []}
        self.folders.insert(1 if self.switches.new_folder_goes == "first" else len(self.folders), new)
        return self.hold(new, list(dict.fromkeys(chats)))

    def put(self, folder_id: str, body: dict[str, Any]) -> str:
        if self.repeated(body.get("chat_ids", [])):
            return "operation_failed"
        folder = self.find(folder_id)
        if folder is None:
            return "unknown-folder"
        if folder_id == "default" and not {"chat_id", "chat_ids"} & set(body):
            return "operation_failed"
        if folder_id == "default" and self.switches.guarded_put_on_default == "refused":
            return "operation_not_allowed"
        if "last_sync_time" not in body:
            folder.update(body)
            return self.touch(folder) if self.switches.details_count_as_change else ""
        if self.stale(folder, body["last_sync_time"]):
            return "client_not_synced"
        if (chats := body.get("chat_ids")) is not None:
            may_enter = set(chats) <= self.pinnable and not self.too_many(chats)
            return self.hold(folder, list(dict.fromkeys(chats))) if may_enter else "operation_failed"
        return self.move_chat(folder, **body) if "chat_id" in body else self.move(folder, body.get("pin_above"))

    def stale(self, folder: Folder, sync: str | int) -> bool:
        seconds = datetime.fromisoformat(sync).timestamp() if isinstance(sync, str) else sync
        sync = round(seconds if seconds >= 10**11 else seconds * 1000)
        changed = self.changed if self.switches.staleness_scope == "user" else folder["changed"]
        if self.switches.staleness_resolution == "1s":
            sync, changed = sync // 1000, changed // 1000
        return sync < changed or (sync == changed and self.switches.staleness_comparison == "<=")

    def move(self, folder: Folder, above: str | None) -> str:
        others = [one["id"] for one in self.folders[1:] if one is not folder]
        if self.bad_place(above, others):
            return "operation_failed"
        self.folders.remove(folder)
        self.folders.insert(1 + others.index(above) if above in others else len(self.folders), folder)
        return self.touch(folder)

    def move_chat(self, folder: Folder, chat_id: str, last_sync_time: object, pin_above: str | None = None) -> str:
        held = folder["chats"]
        may_enter = chat_id in self.pinnable and not self.too_many([*held, chat_id])
        if chat_id not in held and (self.switches.chat_not_in_folder == "refused" or not may_enter):
            return "operation_failed"
        others = [one for one in held if one != chat_id]
        if self.bad_place(pin_above, others):
            return "operation_failed"
        others.insert(others.index(pin_above) if pin_above in others else len(others), chat_id)
        return self.hold(folder, others)

    def delete(self, folder_id: str, unpin: bool) -> str:
        folder, mine = self.find(folder_id), self.folders[0]
        if folder is None or folder is mine:
            return "operation_not_allowed" if folder else "unknown-folder"
        self.folders.remove(folder)
        self.changed = self.now
        if unpin and self.switches.unpin_all_reaches == "everywhere":
            self.remove(folder["chats"])
        new = [chat for chat in folder["chats"] if chat not in mine["chats"]]
        return self.hold(mine, mine["chats"] + new) if new and not unpin else ""

    def pin(self, chat: str, folder_id: str = "default") -> str:
        folder = self.find(folder_id)
        if chat not in self.pinnable:
            return "operation_not_allowed" if chat in self.chats else "chat_access_denied"
        if folder is None:
            return "unknown-folder"
        if chat in folder["chats"]:
            return "chat_operation_failed" if self.switches.pin_again == "refused" else ""
        after = [*folder["chats"], chat]
        return "max_pins_error" if self.too_many(after) else self.hold(folder, after)

    def unpin(self, chat: str) -> str:
        return self.remove([chat]) if chat in self.chats else "chat_access_denied"

    def unpin_many(self, chats: list[str]) -> str:
        strangers = set() if self.switches.unknown_chats_removed == "ignored" else set(chats) - self.chats
        refused = bool(strangers) or self.repeated(chats)
        return "operation_failed" if refused else self.remove(chats)
