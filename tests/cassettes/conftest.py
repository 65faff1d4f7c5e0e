"""Fixtures of the cassettes' tests."""

from __future__ import annotations

import socket
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


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is looked up: a request that no cassette answers would go to the real service."""

    def refuse(host: object, *_: object, **__: object) -> None:
        raise AssertionError(f"{host} was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
