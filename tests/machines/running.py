"""How state machines are run: how many steps, under which readings and seeds, and what is written down of it.

On every change 10,000 steps are run, the same ones. `nox -s nightly` runs 1,000,000 new ones, or as many as
`MACHINE_STEPS` says; what failed once is tried first. With `FIGURES` set, each run adds a line to that file: its steps,
and under `met` how often each thing was met in them.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Callable
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from msgspec.structs import replace

from cliq_pins.simulator import PROFILES, Behaviour, covering_set

NIGHTLY = not settings().derandomize
STEPS = int(os.environ.get("MACHINE_STEPS", 1_000_000 if NIGHTLY else 10_000))
"""In all machines together."""
ENOUGH = 100_000 if NIGHTLY else 10_000
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
SHORT = 1.2
"""How many goes make up for those that end early, so that no more are run in the end."""


class Run(NamedTuple):
    """A machine under one reading with one kind of client."""

    machine: str
    behaviour: str
    facade: str


steps: Counter[Run] = Counter()
"""The steps of this process; of a run that was not finished, too."""
met: dict[Run, Counter[str]] = {}
"""What happened in them, such as `struck` or `unknown`: of each run that was finished."""


class Machine(RuleBasedStateMachine):
    """A machine that says what it is run with, and counts."""

    name: str
    behaviour: Behaviour
    awaiting: bool
    run: Run
    meets: Counter[str]

    def count(self, what: str) -> None:
        """Count something that was met. Steps are counted by themselves."""
        self.meets[what] += 1


def step(**drawn: Any) -> Callable[[Callable[..., None]], Any]:
    """A rule that is a step: it counts once, when it is done, whatever happens in it."""

    def counted(act: Callable[..., None]) -> Any:
        @wraps(act)
        def once(machine: Machine, **given: Any) -> None:
            act(machine, **given)
            steps[machine.run] += 1

        return rule(**drawn)(once)

    return counted


def run(machine: type[Machine], behaviour: str, facade: str) -> None:
    """Run a machine under one reading with one kind of client."""
    this, meets = Run(machine.name, behaviour, facade), Counter[str]()
    own = {"behaviour": BEHAVIOURS[behaviour], "awaiting": FACADES[facade], "run": this, "meets": meets}
    title = f"{machine.__name__}_{behaviour}_{facade}".replace("-", "_")  # what failed is kept under this name
    made: Any = type(title, (machine,), own)
    number = list(BEHAVIOURS).index(behaviour) * len(FACADES) + FACADES[facade]
    steps[this] = 0
    try:
        for again in count():  # not each goes on to its last step
            if (missing := SHARE - steps[this]) <= 0:
                break
            seed(f"{SEED}-{machine.name}-{number}-{again}")(made)
            run_state_machine_as_test(made, settings=goes(max(LEAST, math.ceil(SHORT * missing / LENGTH))))
            assert missing > SHARE - steps[this], "no step was counted"
    finally:
        _note(this, meets)
    met[this] = meets


def goes(number: int) -> settings:
    """How a number of goes is run."""
    return settings(
        max_examples=number,
        stateful_step_count=LENGTH,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


def has_met(name: str, wanted: set[str]) -> None:
    """Hold what a machine has met to what it has to meet with each client and under each reading, and its steps."""
    runs = {one: what for one, what in met.items() if one.machine == name}
    if STEPS < ENOUGH or len(runs) < len(BEHAVIOURS) * len(FACADES):
        pytest.skip("too few steps, or not every reading was run with both clients in this process")
    for half in sorted({one.facade for one in runs} | {one.behaviour for one in runs}):
        found = {what for one, meets in runs.items() if half in one for what in meets}
        assert wanted <= found, f"never met with {half}: {', '.join(sorted(wanted - found))}"
    assert sum(steps[one] for one in runs) >= STEPS / MACHINES, "too few steps"


def _note(this: Run, meets: Counter[str]) -> None:
    if "FIGURES" not in os.environ:
        return
    path = Path(os.environ["FIGURES"])
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {**this._asdict(), "steps": steps[this], "met": dict(sorted(meets.items())), "seed": SEED}
    with path.open("a", encoding="utf-8") as lines:  # one write of one line: processes do not mix
        lines.write(json.dumps(line) + "\n")
