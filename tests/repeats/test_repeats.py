"""The runner of repeats: a test that fails now and then is named, and so is a run that does not get to the tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from click.testing import CliRunner, Result

from repeats import run

Repeat: TypeAlias = Callable[..., Result]
STEADY = "def test_steady():\n    pass\n"
NOW_AND_THEN = "import os\ndef test_now_and_then():\n    assert int(os.environ['PYTHONHASHSEED']) % 2\n"
ALWAYS = """
import pytest

@pytest.fixture
def broken():
    yield
    raise OSError

def test_always(broken):
    raise OSError
"""
CRASHES = "import os\ndef test_crash():\n    os._exit(3)\n"


@pytest.fixture
def repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repeat:
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(run.os, "cpu_count", lambda: 1)

    def repeat(source: str, *options: str) -> Result:
        (tmp_path / "test_it.py").write_text(source, encoding="utf-8")
        here = ("--numprocesses=0", f"--rootdir={tmp_path}", str(tmp_path / "test_it.py"))
        return CliRunner().invoke(run.main, [*options, *here])

    return repeat


def test_a_test_that_fails_now_and_then_is_named(repeated: Repeat) -> None:
    result = repeated(STEADY + NOW_AND_THEN, "--times", "2")
    assert result.exit_code == 1
    assert result.output.splitlines()[-2].endswith("test_now_and_then: did not pass in 1 of 2 runs: 2")
    assert result.output.splitlines()[-1] == "2 of 2 runs, 3 tests passed, 1 flaky or failing"


def test_a_test_that_fails_and_cannot_be_cleared_away_is_one(repeated: Repeat) -> None:
    lines = repeated(ALWAYS, "--times", "1").output.splitlines()
    assert lines[0].startswith("run 1: 0 passed, 1 failed, ")
    assert lines[1].endswith("test_always: did not pass in 1 of 1 runs: 1")


def test_what_passes_each_time_is_no_finding(repeated: Repeat) -> None:
    result = repeated(STEADY, "--times", "1")
    assert result.exit_code == 0
    assert result.output.startswith("run 1: 1 passed, 0 failed, ")


def test_runs_go_on_after_those_that_were_finished_at_the_commit(tmp_path: Path, monkeypatch: Any) -> None:
    """One that was interrupted is made anew; one that failed is not made until it passes."""
    made: list[str] = []
    ends = iter(["0", "1", KeyboardInterrupt(), "0", "0", "0"])
    now = {"commit": "12", "packages": "a==1"}

    def pytest_ends(command: Sequence[str], environ: dict[str, str], _: Path) -> str:
        made.append(environ["PYTHONHASHSEED"])
        results = Path(command[-1].partition("=")[2])
        results.write_text('<testsuite><testcase classname="it" name="test"/></testsuite>', encoding="utf-8")
        if isinstance(how := next(ends), KeyboardInterrupt):
            raise how
        return how

    monkeypatch.setattr(run, "RESULTS", tmp_path)
    monkeypatch.setattr(run, "end", pytest_ends)
    monkeypatch.setattr(run, "tested", lambda: dict(now))
    monkeypatch.setenv("FIGURES", str(tmp_path / "figures"))
    assert "2 of 3 runs" in CliRunner().invoke(run.main, ["--times", "3"]).output
    again = CliRunner().invoke(run.main, ["--times", "3", "--go-on"])
    assert (made, again.exit_code) == (["1", "2", "3", "3"], 1)
    assert again.output.splitlines()[-1] == "3 of 3 runs, 3 tests passed, 1 flaky or failing"
    assert json.loads((tmp_path / "figures").read_text(encoding="utf-8"))["runs"] == 3
    now["packages"] = "a==2"
    assert CliRunner().invoke(run.main, ["--times", "1", "--go-on"]).exit_code == 0
    assert made == ["1", "2", "3", "3", "1"], "a run with other packages does not count"
    CliRunner().invoke(run.main, ["--times", "1"])
    assert [one.name for one in tmp_path.glob("all/*.json")] == ["1.json"], "whoever begins anew has only new runs"


@pytest.mark.parametrize(("commit", "options"), [("12-dirty", ()), ("12", ("tests/live",))])
def test_runs_of_what_is_not_the_same_do_not_go_on(commit: str, options: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(run, "tested", lambda: {"commit": commit})
    result = CliRunner().invoke(run.main, ["--go-on", *options])
    assert (result.exit_code, "--go-on: that takes all tests, and no change" in result.output) == (2, True)


def test_what_is_tested_has_all_that_can_make_a_difference() -> None:
    assert run.tested().keys() == {"commit", "python", "packages", "options"}
    assert "pytest==" in run.tested()["packages"]


@pytest.mark.parametrize(
    ("source", "options"), [("", ()), (CRASHES, ()), (STEADY, ("--collect-only",))], ids=["none", "crash", "collected"]
)
def test_a_run_in_which_nothing_passed_has_failed(source: str, options: tuple[str, ...], repeated: Repeat) -> None:
    result = repeated(source, "--times", "1", *options)
    assert (result.exit_code, "0 passed" in result.output, "0 failed" in result.output) == (1, True, False)


def test_a_run_that_hangs_is_given_up(repeated: Repeat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LONGEST", 0.01)
    result = repeated(STEADY, "--times", "1")
    assert (result.exit_code, "pytest ended with nothing after 0.01 s" in result.output) == (1, True)


def made_up(number: int, *_: object) -> run.Run:
    """A run in which one more test passed than in the one before; the third is interrupted."""
    if number == 3:
        raise KeyboardInterrupt
    return run.Run(frozenset("ab"[:number]), frozenset(), 1.0)


@pytest.mark.parametrize(
    ("options", "noted"),
    [(["2"], {"runs": 2, "tests": 2, "failed": 1, "seconds": 2}), (["3"], None), (["2", "tests/live"], None)],
    ids=["all", "interrupted", "some of the tests"],
)
def test_a_whole_run_writes_its_figures_down(
    options: list[str], noted: dict[str, int] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = tmp_path / "figures"
    monkeypatch.setenv("FIGURES", str(figures))
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(run, "once", made_up)
    CliRunner().invoke(run.main, ["--times", *options])
    assert (json.loads(figures.read_text(encoding="utf-8")) if figures.exists() else None) == noted


def test_the_tests_themselves_write_no_figures(
    repeated: Repeat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIGURES", str(tmp_path / "figures"))
    none = "import os\ndef test_none():\n    assert 'FIGURES' not in os.environ\n"
    assert repeated(none, "--times", "1").exit_code == 0


def test_what_is_left_out_now_and_then_is_named_and_a_run_without_results_is_named_once() -> None:
    whole, partly, none = (run.Run(frozenset(passed), frozenset(), 0.0) for passed in ("ab", "a", ""))
    assert run.unsteady({1: whole, 2: partly, 3: none}) == {"b": [2]}
    assert run.unsteady({1: whole, 2: whole}) == {}


def test_a_run_that_ends_badly_after_its_tests_is_named_and_no_other_run_is_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = iter(["0", "3", "0"])
    commits = iter(["12"] * 5 + ["13"])

    def pytest_ends(command: Sequence[str], *_: Any) -> str:
        results = Path(command[-1].partition("=")[2])
        results.write_text('<testsuite><testcase classname="it" name="test"/></testsuite>', encoding="utf-8")
        return next(ends)

    monkeypatch.setattr(run, "RESULTS", tmp_path)
    monkeypatch.setattr(run, "end", pytest_ends)
    monkeypatch.setattr(run, "tested", lambda: {"commit": next(commits)})
    result = CliRunner().invoke(run.main, ["--times", "3"])
    assert result.exit_code == 1
    assert result.output.splitlines()[3:] == [
        f"run 2: pytest ended with 3 and 1 tests passed, see {tmp_path / 'all' / '2.log'}",
        f"run 3: what is tested was changed meanwhile, see {tmp_path / 'all' / '3.log'}",
        "3 of 3 runs, 3 tests passed, 2 flaky or failing",
    ]
