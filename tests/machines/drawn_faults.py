"""The faults that can be shown in process and leave the service honest, from the simulator's own catalogue."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from functools import cache
from typing import NamedTuple, TypeAlias

from hypothesis import strategies as st
from msgspec.structs import replace

from cliq_pins.simulator import Fault, catalogue
from cliq_pins.simulator.faults import ASIDE, ON_THE_WIRE

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


Script: TypeAlias = tuple[Fault, ...]

FAULTS = [one for one in _possible() if not lies(one)]
OF_CALLS = [one for one in FAULTS if one.on == "*"]
EVERYWHERE = [one for one in OF_CALLS if not invents(one)]
OF_TOKENS = [one for one in FAULTS if one.on == "token"] + [one for one in EVERYWHERE if one.action not in ASIDE]
FIRST: tuple[dict[str, int | None], ...] = (*[{"nth": 1}] * 4, {"nth": None, "every": 1, "count": 3})
"""Which of the calls it strikes: the first, or three in a row."""
LATER: tuple[dict[str, int | None], ...] = ({"nth": 2}, {"nth": None, "every": 2})
"""The second, or every other one."""
DEAD = Fault(phase="before", action="expire", nth=1)
SENT_AGAIN = (
    DEAD,
    Fault(phase="before", action="status", args={"status": 429, "headers": {"retry-after": "0"}}, nth=1),
)
"""What makes a client send any call once more."""
SHARES = {"call": 8, "again": 3, "reading": 3, "token": 2, "other": 2}
"""How often a script of each kind is drawn, if the call can meet it."""

RARE = 20
"""Of so many scripts of a kind one or more does each thing that any does."""


class Drawn(NamedTuple):
    """A script for a call."""

    kind: str
    script: Script


def other_client(operation: str, folder: str) -> list[Script]:
    """What another client of the user does beside a call: it changes a folder's details."""
    args = {"method": "PUT", "target": f"/pin-categories/{folder}", "json": {"state": "collapsed"}}
    return [
        (Fault(on=operation, phase="before", action="meanwhile", args=args),),
        (Fault(on=operation, phase="after", action="meanwhile", args=args),),
    ]


@cache
def scripts(operation: str, sends: bool, folder: str | None) -> st.SearchStrategy[Drawn]:
    """A script that a call of an operation can meet, if it sends anything at all.

    A call that changes nothing may still read the board first, and so may one that does; another client can only act
    where there is a folder.
    """
    changes = sends and operation != READ
    kinds = _while_reading() + (_of_changes(operation) if changes else [])
    if changes and folder:
        kinds += _shared("other", other_client(operation, folder))
    return st.sampled_from(kinds).flatmap(lambda one: one)


@cache
def _of_changes(operation: str) -> list[st.SearchStrategy[Drawn]]:
    again = _shared("again", _again(OF_CALLS, operation))
    return _shared("call", _each(OF_CALLS, operation, FIRST)) + again


@cache
def _while_reading() -> list[st.SearchStrategy[Drawn]]:
    """What any call can meet, whichever request it sends first; no board is invented.

    The accounts server is asked for a token because the one that there was is dead.
    """
    reading = _each(EVERYWHERE, "*", FIRST + LATER) + _again(EVERYWHERE, "*")
    tokens = [(DEAD, *script) for script in _each(OF_TOKENS, "token", FIRST)]
    return _shared("reading", reading) + _shared("token", tokens)


def _shared(kind: str, scripts: list[Script]) -> list[st.SearchStrategy[Drawn]]:
    """Scripts of a kind, as often as its share says."""
    return [st.sampled_from([Drawn(kind, one) for one in _even(scripts)])] * SHARES[kind]


def _even(scripts: list[Script]) -> list[Script]:
    """The same with those that do what few others do so often that none is rare."""
    alike: dict[tuple[str, str], list[Script]] = defaultdict(list)
    for one in scripts:
        alike[one[-1].phase, one[-1].action].append(one)
    return [one for some in alike.values() for one in some * math.ceil(len(scripts) / RARE / len(some))]


def _each(faults: list[Fault], on: str, times: tuple[dict[str, int | None], ...]) -> list[Script]:
    return [(replace(one, on=on, **each),) for one in faults for each in times]


def _again(faults: list[Fault], on: str) -> list[Script]:
    """The call has to be sent again, and then something happens."""
    return [(replace(first, on=on), replace(one, on=on, nth=2)) for one in faults for first in SENT_AGAIN]
