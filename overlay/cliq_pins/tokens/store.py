"""Token stores: what is kept of a sign-in, and the protocol of anything that keeps it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Protocol

from msgspec import Struct

from cliq_pins.locks import Locked


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

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("expires", self.expires)]  # msgspec's own has all fields


class TokenStore(Protocol):
    """Keeps tokens by key. Its methods may read and write files; a key is a fingerprint of the credentials."""

    def load(self, key: str) -> StoredTokens | None:
        """What was saved last; `None` if nothing was."""
        ...

    def save(self, key: str, tokens: StoredTokens) -> None:
        """Put tokens in place of those before."""
        ...

    def try_lock(self, key: str) -> Callable[[], object] | None:
        """Keep every other user of the store from refreshing under this key. Never waits.

        Gives what ends it; `None` if somebody else refreshes at the moment.
        """
        ...


class MemoryTokenStore(Locked):
    """Keeps tokens in this process's memory; shared by the clients that are given the same one."""

    def __init__(self) -> None:
        self._tokens: dict[str, StoredTokens] = {}
        super().__init__()
        self._locked: dict[str, int] = {}
        """The process that refreshes, by key: one that was forked from it does not."""

    def load(self, key: str) -> StoredTokens | None:
        """What was saved last; `None` if nothing was."""
        return self._tokens.get(key)

    def save(self, key: str, tokens: StoredTokens) -> None:
        """Put tokens in place of those before."""
        self._tokens[key] = tokens

    def try_lock(self, key: str) -> Callable[[], object] | None:
        """Keep every other user of the store from refreshing under this key."""
        with self._lock:
            if self._locked.get(key) == os.getpid():
                return None
            self._locked[key] = os.getpid()
        return lambda: self._locked.pop(key, None)
