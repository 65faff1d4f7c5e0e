"""A token store in the keyring of the operating system."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import msgspec

from cliq_pins.errors import ConfigurationError

from .file_store import FileTokenStore
from .store import StoredTokens

SERVICE = "cliq-pins"


class KeyringTokenStore:
    """Keeps tokens in the operating system's keyring. It needs the extra `keyring`.

    A keyring has no lock of its own: one in the user's cache folder keeps two processes from refreshing at once.
    Raises `ConfigurationError` where there is no keyring.
    """

    def __init__(self, service: str = SERVICE) -> None:
        self._service = service
        _library("keyring.errors")
        self._keyring = _library("keyring")
        self._locks = FileTokenStore(_library("platformdirs").user_cache_path(SERVICE))

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

    def try_lock(self, key: str) -> Callable[[], object] | None:
        """Keep every other process from refreshing under this key."""
        return self._locks.try_lock(key)

    def __repr__(self) -> str:
        return f"KeyringTokenStore({self._service!r})"


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise ConfigurationError(
            "KeyringTokenStore needs the extra keyring: pip install 'cliq-pins[keyring]'"
        ) from None
