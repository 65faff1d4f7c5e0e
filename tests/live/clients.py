"""The clients of one run, all of which send through its guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from cliq_pins import CliqPins, ConfigurationError, MemoryTokenStore
from cliq_pins.engine.drivers import Clock
from cliq_pins.limits import MemoryStore

from .guard import Guard
from .settings import NARROW, Place
from .signing_in import misconfigured

LONGEST_WAIT = 900.0
"""Seconds that a call may wait for a limit or a lock."""
SIGN_IN = ("token", "credentials", "token_store")
"""The arguments that give way to another sign-in."""


class Clients(Struct, frozen=True):
    """The clients of one run. All of them send through the guard."""

    pins: CliqPins
    """Holds itself to the limits."""
    uncounted: CliqPins
    """Does not: it is for overrunning one."""
    narrow: CliqPins | None
    """Lacks scopes; `None` if no token for it is given."""
    connect: Callable[..., CliqPins]
    """Makes more of them, which share the limits; takes what is to be different."""


class Uncounted(MemoryStore):
    """Limits that hold nobody back."""

    def wait(self, key: str, ticket: object, now: float, most: int, seconds: float) -> float:
        """Let every call pass."""
        return 0.0


def connected(where: Place, guard: Guard, clock: Clock) -> Clients:
    """Make them. Raises `ConfigurationError`, or `Problem` for the token that lacks a scope, if they cannot be."""
    common: dict[str, Any] = {
        **where.sign_in,
        "token_store": MemoryTokenStore(),
        "user": "live",
        "limits": MemoryStore(),
        "transport": guard,
        "clock": clock,
        "max_wait": LONGEST_WAIT,
        "deadline": 2 * LONGEST_WAIT,
    }

    def connect(**own: Any) -> CliqPins:
        signs_in = own.keys() & {"token", "credentials"}
        kept = {name: one for name, one in common.items() if not signs_in or name not in SIGN_IN}
        return CliqPins(**{**kept, **own})

    return Clients(
        pins=connect(max_attempts=1),
        uncounted=connect(max_attempts=1, limits=Uncounted()),
        narrow=_narrow(connect, where.narrow),
        connect=connect,
    )


def _narrow(connect: Callable[..., CliqPins], token: str | None) -> CliqPins | None:
    try:
        return None if token is None else connect(max_attempts=1, token=token)
    except ConfigurationError as error:
        raise misconfigured(error, token=NARROW) from None
