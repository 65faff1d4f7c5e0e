"""The command line on good input: what it writes, and `--check`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from contract_documents import document, op

ROOT = Path(__file__).parents[2]
Run = Callable[..., int]


def test_the_result_is_written_whole_and_the_same_each_time(run: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert run("--output", tmp_path / name) == 0
    committed = (ROOT / "spec" / "normalised.yaml").read_bytes()
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [committed, committed]


def test_check_compares_and_writes_nothing(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "x.yaml"
    assert run("--check", "--output", output) == 1
    assert "x.yaml is not what its source makes" in capsys.readouterr().out
    assert not output.exists()
    output.write_text("old")
    assert run("--check", "--output", output) == 1
    assert output.read_text() == "old"
    assert run("--output", output) == 0
    before = output.stat().st_mtime_ns
    assert run("--check", "--output", output) == 0
    assert output.stat().st_mtime_ns == before
    assert list(tmp_path.iterdir()) == [output]


def test_a_warning_is_one_line_and_the_result_is_written(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.json").write_text(json.dumps(document({"/a/{id}": {"get": op("a")}})))
    assert run(tmp_path / "s.json", "--no-corrections", "--output", tmp_path / "x.yaml") == 0
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("warning: GET /a/{id}: the path parameter id is not declared")
    assert (tmp_path / "x.yaml").is_file()
