"""A refusal that has another cause than what a probe is about is no reading, whichever call it strikes."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import TypeAlias

import httpx2
import pytest
from msgspec.structs import replace

from cliq_pins.http import wsgi_transport
from cliq_pins.simulator import PROFILES, Behaviour
from cliq_pins.testing import SimulatedClock

from .answer import Said
from .guard import Exchange
from .journal import Journal, Unobserved, Value
from .probes import PROBES
from .probes.probe import NUMBERS, Probe, sure
from .probes.throttle import LIMIT
from .run import set_up
from .settings import place
from .simulated import FEW, NEVER_IN_TWO, Service

SERVICES = {
    "accepting": PROFILES["lenient"],
    "refusing": replace(PROFILES["strict"], max_folders=8, max_pins=4),
}
SPEND = {"max_folders": 6, "max_pins": 5}
"""What a probe of a number may spend: enough for the service that has a limit, and not for the other one."""
Refusal: TypeAlias = tuple[int, str | None]
"""A status and a code."""
REFUSAL: Refusal = (400, "operation_failed")
WORST: dict[str, Refusal] = {
    "symbol_on_create": (400, "param_missing"),
    "unknown_folder": (401, "oauthtoken_scope_invalid"),
    "missing_scope_status": (401, "oauthtoken_scope_invalid"),
    "guarded_put_on_default": (400, "operation_not_allowed"),
    "max_folders": (400, "max_folders_error"),
    "max_pins": (400, "max_pins_error"),
    "staleness_resolution": (400, "client_not_synced"),
    "staleness_scope": (400, "client_not_synced"),
    "details_count_as_change": (400, "client_not_synced"),
    "throttle_answer": (429, None),
}
"""The refusal that is most like a reading, by a probe's first switch; it is `REFUSAL` for the others."""
UNSEEN = {"accepting": NUMBERS, "refusing": (NEVER_IN_TWO,)}
"""What cannot be seen there, even if nothing is refused for another cause."""
LONG = 20
"""To save time, of a probe of more requests only some are refused, and seldom both once and from there on."""
ALIKE = range(6, LIMIT.requests)
"""Requests of the probe that overruns a limit, each like the one before; most are left out."""


def answers(*statuses: int) -> Iterator[Said]:
    return (
        Said(one, None if one < 300 else "operation_failed", None, None, Exchange(0, 0, None, one)) for one in statuses
    )


@pytest.mark.parametrize(
    ("asked", "control", "told"),
    [
        ([200], [], "200"),
        ([400, 400], [200], "400 operation_failed"),
        ([400, 400], [400], "no: 400 operation_failed, and so is what differs in nothing else: 400 operation_failed"),
        ([400, 200], [200], "no: 400 operation_failed, and then 200"),
        ([400, 404], [200], "no: 400 operation_failed, and then 404 operation_failed"),
    ],
)
def test_a_refusal_counts_beside_a_control_that_is_accepted(asked: list[int], control: list[int], told: str) -> None:
    asks, controls = answers(*asked), answers(*control)
    try:
        said = str(sure(lambda: next(asks), lambda: next(controls), "no"))
    except Unobserved as why:
        said = str(why)
    assert said == told
    assert [*asks, *controls] == [], "all were asked"


class Refusing:
    """A way to a service that refuses its nth request for a reason of its own.

    Or, if it goes on with that, every request of that kind from the nth on.
    """

    def __init__(self, service: Service, nth: int, refusal: Refusal, *, goes_on: bool) -> None:
        self._inner = wsgi_transport(service.simulator.wsgi())
        self._clock = service.simulator.clock
        self._nth = nth
        self._refusal = refusal
        self._goes_on = goes_on
        self._kind: object = None
        self.sent = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.sent += 1
        kind = request.method, request.url.path.count("/")
        if self.sent == self._nth:
            self._kind = kind
        if self.sent == self._nth or (self._goes_on and kind == self._kind):
            status, code = self._refusal
            body = {"message": "of its own"} | ({} if code is None else {"code": code})
            return httpx2.Response(
                status, json=body, headers={"date": formatdate(self._clock.now_ms / 1000, usegmt=True)}
            )
        answer: httpx2.Response = self._inner.handle_request(request)
        return answer

    def close(self) -> None:
        self._inner.close()


class Trial:
    """A probe, run again and again on a service that is each time as it was."""

    def __init__(self, probe: Probe, behaviour: Behaviour, folder: Path) -> None:
        self.probe = probe
        self.service = Service(behaviour, limits=probe.option == "throttle")
        environ = {**self.service.environ(), **self.service.with_token(), **FEW}
        self._place = place({name: value for name, value in environ.items() if value})
        self._before = self.service.simulator.state
        self._journal = Journal(folder / "journal")

    def run(self, nth: int = 0, refusal: Refusal = REFUSAL, *, goes_on: bool = False) -> dict[str, Value]:
        """The readings that are named if the nth request is refused."""
        simulator = self.service.simulator
        simulator.state = self._before
        way = Refusing(self.service, nth, refusal, goes_on=goes_on)
        with set_up(self._place, self._journal, SimulatedClock(simulator.clock), way) as testbed:
            try:
                findings = self.probe.run(testbed, SPEND.get(self.probe.switches[0], 0))
            except Exception:  # the run goes on, and tells why nothing was observed
                findings = {}
        self.sent = way.sent
        return {name: one.value for name, one in findings.items() if one.value is not None}


def strikes(probe: Probe, sent: int) -> Iterator[tuple[int, bool]]:
    """Which of a probe's requests is refused, and whether the refusals go on."""
    for nth in range(1, sent + 1):
        if sent <= LONG:
            yield from ((nth, False), (nth, True))
        elif probe.option != "throttle" and nth % 5 in (0, 1, 3):
            yield nth, nth % 5 == 0
        elif probe.option == "throttle" and (nth not in ALIKE or nth % 11 == 0):
            yield nth, False
            if nth % 4 == 0:
                yield nth, True


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("probe", PROBES, ids=lambda one: one.switches[0])
def test_what_is_refused_for_another_cause_is_no_reading(probe: Probe, name: str, tmp_path: Path) -> None:
    trial = Trial(probe, SERVICES[name], tmp_path)
    right = {switch: getattr(SERVICES[name], switch) for switch in probe.switches}
    assert trial.run() == {switch: one for switch, one in right.items() if switch not in UNSEEN[name]}
    refusal = WORST.get(probe.switches[0], REFUSAL)
    for nth, goes_on in strikes(probe, trial.sent):
        assert trial.run(nth, refusal, goes_on=goes_on).items() <= right.items(), f"request {nth}, {goes_on=}"
