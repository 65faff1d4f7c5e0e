"""How state machines are run: how many steps, under which readings and seeds, and what is written down of it.

On every change 10,000 steps are run, the same ones. `nox -s nightly` runs 1,000,000 new ones, or as many as
`MACHINE_STEPS` says; what failed once is tried first. With `FIGURES` set, each run adds a line to that file.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from msgspec.structs import replace

from cliq_pins.simulator import PROFILES, Behaviour, covering_set

NIGHTLY = not settings().derandomize
STEPS = int(os.environ.get("MACHINE_STEPS", 1_000_000 if NIGHTLY else 10_000))
"""In all machines together."""
ENOUGH = 50_000 if NIGHTLY else 10_000
"""Steps in which everything is met that can be, whichever they are or those of every run."""
SEED = int(os.environ.get("MACHINE_SEED", 0))
LENGTH = 30
"""The most steps in one go."""
MACHINES = 3
FACADES = {"sync": False, "async": True}
BEHAVIOURS: dict[str, Behaviour] = {
    name: replace(one, max_folders=4, max_pins=5)
    for name, one in (PROFILES | covering_set() if NIGHTLY else PROFILES).items()
}
"""The readings, with maxima that a run can reach."""
SHARE = STEPS / MACHINES / len(FACADES) / len(BEHAVIOURS)
"""The steps of one machine under one reading with one kind of client."""
LEAST = 10
"""The fewest goes at once: the first ones are the simplest that there are."""

met: Counter[str] = Counter()
"""What happened in the steps of this process, by machine: `faults: step`, `faults: unknown`."""


class Machine(RuleBasedStateMachine):
    """A machine that says what it is run with, and counts."""

    name: str
    behaviour: Behaviour
    awaiting: bool

    def count(self, *what: str) -> None:
        """Count a step, or something else that was met."""
        met.update(f"{self.name}: {one}" for one in what or ("step",))


def run(machine: type[Machine], behaviour: str, facade: str) -> None:
    """Run a machine under one reading with one kind of client."""
    own = {"behaviour": BEHAVIOURS[behaviour], "awaiting": FACADES[facade]}
    title = f"{machine.__name__}_{behaviour}_{facade}".replace("-", "_")  # what failed is kept under this name
    made: Any = type(title, (machine,), own)
    step, before = f"{machine.name}: step", met[f"{machine.name}: step"]
    number = list(BEHAVIOURS).index(behaviour) * len(FACADES) + FACADES[facade]
    try:
        for again in count():  # not each goes on to its last step
            if (missing := SHARE - met[step] + before) <= 0:
                break
            seed(f"{SEED}-{machine.name}-{number}-{again}")(made)
            run_state_machine_as_test(made, settings=goes(max(LEAST, math.ceil(missing / LENGTH))))
            assert missing > SHARE - met[step] + before, "no step was counted"
    finally:
        _note(machine.name, behaviour, facade, met[step] - before)
    met[f"{machine.name}: run"] += 1


def goes(number: int) -> settings:
    """How a number of goes is run."""
    return settings(
        max_examples=number,
        stateful_step_count=LENGTH,
        phases=[one for one in Phase if one is not Phase.explain],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


def has_met(name: str, wanted: set[str]) -> None:
    """Hold what a machine has met to what it has to meet, and its steps to their number."""
    if STEPS < ENOUGH or met[f"{name}: run"] < len(BEHAVIOURS) * len(FACADES):
        pytest.skip("too few steps, or not every reading was run with both clients in this process")
    assert {f"{name}: {one}" for one in wanted} - met.keys() == set()
    assert met[f"{name}: step"] >= STEPS / MACHINES


def _note(machine: str, behaviour: str, facade: str, steps: int) -> None:
    if "FIGURES" not in os.environ:
        return
    path = Path(os.environ["FIGURES"])
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {"machine": machine, "behaviour": behaviour, "facade": facade, "steps": steps, "seed": SEED}
    with path.open("a", encoding="utf-8") as lines:  # one write of one line: processes do not mix
        lines.write(json.dumps(line) + "\n")
