"""How Hypothesis runs: machines are slow at times, and what it finds should be easy to run again."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("all", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("all")

pytest.register_assert_rewrite("as_documented")
