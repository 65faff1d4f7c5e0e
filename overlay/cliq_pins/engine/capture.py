"""Keeping the answers of a call, for those who want to see them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from cliq_pins.errors import RawAnswer

_kept: ContextVar[list[RawAnswer] | None] = ContextVar("kept", default=None)


@contextmanager
def capture() -> Generator[list[RawAnswer], None, None]:
    """Keep the answers of every call that this thread or task makes within."""
    answers: list[RawAnswer] = []
    token = _kept.set(answers)
    try:
        yield answers
    finally:
        _kept.reset(token)


def kept() -> list[RawAnswer] | None:
    """Where answers are to be put; `None` if nobody wants them."""
    return _kept.get()
