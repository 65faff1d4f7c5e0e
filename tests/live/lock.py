"""The journal, for one run at a time that may go by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from .journal import Journal, NotOursError
from .settings import CHATS, Asked, Place, Problem


@contextmanager
def alone(where: Place, asked: Asked) -> Iterator[Journal]:
    """The journal, for one run at a time: a second one could take what the first makes for what a killed one left."""
    path = where.journal(asked)
    with _locked(where.lock):
        with _usable("journal", path):
            journal = Journal(path)
            journal.claim(where.key)
        _insist_on_its_chats(journal, path, where)
        yield journal


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = FileLock(path)
    with _usable("lock", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise Problem(f"another run of this user is on its way, by {path}") from None
    try:
        yield
    finally:
        lock.release()


def _insist_on_its_chats(journal: Journal, path: Path, where: Place) -> None:
    """A token does not say whose it is: what another user's run left must not be mended on this user's board."""
    if not where.user and (others := journal.chats.keys() - set(where.chats)):
        advice = f"name them in {CHATS} too, or give another --journal if that was another user"
        raise Problem(f"a run was killed that had {len(others)} more test chats, in {path}: {advice}")


@contextmanager
def _usable(what: str, path: Path) -> Iterator[None]:
    """Raise `Problem` if a journal is not ours, or a file cannot be written."""
    try:
        yield
    except (OSError, NotOursError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise Problem(f"the {what} {path} cannot be used: {why}") from None
