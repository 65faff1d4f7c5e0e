"""A machine that does nothing that counts is told, and does not run for ever."""

from __future__ import annotations

import pytest
from hypothesis.stateful import rule

from machines.running import Machine, run


class Idle(Machine):
    name = "idle"

    @rule()
    def do_nothing(self) -> None:
        pass


def test_a_machine_that_counts_no_step_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIGURES", raising=False)
    with pytest.raises(AssertionError, match="no step was counted"):
        run(Idle, "documented", "sync")
