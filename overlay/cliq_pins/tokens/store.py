"""Token stores: what is kept of a sign-in, and the protocol of anything that keeps it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import Protocol

from msgspec import Struct


class StoredTokens(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is kept of a sign-in. Its repr shows no token."""

    access_token: str = ""
    expires: float = 0.0
    """When the access token dies, in epoch seconds of the local clock."""
    scopes: tuple[str, ...] = ()
    refresh_token: str = ""
    """The one that a grant code was exchanged for; empty if it stands in the credentials."""
    asked: tuple[float, ...] = ()
    """When tokens were asked for of late, in epoch seconds."""

    def __repr__(self) -> str:
        return f"StoredTokens(expires={self.expires!r})"


class TokenStore(Protocol):
    """Keeps tokens by key. Its methods may block; a key is a fingerprint of the credentials."""

    def load(self, key: str) -> StoredTokens | None:
        """What was saved last; `None` if nothing was."""
        ...

    def save(self, key: str, tokens: StoredTokens) -> None:
        """Put tokens in place of those before."""
        ...

    def locked(self, key: str) -> AbstractContextManager[None]:
        """Keep every other user of the store from refreshing under this key."""
        ...


class MemoryTokenStore:
    """Keeps tokens in this process's memory; shared by the clients that are given the same one."""

    def __init__(self) -> None:
        self._tokens: dict[str, StoredTokens] = {}
        self._lock = Lock()
        self._locks: dict[str, Lock] = {}

    def load(self, key: str) -> StoredTokens | None:
        """What was saved last; `None` if nothing was."""
        return self._tokens.get(key)

    def save(self, key: str, tokens: StoredTokens) -> None:
        """Put tokens in place of those before."""
        self._tokens[key] = tokens

    @contextmanager
    def locked(self, key: str) -> Generator[None, None, None]:
        """Keep every other user of the store from refreshing under this key."""
        with self._lock:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            yield
