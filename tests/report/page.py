"""The page that the figures make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contract.changes.change import TOLERATED

HEAD = """\
# What the suite has been run over

Made by `nox -s report`; do not edit. What can be counted at once is counted anew on every change and must be what
stands here; the rest is run whole by that session, and in parts on every change.

**Nothing here was measured on the live service.** It was never reached; its place is taken by the simulator, under
every reading of what its contract leaves open.
"""
DRIFT = """
## Drift

{kinds} kinds of change in {instances} instances: {right} of {compared} are classed right. Of the {matter} that matter,
{caught} ({share:.1f} %) are caught if the service changes and the document does not. Of {benign} edits that change
nothing for anybody, {raised} raise anything. Of the changes that are to be tolerated, {broken} break a call.

| kind | class | instances | classed right | caught | by |
| --- | --- | --- | --- | --- | --- |"""
SOURCES = {"simulator": "the simulator", "live": "the live service"}


def page(figures: dict[str, Any]) -> str:
    """The report in Markdown."""
    counted, ran = figures["counted"], figures["ran"]
    rows = [f"| {what} | {found} |" for what, found in _suite(counted, ran).items()]
    return "\n".join([HEAD, "| | |", "| --- | --- |", *rows, *_drift(counted, ran["drift"]), ""])


def _suite(counted: dict[str, Any], ran: dict[str, Any]) -> dict[str, str]:
    steps, tapes, live = ran["steps"], ran["cassettes"], ran["live"]
    machines = ", ".join(f"{name} {number}" for name, number in steps.items())
    sources = ", ".join(f"{counted['cassettes'].get(source, 0)} from {name}" for source, name in SOURCES.items())
    on_tape, told = tapes["found on cassettes"], tapes["found in errors, logs and reprs"]
    services = f"{counted['services']} services, {counted['switches']} switches"
    return {
        "faults": f"{counted['faults']} numbered ones in {counted['cells']} cells",
        "steps of state machines": f"{sum(steps.values())}: {machines}",
        "flows": f"{counted['flows']}, of which {counted['flows for the live service']} can be played live",
        "cassettes": f"{sources}; {counted['interactions']} interactions",
        "documented answers with a cassette": f"{counted['codes']} codes and {counted['statuses']} statuses: all",
        "probes for secrets": f"{tapes['probes']}, of which {on_tape} are found on cassettes "
        f"and {told} in errors, logs and reprs",
        "the same if nothing is hidden": f"{tapes['probes']}, of which {found_unhidden(tapes)} are found",
        "the live session, against simulators": f"{services}: {live['readings_named']} readings named, "
        f"{live['readings_wrong']} of them wrong; {live['readings_that_mean_the_same']} that no call can tell apart",
    }


def found_unhidden(tapes: dict[str, Any]) -> int:
    """How many probes are found without the sanitisers, and without what the overlay conceals."""
    return int(
        tapes["found on cassettes without sanitisers"] + tapes["found in errors, logs and reprs without concealing"]
    )


def _drift(counted: dict[str, Any], drift: dict[str, Any]) -> Iterator[str]:
    yield DRIFT.format(
        kinds=len(counted["kinds"]),
        instances=drift["instances"],
        right=drift["compared"] - drift["wrong"],
        compared=drift["compared"],
        matter=drift["matter"],
        caught=drift["caught"],
        share=100 * drift["caught"] / drift["matter"],
        benign=counted["benign"],
        raised=drift["benign raised"],
        broken=drift["broken"],
    )
    for name, row in drift["kinds"].items():
        right = row["compared"] - len(row["wrong"])
        caught = "" if row["impact"] == TOLERATED else f"{row['caught']} of {row['tried']}"
        by = ", ".join(f"{detector} {times}" for detector, times in sorted(row["by"].items()))
        yield f"| {name} | {row['impact']} | {row['instances']} | {right} | {caught} | {by} |"
    yield "\nNot caught:\n"
    yield from (f"- {name}: {why}" for name, why in counted["survivors"].items())
