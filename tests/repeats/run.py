"""Runs the tests again and again and names each that failed in any run.

    python tests/repeats/run.py [--times N] [--first N] [PYTEST ARGUMENTS]...

Every run has hashes of its own, so that sets are gone through in another order, and every second one has twice as many
processes as there are cores, so that everything takes longer. Exit code 0: all passed each time; 1: not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import click

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "build" / "repeats"


class Run(NamedTuple):
    """What came of one run."""

    passed: int
    failed: tuple[str, ...]
    seconds: float


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--times", default=50, show_default=True, type=click.IntRange(min=1), help="How often.")
@click.option("--first", default=1, type=click.IntRange(min=1), help="The number of the first run, to go on from one.")
@click.argument("chosen", nargs=-1, type=click.UNPROCESSED)
def main(times: int, first: int, chosen: tuple[str, ...]) -> None:
    """Name the tests that do not pass each time."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    runs: dict[int, Run] = {}
    for number in range(first, first + times):
        runs[number] = once(number, chosen)
        click.echo(line(number, runs[number]))
    flaky = by_test(runs)
    for test, numbers in flaky.items():
        click.echo(f"{test}: failed in {len(numbers)} of {times} runs: {', '.join(map(str, numbers))}")
    click.echo(f"{times} runs, {sum(one.passed for one in runs.values())} tests passed, {len(flaky)} flaky or failing")
    sys.exit(1 if flaky else 0)


def once(number: int, chosen: Sequence[str]) -> Run:
    """Run the tests; what they print is kept beside their results."""
    results = RESULTS / f"{number}.xml"
    results.unlink(missing_ok=True)
    processes = (os.cpu_count() or 1) * (2 if number % 2 == 0 else 1)
    spread = (f"--numprocesses={processes}", "--dist=loadfile", f"--junit-xml={results}")
    began = time.monotonic()
    with results.with_suffix(".log").open("w", encoding="utf-8") as log:
        command = [sys.executable, "-m", "pytest", *spread, *chosen]
        ended = subprocess.run(command, cwd=ROOT, env=hashed(number), stdout=log, stderr=log, check=False).returncode
    passed, failed = read(results)
    if ended and not failed:
        failed = (f"pytest ended with {ended}, see {results.with_suffix('.log')}",)
    return Run(passed, failed, time.monotonic() - began)


def hashed(number: int) -> dict[str, str]:
    """The environment with hashes of one kind."""
    return {**os.environ, "PYTHONHASHSEED": str(number)}


def read(results: Path) -> tuple[int, tuple[str, ...]]:
    """How many tests passed, and which did not, be it in what they need; nothing if there are no results."""
    if not results.exists():
        return 0, ()
    cases = list(ET.parse(results).iter("testcase"))  # noqa: S314  # pytest has written it
    bad, skipped = ({name(case) for case in cases if has(case, *what)} for what in (("failure", "error"), ("skipped",)))
    return len({name(case) for case in cases} - bad - skipped), tuple(sorted(bad))


def has(case: ET.Element, *what: str) -> bool:
    """Whether something came of a test; where it fails and then cannot be cleared away, it is there twice."""
    return any(case.find(one) is not None for one in what)


def name(case: ET.Element) -> str:
    """A test's name."""
    return f"{case.get('classname')}.{case.get('name')}"


def line(number: int, run: Run) -> str:
    """A run in one line."""
    return f"run {number}: {run.passed} passed, {len(run.failed)} failed, {run.seconds:.0f} s"


def by_test(runs: dict[int, Run]) -> dict[str, list[int]]:
    """In which runs each test failed."""
    failed: Iterable[tuple[str, int]] = ((test, number) for number, run in runs.items() for test in run.failed)
    found: dict[str, list[int]] = {}
    for test, number in failed:
        found.setdefault(test, []).append(number)
    return found


if __name__ == "__main__":
    main()
