"""The faults that can be shown in process and leave the service honest, from the simulator's own catalogue."""

from __future__ import annotations

import json
from functools import cache

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
OF_CALLS = [one for one in FAULTS if one.on == "*"]
EVERYWHERE = [one for one in OF_CALLS if not invents(one)]
TIMES: tuple[dict[str, int | None], ...] = (
    *[{"nth": 1}] * 4,
    {"nth": 2},
    {"nth": None, "every": 1, "count": 3},
    {"nth": None, "every": 2},
)
"""Which of the calls it strikes: the first, the second, three in a row, every other one."""
SHARES = {"call": 8, "anywhere": 2, "token": 1, "other": 2}


def other_client(operation: str, folder: str) -> list[Fault]:
    """What another client of the user does beside a call: it changes a folder's details."""
    args = {"method": "PUT", "target": f"/pin-categories/{folder}", "json": {"state": "collapsed"}}
    return [
        Fault(on=operation, phase="before", action="meanwhile", args=args),
        Fault(on=operation, phase="after", action="meanwhile", args=args),
    ]


@cache
def faults(operation: str, folder: str | None) -> st.SearchStrategy[Fault | None]:
    """A fault for a call of an operation, or for what is read meanwhile, or none."""
    kinds = {
        "call": _repeated(OF_CALLS, operation) if operation != READ else [],
        "anywhere": _repeated(EVERYWHERE, READ) + _repeated(EVERYWHERE, "*"),
        "token": _repeated(TOKEN, "token"),
        "other": other_client(operation, folder) if folder else [],
    }
    shares = [st.sampled_from(kinds[kind]) for kind, share in SHARES.items() for _ in range(share) if kinds[kind]]
    return st.sampled_from([st.none(), *shares]).flatmap(lambda one: one)


def _repeated(faults: list[Fault], on: str) -> list[Fault]:
    return [replace(one, on=on, **times) for one in faults for times in TIMES]
