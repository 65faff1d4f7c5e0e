"""The page that the figures make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contract.changes.change import TOLERATED

from .records import KEPT

HEAD = """\
# What the suite has been run over

Made by `nox -s report`; do not edit. What can be counted at once is counted anew on every change and must be what
stands here; the rest is run whole by that session, and in parts on every change.

**Nothing here was measured on the live service.** It was never reached; its place is taken by the simulator, under
every reading of what its contract leaves open.
"""
RECORDS = """
## What takes too long for every report

Of each the last run that was recorded, at the commit that it was run at; a commit that is `-dirty` had changes.

| session | commit | date | what was run | in | came of it |
| --- | --- | --- | --- | --- | --- |"""
DRIFT = """
## Drift

{kinds} kinds of change in {instances} instances: {right} of {compared} are classed right. Of the {matter} that matter,
{caught} ({share:.1f} %) are caught if the simulated service changes and the document does not. Of {benign} edits that
change nothing for anybody, {raised} raise anything. Of the changes that are to be tolerated, {broken} break a call.

Of the {caught}, {alone} are caught by the self-check alone, which gets each documented code and status once. {scripts}
of those rest on answers that only a fault script gives: codes and statuses that no call of ours can provoke. A real
service would change them unnoticed until one such answer comes: there it would be {seen} of {matter}
({seen_share:.1f} %) at most.

| kind | class | instances | classed right | caught | by |
| --- | --- | --- | --- | --- | --- |"""
SOURCES = {"simulator": "the simulator", "live": "the live service"}


def page(figures: dict[str, Any]) -> str:
    """The report in Markdown."""
    counted, ran = figures["counted"], figures["ran"]
    rows = [f"| {what} | {found} |" for what, found in {**_suite(counted, ran), **_secrets(counted, ran)}.items()]
    long = rows_of(figures["records"])
    return "\n".join([HEAD, "| | |", "| --- | --- |", *rows, RECORDS, *long, *_drift(counted, ran["drift"]), ""])


def _suite(counted: dict[str, Any], ran: dict[str, Any]) -> dict[str, str]:
    live = ran["live"]
    sources = ", ".join(f"{counted['cassettes'].get(source, 0)} from {name}" for source, name in SOURCES.items())
    answers = " and ".join(
        f"{counted[what]['had']} of {counted[what]['documented']} {what}" for what in ("codes", "statuses")
    )
    services = f"{counted['services']} services, {counted['switches']} switches"
    return {
        "faults": f"{counted['faults']} numbered ones in {counted['cells']} cells",
        "steps of state machines": f"{_steps(ran['steps'])}; in {ran['steps']['seconds']} s",
        "flows": f"{counted['flows']}, of which {counted['flows for the live service']} can be played live",
        "cassettes": f"{sources}; {counted['interactions']} interactions",
        "documented answers with a cassette": answers,
        "the live session, against simulators": f"{services}: {live['readings_named']} readings named, "
        f"{live['readings_wrong']} of them wrong; {live['readings_that_mean_the_same']} that no call can tell apart",
    }


def _steps(record: dict[str, Any]) -> str:
    """The steps of machines, and how many of them were struck by a fault where that was counted."""
    machines = record["machines"]
    struck = {
        name: f" ({one['struck']} of them struck by a fault)" for name, one in machines.items() if "struck" in one
    }
    each = ", ".join(f"{name} {one['steps']}{struck.get(name, '')}" for name, one in machines.items())
    return f"{sum(one['steps'] for one in machines.values())}: {each}"


def _secrets(counted: dict[str, Any], ran: dict[str, Any]) -> dict[str, str]:
    quoted, places = counted["quoted"], ran["cassettes"]
    tapes, calls = (places[name]["probes"] for name in ("on cassettes", "in logs, hooks and reprs"))
    controls = ("without sanitisers", "if nothing is concealed", "if events tell all that the service says")
    return {
        "probes for secrets": f"{counted['probes']}: {tapes} in exchanges to be recorded, {calls} in calls and answers",
        **{
            f"of them found {name}": f"{row['found']} of {row['probes']}; {control}, {row['found unhidden']}"
            for (name, row), control in zip(places.items(), controls, strict=True)
        },
        "found in errors, as they may be": f"{quoted['probes']}: {', '.join(quoted['kinds'])}. "
        "What the service says, an error quotes to the caller whose data it is",
    }


def rows_of(records: dict[str, Any]) -> Iterator[str]:
    """A row for each run of which a record is kept, if there is one."""
    for name in KEPT:
        told = _record(records[name]) if name in records else ("no record", "", "", "", "")
        yield f"| {' | '.join((f'`nox -s {name}`', *told))} |"


def _record(one: dict[str, Any]) -> tuple[str, ...]:
    if "machines" in one:
        what, more = _steps(one), f"seed {one['seed']}"
    else:
        what, more = f"all {one['tests']} tests, {one['runs']} times", f"{one['failed']} flaky or failing"
    came = "passed" if one["passed"] else "failed"
    return one["commit"], one["date"], what, f"{one['seconds']} s", f"{came}, {more}"


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
        alone=drift["by self-check alone"],
        scripts=drift["by scripts alone"],
        seen=(seen := drift["caught"] - drift["by scripts alone"]),
        seen_share=100 * seen / drift["matter"],
        broken=drift["broken"],
    )
    for name, row in drift["kinds"].items():
        right = row["compared"] - len(row["wrong"])
        caught = "" if row["impact"] == TOLERATED else f"{row['caught']} of {row['tried']}"
        by = ", ".join(f"{detector} {times}" for detector, times in sorted(row["by"].items()))
        yield f"| {name} | {row['impact']} | {row['instances']} | {right} | {caught} | {by} |"
    yield "\nNot caught:\n"
    yield from (f"- {name}: {why}" for name, why in counted["survivors"].items())
