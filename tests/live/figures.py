"""What the runs against the simulated service prove, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from cliq_pins.simulator import PROFILES, Behaviour, SimulatorServer, covering_set

from .probes.probe import SWITCHES
from .simulated import ASKED, Proof, Service, judge


def services() -> dict[str, Behaviour]:
    """The services that are run against, by name: the profiles, and the set in which any two readings meet."""
    return {**PROFILES, **covering_set()}


def prove(behaviour: Behaviour, journal: Path) -> Proof:
    """Run against a service over a socket, and hold the table to its readings."""
    service = Service(behaviour)
    with SimulatorServer(service.simulator) as server:
        _, printed = service.run(journal, *ASKED, "--json", origin=server.urls.origin)
    return judge(printed, behaviour)


def figures(chosen: Mapping[str, Behaviour] | None = None) -> dict[str, int]:
    """How many services were run against, and how many of their readings were named; takes some seconds for all."""
    chosen = services() if chosen is None else chosen
    with TemporaryDirectory() as folder:
        proofs = [prove(one, Path(folder) / name) for name, one in chosen.items()]
    return {
        "profiles": len(proofs),
        "switches": len(SWITCHES),
        "readings_named": sum(len(set(one.named) & SWITCHES.keys()) for one in proofs),
        "readings_that_mean_the_same": sum(len(set(one.unseen) & SWITCHES.keys()) for one in proofs),
        "readings_wrong": sum(len(one.wrong) for one in proofs),
    }
