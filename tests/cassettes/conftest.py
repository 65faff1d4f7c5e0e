"""Fixtures of the cassettes' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flows.blocking import Blocker


@pytest.fixture(params=["blocking", "awaiting"])
def blocker(request: pytest.FixtureRequest) -> Iterator[Blocker | None]:
    """Both clients: `None` for the one that blocks by itself."""
    if request.param == "blocking":
        yield None
        return
    with Blocker() as made:
        yield made
