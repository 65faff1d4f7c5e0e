"""A token store in the keyring of the operating system."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import msgspec

from cliq_pins.errors import ConfigurationError

from .file_store import FileTokenStore
from .store import StoredTokens

SERVICE = "cliq-pins"


class KeyringTokenStore:
    """Keeps tokens in the operating system's keyring. It needs the extra `keyring`.

    A keyring has no lock of its own: one in the folder for temporary files keeps two processes from refreshing at once.
    Raises `ConfigurationError` where there is no keyring.
    """

    def __init__(self, service: str = SERVICE) -> None:
        self._service = service
        self._keyring = _library()
        self._locks = FileTokenStore(Path(gettempdir()) / f"{SERVICE}-{_user()}")

    def load(self, key: str) -> StoredTokens | None:
        """What was saved last; `None` if nothing was, or it is not one of ours."""
        try:
            text = self._keyring.get_password(self._service, key)
        except self._keyring.errors.KeyringError as error:
            raise ConfigurationError(f"the keyring cannot be read: {error}") from None
        try:
            return None if text is None else msgspec.json.decode(text, type=StoredTokens)
        except (ValueError, RecursionError):
            return None

    def save(self, key: str, tokens: StoredTokens) -> None:
        """Put tokens in place of those before."""
        try:
            self._keyring.set_password(self._service, key, msgspec.json.encode(tokens).decode())
        except self._keyring.errors.KeyringError as error:
            raise ConfigurationError(f"the keyring cannot be written: {error}") from None

    @contextmanager
    def locked(self, key: str) -> Generator[None, None, None]:
        """Keep every other process from refreshing under this key."""
        with self._locks.locked(key):
            yield

    def __repr__(self) -> str:
        return f"KeyringTokenStore({self._service!r})"


def _library() -> Any:
    try:
        import_module("keyring.errors")
        return import_module("keyring")
    except ModuleNotFoundError:
        raise ConfigurationError(
            "KeyringTokenStore needs the extra keyring: pip install 'cliq-pins[keyring]'"
        ) from None


def _user() -> str:
    import getpass

    return getpass.getuser()
