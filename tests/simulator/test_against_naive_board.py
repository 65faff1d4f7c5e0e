"""The simulator against a naive board: the same drawn calls under every profile and every pair of readings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from msgspec.structs import replace

from cliq_pins.simulator import PROFILES, Behaviour, Request, Simulator, covering_set
from cliq_pins.testing import board, chat
from naive_board import NaiveBoard

CHATS = [f"C{number}" for number in range(1, 7)]
UNPINNABLE = ["C6"]
FOREIGN = "C9"
FAR = 10**10
"""How long tokens live, in seconds: longer than any run."""

EXAMPLES, STEPS = 12, 50
"""Runs for each behaviour, and most steps in each: 18 behaviours make 10,800."""

met: Counter[str] = Counter()
"""The steps, and what they met."""

some_chat = st.sampled_from([*CHATS, *CHATS, FOREIGN])
chat_lists = st.lists(some_chat, max_size=5)
good_lists = st.lists(st.sampled_from(CHATS[:5]), max_size=5)
titles = st.sampled_from(["", "A", "Ärger", "x" * 255])
symbols = st.sampled_from(["", ":razz:", "🎉", "x" * 50])

FOLDER, FOLDERS, PINS = "/pin-categories/{}", "/pin-categories", "/chats/{}/pins"
SYNC = {"last_sync_time": 1}

WRONG: dict[str, tuple[str, str, object, str]] = {
    "a key that nobody knows": ("PUT", FOLDER, {"title": "A", "colour": "red"}, "extra_key_found"),
    "an unknown key and two shapes": ("PUT", FOLDER, {"title": "A", **SYNC, "colour": "red"}, "extra_key_found"),
    "chats and a title": ("PUT", FOLDER, {"chat_ids": [], "title": "A"}, "invalid_inputs"),
    "chats and a chat": ("PUT", FOLDER, {"chat_ids": [], "chat_id": "C1", **SYNC}, "invalid_inputs"),
    "chats and a place": ("PUT", FOLDER, {"chat_ids": [], "pin_above": "C1", **SYNC}, "invalid_inputs"),
    "a chat and a state": ("PUT", FOLDER, {"chat_id": "C1", "state": "expanded", **SYNC}, "invalid_inputs"),
    "a time and a symbol": ("PUT", FOLDER, {"symbol": "", **SYNC}, "invalid_inputs"),
    "chats without a time": ("PUT", FOLDER, {"chat_ids": []}, "operation_failed"),
    "a chat without a time": ("PUT", FOLDER, {"chat_id": "C1"}, "operation_failed"),
    "nothing to change": ("PUT", FOLDER, {}, "operation_failed"),
    "no body to change": ("PUT", FOLDER, None, "operation_failed"),
    "a long title": ("PUT", FOLDER, {"title": "x" * 256}, "operation_failed"),
    "a state that nobody knows": ("PUT", FOLDER, {"state": "open"}, "operation_failed"),
    "a time that is a flag": ("PUT", FOLDER, {"last_sync_time": True}, "operation_failed"),
    "a time that is a word": ("PUT", FOLDER, {"last_sync_time": "yesterday"}, "operation_failed"),
    "a place of no type": ("PUT", FOLDER, {"pin_above": 7, **SYNC}, "operation_failed"),
    "101 chats": ("PUT", FOLDER, {"chat_ids": [f"C{one}" for one in range(101)], **SYNC}, "operation_failed"),
    "chats that are no list": ("PUT", FOLDER, {"chat_ids": "C1", **SYNC}, "operation_failed"),
    "no title": ("POST", FOLDERS, {"symbol": ""}, "param_missing"),
    "no body to create": ("POST", FOLDERS, {}, "param_missing"),
    "an unknown key and no title": ("POST", FOLDERS, {"colour": "red"}, "extra_key_found"),
    "a long new title": ("POST", FOLDERS, {"title": "x" * 256, "symbol": ""}, "operation_failed"),
    "a long symbol": ("POST", FOLDERS, {"title": "", "symbol": "x" * 51}, "operation_failed"),
    "a chat that is a number": ("POST", FOLDERS, {"title": "", "symbol": "", "chat_ids": [1]}, "operation_failed"),
    "26 chats to remove": ("DELETE", f"{FOLDERS}?chat_ids={','.join(['C1'] * 26)}", None, "operation_failed"),
    "no chats to remove": ("DELETE", FOLDERS, None, "operation_failed"),
    "a wrong flag": ("DELETE", FOLDER + "?unpin_all=yes", None, "operation_failed"),
    "a folder that is a number": ("POST", PINS, {"category_id": 5}, "chat_operation_failed"),
    "an unknown key of a pin": ("POST", PINS, {"folder": "default"}, "extra_key_found"),
}
"""Input of a wrong form, which is refused whatever the board is like: method, path, body, code."""

REACHED = {
    "wait": "done",
    "create": "done operation_failed param_missing max_folders_error operation_not_allowed",
    "change": "done operation_failed unknown-folder",
    "fill": "done operation_failed operation_not_allowed client_not_synced unknown-folder",
    "move chat": "done operation_failed operation_not_allowed client_not_synced unknown-folder",
    "move": "done operation_failed client_not_synced unknown-folder",
    "delete": "done operation_not_allowed unknown-folder",
    "pin": "done chat_access_denied operation_not_allowed chat_operation_failed max_pins_error unknown-folder",
    "my pins": "done chat_access_denied operation_not_allowed chat_operation_failed max_pins_error",
    "unpin": "done chat_access_denied",
    "unpin many": "done operation_failed",
    "a time in ms": "fresh stale",
    "a time in s": "fresh stale",
    "a time in Z": "fresh stale",
    "a time in offset": "fresh stale",
}
"""What every kind of call must have met, or the runs prove too little."""

FIELDS = ("chats", "recipients_summary", "last_message_info")


class Against(RuleBasedStateMachine):
    """One board, twice."""

    behaviour: Behaviour

    def __init__(self) -> None:
        super().__init__()
        described = [chat(one, f"Chat {one}", people=["Ada"], last_message="Hi") for one in CHATS]
        self.simulator = Simulator(
            board(chats=described, unpinnable=UNPINNABLE), behaviour=self.behaviour, limits=False
        )
        self.token = self.simulator.token(seconds=FAR)
        self.naive = NaiveBoard(CHATS, UNPINNABLE, self.behaviour)
        self.naive.now = self.simulator.clock.now_ms
        self.answer: Any = None
        for title, chats in (("A", ["C4", "C5"]), ("B", ["C1", "C2", "C3", "C4"])):
            self.begin_with(title, chats)

    def begin_with(self, title: str, chats: list[str]) -> None:
        got = self.call("POST", FOLDERS, {"title": title, "symbol": "", "chat_ids": chats})
        assert self.naive.create(self.answer["data"]["category_id"], title, "", chats) == ""
        assert got == (200, "")

    def call(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """Call the simulator; gives the status and the code, "" if there is none."""
        headers = (("authorization", f"Zoho-oauthtoken {self.token}"), ("content-type", "application/json"))
        content = b"" if body is None else json.dumps(body).encode()
        answer = self.simulator.handle(Request(method, f"/api/v3{path}", headers, content))
        self.answer = json.loads(answer.body) if answer.body else None
        return answer.status, (self.answer or {}).get("code", "")

    def same(
        self, name: str, code: str, got: tuple[int, str], success: int = 200, failed: str = "operation_failed"
    ) -> None:
        met.update(["step", f"{name}: {code or 'done'}"])
        assert got == self.naive.answer(code, success, failed)

    def folder(self, data: st.DataObject) -> str:
        """A folder, oftenest a real one; My Pins often, as its changes are judged like a folder's."""
        ids = [one["id"] for one in self.naive.folders[1:]]
        return data.draw(st.sampled_from([*ids * 3, "default", "default", "404"]), label="folder")

    def sync(self, data: st.DataObject, folder: str) -> object:
        """A time around the last changes, or now, in one of the forms that it can have."""
        since = [self.naive.now, self.naive.changed, (self.naive.find(folder) or self.naive.folders[0])["changed"]]
        near = st.sampled_from([0, 0, 0, 1, 999, -1, -999, -2000, 100_000])
        at = data.draw(st.sampled_from([*since, self.naive.now]), label="since") + data.draw(near, label="ms from it")
        at = max(at, 10**12)  # My Pins may never have changed
        form = data.draw(st.sampled_from(["ms", "s", "Z", "offset"]), label="form")
        time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
        if form == "offset":
            return time.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat()
        return {"ms": at, "s": at // 1000, "Z": time.isoformat().replace("+00:00", "Z")}[form]

    def guarded(self, name: str, data: st.DataObject, folder: str, body: dict[str, Any]) -> None:
        body["last_sync_time"] = sync = self.sync(data, folder)
        code = self.naive.put(folder, dict(body))
        if code in ("", "client_not_synced"):
            met[f"a time in {_form(sync)}: {'stale' if code else 'fresh'}"] += 1
        self.same(name, code, self.call("PUT", FOLDER.format(folder), body), 204)

    @rule(seconds=st.sampled_from([0.001, 0.4, 1, 61]), fields=st.lists(st.sampled_from(FIELDS), unique=True))
    def wait(self, seconds: float, fields: list[str]) -> None:
        self.judge_times()
        self.compare(fields)
        self.simulator.clock.advance(seconds)
        self.naive.now = self.simulator.clock.now_ms
        met.update(["step", "wait: done"])

    def judge_times(self) -> None:
        """When each folder changed, to the millisecond: told by a call that fails, stale or not."""
        for folder in self.naive.folders:
            around = {at + off for at in (folder["changed"], self.naive.changed) for off in (-1000, -1, 0, 1000)}
            for sync in sorted(at for at in around if at > 10**11):  # My Pins may never have changed
                body = {"chat_id": FOREIGN, "last_sync_time": sync}
                got = self.call("PUT", FOLDER.format(folder["id"]), body)
                assert got == self.naive.answer(self.naive.put(folder["id"], body), 204, "operation_failed")

    @rule(title=titles, symbol=st.none() | symbols, chats=st.none() | good_lists | chat_lists)
    def create(self, title: str, symbol: str | None, chats: list[str] | None) -> None:
        given = {"title": title, "symbol": symbol, "chat_ids": chats}
        got = self.call("POST", FOLDERS, {key: one for key, one in given.items() if one is not None})
        made = self.answer.get("data", {"category_id": ""})
        assert made["category_id"] not in [one["id"] for one in self.naive.folders]
        self.same("create", self.naive.create(made["category_id"], title, symbol, chats), got)
        new = self.naive.find(made["category_id"])
        assert new is None or made == self.naive.row(new, with_chats=False)

    @rule(data=st.data(), body=st.dictionaries(st.sampled_from(["title", "symbol"]), symbols, min_size=1))
    def change(self, data: st.DataObject, body: dict[str, Any]) -> None:
        folder = self.folder(data)
        body |= data.draw(st.sampled_from([{}, {"state": "collapsed"}, {"state": "expanded"}]), label="state")
        self.same("change", self.naive.put(folder, body), self.call("PUT", FOLDER.format(folder), body), 204)

    @rule(data=st.data(), chats=good_lists | chat_lists)
    def fill(self, data: st.DataObject, chats: list[str]) -> None:
        self.guarded("fill", data, self.folder(data), {"chat_ids": chats})

    @rule(data=st.data())
    def move_chat(self, data: st.DataObject) -> None:
        folder = self.folder(data)
        held = (self.naive.find(folder) or {"chats": []})["chats"]
        anything = [*held, *held, *CHATS, FOREIGN]
        body = {"chat_id": data.draw(st.sampled_from(anything), label="chat")}
        if above := data.draw(st.none() | st.sampled_from(anything), label="above"):
            body["pin_above"] = above
        self.guarded("move chat", data, folder, body)

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        above = data.draw(st.booleans(), label="above something")
        folder, body = self.folder(data), {"pin_above": self.folder(data)} if above else {}
        self.guarded("move", data, folder, body)

    @rule(data=st.data(), unpin=st.sampled_from(["", "?unpin_all=true", "?unpin_all=false"]))
    def delete(self, data: st.DataObject, unpin: str) -> None:
        folder = self.folder(data)
        got = self.call("DELETE", f"/pin-categories/{folder}{unpin}")
        self.same("delete", self.naive.delete(folder, unpin.endswith("true")), got, 204)

    @rule(data=st.data(), chat_id=some_chat)
    def pin(self, data: st.DataObject, chat_id: str) -> None:
        folder = self.folder(data)
        got = self.call("POST", f"/chats/{chat_id}/pins", {"category_id": folder})
        self.same("pin", self.naive.pin(chat_id, folder), got, failed="chat_operation_failed")
        assert got != (200, "") or self.answer == {
            "type": "chat.pin",
            "data": {"chat_id": chat_id, "category_id": folder},
        }

    @rule(chat_id=some_chat, body=st.sampled_from([None, {}]))
    def pin_to_my_pins(self, chat_id: str, body: object) -> None:
        self.same("my pins", self.naive.pin(chat_id), self.call("POST", f"/chats/{chat_id}/pins", body))

    @rule(chat_id=some_chat)
    def unpin(self, chat_id: str) -> None:
        self.same("unpin", self.naive.unpin(chat_id), self.call("DELETE", f"/chats/{chat_id}/pins"))
        assert self.answer in ({"type": "chat.unpin", "data": {"chat_id": chat_id}}, {"code": "chat_access_denied"})

    @rule(chats=st.lists(some_chat, min_size=1, max_size=3))
    def unpin_many(self, chats: list[str]) -> None:
        got = self.call("DELETE", f"/pin-categories?chat_ids={','.join(chats)}")
        self.same("unpin many", self.naive.unpin_many(chats), got, 204)

    @rule(data=st.data(), chat_id=some_chat, wrong=st.sampled_from(sorted(WRONG)))
    def say_it_wrong(self, data: st.DataObject, chat_id: str, wrong: str) -> None:
        method, path, body, code = WRONG[wrong]
        named = path.format(chat_id if path == PINS else self.folder(data))
        self.same(wrong, code, self.call(method, named, body))

    @invariant()
    def the_boards_are_the_same(self) -> None:
        self.compare(FIELDS)

    def compare(self, fields: Sequence[str]) -> None:
        assert self.call("GET", f"{FOLDERS}?include_fields={','.join(fields)}" if fields else FOLDERS) == (200, "")
        rows = [self.naive.row(one, with_chats="chats" in fields) for one in self.naive.folders]
        for row in rows:
            if "chats" in row:
                row["chats"] = [_whole(one, fields) for one in row["chats"]]
        assert self.answer["data"] == rows


def _whole(chat_id: str, fields: Sequence[str]) -> dict[str, Any]:
    """A chat as it must be listed when these fields are asked for."""
    ada = {"id": f"{chat_id}-1", "name": "Ada"}
    said = {"time": "2026-01-01T00:00:00Z", "content": {"text": "Hi"}, "type": "text"}
    whole: dict[str, Any] = {"chat_id": chat_id, "chat_type": "channel", "name": f"Chat {chat_id}"}
    whole |= {"participant_count": 2, "is_pinned": True}
    whole |= {"recipients_summary": [ada]} if "recipients_summary" in fields else {}
    return whole | ({"last_message_info": {"id": f"{chat_id}-m", "sender": ada, **said}} if FIELDS[2] in fields else {})


def _form(sync: object) -> str:
    if isinstance(sync, int):
        return "ms" if sync >= 10**11 else "s"
    return "Z" if str(sync).endswith("Z") else "offset"


BEHAVIOURS = {**PROFILES, **covering_set()}


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_the_simulator_does_what_the_naive_board_does(name: str) -> None:
    behaviour = replace(BEHAVIOURS[name], max_folders=3, max_pins=4)
    machine = type("Machine", (Against,), {"behaviour": behaviour})
    quick = settings(
        max_examples=EXAMPLES,
        derandomize=True,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    seed(list(BEHAVIOURS).index(name))(machine)  # the same calls on every run, others for each behaviour
    run_state_machine_as_test(machine, settings=quick)
    met["behaviours"] += 1


def test_enough_was_met() -> None:
    if met["behaviours"] < len(BEHAVIOURS):
        pytest.skip("not every behaviour was run")
    wanted = {f"{name}: {code}" for name, codes in REACHED.items() for code in codes.split()}
    wanted |= {f"{name}: {code}" for name, (*_, code) in WRONG.items()}
    assert wanted - set(met) == set()
    assert met["step"] >= 10_000
