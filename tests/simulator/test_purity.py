"""The simulated API: a pure core, its reset and its log."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest

from cliq_pins.simulator import Behaviour, Request, Simulator, State, VirtualClock, machine
from cliq_pins.simulator.api.contract import contract
from cliq_pins.simulator.api.service import Rules
from service import BASE, NOW, RIGHT, WORK, Caller

FAULTS = (
    {"on": "*", "phase": "after", "action": "meanwhile", "args": {"method": "DELETE", "target": "/chats/c3/pins"}},
    {"on": "*", "phase": "after", "action": "expire", "nth": 2},
    {"on": "*", "phase": "before", "action": "status", "nth": 3, "args": {"status": 500}},
)


@pytest.mark.parametrize("operation", [*RIGHT, "token", "revoke"])
@pytest.mark.parametrize("script", [(), FAULTS], ids=["plain", "faulty"])
def test_the_same_input_gives_the_same_output_and_is_left_as_it_was(operation: str, script: tuple[Any, ...]) -> None:
    caller = Caller(limits=True)
    client = caller.simulator.sign_up()
    caller.simulator.script(*script)
    form = "&".join(f"{key}={value}" for key, value in {**client, "grant_type": "authorization_code"}.items())
    secret = caller.authorization.partition(" ")[2]
    accounts = {
        "token": ("POST", "/oauth/v2/token", form.encode()),
        "revoke": ("POST", f"/oauth/v2/token/revoke?token={secret}", b""),
    }
    method, path, json = RIGHT.get(operation, ("", "", None))
    method, target, body = accounts.get(operation, (method, BASE + path, msgspec.json.encode(json) if json else b""))
    request = Request(method, target, (("authorization", caller.authorization),), body)
    rules = Rules(contract(), Behaviour())
    state = caller.simulator.state
    for _ in range(3):
        before = msgspec.json.encode(state, order="deterministic")
        first = machine.step(rules, state, request, NOW)
        again = machine.step(rules, state, request, NOW)
        assert first == again
        assert msgspec.json.encode(state, order="deterministic") == before
        kept = msgspec.json.decode(before, type=State)
        assert machine.step(rules, kept, request, NOW) == first, "all that matters is in what is kept"
        state = first[0]


def test_a_simulator_of_nothing_has_an_empty_board_and_a_clock_of_ones_own_is_read() -> None:
    simulator = Simulator(clock=VirtualClock(0))
    headers = (("authorization", f"Bearer {simulator.token()}"),)
    answer = simulator.handle(Request("GET", f"{BASE}/pin-categories", headers))
    assert msgspec.json.decode(answer.body)["data"] == [{"category_id": "default"}]
    assert dict(answer.headers)["date"] == "Thu, 01 Jan 1970 00:00:00 GMT"


def test_a_reset_goes_back_to_the_start() -> None:
    caller = Caller(limits=True)
    start = caller.simulator.start
    client = caller.simulator.sign_up()
    made = caller.right("createPinCategory").json["data"]["category_id"]
    caller.simulator.script(*FAULTS)
    caller.simulator.reset()
    state = caller.simulator.state
    assert (state.users, state.usage, state.faults) == (start.users, {}, ())
    assert list(caller.simulator.log) == []
    assert caller.get().status == 200, "whoever is signed in stays so"
    assert client["client_id"] in state.clients
    assert caller.right("createPinCategory").json["data"]["category_id"] != made, "no id comes twice"
    assert caller.simulator.token() != caller.authorization.partition(" ")[2]


def test_the_log_says_what_was_asked_and_why_it_was_refused_and_no_secret() -> None:
    caller = Caller()
    caller.put(WORK, title=5)
    caller.get("/nowhere", authorization="")
    wrong, lost = caller.simulator.log
    assert (wrong.method, wrong.target, wrong.operation) == (
        "PUT",
        f"{BASE}/pin-categories/{WORK}",
        "updatePinCategory",
    )
    assert (wrong.status, wrong.code, wrong.body, wrong.number) == (400, "operation_failed", '{"title":5}', 1)
    assert "title" in str(wrong.reason)
    assert (lost.operation, lost.status, lost.token, lost.number) == (None, 404, "", 2)
    assert caller.authorization.partition(" ")[2] not in repr(caller.simulator.log)


@pytest.mark.parametrize("target", ["/oauth/v2/token/", "//oauth/v2/token", "/oauth/v3/token", "/OAUTH/v2/token;x"])
def test_the_log_keeps_nothing_that_missed_the_accounts_server(target: str) -> None:
    caller = Caller()
    caller.send("POST", f"{target}?client_secret=in-the-query", b"refresh_token=in-the-form")
    assert "in-the-" not in repr(caller.simulator.log)


def test_the_log_holds_little_of_what_is_long() -> None:
    caller = Caller()
    caller.post("/pin-categories", {"title": "a" * 500_000})
    caller.get("/pin-categories?x=" + "b" * 50_000)
    assert sum(len(repr(one)) for one in caller.simulator.log) < 40_000


def test_a_body_of_many_mistakes_is_refused_soon() -> None:
    """Each of them took its time; a server that answers one call at a time stood still for half a minute."""
    caller = Caller()
    started = time.process_time()
    assert caller.post("/pin-categories", {"title": "a", "chat_ids": [[]] * 300_000}).status == 400
    assert time.process_time() - started < 10
