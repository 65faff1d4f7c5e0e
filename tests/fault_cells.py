"""What must come of each fault for each operation, whoever makes the call."""

from __future__ import annotations

import pytest
from msgspec import Struct

from cliq_pins.simulator import PROFILES, Behaviour, catalogue
from faulty import METHODS

LOCK = 300.0
ATTEMPTS = 3
SAFE, CREATE, GUARDED = "safe", "create", "guarded"


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

READ_AGAIN = {"F07", "F10", "F11", "F12", "F13", "F17", "F30", "F52", "F53", "F55", "F57", "F59", "F60", "F61", "F62"}
"""The faults after which the service's own ways matter: it is called again, it throttles, or it finds a conflict."""

UNDER_PROFILES = [
    pytest.param(profile, *one.values, id=f"{one.id} {profile}")
    for profile in PROFILES
    if PROFILES[profile] != Behaviour()
    for one in CELLS
    if one.values[0] in READ_AGAIN
]
"""The cells of those faults, under the profiles that are not as documented."""
DRIVERS = 2
"""Each cell is run with both."""
