"""Runs a command that takes long and writes down what came of it: `python tests/report/records.py NAME COMMAND...`.

What is run adds lines of JSON to the file that `FIGURES` names; without any there is nothing to record. The record is
`build/figures/NAME.json`: at which commit it was run, when, how long it took, whether it passed, and the lines.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "figures"
KEPT = ("nightly", "repeats")
"""What takes too long to be run for each report: the last record that there was is kept."""

SHOWN = {"steps", "struck"}
"""What is kept of all that a machine counts."""


def recorded(name: str, command: Sequence[str], *, build: Path = BUILD) -> int:
    """Run a command, record it, and give its exit code."""
    build.mkdir(parents=True, exist_ok=True)
    lines, record = (build / f"{name}.{ending}" for ending in ("jsonl", "json"))
    lines.unlink(missing_ok=True)
    began, told = time.monotonic(), {"commit": commit(), "date": datetime.now(UTC).isoformat(timespec="seconds")}
    code = end([*command], {**os.environ, "FIGURES": str(lines)})
    told |= {"seconds": round(time.monotonic() - began), "passed": code == 0}
    if lines.exists():
        said = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
        record.write_text(json.dumps(told | {"lines": said}, indent=1), encoding="utf-8")
    return code


def end(command: list[str], environ: dict[str, str]) -> int:
    """Run a command to its end, even if it is interrupted: it is told as well."""
    with subprocess.Popen(command, cwd=ROOT, env=environ) as running:
        while running.poll() is None:
            with suppress(KeyboardInterrupt):
                running.wait()
    return running.returncode


def commit(root: Path = ROOT) -> str:
    """What is checked out, and whether anything is changed."""
    asked = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    return subprocess.run(asked, cwd=root, capture_output=True, text=True, check=True).stdout.strip()


def read(name: str, *, build: Path = BUILD) -> dict[str, Any] | None:
    """A record with its lines summed up, what machines counted by machine; `None` if there is none."""
    path = build / f"{name}.json"
    if not path.exists():
        return None
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    machines: dict[str, Counter[str]] = {}
    for line in record.pop("lines"):
        if "machine" in line:
            record["seed"] = line["seed"]
            found = {"steps": line["steps"], **line.get("met", {})}
            machines.setdefault(line["machine"], Counter()).update({one: found[one] for one in SHOWN & found.keys()})
        else:
            record |= line
    return record | ({"machines": dict(sorted(machines.items()))} if machines else {})


def kept(before: dict[str, Any], *, build: Path = BUILD) -> dict[str, Any]:
    """The last record of each run that has one: of those kept before, and of those that are there now."""
    there = {name: [one for one in (before.get(name), read(name, build=build)) if one] for name in KEPT}
    return {name: max(ones, key=lambda one: one["date"]) for name, ones in there.items() if ones}


if __name__ == "__main__":
    sys.exit(recorded(sys.argv[1], sys.argv[2:]))
