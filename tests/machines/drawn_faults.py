"""The faults that can be shown in process and leave the service honest, from the simulator's own catalogue."""

from __future__ import annotations

import json

from hypothesis import strategies as st
from msgspec.structs import replace

from cliq_pins.simulator import Fault, catalogue
from cliq_pins.simulator.faults import ON_THE_WIRE

READ = "getPinCategories"
IN_PROCESS = {"close", "reset", "hang"}
"""The faults of a connection that need no socket."""
COSTLY = {"F37", "F38", "F43"}
"""200,000 levels, 5,000 digits and 64 MiB: what they do depends on no state."""


def _possible() -> list[Fault]:
    every = {number: entry.script for number, entry in catalogue().items() if number not in COSTLY}
    found = [replace(one, nth=1, every=None) for script in every.values() for one in script if one.on != "connection"]
    found += [
        Fault(phase="after", action="status", args={"status": status, "headers": headers})
        for status in (500, 503, 504)
        for headers in ({}, {"retry-after": "2"})
    ]
    found.append(Fault(phase="after", action="expire"))
    return [one for one in found if one.action in IN_PROCESS or one.action not in ON_THE_WIRE | {"meanwhile"}]


def _content(fault: Fault) -> bytes:
    args = fault.arguments()
    return args.content.encode() if fault.action == "body" else args.body.encode()  # type: ignore[no-any-return]  # bytes


def _readable(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def lies(fault: Fault) -> bool:
    """Whether it can say of a call that did nothing that it was done: nobody could tell."""
    made_up = fault.action == "status" and fault.arguments().status < 300
    return made_up and not (_readable(_content(fault)) and b"code" in _content(fault))


def invents(fault: Fault) -> bool:
    """Whether it would show another board if it struck a reading."""
    if fault.action == "status":
        return fault.arguments().status < 300 and _readable(_content(fault))  # type: ignore[no-any-return]  # a bool
    return fault.action == "body" and _readable(_content(fault).removeprefix(b"\xef\xbb\xbf"))


FAULTS = [one for one in _possible() if not lies(one)]
TOKEN = [one for one in FAULTS if one.on == "token"]
EVERYWHERE = [one for one in FAULTS if one.on == "*" and not invents(one)]
OF_CALLS = [one for one in FAULTS if one.on == "*"]
TIMES = ({"nth": 1}, {"nth": 1}, {"nth": 2}, {"nth": None, "every": 1, "count": 3}, {"nth": None, "every": 2})
"""Which of the calls it strikes: the first, the second, three in a row, every other one."""


def faults(operation: str, folders: list[str]) -> st.SearchStrategy[Fault]:
    """A fault for a call of an operation, or for what is read meanwhile."""
    of_call = st.sampled_from(OF_CALLS).map(lambda one: replace(one, on=operation))
    wanted = [of_call] * 3 if operation != READ else []
    anywhere = st.builds(
        lambda one, on: replace(one, on=on), st.sampled_from(EVERYWHERE), st.sampled_from([READ, READ, "*"])
    )
    other = st.builds(
        lambda folder, phase, on: Fault(
            on=on,
            phase=phase,
            action="meanwhile",
            args={"method": "PUT", "target": f"/pin-categories/{folder}", "json": {"state": "collapsed"}},
        ),
        st.sampled_from(folders),
        st.sampled_from(["before", "after"]),
        st.just(operation),
    )
    drawn = st.builds(
        lambda one, times: replace(one, **times),
        st.sampled_from([*wanted, anywhere, st.sampled_from(TOKEN)]).flatmap(lambda one: one),
        st.sampled_from(TIMES),
    )
    return st.sampled_from([drawn] * 7 + [other]).flatmap(lambda one: one) if folders else drawn
