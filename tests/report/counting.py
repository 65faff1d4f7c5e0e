"""The figures of the report: those that are counted at once, and those for which all of it has to be run."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cassettes.figures import figures as of_cassettes
from cassettes.figures import of_documented
from cassettes.measuring import IN_WORDS
from cassettes.probes import PROBES
from cassettes.provenance import load, recorded, source_of
from cassettes.telling import QUOTED
from contract.changes.change import TOLERATED
from drift.benign import EDITS
from drift.figures import figures as of_drift
from drift.figures import unseen
from drift.kinds import KINDS
from fault_cells import CELLS, DRIVERS, UNDER_PROFILES
from flows import FLOWS
from live.figures import figures as of_live
from live.figures import services
from live.probes.probe import SWITCHES
from live.simulated import is_unseen

from .records import read


def counted() -> dict[str, Any]:
    """What needs no run: it is counted anew on every change, and has to be what the page says."""
    cassettes = recorded().values()
    return {
        "cells": DRIVERS * (len(CELLS) + len(UNDER_PROFILES)),
        "faults": len({one.values[0] for one in CELLS}),
        "flows": len(FLOWS),
        "flows for the live service": sum(not one.simulated_because for one in FLOWS.values()),
        "cassettes": dict(Counter(source_of(path) for path in cassettes)),
        "interactions": sum(len(load(path)["interactions"]) for path in cassettes),
        **of_documented(),
        "probes": len(PROBES),
        "quoted": {"kinds": QUOTED, "probes": sum(probe.kind in QUOTED for probe in IN_WORDS)},
        "services": len(services()),
        "switches": len(SWITCHES),
        "readings that mean the same": sum(is_unseen(one, there) for one in SWITCHES for there in services().values()),
        "benign": len(EDITS),
        "kinds": {kind.name: {"impact": kind.impact, "instances": len(kind.instances)} for kind in KINDS},
        "survivors": {
            str(one): unseen(one)
            for kind in KINDS
            for one in kind.instances
            if kind.impact != TOLERATED and unseen(one) is not None
        },
    }


def ran() -> dict[str, Any]:
    """What comes of running all of it; the machines have been run already, and are recorded."""
    steps = read("steps")
    if steps is None:
        raise SystemExit("no steps of the machines are recorded; run nox -s report, which does it")
    return {
        "steps": steps,
        "cassettes": of_cassettes(),
        "live": of_live(),
        "drift": of_drift(),
    }
