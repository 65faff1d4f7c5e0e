"""What was seen, for people and for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

import msgspec
from msgspec import Struct

from .journal import MISSED, Reading, Value
from .probes.probe import NUMBERS, SWITCHES, default

HEADS = ("switch", "observed", "our default", "evidence")
RECORDED = "recorded"


class Row(Struct, frozen=True):
    """A switch and what was seen of it."""

    switch: str
    observed: Value | None
    default: Value
    contradicts: bool
    evidence: str
    lack: str
    """What it is called that nothing was observed; empty if something was."""

    def cells(self) -> tuple[str, ...]:
        """What people see of it."""
        seen = self.lack if self.observed is None else _shown(self.observed)
        return (self.switch, f"{seen} ≠" if self.contradicts else seen, _shown(self.default), self.evidence)


def rows(readings: Mapping[str, Reading]) -> list[Row]:
    """One row for each switch of the simulator and each number, in its order."""
    return [_row(switch, readings[switch]) for switch in (*SWITCHES, *NUMBERS)]


def _row(switch: str, reading: Reading) -> Row:
    ours = default(switch)
    contradicts = reading.value is not None and reading.value != ours
    return Row(switch, reading.value, ours, contradicts, reading.evidence, reading.lack)


def _shown(value: Value) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def write(
    table: Sequence[Row], flows: Mapping[str, str], drift: Mapping[str, int], out: TextIO, *, as_json: bool
) -> None:
    """Print the table, what became of the flows, and what did not fit the contract: as JSON, with rich, or as text."""
    if isinstance(out, TextIOWrapper):
        out.reconfigure(errors="replace")  # not every terminal has a ≠
    if as_json:
        told = {"readings": table, "flows": flows, "drift": drift}
        out.write(msgspec.json.format(msgspec.json.encode(told)).decode() + "\n")
    elif out.isatty():
        _write_rich(table, out)
    else:
        out.write("\n".join(_plain(one.cells() for one in table)) + "\n")
    if not as_json:
        out.write(f"\n{of_drift(drift)}{summary(table)}\n{of_flows(flows)}")
    out.flush()


def summary(table: Iterable[Row]) -> str:
    """The table in one line."""
    table = list(table)
    seen = [one for one in table if one.observed is not None]
    against = [one.switch for one in table if one.contradicts]
    told = f"not as our default (≠): {', '.join(against)}" if against else "all of them as our default"
    missing = ", ".join(one.switch for one in table if one.lack == MISSED)
    ending = f"; {MISSED}: {missing}" if missing else ""
    return f"{len(seen)} of {len(table)} observed; {told if seen else 'nothing can be said'}{ending}"


def of_flows(flows: Mapping[str, str]) -> str:
    """What became of the flows: how many were recorded, and a line for each that was not."""
    others = [f"{name}: {outcome}\n" for name, outcome in flows.items() if outcome != RECORDED]
    return f"{len(flows) - len(others)} of {len(flows)} flows recorded\n" + "".join(others) if flows else ""


def of_drift(drift: Mapping[str, int]) -> str:
    """How exchanges did not fit the contract: a line for each way, and how often."""
    lines = [f"drift: {what} ({times}×)\n" for what, times in sorted(drift.items())]
    return "".join(lines) or "drift: none\n"


def _plain(lines: Iterable[tuple[str, ...]]) -> list[str]:
    table = [HEADS, *lines]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADS) - 1)]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=False)] + [line[-1]] for line in table]
    return ["  ".join(line) for line in padded]


def _write_rich(table: Sequence[Row], out: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = Table(*HEADS)
    for one in table:
        style = "bold yellow" if one.contradicts else "dim" if one.observed is None else None
        shown.add_row(*one.cells(), style=style)
    Console(file=out).print(shown, markup=False)


def say(text: str) -> None:
    """Tell people how far a run is, if anybody listens any more: a run ends in its own way."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)
