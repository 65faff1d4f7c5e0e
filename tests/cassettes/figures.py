"""The figures of the report: which documented answers have a cassette, and which probes are found where."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from contract_schemas import DOCUMENTED_CODES, DOCUMENTED_STATUSES

from .measuring import IN_WORDS, ON_TAPE, everywhere, in_words
from .probes import Probe
from .provenance import FOLDER, load, recorded
from .sanitise import EVERY
from .sanitise.requests import read
from .telling import SECRETS, outspoken, unconcealed

IN_ERRORS = [probe for probe in IN_WORDS if probe.kind in SECRETS]


def of_documented(folder: Path = FOLDER) -> dict[str, dict[str, int]]:
    """How many documented codes and statuses there are, and how many of them a cassette ends with."""
    codes, statuses = set(), set()
    for name, path in recorded(folder).items():
        operation, answer = name.partition("/")[0], load(path)["interactions"][-1]["response"]
        said = read(answer["body"]["string"])
        statuses.add((operation, answer["status"]["code"]))
        codes.add((operation, said.get("code") if isinstance(said, dict) else None))
    return {"codes": _had(codes, DOCUMENTED_CODES), "statuses": _had(statuses, DOCUMENTED_STATUSES)}


def _had(found: set[Any], documented: set[Any]) -> dict[str, int]:
    return {"documented": len(documented), "had": len(found & documented)}


def figures() -> dict[str, dict[str, int]]:
    """Where probes are looked for: how many, how many are found, and how many if nothing is hidden; takes some time."""
    found = in_words()
    with unconcealed():
        told = in_words().in_every_error
    with outspoken():
        noted = in_words().in_all_rest
    return {
        "on cassettes": _row(ON_TAPE, everywhere(), everywhere(without=EVERY)),
        "in errors": _row(IN_ERRORS, found.in_any_error, told),
        "in logs, hooks and reprs": _row(IN_WORDS, found.in_rest, noted),
    }


def _row(probes: Iterable[Probe], found: set[Probe], unhidden: set[Probe]) -> dict[str, int]:
    wanted = set(probes)
    return {"probes": len(wanted), "found": len(found & wanted), "found unhidden": len(unhidden & wanted)}
