"""The journal, for one run at a time that may go by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from .journal import Journal
from .settings import CHATS, Asked, Place, Problem


@contextmanager
def alone(where: Place, asked: Asked) -> Iterator[Journal]:
    """The journal, for one run at a time: a second one could take what the first makes for what a killed one left."""
    path = where.journal(asked)
    with _usable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(where.lock(asked), timeout=0):
            with _usable(path):
                journal = Journal(path)
                path.touch()
            _insist_on_its_chats(journal, path, where)
            yield journal
    except Timeout:
        raise Problem(f"another run of this user is on its way, by {where.lock(asked)}") from None


def _insist_on_its_chats(journal: Journal, path: Path, where: Place) -> None:
    """A token does not say whose it is: what another user's run left must not be mended on this user's board."""
    if not where.user and (others := journal.chats.keys() - set(where.chats)):
        advice = f"name them in {CHATS} too, or give another --journal if that was another user"
        raise Problem(f"a run was killed that had {len(others)} more test chats, in {path}: {advice}")


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    """Raise `Problem` if a journal is none, or cannot be written."""
    try:
        yield
    except (OSError, msgspec.MsgspecError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is none of ours"
        raise Problem(f"the journal {path} cannot be used: {why}") from None
