"""When a call is sent again, and after how long: the rules by themselves; the faults show them at work."""

from __future__ import annotations

from random import Random
from typing import Any

import httpx2
import pytest
from waiting import Drawn

from cliq_pins import CliqError
from cliq_pins.engine import retry
from cliq_pins.engine.effects import Failure, FailureKind
from cliq_pins.simulator import Fault, Simulator
from cliq_pins.testing import connect


def failure(kind: FailureKind, error: BaseException | None = None) -> Failure:
    return Failure(kind=kind, reason="", reached=False, received=0.0, error=error)


@pytest.mark.parametrize(
    ("attempt", "bound"), [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 8.0), (6, 8.0), (5000, 8.0)]
)
def test_pauses_double_up_to_a_bound(attempt: int, bound: float) -> None:
    assert retry.pause(attempt, None, Drawn()) == bound
    assert retry.pause(attempt, 3.0, Drawn()) == 3.0 + bound
    assert 0 <= retry.pause(attempt, None, Random(attempt)) <= bound


@pytest.mark.parametrize(
    ("retry_class", "repeatable"),
    [("safe", True), ("idempotent", True), ("guarded", True), ("create", False), (None, False)],
)
def test_what_may_have_been_done_is_sent_again_only_as_its_class_allows(retry_class: Any, repeatable: bool) -> None:
    assert retry.may_repeat(retry_class, reached=True) is repeatable
    assert retry.may_repeat(retry_class, reached=False) is True


@pytest.mark.parametrize(
    ("failed", "attempts", "worth"),
    [
        (failure("connection"), 9, True),
        (failure("timeout"), 9, True),
        (failure("timeout", httpx2.PoolTimeout("all are in use")), 1, False),
        (failure("connection", httpx2.PoolTimeout("not a timeout")), 1, True),
        (failure("protocol"), 1, True),
        (failure("protocol"), 2, False),
        *((failure(kind), 1, False) for kind in ("tls", "deadline", "decode", "too_large", "unsendable")),
    ],
)
def test_what_could_go_better_is_tried_again(failed: Failure, attempts: int, worth: bool) -> None:
    assert retry.worth_repeating(failed, attempts) is worth


@pytest.mark.filterwarnings("ignore::cliq_pins.ContractDriftWarning")
@pytest.mark.parametrize("status", [429, 500, 501, 502, 503, 504, 505])
def test_only_what_may_be_another_answer_next_time_is_asked_for_again(status: int) -> None:
    simulator = Simulator()
    body: dict[str, Any] = {"status": status, "body": {}}
    simulator.script(Fault(on="getPinCategories", phase="before", action="status", args=body, nth=1))
    pins = connect(simulator, max_wait=0)
    if status in (500, 502, 503, 504):
        pins.board()
    else:
        with pytest.raises(CliqError) as caught:
            pins.board()
        assert caught.value.attempts == 1
