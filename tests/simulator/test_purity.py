"""The simulated API: a pure core, its reset and its log."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from service import BASE, NOW, RIGHT, WORK, Caller

from cliq_pins.simulator import Behaviour, Request, Simulator, State, VirtualClock, machine
from cliq_pins.simulator.api.contract import contract
from cliq_pins.simulator.api.service import Rules

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
    caller.simulator.sign_up()
    caller.right("createPinCategory")
    caller.simulator.script(*FAULTS)
    caller.simulator.reset()
    assert caller.simulator.state == start
    assert list(caller.simulator.log) == []
    assert caller.get().code == "oauthtoken_invalid"


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
