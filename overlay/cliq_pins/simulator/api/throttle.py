"""The rate limits: a sliding window of calls and a lock."""

from __future__ import annotations

from msgspec.structs import replace

from cliq_pins._generated import RateLimit
from cliq_pins.simulator.behaviour import Behaviour
from cliq_pins.simulator.message import Headers, Refusal
from cliq_pins.simulator.state import State, Usage

from .contract import Endpoint, Route

CROWDED = 64
"""From how many counters on those that no longer matter are dropped."""


def count(state: State, behaviour: Behaviour, user: str, route: Route, now: int) -> tuple[State, Refusal | None]:
    """Count a call; the refusal if it is one too many or the endpoint is locked."""
    endpoint = route.endpoint
    limits = endpoint.operations[0].rate_limits
    if not limits:
        return state, None
    place = endpoint.path.format(**route.ids) if behaviour.limit_counted_per == "folder" else endpoint.path
    key = f"{user} {endpoint.method} {place}"
    usage = state.usage.get(key, Usage())
    lock_ms = max(limit.lock_seconds or 0 for limit in limits) * 1000
    window_ms = max(limit.seconds for limit in limits) * 1000
    calls = tuple(call for call in usage.calls if now - call < window_ms)
    locked_until = usage.locked_until_ms
    if now < locked_until:
        refused = True
        locked_until = now + lock_ms if behaviour.calls_while_locked == "lengthen" else locked_until
    else:
        refused = any(_used_up(limit, calls, behaviour, now) for limit in limits)
        locked_until = now + lock_ms if refused else 0
    if not refused:
        calls = (*calls, now)
    over = max(locked_until, now + window_ms)
    kept = state.usage
    if len(kept) >= CROWDED:
        kept = {name: one for name, one in kept.items() if now < one.over_ms}
    state = replace(state, usage={**kept, key: Usage(calls, locked_until, over)})
    return state, _refusal(endpoint, behaviour, locked_until - now) if refused else None


def _used_up(limit: RateLimit, calls: tuple[int, ...], behaviour: Behaviour, now: int) -> bool:
    passing = limit.requests - (behaviour.throttle_trips_at == "nth")
    return sum(now - call < limit.seconds * 1000 for call in calls) >= passing


def _refusal(endpoint: Endpoint, behaviour: Behaviour, wait_ms: int) -> Refusal:
    seconds = -(-wait_ms // 1000)
    reason = f"too many calls of {endpoint.method} {endpoint.path}; locked for {seconds} s"
    if behaviour.throttle_answer == "400_code":
        (code,) = endpoint.operations[0].throttle_codes
        return Refusal(400, code, reason, message="Too many calls of this URL.")
    headers: Headers = (("retry-after", str(seconds)),) if behaviour.throttle_answer == "429_retry_after" else ()
    return Refusal(429, None, reason, headers)
