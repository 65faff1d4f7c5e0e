"""The faults that a client must survive: what comes of each, for each operation, with both clients alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from faulty import METHODS, Service, Trace, only, service
from msgspec import Struct

from cliq_pins.simulator import PROFILES, Behaviour, Fault, catalogue
from cliq_pins.simulator.faults import CONNECTION

LOCK = 300.0
ATTEMPTS = 3
SAFE, CREATE, GUARDED = "safe", "create", "guarded"


@pytest.fixture(scope="module")
def it() -> Iterator[Service]:
    with service() as running:
        yield running


class Must(Struct, frozen=True):
    """What must come of a call."""

    kind: str | None = None
    """The kind of error; `None` for success."""
    attempts: int = 1
    """Requests of the operation on the wire."""
    outcome: str = "not_applied"
    retry_after: float | None = None
    reads: int = 0
    """Requests that only look what became of the call."""
    done: bool | None = None
    """Whether the service has done it; `None` if that is what the outcome says."""


OK = Must()


def lost(retry_class: str, committed: bool, kind: str, operation: str = "") -> Must:
    """A call whose answer does not come, once."""
    if committed and operation == "deletePinCategory":
        return Must(attempts=2, reads=1)  # there is nothing left to delete, and a reading shows why
    if retry_class == CREATE:
        return Must(kind, 1, "unknown", done=committed)
    if retry_class == GUARDED and committed:
        return Must(
            attempts=2, reads=1
        )  # the repeat is refused as stale, and a reading shows that the first one worked
    return Must(attempts=2)


def refused(kind: str, retry_after: float | None = None) -> Must:
    return Must(kind, retry_after=retry_after, done=False)


def unreadable(retry_class: str, kind: str, done: bool) -> Must:
    """An answer of success that cannot be read."""
    return Must(kind, 1, "not_applied" if retry_class == SAFE else "unknown", done=done)


def gateway(retry_class: str) -> Must:
    if retry_class == CREATE:
        return Must("server", 1, "unknown", done=False)
    return Must(attempts=2)


def on_data(kinds: dict[str, str | None], operation: str, kind: str, committed: bool = True) -> Must:
    """What an odd body means: to an operation whose answer has data, and to one whose answer has none."""
    method = METHODS[operation]
    if not method.gives_data:
        return Must(done=committed)
    found = kinds.get(operation, kind)
    return unreadable(method.retry_class, found, committed) if found else Must(done=committed)


LISTS: dict[str, str | None] = {"getPinCategories": None}
"""A body with a list of folders is what one operation wants; to the others it makes no sense."""
OBJECTS: dict[str, str | None] = {"pinChat": None, "unpinChat": None}
"""A body whose data is an empty object is all that two operations need."""


def expected(number: str, strike: int, operation: str) -> Must | None:  # noqa: C901  # a table
    """What must come of one strike of a fault; `None` if it cannot strike that operation."""
    method = METHODS[operation]
    kind = method.retry_class
    data = method.gives_data
    match number:
        case "F01":
            return None  # it strikes the connection after this one; see below
        case "F05" | "F06" | "F09" | "F10":
            return lost(kind, False, "connection")
        case "F11" | "F12":
            return lost(kind, True, "connection", operation)
        case "F13" | "F63":
            return lost(kind, True, "timeout", operation)
        case "F14":
            return lost(kind, False, "timeout")
        case "F07":
            return OK
        case "F15":
            return Must("deadline", 1, "not_applied" if kind == SAFE else "unknown", done=True)
        case "F16":
            return Must("deadline", 1, "not_applied" if kind == SAFE else "unknown", done=True) if data else None
        case "F17":
            return lost(kind, True, "connection", operation)
        case "F18":
            return lost(kind, False, "protocol")
        case "F19" | "F21":
            return lost(kind, True, "protocol", operation) if data else None
        case "F24":
            return lost(kind, True, "protocol", operation)
        case "F25":
            return lost(kind, True, "protocol", operation)
        case "F20":
            return unreadable(kind, "decode", True) if data else None
        case "F22":
            return unreadable(kind, "decode", True) if data else None
        case "F23":
            return on_data({}, operation, "schema")
        case "F26" | "F32" | "F44" | "F62":
            return OK
        case "F27":
            return on_data({}, operation, "decode", committed=False)
        case "F28" | "F34" | "F35" | "F37" | "F38":
            return on_data({}, operation, "decode")
        case "F29":
            return unreadable(kind, "decode", False)
        case "F30":
            return gateway(kind)
        case "F31" | "F57" | "F58":
            return refused("rate_limited", LOCK)
        case "F59":
            return refused("rate_limited", LOCK if strike == 0 else 22 * 60.0)
        case "F33" | "F36" | "F39":
            return on_data(LISTS, operation, "schema")
        case "F40" | "F41" | "F42":
            return unreadable(kind, "decode", True) if data else None
        case "F43":
            return unreadable(kind, "too_large", True) if data else None
        case "F45":
            return on_data({}, operation, "schema")
        case "F46":
            return on_data(OBJECTS if strike == 0 else LISTS if strike == 6 else {}, operation, "schema")
        case "F47":
            return on_data(LISTS, operation, "schema")
        case "F48":
            return refused("server" if strike == 3 else "invalid_request")
        case "F49":
            if strike == 1:
                return refused("unknown_error")
            if strike == 2:
                looks = kind == GUARDED or operation in (
                    "deletePinCategory",
                    "unpinChat",
                    "removeChatsAcrossCategories",
                )
                return Must("unknown_error", 1, "not_applied" if kind == SAFE else "unknown", reads=looks, done=False)
            return on_data({}, operation, "decode", committed=False)
        case "F50" | "F51":
            return refused("redirect_refused")
        case "F52":
            return Must(attempts=2)
        case "F53":
            return Must("auth", 2, done=False)
        case "F55":
            return Must("auth_refresh", 0, done=False) if strike != 1 else OK
        case "F60":
            return lost(kind, True, "connection", operation)
        case "F61":
            return Must(attempts=2, reads=2) if kind == GUARDED else OK
        case _:
            raise AssertionError(f"nobody says what must come of {number}")


CELLS = [
    pytest.param(number, strike, operation, id=f"{number}.{strike} {operation}")
    for number, entry in catalogue().items()
    for strike in range(len(entry.script))
    for operation in METHODS
    if expected(number, strike, operation) is not None
    and not (number == "F61" and METHODS[operation].retry_class != GUARDED)
]
SLOW = {"F15": 0.15, "F16": 0.15}
"""Deadlines, in seconds of real time, for the faults that only a deadline ends."""
SILENT = ("F13", "F14", "F63")


READ_AGAIN = {"F07", "F10", "F11", "F12", "F13", "F17", "F30", "F52", "F53", "F55", "F57", "F59", "F60", "F61", "F62"}
"""The faults after which the service's own ways matter: it is called again, it throttles, or it finds a conflict."""


@pytest.mark.filterwarnings("ignore::cliq_pins.ContractDriftWarning")
@pytest.mark.parametrize(("number", "strike", "operation"), CELLS)
def test_a_fault(it: Service, number: str, strike: int, operation: str) -> None:
    fault_under(it, Behaviour(), number, strike, operation)


@pytest.mark.filterwarnings("ignore::cliq_pins.ContractDriftWarning")
@pytest.mark.parametrize("profile", [name for name in PROFILES if name in ("observed", "strict", "lenient")])
@pytest.mark.parametrize(("number", "strike", "operation"), [one for one in CELLS if one.values[0] in READ_AGAIN])
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
    for trace in run(it, method, fault, sign_in=sign_in, racy=racy, behaviour=behaviour, **own):
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
    assert len(CELLS) * 2 >= 1100
