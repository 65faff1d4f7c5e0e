"""A token store in files: for one user of the machine, shared by all of the user's processes."""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec

from cliq_pins.errors import ConfigurationError
from cliq_pins.reprs import half_made_too

from .store import StoredTokens

log = logging.getLogger("cliq_pins")


class FileTokenStore:
    """Keeps tokens in a folder, one file for each sign-in, readable by their owner only (0600).

    A file is written whole or not at all, and one process at a time refreshes. It needs the extra `files`. Raises
    `ConfigurationError` if the folder cannot be used, or others can write to it.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        if not isinstance(cast(object, folder), str | os.PathLike) or not os.fspath(folder):
            raise ConfigurationError(f"FileTokenStore: a folder is wanted, not {folder!r}")
        try:
            self._folder = Path(folder).expanduser()
        except RuntimeError:
            raise ConfigurationError(f"{folder}: there is no such home directory") from None
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{self._folder}: tokens cannot be kept there: {error.strerror}") from None
        if not _is_private(self._folder):
            raise ConfigurationError(f"{self._folder}: others can write there; choose another, or chmod go-w it")

    def load(self, key: str) -> StoredTokens | None:
        """What was saved last; `None` if nothing was, or the file is not one of ours."""
        try:
            return msgspec.json.decode(self._path(key).read_bytes(), type=StoredTokens)
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError):
            log.warning("%s: it is not one of ours, and will be replaced", self._path(key))
            return None
        except OSError as error:
            raise ConfigurationError(f"{self._path(key)}: cannot be read: {error.strerror}") from None

    def save(self, key: str, tokens: StoredTokens) -> None:
        """Put tokens in place of those before."""
        path = self._path(key)
        try:
            # made with 0600, so that no moment leaves the tokens open to others
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=f".{path.name}.", delete=False) as file:
                try:
                    file.write(msgspec.json.encode(tokens))
                    file.flush()
                    os.fsync(file.fileno())
                    Path(file.name).replace(path)
                except BaseException:
                    Path(file.name).unlink()
                    raise
        except OSError as error:
            raise ConfigurationError(f"{path}: tokens cannot be kept there: {error.strerror}") from None

    def try_lock(self, key: str) -> Callable[[], object] | None:
        """Keep every other process from refreshing under this key."""
        try:
            from filelock import FileLock, Timeout
        except ModuleNotFoundError:
            raise ConfigurationError("FileTokenStore needs the extra files: pip install 'cliq-pins[files]'") from None
        path = f"{self._path(key)}.lock"
        # begun in one thread and ended in another where tasks use it
        lock = FileLock(path, mode=0o600, thread_local=False, blocking=False)
        try:
            lock.acquire()
        except Timeout:
            return None
        except OSError as error:
            raise ConfigurationError(f"{path}: cannot be locked: {error.strerror}") from None
        return lock.release

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    @half_made_too
    def __repr__(self) -> str:
        return f"FileTokenStore({str(self._folder)!r})"


def _is_private(folder: Path) -> bool:
    """Whether nobody but its owner, or the administrator, can put files there; Windows has it so by default."""
    if not hasattr(os, "getuid"):
        return True
    status = folder.stat()
    return status.st_uid in (os.getuid(), 0) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
