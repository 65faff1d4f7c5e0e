"""What happens to those who call too often. It has to be done to be seen, on one endpoint: changing a folder."""

from __future__ import annotations

from cliq_pins_client import operation_table
from live.answer import Said
from live.journal import Unobserved
from live.testbed import Testbed

from .probe import Findings, Probe, found, found_or_why

OPERATION = operation_table()["updatePinCategory"]
(LIMIT,) = OPERATION.rate_limits
LOCK = LIMIT.lock_seconds or 0
BEYOND = 5
"""How many calls past the contract's number are tried."""
MARGIN = 2
"""Seconds."""


def throttle(testbed: Testbed, spend: int) -> Findings:
    """One folder is changed until that is refused, then another one; then the lock is looked at, and waited out.

    A refusal counts that comes twice in a row and is over when the lock is: once, it could have another cause.
    """
    folder, other = testbed.make(), testbed.make()
    for one in (folder, other):
        testbed.done(_collapse(testbed, one), "changing a folder's state")
    testbed.sleep(LIMIT.seconds + 1)  # what was called before counts no more
    began = testbed.now
    number, refusal, next_one = _overrun(testbed, folder)
    if testbed.now - began > LIMIT.seconds * 1000:
        raise Unobserved(f"{number} calls took longer than the {LIMIT.seconds} s for which they are counted")
    seen = {
        **found_or_why("throttle_answer", lambda: _answer(refusal, next_one)),
        **found_or_why("throttle_trips_at", lambda: _trips_at(number)),
        **found_or_why("limit_counted_per", lambda: _counted_per(testbed, other)),
        **found_or_why("calls_while_locked", lambda: _calls_while_locked(testbed, folder, refusal)),
    }
    testbed.done(_collapse(testbed, folder), "changing a folder's state after the lock")
    return seen


def _collapse(testbed: Testbed, folder: str) -> Said:
    return testbed.put(folder, testbed.clients.uncounted, state="collapsed")


def _overrun(testbed: Testbed, folder: str) -> tuple[int, Said, Said]:
    """Change a folder until that is refused: with which call, and how; and how the next one is."""
    for number in range(1, LIMIT.requests + BEYOND + 1):
        said = _collapse(testbed, folder)
        if said.throttled:
            again = _collapse(testbed, folder)
            if not again.throttled:
                raise Unobserved(f"call {number} was refused as one too many: {said}, and the next was not: {again}")
            return number, said, again
        testbed.done(said, "changing a folder's state")
    raise Unobserved(f"{LIMIT.requests + BEYOND} calls within {LIMIT.seconds} s: none was refused")


def _is_locked(testbed: Testbed, folder: str) -> bool:
    """Whether a call is refused as one too many, and again."""
    first, second = _collapse(testbed, folder), _collapse(testbed, folder)
    if first.throttled != second.throttled:
        raise Unobserved(f"a call in a lock or after it: {first}, and then {second}")
    return first.throttled


def _counted_per(testbed: Testbed, other: str) -> Findings:
    """Whether another folder is locked as well."""
    spread = _is_locked(testbed, other)
    evidence = f"another folder right after: {'refused' if spread else 'accepted'}"
    return found("limit_counted_per", "endpoint" if spread else "folder", evidence)


def _answer(said: Said, again: Said) -> Findings:
    if (str(again), again.named_wait) != (str(said), said.named_wait):
        raise Unobserved(f"a call too many: {said}, and the next in another form: {again}")
    if said.status == 429:
        reading = "429_retry_after" if said.named_wait else "429_message"
        return found("throttle_answer", reading, said, f"{'with' if said.named_wait else 'without'} Retry-After")
    if said.status == 400 and said.code in OPERATION.throttle_codes:
        return found("throttle_answer", "400_code", said)
    raise Unobserved(f"a call too many: {said}: none of the readings")


def _trips_at(number: int) -> Findings:
    readings = {LIMIT.requests: "nth", LIMIT.requests + 1: "after_nth"}
    if number not in readings:
        raise Unobserved(f"call {number} was refused, where the limit is {LIMIT.requests}: none of the readings")
    return found("throttle_trips_at", readings[number], f"the limit is {LIMIT.requests}; refused was call {number}")


def _calls_while_locked(testbed: Testbed, folder: str, refusal: Said) -> Findings:
    """A call in the middle of the lock, and one at its end."""
    lock = max(LOCK, refusal.retry_after or 0)
    began = testbed.now
    testbed.sleep(lock / 2)
    if not _is_locked(testbed, folder):
        raise Unobserved(f"the lock was over after {lock / 2:.0f} s")
    testbed.sleep(began / 1000 + lock + MARGIN - testbed.now / 1000)
    if not _is_locked(testbed, folder):
        return found("calls_while_locked", "ignored", f"after a call in the lock it ended {lock:.0f} s after its begin")
    testbed.sleep(lock + MARGIN)
    if _is_locked(testbed, folder):
        raise Unobserved(f"the lock did not end {lock:.0f} s after the last call")
    return found("calls_while_locked", "lengthen", f"after a call in the lock it ended {lock:.0f} s after that one")


PROBES = (
    Probe(
        ("throttle_answer", "throttle_trips_at", "limit_counted_per", "calls_while_locked"), throttle, option="throttle"
    ),
)
