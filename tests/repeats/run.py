"""Runs the tests again and again and names each that failed in any run.

    python tests/repeats/run.py [--times N] [--go-on] [PYTEST ARGUMENTS]...

Every run has hashes of its own, so that sets are gone through in another order, and every second one has twice as many
processes as there are cores, so that everything takes longer. What is interrupted can go on later, as long as nothing
has changed. Exit code 0: all passed each time; 1: not; 2: they cannot go on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import click

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "build" / "repeats"
LONGEST = 3600
"""Seconds after which a run is given up."""


class Run(NamedTuple):
    """What came of one run."""

    passed: frozenset[str]
    failed: frozenset[str]
    seconds: float
    trouble: str = ""
    """How it ended, if that is worse than what the tests say."""


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--times", default=50, show_default=True, type=click.IntRange(min=1), help="How often.")
@click.option("--go-on", is_flag=True, help="Count the runs of the same code that were finished, passed or not.")
@click.argument("chosen", nargs=-1, type=click.UNPROCESSED)
def main(times: int, go_on: bool, chosen: tuple[str, ...]) -> None:
    """Name the tests that do not pass each time."""
    if go_on and (chosen or "-dirty" in tested()["commit"]):
        raise click.UsageError("--go-on: that takes all tests, and no change that is not committed")
    results = RESULTS / ("some" if chosen else "all")
    results.mkdir(parents=True, exist_ok=True)
    if not go_on:
        for old in results.iterdir():
            old.unlink()
    runs: dict[int, Run] = {}
    with suppress(KeyboardInterrupt):  # what was found until then is told
        for number in range(1, times + 1):
            runs[number] = (finished(number, results) if go_on else None) or once(number, chosen, results)
            click.echo(line(number, runs[number]))
    found = unsteady(runs)
    for test, numbers in found.items():
        click.echo(f"{test}: did not pass in {len(numbers)} of {len(runs)} runs: {', '.join(map(str, numbers))}")
    troubled = {number: run.trouble for number, run in runs.items() if run.trouble}
    for number, trouble in troubled.items():
        click.echo(f"run {number}: {trouble}")
    passed = sum(len(one.passed) for one in runs.values())
    if len(runs) == times and not chosen:
        seconds = round(sum(one.seconds for one in runs.values()))
        note({"runs": times, "tests": len(every(runs)), "failed": len(found) + len(troubled), "seconds": seconds})
    click.echo(f"{len(runs)} of {times} runs, {passed} tests passed, {len(found) + len(troubled)} flaky or failing")
    sys.exit(1 if found or troubled or len(runs) < times else 0)


def note(figures: Mapping[str, int]) -> None:
    """Write down figures for the report, if it is asked for them."""
    if "FIGURES" in os.environ:
        Path(os.environ["FIGURES"]).write_text(json.dumps(figures) + "\n", encoding="utf-8")


def tested() -> dict[str, str]:
    """What is tested, and with what: only runs of the same can be counted together."""
    at, changes = git("rev-parse", "HEAD"), git("status", "--porcelain")
    packages = sorted({f"{one.name}=={one.version}" for one in distributions()})
    return {
        "commit": at + ("-dirty" if changes else ""),
        "python": sys.version,
        "packages": " ".join(packages),
        "options": os.environ.get("PYTEST_ADDOPTS", ""),
    }


def git(*asked: str) -> str:
    """What git says of the project."""
    command = ["git", *asked]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def once(number: int, chosen: Sequence[str], results: Path) -> Run:
    """Run the tests; what they print is kept beside their results, and how they ended once they have."""
    for old in results.glob(f"{number}.*"):
        old.unlink()
    processes = (os.cpu_count() or 1) * (2 if number % 2 == 0 else 1)
    spread = (f"--numprocesses={processes}", "--dist=loadfile", *chosen, f"--junit-xml={results / f'{number}.xml'}")
    before, began = tested(), time.monotonic()
    environ = {
        name: value for name, value in os.environ.items() if name != "FIGURES"
    }  # those of the tests are not ours
    command = [sys.executable, "-m", "pytest", *spread]
    ended = end(command, {**environ, "PYTHONHASHSEED": str(number)}, results / f"{number}.log")
    how = {"ended": ended, "seconds": time.monotonic() - began, "tested": before if before == tested() else None}
    written = results / f"{number}.part"
    written.write_text(json.dumps(how), encoding="utf-8")
    written.replace(results / f"{number}.json")
    return judged(number, results, how)


def finished(number: int, results: Path) -> Run | None:
    """A run of the same that was made before; `None` if there is none that got to its end."""
    path = results / f"{number}.json"
    how = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return judged(number, results, how) if how and how["tested"] == tested() else None


def judged(number: int, results: Path, how: Mapping[str, Any]) -> Run:
    """What came of a run, by how it ended and what it left."""
    passed, failed = read(results / f"{number}.xml")
    trouble, log = "", results / f"{number}.log"
    if how["tested"] is None:
        trouble = f"what is tested was changed meanwhile, see {log}"
    elif not failed and (how["ended"] != "0" or not passed):
        trouble = f"pytest ended with {how['ended']} and {len(passed)} tests passed, see {log}"
    return Run(passed, failed, how["seconds"], trouble)


def end(command: Sequence[str], environ: dict[str, str], log: Path) -> str:
    """Run a command and give its exit code, or that it had none."""
    with log.open("w", encoding="utf-8") as file:
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environ, stdout=file, stderr=file, timeout=LONGEST, check=False
            )
        except subprocess.TimeoutExpired:
            return f"nothing after {LONGEST} s"
    return str(done.returncode)


def read(results: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The tests that passed, and those that did not, be it in what they need; none if there are no results."""
    if not results.exists():
        return frozenset(), frozenset()
    cases = list(ET.parse(results).iter("testcase"))  # noqa: S314  # pytest has written it
    failed, skipped = (named(one for one in cases if has(one, *what)) for what in (("failure", "error"), ("skipped",)))
    return named(cases) - failed - skipped, failed


def has(case: ET.Element, *what: str) -> bool:
    """Whether something came of a test; where it fails and then cannot be cleared away, it is there twice."""
    return any(case.find(one) is not None for one in what)


def named(cases: Iterable[ET.Element]) -> frozenset[str]:
    """The tests' names."""
    return frozenset(f"{case.get('classname')}.{case.get('name')}" for case in cases)


def line(number: int, run: Run) -> str:
    """A run in one line."""
    failed = len(run.failed) + bool(run.trouble)
    return f"run {number}: {len(run.passed)} passed, {failed} failed, {run.seconds:.0f} s"


def every(runs: Mapping[int, Run]) -> frozenset[str]:
    """The tests that passed or failed in any run."""
    return frozenset().union(*(run.passed | run.failed for run in runs.values()))


def unsteady(runs: Mapping[int, Run]) -> dict[str, list[int]]:
    """For each test that passed or failed in any run, those in which it did not pass, but for runs without results."""
    full = {number: run for number, run in runs.items() if run.passed or run.failed}
    missed = {test: [number for number, run in full.items() if test not in run.passed] for test in sorted(every(full))}
    return {test: numbers for test, numbers in missed.items() if numbers}


if __name__ == "__main__":
    main()
