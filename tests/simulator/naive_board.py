"""A user's folders and pins in the most obvious way, from what is known of the service: not from the simulator.

Input has the right form; each call gives the error code, "" for success. The first folder is My Pins."""

from datetime import datetime
from typing import Any

from cliq_pins.simulator import Behaviour

Folder = dict[str, Any]


class NaiveBoard:
    def __init__(self, chats: list[str], unpinnable: list[str], switches: Behaviour) -> None:
        self.chats, self.unpinnable, self.switches = chats, unpinnable, switches
        self.folders: list[Folder] = [{"id": "default", "chats": [], "changed": 0}]
        self.changed = self.now = 0

    def find(self, folder_id: str) -> Folder | None:
        return next((one for one in self.folders if one["id"] == folder_id), None)

    def touch(self, folder: Folder) -> str:
        folder["changed"] = self.changed = self.now
        return ""

    def remove(self, chats: list[str], but: Folder | None = None) -> None:
        for folder in self.folders:
            if folder is not but and set(folder["chats"]) & set(chats):
                folder["chats"] = [chat for chat in folder["chats"] if chat not in chats]
                self.touch(folder)

    def hold(self, folder: Folder, chats: list[str]) -> str:
        if self.switches.pin_elsewhere == "moves":
            self.remove([chat for chat in chats if chat not in folder["chats"]], but=folder)
        folder["chats"] = chats
        return self.touch(folder)

    def may_pin(self, chats: list[str]) -> bool:
        return set(chats) <= set(self.chats) - set(self.unpinnable) and len(set(chats)) <= self.switches.max_pins

    def repeated(self, chats: list[str]) -> bool:
        return self.switches.duplicate_chat_ids == "refused" and len(set(chats)) < len(chats)

    def listed(self) -> list[Folder]:
        rows = [
            {key: one[key] for key in ("id", "title", "symbol", "state", "chats") if key in one} for one in self.folders
        ]
        if not self.switches.default_folder_lists_chats:
            del rows[0]["chats"]
        return rows

    def create(self, new_id: str, title: str, symbol: str | None = None, chat_ids: list[str] | None = None) -> str:
        chats = chat_ids or []
        if self.repeated(chats):
            return "operation_failed"
        if symbol is None and self.switches.symbol_on_create == "required":
            return "param_missing"
        if len(self.folders) > self.switches.max_folders:
            return "max_folders_error"
        if not self.may_pin(chats):
            return (
                "operation_failed" if set(chats) <= set(self.chats) - set(self.unpinnable) else "operation_not_allowed"
            )
        new = {"id": new_id, "title": title, "symbol": symbol or "", "state": "expanded", "chats": []}
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
        return self.move_chat(folder, body) if "chat_id" in body else self.fill_or_move(folder, body)

    def stale(self, folder: Folder, sync: str | int) -> bool:
        sync = datetime.fromisoformat(sync).timestamp() if isinstance(sync, str) else sync
        sync = round(sync if sync >= 10**11 else sync * 1000)
        changed = self.changed if self.switches.staleness_scope == "user" else folder["changed"]
        if self.switches.staleness_resolution == "1s":
            sync, changed = sync - sync % 1000, changed - changed % 1000
        return sync < changed or (sync == changed and self.switches.staleness_comparison == "<=")

    def fill_or_move(self, folder: Folder, body: dict[str, Any]) -> str:
        if "chat_ids" in body:
            chats = list(dict.fromkeys(body["chat_ids"]))
            if not self.may_pin(chats):
                return "operation_failed"
            return self.hold(folder, chats)
        others = [one["id"] for one in self.folders[1:] if one is not folder]
        if "pin_above" in body and body["pin_above"] not in others and self.switches.bad_pin_above == "refused":
            return "operation_failed"
        self.folders.remove(folder)
        above = self.find(body.get("pin_above", "")) if body.get("pin_above") in others else None
        self.folders.insert(self.folders.index(above) if above else len(self.folders), folder)
        return self.touch(folder)

    def move_chat(self, folder: Folder, body: dict[str, Any]) -> str:
        chat, above = body["chat_id"], body.get("pin_above")
        may_enter = self.switches.chat_not_in_folder == "added" and self.may_pin([*folder["chats"], chat])
        if chat not in folder["chats"] and not may_enter:
            return "operation_failed"
        others = [one for one in folder["chats"] if one != chat]
        if above is not None and above not in others and self.switches.bad_pin_above == "refused":
            return "operation_failed"
        others.insert(others.index(above) if above in others else len(others), chat)
        return self.hold(folder, others)

    def delete(self, folder_id: str, unpin: bool) -> str:
        folder, mine = self.find(folder_id), self.folders[0]
        if folder is None or folder is mine:
            return "operation_not_allowed" if folder else "unknown-folder"
        self.folders.remove(folder)
        self.changed = self.now
        new = [chat for chat in folder["chats"] if chat not in mine["chats"]]
        if new and not unpin:
            self.hold(mine, mine["chats"] + new)
        if unpin and self.switches.unpin_all_reaches == "everywhere":
            self.remove(folder["chats"])
        return ""

    def pin(self, chat: str, folder_id: str = "default") -> str:
        folder = self.find(folder_id)
        if chat not in self.chats or chat in self.unpinnable:
            return "operation_not_allowed" if chat in self.chats else "chat_access_denied"
        if folder is None or chat in folder["chats"]:
            again = "chat_operation_failed" if self.switches.pin_again == "refused" else ""
            return again if folder else "unknown-folder"
        if len(folder["chats"]) >= self.switches.max_pins:
            return "max_pins_error"
        return self.hold(folder, [*folder["chats"], chat])

    def unpin(self, chat: str) -> str:
        self.remove([chat])
        return "" if chat in self.chats else "chat_access_denied"

    def unpin_many(self, chats: list[str]) -> str:
        if self.switches.unknown_chats_removed == "refused" and not set(chats) <= set(self.chats):
            return "operation_failed"
        self.remove([] if (bad := self.repeated(chats)) else chats)
        return "operation_failed" if bad else ""
