"""A machine that does nothing that counts is told, each step counts once, and no half of the runs may be idle."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis.stateful import rule

from machines import running
from machines.running import BEHAVIOURS, FACADES, Machine, Run, has_met, run, step


class Idle(Machine):
    name = "idle"

    @rule()
    def do_nothing(self) -> None:
        pass


class Counting(Machine):
    """It meets up to three things in a step."""

    name = "counting"
    done = 0

    @step()
    def meet(self) -> None:
        Counting.done += 1
        for _ in range(self.done % 4):
            self.count("met")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that was counted before, and nothing that others have to read."""
    monkeypatch.delenv("FIGURES", raising=False)
    monkeypatch.setattr(running, "met", {})
    monkeypatch.setattr(running, "steps", Counter())


@pytest.mark.usefixtures("alone")
def test_a_machine_that_counts_no_step_is_stopped() -> None:
    with pytest.raises(AssertionError, match="no step was counted"):
        run(Idle, "documented", "sync")


@pytest.mark.usefixtures("alone")
def test_a_step_counts_once_whatever_is_met_in_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FIGURES", str(tmp_path / "steps.jsonl"))
    monkeypatch.setattr(running, "SHARE", 40)
    monkeypatch.setattr(Counting, "done", 0)
    run(Counting, "documented", "sync")
    line = json.loads((tmp_path / "steps.jsonl").read_text(encoding="utf-8"))
    assert line["steps"] == running.steps[Run("counting", "documented", "sync")] == Counting.done >= 40
    assert line["met"] == {"met": running.met[Run("counting", "documented", "sync")]["met"]}
    assert line["met"]["met"] != line["steps"]


@pytest.fixture
def everywhere(alone: None, monkeypatch: pytest.MonkeyPatch) -> dict[Run, Counter[str]]:
    """Every run of a machine that met everything."""
    monkeypatch.setattr(running, "STEPS", running.ENOUGH)
    runs = [Run("counting", behaviour, facade) for behaviour in BEHAVIOURS for facade in FACADES]
    running.steps.update(dict.fromkeys(runs, running.ENOUGH))
    running.met.update({one: Counter(one=1, other=1) for one in runs})
    return running.met


def test_what_was_met_everywhere_is_enough(everywhere: Any) -> None:
    has_met("counting", {"one", "other"})
    with pytest.raises(AssertionError, match="never met with"):
        has_met("counting", {"one", "third"})


@pytest.mark.parametrize("half", [*FACADES, *BEHAVIOURS])
def test_what_was_never_met_with_one_client_or_under_one_reading_is_told(everywhere: Any, half: str) -> None:
    for one, meets in everywhere.items():
        if half in one:
            del meets["other"]
    with pytest.raises(AssertionError, match=f"never met with {half}"):
        has_met("counting", {"one", "other"})


def test_too_few_steps_are_told(everywhere: Any) -> None:
    running.steps.clear()
    with pytest.raises(AssertionError, match="too few steps"):
        has_met("counting", {"one"})
