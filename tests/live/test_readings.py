"""Each reading of each switch is named rightly, over a socket, whatever the other readings are."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from cliq_pins.simulator import Behaviour, SimulatorServer
from drift.exchanges import beyond
from latency import Line

from .figures import services
from .journal import UNASKED, UNTOLD
from .probes import PROBES
from .probes.probe import SWITCHES
from .run import DONE
from .simulated import ASKED, NEVER_IN_TWO, Service, judge

SERVICES = services()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_told_by_its_answers(name: str, tmp_path: Path) -> None:
    behaviour = SERVICES[name]
    service = Service(behaviour)
    before, secrets = service.layout(), service.secrets()
    with SimulatorServer(service.simulator) as server:
        code, printed = service.run(tmp_path / "journal", *ASKED, "--json", origin=server.urls.origin)
    proof = judge(printed, behaviour)
    assert proof.wrong == {}
    assert beyond(behaviour) >= msgspec.json.decode(printed)["drift"].keys()
    assert code == DONE, "what cannot be seen is no failure"
    assert service.layout() == before
    shown = printed + service.said
    assert [secret for secret in secrets | service.secrets() if secret in shown] == []


def test_a_run_that_misses_nothing_but_what_cannot_be_seen_there_or_was_not_asked_for_is_complete(
    tmp_path: Path,
) -> None:
    """As on a real service: its clock is not known to the millisecond."""
    service = Service(Behaviour(pin_elsewhere="moves", staleness_resolution="1ms"))
    line = Line(service.simulator, lambda: 20, lambda: None)
    environ = {**service.with_token(), "CLIQ_NARROW_TOKEN": ""}
    code, printed = service.run(tmp_path / "journal", "--json", transport=line, **environ)
    rows = msgspec.json.decode(printed)["readings"]
    asked_for = {switch for one in PROBES if one.option for switch in one.switches} | {"missing_scope_status"}
    lacks = dict.fromkeys(asked_for, UNASKED) | {NEVER_IN_TWO: UNTOLD, "staleness_comparison": UNTOLD}
    assert {one["switch"]: one["lack"] for one in rows if one["lack"]} == lacks
    assert all(one["evidence"] for one in rows)
    assert code == DONE


def test_every_reading_is_met_and_named_in_a_service_where_it_can_be_seen() -> None:
    seen = [one for one in SERVICES.values() if one.pin_elsewhere == "adds"]
    for switch, readings in SWITCHES.items():
        among = seen if switch == NEVER_IN_TWO else SERVICES.values()
        assert {getattr(one, switch) for one in among} == set(readings)


def test_the_clock_need_not_stand_at_a_whole_second(tmp_path: Path) -> None:
    for fraction in (1, 500, 999):
        behaviour = Behaviour(staleness_resolution="1ms", staleness_comparison="<=")
        service = Service(behaviour)
        service.simulator.clock.advance(fraction / 1000)
        _, printed = service.run(tmp_path / f"{fraction}", "--json")
        assert {"staleness_resolution", "staleness_comparison"} <= set(judge(printed, behaviour).named)
