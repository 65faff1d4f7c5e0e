"""A small set of behaviours in which every two readings of every two switches meet."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from random import Random

import msgspec

from .behaviour import Behaviour, readings

TRIES = 60
"""Rows drafted for each row that is taken; more make the set smaller and take longer."""


@cache
def covering_set() -> dict[str, Behaviour]:
    """Behaviours by name, `pairwise-01` and so on, at most 16; the same ones on every run.

    Any two switches take every combination of their readings in at least one of them, so a fault that needs two
    particular readings is met.
    """
    random = Random(20)  # noqa: S311  # a fixed start, so that the names mean the same on every run
    switches = readings()
    open_pairs = {
        frozenset({(one, first), (two, second)})
        for one, two in combinations(switches, 2)
        for first in switches[one]
        for second in switches[two]
    }
    rows: list[dict[str, str | bool]] = []
    while open_pairs:
        drafts = [_draft(switches, open_pairs, random) for _ in range(TRIES)]
        row = max(drafts, key=lambda draft: len(_pairs(draft) & open_pairs))
        open_pairs -= _pairs(row)
        rows.append(row)
    return {f"pairwise-{number:02}": msgspec.convert(row, Behaviour) for number, row in enumerate(rows, start=1)}


def _pairs(row: dict[str, str | bool]) -> set[frozenset[tuple[str, str | bool]]]:
    return {frozenset(pair) for pair in combinations(row.items(), 2)}


def _draft(
    switches: dict[str, tuple[str | bool, ...]],
    open_pairs: set[frozenset[tuple[str, str | bool]]],
    random: Random,
) -> dict[str, str | bool]:
    """Fill in the switches in a random order, each with the reading that closes most pairs."""
    row: dict[str, str | bool] = {}
    names = list(switches)
    random.shuffle(names)
    for name in names:
        choices = list(switches[name])
        random.shuffle(choices)

        def gain(reading: str | bool, name: str = name) -> int:
            return sum(frozenset({(name, reading), chosen}) in open_pairs for chosen in row.items())

        row[name] = max(choices, key=gain)
    return {name: row[name] for name in switches}
