"""The simulator against a naive board: the same drawn calls under every profile and every pair of readings."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from msgspec.structs import replace
from naive_board import NaiveBoard

from cliq_pins.simulator import PROFILES, Behaviour, Request, Simulator, covering_set
from cliq_pins.testing import board, chat

CHATS = [f"C{number}" for number in range(1, 7)]
UNPINNABLE = ["C6"]
FOREIGN = "C9"
FAR = 10**10
"""How long tokens live, in seconds: longer than any run."""

EXAMPLES, STEPS = 12, 50
"""Runs for each behaviour, and steps in each; 18 behaviours make 10,800 steps."""

met: Counter[str] = Counter()
"""The steps, and what they met."""

some_chat = st.sampled_from([*CHATS, *CHATS, FOREIGN])
chat_lists = st.lists(some_chat, max_size=5)
good_lists = st.lists(st.sampled_from(CHATS[:5]), max_size=5)
titles = st.text(max_size=4)
symbols = st.sampled_from(["", ":razz:", "🎉"])

WRONG: dict[str, tuple[str, str, object, str]] = {
    "a key that nobody knows": ("PUT", "/pin-categories/{}", {"title": "A", "colour": "red"}, "extra_key_found"),
    "keys of two shapes": ("PUT", "/pin-categories/{}", {"chat_ids": [], "title": "A"}, "invalid_inputs"),
    "no time": ("PUT", "/pin-categories/{}", {"chat_ids": []}, "operation_failed"),
    "nothing": ("PUT", "/pin-categories/{}", {}, "operation_failed"),
    "a long title": ("PUT", "/pin-categories/{}", {"title": "x" * 256}, "operation_failed"),
    "no title": ("POST", "/pin-categories", {"symbol": ""}, "param_missing"),
    "a long symbol": ("POST", "/pin-categories", {"title": "", "symbol": "x" * 51}, "operation_failed"),
    "too many chats": ("DELETE", f"/pin-categories?chat_ids={','.join(['C1'] * 26)}", None, "operation_failed"),
    "a wrong flag": ("DELETE", "/pin-categories/{}?unpin_all=yes", None, "operation_failed"),
    "a wrong type": ("POST", "/chats/C1/pins", {"category_id": 5}, "chat_operation_failed"),
}
"""Input of a wrong form, which is refused whatever the board is like: method, path, body, code."""

REACHED = {
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
}
"""What every kind of call must have met, or the runs prove too little."""


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
        for title, chats in (("A", ["C1", "C2"]), ("B", ["C3", "C4"])):
            self.begin_with(title, chats)

    def begin_with(self, title: str, chats: list[str]) -> None:
        got = self.call("POST", "/pin-categories", {"title": title, "symbol": "", "chat_ids": chats})
        assert got == self.naive.create(self.answer["data"]["category_id"], title, "", chats) == ""

    def call(self, method: str, path: str, body: object = None) -> str:
        """Call the simulator; gives the code, the status if there is none, and "" for success."""
        headers = (("authorization", f"Zoho-oauthtoken {self.token}"),)
        content = b"" if body is None else json.dumps(body).encode()
        answer = self.simulator.handle(Request(method, f"/api/v3{path}", headers, content))
        self.answer = json.loads(answer.body) if answer.body else None
        return "" if answer.status < 300 else (self.answer or {}).get("code") or str(answer.status)

    def same(self, name: str, expected: str, got: str, failed: str = "operation_failed") -> None:
        unknown = {"400": failed, "404": "404", "401": "oauthtoken_scope_invalid"}[self.behaviour.unknown_folder]
        met.update(["step", f"{name}: {expected or 'done'}"])
        assert got == (unknown if expected == "unknown-folder" else expected)

    def folder(self, data: st.DataObject, others: tuple[str, ...] = ("default", "404")) -> str:
        ids = [one["id"] for one in self.naive.folders[1:]]
        return data.draw(st.sampled_from([*ids * 5, *others]), label="folder")

    def sync(self, data: st.DataObject) -> object:
        """A time around the last change, in one of the forms that it can have."""
        at = self.naive.now + data.draw(
            st.sampled_from([0, 0, 0, 0, 1, -1, -999, -2000, -100_000]), label="ms from now"
        )
        form = data.draw(st.sampled_from(["ms", "s", "Z", "offset"]), label="form")
        time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
        if form == "offset":
            return time.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat()
        return {"ms": at, "s": at // 1000, "Z": time.isoformat().replace("+00:00", "Z")}[form]

    @rule(seconds=st.sampled_from([0.001, 0.4, 1, 61]))
    def wait(self, seconds: float) -> None:
        self.simulator.clock.advance(seconds)
        self.naive.now = self.simulator.clock.now_ms
        met["step"] += 1

    @rule(title=titles, symbol=st.none() | symbols, chats=st.none() | good_lists | chat_lists)
    def create(self, title: str, symbol: str | None, chats: list[str] | None) -> None:
        given = {"title": title, "symbol": symbol, "chat_ids": chats}
        got = self.call("POST", "/pin-categories", {key: one for key, one in given.items() if one is not None})
        new_id = "" if got else self.answer["data"]["category_id"]
        assert new_id not in [one["id"] for one in self.naive.folders]
        self.same("create", self.naive.create(new_id, title, symbol, chats), got)

    @rule(data=st.data(), body=st.dictionaries(st.sampled_from(["title", "symbol"]), symbols, min_size=1))
    def change(self, data: st.DataObject, body: dict[str, Any]) -> None:
        folder = self.folder(data)
        body |= data.draw(st.sampled_from([{}, {"state": "collapsed"}, {"state": "expanded"}]), label="state")
        self.same("change", self.naive.put(folder, body), self.call("PUT", f"/pin-categories/{folder}", body))

    @rule(data=st.data(), chats=good_lists | chat_lists)
    def fill(self, data: st.DataObject, chats: list[str]) -> None:
        folder, body = self.folder(data), {"chat_ids": chats, "last_sync_time": self.sync(data)}
        self.same("fill", self.naive.put(folder, body), self.call("PUT", f"/pin-categories/{folder}", body))

    @rule(data=st.data())
    def move_chat(self, data: st.DataObject) -> None:
        folder = self.folder(data)
        held = (self.naive.find(folder) or {"chats": []})["chats"]
        anything = [*held, *held, *held, *CHATS, FOREIGN]
        body: dict[str, Any] = {"chat_id": data.draw(st.sampled_from(anything)), "last_sync_time": self.sync(data)}
        if above := data.draw(st.none() | st.sampled_from(anything), label="above"):
            body["pin_above"] = above
        self.same("move chat", self.naive.put(folder, body), self.call("PUT", f"/pin-categories/{folder}", body))

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        folder, body = self.folder(data), {"last_sync_time": self.sync(data)}
        if above := data.draw(st.none() | st.just(True), label="above something"):
            assert above
            body["pin_above"] = self.folder(data)
        self.same("move", self.naive.put(folder, body), self.call("PUT", f"/pin-categories/{folder}", body))

    @rule(data=st.data(), unpin=st.sampled_from(["", "?unpin_all=true", "?unpin_all=false"]))
    def delete(self, data: st.DataObject, unpin: str) -> None:
        folder = self.folder(data)
        got = self.call("DELETE", f"/pin-categories/{folder}{unpin}")
        self.same("delete", self.naive.delete(folder, unpin.endswith("true")), got)

    @rule(data=st.data(), chat_id=some_chat)
    def pin(self, data: st.DataObject, chat_id: str) -> None:
        folder = self.folder(data)
        got = self.call("POST", f"/chats/{chat_id}/pins", {"category_id": folder})
        self.same("pin", self.naive.pin(chat_id, folder), got, failed="chat_operation_failed")
        assert got or self.answer == {"type": "chat.pin", "data": {"chat_id": chat_id, "category_id": folder}}

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
        self.same("unpin many", self.naive.unpin_many(chats), got)

    @rule(data=st.data(), wrong=st.sampled_from(sorted(WRONG)))
    def say_it_wrong(self, data: st.DataObject, wrong: str) -> None:
        method, path, body, code = WRONG[wrong]
        self.same(wrong, code, self.call(method, path.format(self.folder(data)), body))

    @invariant()
    def the_boards_are_the_same(self) -> None:
        path = "/pin-categories?include_fields=chats,recipients_summary,last_message_info"
        assert self.call("GET", path) == ""
        assert [_plain(row) for row in self.answer["data"]] == self.naive.listed()


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A listed folder in the naive board's words; its chats are checked to be whole."""
    for one in row.get("chats", []):
        assert (one["name"], one["is_pinned"]) == (f"Chat {one['chat_id']}", True)
        assert one["recipients_summary"][0]["name"] == "Ada"
        assert one["last_message_info"]["content"] == {"text": "Hi"}
    named = {"id": row["category_id"], **{key: row[key] for key in ("title", "state") if key in row}}
    if named["id"] != "default":
        named["symbol"] = row.get("symbol", "")
    return {**named, "chats": [one["chat_id"] for one in row["chats"]]} if "chats" in row else named


BEHAVIOURS = {**PROFILES, **covering_set()}


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_the_simulator_does_what_the_naive_board_does(name: str) -> None:
    behaviour = replace(BEHAVIOURS[name], max_folders=3, max_pins=4)
    machine = type("Machine", (Against,), {"behaviour": behaviour})
    quick = settings(
        max_examples=EXAMPLES,
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
