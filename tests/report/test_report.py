"""The report says what is so: it is made of its figures, and those that can be counted at once are counted anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from contract.changes.change import TOLERATED

from .__main__ import FIGURES, PAGE, is_good
from .counting import counted
from .page import page
from .sums import odd

HINT = "run nox -s report"


@pytest.fixture
def figures() -> dict[str, Any]:
    return json.loads(FIGURES.read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # what report writes


def test_the_page_is_made_of_the_figures(figures: dict[str, Any]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(figures), HINT


def test_what_can_be_counted_is_counted_anew(figures: dict[str, Any]) -> None:
    assert figures["counted"] == json.loads(json.dumps(counted())), HINT


def test_every_figure_is_what_it_has_to_be(figures: dict[str, Any]) -> None:
    assert is_good(figures)


def test_what_was_run_is_what_is_counted(figures: dict[str, Any]) -> None:
    counted, rows = figures["counted"], figures["ran"]["drift"]["kinds"]
    kinds = {name: {key: row[key] for key in ("impact", "instances")} for name, row in rows.items()}
    assert kinds == counted["kinds"], HINT
    missed = {
        f"{name}: {one}": why
        for name, row in rows.items()
        if row["impact"] != TOLERATED
        for one, why in row["survivors"].items()
    }
    assert missed == counted["survivors"], HINT


def test_what_was_run_adds_up(figures: dict[str, Any]) -> None:
    assert odd(figures) == [], HINT


def numbers(node: Any, at: str = "") -> Iterator[tuple[dict[str, Any], str, str]]:
    """Every number of a tree of figures: what holds it, its key there, and its place in words."""
    for key, value in node.items():
        if isinstance(value, dict):
            yield from numbers(value, f"{at} {key}")
        elif isinstance(value, int) and not isinstance(value, bool):
            yield node, key, f"{at} {key}"


SLACK = (" steps ", " by ", " prose only")
"""Where one more or less is possible: not all of it follows from the rest."""


@pytest.mark.parametrize("more", [-1, 1, 10_000])
def test_a_number_that_is_made_up_is_noticed(figures: dict[str, Any], more: int) -> None:
    del figures["ran"]["steps"]["seconds"], figures["ran"]["steps"]["seed"]
    unnoticed = []
    for holder, key, where in numbers(figures["ran"]):
        holder[key] += more
        if is_good(figures):
            unnoticed.append(where)
        holder[key] -= more
    assert [one for one in unnoticed if more > 1 or not any(slack in one for slack in SLACK)] == []


def test_an_answer_without_a_cassette_is_no_good_report(figures: dict[str, Any]) -> None:
    figures["counted"]["codes"]["had"] -= 1
    assert not is_good(figures)


AT = {"commit": "0123456789ab", "date": "2026-01-01T00:00:00+00:00"}
REPEATS = {**AT, "seconds": 9000, "passed": True, "runs": 50, "tests": 4000, "failed": 0}


@pytest.mark.parametrize(
    ("wrong", "good"),
    [
        ({}, True),
        ({"passed": False, "failed": 1}, False),
        ({"failed": 1}, False),
        ({"commit": "today's"}, False),
        ({"date": "2026-01-01T00:00:00"}, False),
        ({"machines": {"faults": {"steps": 1_000_000}}}, False),
    ],
)
def test_a_record_that_failed_or_does_not_fit_is_no_good_report(
    figures: dict[str, Any], wrong: dict[str, Any], good: bool
) -> None:
    figures["records"] = {"repeats": {**REPEATS, **wrong}}
    assert is_good(figures) is good
