"""A broken cassette is named by each test that reads it, and by nothing before: the others run all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .provenance import NoCassetteError, source_of

TESTS = Path(__file__).parents[1]
READERS = ("cassettes", "docs", "live", "report")
"""The folders whose tests read cassettes, or may."""
BROKEN = """
import sys
from importlib import import_module
from cassettes import provenance

def parsed(content):
    raise provenance.NoCassetteError("it is broken")

provenance.parsed = parsed
for name in sys.argv[1:]:
    import_module(name)
"""


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"'metadata", "no YAML in line 1"),
        (b"\xffmetadata: {}", "no YAML"),
        (b"metadata: 2026-13-45", "no YAML"),
        (b"", "no cassette"),
        (b"[metadata]", "no cassette"),
        (b"interactions: [1]", "no metadata"),
        (b"metadata:\ninteractions: [1]", "no metadata"),
        (b"metadata: {a: 1}", "no interactions"),
        (b"metadata: {a: 1}\ninteractions: []", "no interactions"),
        (b"metadata: {a: 1}\ninteractions: {a: 1}", "no interactions"),
        (b"metadata: {a: 1}\ninteractions: [1]", "it does not say where it was recorded"),
        (None, ".*No such file"),
    ],
)
def test_a_file_that_is_no_cassette_is_named(content: bytes | None, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NoCassetteError, match=rf"broken\.yaml: {problem}"):
        source_of(path)


def test_no_module_of_the_tests_reads_a_cassette_when_it_is_loaded() -> None:
    """It would fail as a whole, with all the tests in it."""
    names = [f"{one.parent.name}.{one.stem}" for folder in READERS for one in sorted(TESTS.glob(f"{folder}/test_*.py"))]
    assert f"cassettes.{Path(__file__).stem}" in names
    own = {**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS), str(TESTS.parent / "scripts")))}
    ran = subprocess.run([sys.executable, "-c", BROKEN, *names], env=own, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
