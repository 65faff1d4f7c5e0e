"""Locks that a forked child can take, whoever held them in its parent."""

from __future__ import annotations

import os
from threading import RLock
from weakref import WeakSet


class Locked:
    """Has a lock of its own, which is free in a forked child.

    It is taken by `with self._lock`: between a lock of Python's own and its block no Ctrl-C can come.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        _all.add(self)

    def after_fork(self) -> None:
        """In the child: whoever holds the lock holds it in the parent only."""
        self._lock = RLock()


_all: WeakSet[Locked] = WeakSet()


def _after_fork() -> None:
    for one in list(_all):
        one.after_fork()


if hasattr(os, "register_at_fork"):  # there is none on Windows, which never forks
    os.register_at_fork(after_in_child=_after_fork)
