"""How long to wait, as an answer says it."""

from __future__ import annotations

import math
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

LONGEST = 24 * 3600.0
"""Seconds: nothing that an answer says makes a client wait for longer."""

EARLIEST, LATEST = 1e9, 1e10
"""Epoch seconds: the years 2001 and 2286."""

DIGITS = re.compile(r"\d{1,10}(?:\.\d*)?", re.ASCII)
NAMED = re.compile(r"\bafter\s+(\d{1,6})\s*(second|minute|hour)", re.IGNORECASE | re.ASCII)
SECONDS = {"second": 1, "minute": 60, "hour": 3600}


def parse(text: str | None, date: str | None = None, now: float | None = None) -> float | None:
    """Seconds from a `Retry-After` header (RFC 9110): a number or a date; `None` for anything else.

    A date is taken relative to the answer's own `Date`, or to `now` in epoch seconds. One in the past is 0.
    """
    if text is None:
        return None
    stripped = text.strip(" \t")
    if DIGITS.fullmatch(stripped):
        return min(float(stripped), LONGEST)
    until, since = moment(stripped), moment(date) if date else None
    start = since if since is not None else now
    if until is None or start is None:
        return None
    return min(max(0.0, until - start), LONGEST)


def named(message: str) -> float | None:
    """Seconds from a text such as "Try again after 22 minutes"; `None` if it names none."""
    found = NAMED.search(message)
    return min(float(found[1]) * SECONDS[found[2].lower()], LONGEST) if found else None


def server_time(date: str) -> float | None:
    """Epoch seconds of an answer's `Date`; `None` for one that no clock that is set can show."""
    seconds = moment(date)
    return seconds if seconds is not None and EARLIEST <= seconds < LATEST else None


@lru_cache(maxsize=64)
def moment(text: str) -> float | None:
    """Epoch seconds of an HTTP date; `None` for anything else."""
    try:
        parsed = parsedate_to_datetime(text.strip())
        seconds = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError, OSError):
        return None
    return seconds if math.isfinite(seconds) else None
