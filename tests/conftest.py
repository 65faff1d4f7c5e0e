"""How Hypothesis runs, in one place: the same examples on every run, or with `--hypothesis-profile=nightly` new ones.

Hypothesis loads a profile of its own where it finds `CI` in the environment; neither of these depends on that.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.database import DirectoryBasedExampleDatabase

SLOW = {
    "deadline": None,
    "print_blob": True,
    "suppress_health_check": [HealthCheck.too_slow],
    "phases": [one for one in Phase if one is not Phase.explain],
}
"""Computers are slow at times, and what is found should be easy to run again; explaining takes longer than the rest."""
SAVED = ".hypothesis/nightly"
"""Where the nightly profile keeps what failed, to try it first the next time."""

plain = settings.get_profile("default")
settings.register_profile("gate", plain, derandomize=True, database=None, **SLOW)
settings.register_profile(
    "nightly", plain, derandomize=False, database=DirectoryBasedExampleDatabase(SAVED), max_examples=1_000, **SLOW
)
settings.load_profile("gate")

pytest.register_assert_rewrite("as_documented")
