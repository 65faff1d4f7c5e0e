"""Reprs that a traceback can show, whatever became of the object."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

T = TypeVar("T")


def half_made_too(shown: Callable[[T], str]) -> Callable[[T], str]:
    """Let a repr show an object that lacks what it would show: where making it failed, a traceback may have it."""

    @wraps(shown)
    def show(self: T) -> str:
        try:
            return shown(self)
        except AttributeError:
            return object.__repr__(self)

    return show
