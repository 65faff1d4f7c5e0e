"""What notices that the service changed while the contract did not: the suite's checks, each under a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

from as_documented import assert_as_documented, with_code, with_status
from cliq_pins.simulator import Simulator
from drift.drifted import Drift, DriftedSimulator, caller
from drift.exchanges import problems as wrong
from drift.exchanges import seen
from drift.story import Conversation, converse, full_board
from flows.recipes import CODES, STATUSES, Natural, Recipe, Scripted, Service
from service import OPERATIONS, Caller, throttled

ONCE = [pair for pair, way in STATUSES.items() if not (isinstance(way, Natural) and way.repeated)]
"""The statuses that one call gets; the others are for the limit probe."""
SELF_CHECK, SCRIPTS = "self-check", "scripted self-check"


@cache
def usual() -> Conversation:
    """The conversation as it goes with the service as it is documented."""
    return converse(Simulator(full_board()))


def flows(talk: Conversation) -> list[str]:
    """Steps of the conversation that end otherwise than they should."""
    return [f"{name}: {end}" for name, end in talk.outcomes.items() if end != usual().outcomes[name]]


def reported(talk: Conversation) -> list[str]:
    """What the client itself reports as drift."""
    return talk.reports


def exchanged(talk: Conversation) -> list[str]:
    """Exchanges that do not fit the contract."""
    return [one for exchange in talk.exchanges if exchange.answer.operation in OPERATIONS for one in wrong(exchange)]


def missed(talk: Conversation) -> list[str]:
    """Places in answers that should have something in them and never had."""
    return sorted(places(usual()) - places(talk))


def places(talk: Conversation) -> set[str]:
    """The places in answers that something stood in."""
    return {place for exchange in talk.exchanges for place in seen(exchange)}


def self_check(service: Service) -> list[str]:
    """Codes and statuses that calls get, and that are not as documented."""
    return _not_as_documented(service, Natural)


def scripts(service: Service) -> list[str]:
    """The same of those that no call gets: a fault script gives them, so only a simulator can be asked."""
    return _not_as_documented(service, Scripted)


def _not_as_documented(service: Service, way: type[Recipe]) -> list[str]:
    checks = [
        *((" ".join(pair), partial(with_code, *pair, service)) for pair, one in CODES.items() if isinstance(one, way)),
        *((f"{name} {status}", partial(with_status, name, status, service)) for name, status in _once(way)),
    ]
    return [name for name, check in checks if _fails(check)]


def _once(way: type[Recipe]) -> list[tuple[str, int]]:
    return [pair for pair in ONCE if isinstance(STATUSES[pair], way)]


def _fails(check: Callable[[], None]) -> bool:
    try:
        check()
    except (AssertionError, KeyError):  # a body without what the check looks for
        return True
    return False


def limits(service: Service) -> list[str]:
    """Operations that are throttled at another call than documented, or locked for another time."""
    return [f"{name}: {found}" for name in OPERATIONS if (found := _limit(service(limits=True), name))]


def _limit(client: Caller, name: str) -> str | None:
    (limit,) = OPERATIONS[name].rate_limits
    said = [client.right(name) for _ in range(limit.requests + 1)]
    if [throttled(one) for one in said] != [False] * limit.requests + [True]:
        return "it is throttled at another call"
    if _fails(partial(assert_as_documented, said[-1], name, said[-1].status)):
        return "the refusal is not as documented"
    for seconds, locked in (((limit.lock_seconds or 0) - 1, True), (1, False)):
        client.later(seconds)
        if throttled(client.right(name)) is not locked:
            return "the lock ends at another time"
    return None


def scopes(service: Service) -> list[str]:
    """Operations that another scope than the documented one opens."""
    found: list[str] = []
    for name, operation in OPERATIONS.items():
        (needed,) = operation.scopes
        every = frozenset().union(*(one for other in OPERATIONS.values() for one in other.scopes))
        with_it, without = (service().be(scopes=held).right(name).status for held in (needed, every - needed))
        if with_it >= 400 or without < 400:
            found.append(f"{name}: {with_it} with its scope, {without} without")
    return found


def look(drift: Drift | None = None) -> Iterator[tuple[str, list[str]]]:
    """What each detector finds in a service, the quick ones first; the service is as documented if nothing is given."""
    service = Caller if drift is None else partial(caller, drift)
    talk = converse(Simulator(full_board()) if drift is None else DriftedSimulator(full_board(), drift=drift))
    yield "flows", flows(talk)
    yield "drift report", reported(talk)
    yield "exchanges", exchanged(talk)
    yield "coverage", missed(talk)
    yield "scope probe", scopes(service)
    yield "limit probe", limits(service)
    yield SELF_CHECK, self_check(service)
    yield SCRIPTS, scripts(service)


def found(drift: Drift | None = None) -> dict[str, list[str]]:
    """What all detectors find, by the name of each that finds something."""
    return {name: problems for name, problems in look(drift) if problems}


def is_caught(drift: Drift) -> bool:
    """Whether any detector finds something; it stops at the first that does."""
    return any(problems for _, problems in look(drift))
