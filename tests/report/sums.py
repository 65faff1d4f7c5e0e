"""What figures have to be to each other: one that was not counted but made up does not fit the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from contract.changes.change import TOLERATED

Figures: TypeAlias = dict[str, Any]
Fits: TypeAlias = Iterator[tuple[str, bool]]
"""What has to be so, and whether it is."""
COMMIT = re.compile("[0-9a-f]{12,}(-dirty)?")
STEPS = 10_000
"""What the machines have to make together, each its share; one that has made twice its share has counted wrong."""


def odd(figures: Figures) -> list[str]:
    """What does not add up."""
    counted, ran = figures["counted"], figures["ran"]
    fits = (
        *_steps(ran["steps"]["machines"]),
        *_kinds(counted["kinds"], ran["drift"]["kinds"]),
        *_drift(counted, ran["drift"]),
        *_probes(counted, ran["cassettes"]),
        *_live(counted, ran["live"]),
        *(
            one
            for name, record in figures["records"].items()
            for one in _record(name, record, ran["steps"]["machines"])
        ),
    )
    return [what for what, is_so in fits if not is_so]


def _steps(machines: Figures) -> Fits:
    for name, one in machines.items():
        yield f"steps, {name}", STEPS <= one["steps"] * len(machines) <= 2 * STEPS
        yield f"steps, {name} struck", 0 <= one.get("struck", 0) <= one["steps"]


def _kinds(counted: Figures, rows: Figures) -> Fits:
    yield "the kinds are those that are counted", rows.keys() == counted.keys()
    for name, row in rows.items():
        instances, by, caught = counted[name]["instances"], row["by"].values(), row["caught"]
        yield f"{name}: all are compared and tried", {row["instances"], row["compared"], row["tried"]} == {instances}
        yield f"{name}: what is not caught has a name", caught + len(row["survivors"]) == row["tried"]
        yield f"{name}: no detector catches more than all", max(by, default=0) <= caught <= sum(by)
        yield f"{name}: alone", 0 <= row["by scripts alone"] <= row["by self-check alone"] <= caught
        yield f"{name}: the rest", len(row["wrong"]) <= instances >= row["prose only"]


def _drift(counted: Figures, drift: Figures) -> Fits:
    rows = drift["kinds"].values()
    matter = [row for row in rows if row["impact"] != TOLERATED]
    sums = {
        **{what: sum(row[what] for row in rows) for what in ("instances", "compared")},
        **{what: sum(len(row[what]) for row in rows) for what in ("wrong", "broken")},
        **{what: sum(row[what] for row in matter) for what in ("caught", "by self-check alone", "by scripts alone")},
        "matter": sum(row["tried"] for row in matter),
        "benign": counted["benign"],
    }
    yield from ((f"drift, {what}", drift[what] == number) for what, number in sums.items())
    yield "drift, benign raised", 0 <= drift["benign raised"] <= drift["benign"]


def _probes(counted: Figures, places: Figures) -> Fits:
    told = places["in logs, hooks and reprs"]["probes"]
    yield "each probe is looked for", places["on cassettes"]["probes"] + told == counted["probes"]
    yield "what errors may not tell", places["in errors"]["probes"] + counted["quoted"]["probes"] == told
    for name, row in places.items():
        yield f"found {name}", 0 <= row["found"] <= row["found unhidden"] <= row["probes"]


def _live(counted: Figures, live: Figures) -> Fits:
    run = (live["profiles"], live["switches"])
    named, same = live["readings_named"], live["readings_that_mean_the_same"]
    yield "every service and switch", run == (counted["services"], counted["switches"])
    yield "each reading is named or cannot be", named + same == run[0] * run[1]
    yield "readings that cannot be told", same == counted["readings that mean the same"]
    yield "wrong readings", 0 <= live["readings_wrong"] <= named


def _record(name: str, record: Figures, machines: Figures) -> Fits:
    yield f"{name}: the commit", COMMIT.fullmatch(record["commit"]) is not None
    yield f"{name}: the date", datetime.fromisoformat(record["date"]).utcoffset() == timedelta()
    if "machines" in record:
        yield f"{name}: the machines", record["machines"].keys() == machines.keys()
    else:
        yield (
            f"{name}: what failed",
            record["passed"] is (record["failed"] == 0) and record["failed"] <= record["tests"],
        )
