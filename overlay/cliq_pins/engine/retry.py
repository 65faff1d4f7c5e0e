"""When a call is sent again, and after how long."""

from __future__ import annotations

from random import Random
from typing import Final

from .effects import Failure

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
"""Seconds: the upper ends of the first pause and of all."""

RETRIED_STATUSES: Final = frozenset({500, 502, 503, 504})
"""Answers that may be another one next time. The contract documents 500; the others come from gateways."""

REPEATABLE: Final = frozenset({"safe", "idempotent", "guarded"})
"""The contract's retry classes that may be sent again though the first time may have worked."""

GARBLED_ATTEMPTS = 2
"""How often a call is sent at most if what comes back is no HTTP."""


def pause(attempt: int, named: float | None, random: Random) -> float:
    """Seconds before the next attempt: full jitter up to a doubling bound, and never less than the service named."""
    bound = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempt - 1, 16))
    jitter = random.uniform(0.0, bound)
    return jitter if named is None else named + jitter


def may_repeat(retry_class: str | None, reached: bool) -> bool:
    """Whether a call may be sent again: one that never left always, else as its class allows."""
    return not reached or retry_class in REPEATABLE


def worth_repeating(failure: Failure, attempts: int) -> bool:
    """Whether another attempt could go better."""
    if failure.kind == "protocol":
        return attempts < GARBLED_ATTEMPTS
    return failure.kind in ("connection", "timeout") and not (failure.kind == "timeout" and _pool_full(failure))


def _pool_full(failure: Failure) -> bool:
    return type(failure.error).__name__ == "PoolTimeout"
