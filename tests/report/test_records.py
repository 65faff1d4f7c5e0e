"""Records of long runs: written by the runs themselves, taken over by the report, and shown with commit and date."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from cassettes.planting import Repository

from . import records
from .page import rows_of
from .records import commit, kept, read, recorded

NOTE = "import os; open(os.environ['FIGURES'], 'a').write({lines!r}); raise SystemExit({code})"
FAULTS = {"machine": "faults", "seed": 7, "steps": 10, "met": {"struck": 4, "done": 9}}
MODEL = {"machine": "model", "seed": 7, "steps": 5}


@pytest.fixture(autouse=True)
def _no_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "commit", lambda: "0123456789ab")


def record(build: Path, name: str, *lines: dict[str, Any], code: int = 0) -> int:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    note = NOTE.format(lines=text, code=code) if lines else "pass"
    return recorded(name, [sys.executable, "-c", note], build=build)


def test_a_run_is_recorded_with_what_its_machines_counted(tmp_path: Path) -> None:
    assert record(tmp_path, "nightly", FAULTS, MODEL, FAULTS) == 0
    found = read("nightly", build=tmp_path)
    assert found is not None
    assert found["machines"] == {"faults": {"steps": 20, "struck": 8}, "model": {"steps": 5}}
    assert (found["commit"], found["seed"], found["passed"]) == ("0123456789ab", 7, True)


def test_a_run_that_fails_is_recorded_as_that(tmp_path: Path) -> None:
    assert record(tmp_path, "repeats", {"runs": 2, "tests": 9, "failed": 1}, code=3) == 3
    found = read("repeats", build=tmp_path)
    assert found is not None
    assert (found["passed"], found["runs"], found["tests"], found["failed"]) == (False, 2, 9, 1)


def test_a_run_that_says_nothing_leaves_no_record_and_takes_none_away(tmp_path: Path) -> None:
    record(tmp_path, "nightly")
    assert read("nightly", build=tmp_path) is None
    record(tmp_path, "nightly", MODEL)
    before = read("nightly", build=tmp_path)
    record(tmp_path, "nightly")
    assert read("nightly", build=tmp_path) == before


def test_the_last_record_is_kept(tmp_path: Path) -> None:
    record(tmp_path, "nightly", MODEL)
    there = read("nightly", build=tmp_path)
    assert there is not None
    older, newer = ({"date": date} for date in ("2020-01-01T00:00:00+00:00", "9999-01-01T00:00:00+00:00"))
    assert kept({}, build=tmp_path) == {"nightly": there}
    assert kept({"nightly": older, "repeats": older}, build=tmp_path) == {"nightly": there, "repeats": older}
    assert kept({"nightly": newer}, build=tmp_path) == {"nightly": newer}


def test_the_commit_says_whether_anything_is_changed(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    made = repository.commit(b"one")
    assert commit(tmp_path) == made[:12]
    repository.write(b"two")
    assert commit(tmp_path) == f"{made[:12]}-dirty"


def test_the_page_shows_records_with_commit_and_date_and_says_which_are_absent(tmp_path: Path) -> None:
    record(tmp_path, "nightly", FAULTS, MODEL)
    found = kept({}, build=tmp_path)
    nightly, repeats = rows_of(found)
    assert nightly.startswith(f"| `nox -s nightly` | 0123456789ab | {found['nightly']['date']} | 15: ")
    assert "| 15: faults 10 (4 of them struck by a fault), model 5 | " in nightly
    assert nightly.endswith(" | passed, seed 7 |")
    assert repeats == "| `nox -s repeats` | no record |  |  |  |  |"
    record(tmp_path, "repeats", {"runs": 50, "tests": 4000, "failed": 2}, code=1)
    _, repeats = rows_of(kept({}, build=tmp_path))
    assert "| all 4000 tests, 50 times | " in repeats
    assert repeats.endswith(" | failed, 2 flaky or failing |")
