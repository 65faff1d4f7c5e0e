"""The figures of the report: those that are counted at once, and those for which all of it has to be run."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from cassettes.figures import figures as of_cassettes
from cassettes.probes import PROBES
from cassettes.provenance import load, recorded, source_of
from cliq_pins.simulator import PROFILES
from contract.changes.change import TOLERATED
from contract_schemas import DOCUMENTED_CODES, DOCUMENTED_STATUSES
from drift.benign import EDITS
from drift.figures import figures as of_drift
from drift.figures import unseen
from drift.kinds import KINDS
from fault_cells import CELLS, READ_AGAIN
from flows import FLOWS
from live.figures import figures as of_live
from live.figures import services
from live.probes.probe import SWITCHES

DRIVERS = 2
"""Each cell is run with both."""


def counted() -> dict[str, Any]:
    """What needs no run: it is counted anew on every change, and has to be what the page says."""
    cassettes = recorded().values()
    tolerant = [one for one in CELLS if one.values[0] in READ_AGAIN]
    return {
        "cells": DRIVERS * (len(CELLS) + len(tolerant) * (len(PROFILES) - 1)),
        "faults": len({one.values[0] for one in CELLS}),
        "flows": len(FLOWS),
        "flows for the live service": sum(not one.simulated_because for one in FLOWS.values()),
        "cassettes": dict(Counter(source_of(path) for path in cassettes)),
        "interactions": sum(len(load(path)["interactions"]) for path in cassettes),
        "codes": len(DOCUMENTED_CODES),
        "statuses": len(DOCUMENTED_STATUSES),
        "probes": len(PROBES),
        "services": len(services()),
        "switches": len(SWITCHES),
        "benign": len(EDITS),
        "kinds": {kind.name: {"impact": kind.impact, "instances": len(kind.instances)} for kind in KINDS},
        "survivors": {
            str(one): unseen(one)
            for kind in KINDS
            for one in kind.instances
            if kind.impact != TOLERATED and unseen(one) is not None
        },
    }


def ran(steps: Path) -> dict[str, Any]:
    """What comes of running all of it; the machines have written down their steps already."""
    lines = [json.loads(line) for line in steps.read_text(encoding="utf-8").splitlines()]
    by_machine: Counter[str] = Counter()
    for line in lines:
        by_machine[line["machine"]] += line["steps"]
    return {
        "steps": dict(sorted(by_machine.items())),
        "cassettes": of_cassettes(),
        "live": of_live(),
        "drift": of_drift(),
    }
