"""The report says what is so: it is made of its figures, and those that can be counted at once are counted anew."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract.changes.change import TOLERATED

from .__main__ import FIGURES, PAGE, is_good
from .counting import counted
from .page import page

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
    counted, ran = figures["counted"], figures["ran"]
    kinds = {name: {key: row[key] for key in ("impact", "instances")} for name, row in ran["drift"]["kinds"].items()}
    assert kinds == counted["kinds"], HINT
    assert ran["cassettes"]["cassettes by source"] == counted["cassettes"], HINT
    assert (ran["live"]["profiles"], ran["live"]["switches"]) == (counted["services"], counted["switches"]), HINT
    missed = {
        f"{name}: {one}": why
        for name, row in ran["drift"]["kinds"].items()
        if row["impact"] != TOLERATED
        for one, why in row["survivors"].items()
    }
    assert missed == counted["survivors"], HINT
