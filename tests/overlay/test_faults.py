"""The faults that a client must survive: what comes of each, for each operation, with both clients alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cliq_pins.simulator import PROFILES, Behaviour, Fault, catalogue
from cliq_pins.simulator.faults import CONNECTION
from fault_cells import CELLS, CREATE, DRIVERS, OK, UNDER_PROFILES, Must, expected
from faulty import METHODS, Service, Trace, only, service


@pytest.fixture(scope="module")
def it() -> Iterator[Service]:
    with service() as running:
        yield running


SLOW = {"F15": 0.15, "F16": 0.15}
"""Deadlines, in seconds of real time, for the faults that only a deadline ends."""
SILENT = ("F13", "F14", "F63")


@pytest.mark.filterwarnings("ignore::cliq_pins.ContractDriftWarning")
@pytest.mark.parametrize(("number", "strike", "operation"), CELLS)
def test_a_fault(it: Service, number: str, strike: int, operation: str) -> None:
    fault_under(it, Behaviour(), number, strike, operation)


@pytest.mark.filterwarnings("ignore::cliq_pins.ContractDriftWarning")
@pytest.mark.parametrize(("profile", "number", "strike", "operation"), UNDER_PROFILES)
def test_a_fault_under_a_profile(it: Service, profile: str, number: str, strike: int, operation: str) -> None:
    fault_under(it, PROFILES[profile], number, strike, operation)


def fault_under(it: Service, behaviour: Behaviour, number: str, strike: int, operation: str) -> None:
    must = expected(number, strike, operation)
    assert must is not None
    if number == "F61" and not behaviour.details_count_as_change:
        must = OK  # what someone else changed is no conflict then
    method = METHODS[operation]
    entry = catalogue(operation, elsewhere=f"{it.server.urls.origin}/elsewhere")[number]
    fault = only(entry.script[strike])
    own: dict[str, Any] = {"deadline": SLOW[number]} if number in SLOW else {}
    own["impatient"] = number in SILENT
    sign_in = number in ("F52", "F53", "F55")
    if number == "F55":
        own["expire"] = True
    racy = number in ("F05", "F06") and method.retry_class == CREATE
    traces = run(it, method, fault, sign_in=sign_in, racy=racy, behaviour=behaviour, **own)
    assert len(traces) == DRIVERS
    for trace in traces:
        # the connection may be gone before a byte was sent: then even this call may be sent again
        holds(trace, number, operation, fault, Must(attempts=2) if racy and trace.kind is None else must)


def holds(trace: Trace, number: str, operation: str, fault: Fault, must: Must) -> None:
    assert trace.kind == must.kind
    counted = [one for one in trace.wire if one[0] in (operation, None)]
    others = [one for one in trace.wire if one[0] not in (operation, None, "token")]
    assert trace.unused == 0, "the fault struck"
    assert len(counted) == unseen(fault, must.attempts)
    if operation != "getPinCategories":
        assert [one[0] for one in others] == ["getPinCategories"] * must.reads
        assert trace.done == (must.kind is None if must.done is None else must.done)
    if number != "F61":  # there it has a later sync point
        assert len({one[2] for one in counted if one[2]}) <= 1, "what is sent again is the same"
    if must.kind is not None:
        assert trace.outcome == must.outcome
        assert trace.attempts == must.attempts
        assert must.retry_after in (None, trace.retry_after)


def unseen(fault: Fault, attempts: int) -> int:
    """Requests that the service can have logged: not those whose connection broke before they were read."""
    return attempts - (fault.on == CONNECTION)


def run(it: Service, method: Any, fault: Fault, *, sign_in: bool, expire: bool = False, **own: Any) -> list[Trace]:
    def act(pins: Any, held: Any) -> Any:
        if expire:
            it.simulator.clock.advance(3600)
        return method.call(pins, held)

    return it.both(act, [fault], sign_in=sign_in, done=method.done, reconnect=fault.on == CONNECTION, **own)


def test_every_fault_has_its_cells() -> None:
    assert {one.values[0] for one in CELLS} == set(catalogue()) - {"F01"}
    assert len(CELLS) * DRIVERS >= 1100
    assert {one.values[0] for one in UNDER_PROFILES} == set(PROFILES) - {"documented"}


def test_every_cell_is_run() -> None:
    """The report counts these lists, so they have to be what the tests go through."""
    marks = [one for test in (test_a_fault, test_a_fault_under_a_profile) for one in test.pytestmark]  # type: ignore[attr-defined]
    assert [one.args[1] for one in marks if one.name == "parametrize"] == [CELLS, UNDER_PROFILES]
