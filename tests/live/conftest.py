"""What the tests of the live session share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .guarded import Guarded


@pytest.fixture(autouse=True)
def _nothing_of_the_developers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep proxies, tokens and whatever else a developer has in the environment from the tests' runs and processes."""
    for name in list(os.environ):
        if name.upper().startswith("CLIQ_") or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)


@pytest.fixture
def guarded(tmp_path: Path) -> Guarded:
    return Guarded(tmp_path / "journal")
