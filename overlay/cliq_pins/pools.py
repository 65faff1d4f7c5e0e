"""Which connections a request goes by: one pool for each proxy, process and event loop."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from .errors import ConfigurationError
from .locks import Locked

T = TypeVar("T")

CLOSED = "the client is closed; make another"
"""What every call of a closed client says."""

SETTINGS_OF_THEIR_OWN = ("darwin", "win32")
"""The systems whose proxies need not be in the environment."""


class Loop(Protocol):
    """An event loop, as far as it matters here."""

    def is_closed(self) -> bool:
        """Whether nothing can run in it any more."""
        ...


class Pools(Locked, Generic[T]):
    """A client's pools of connections. Safe between threads."""

    def __init__(self, make: Callable[[str | None], T], *, trust_env: bool, proxy: str | None) -> None:
        super().__init__()
        self.closed = False
        """Whether `close` was called."""
        self._make = make
        self._proxy = proxy
        self._trust_env = trust_env and proxy is None
        self._proxies: dict[str, str | None] = {}
        """What the environment names, by origin."""
        self._pools: dict[Loop | None, dict[tuple[int, str | None], T]] = {}
        """By event loop."""

    def pool(self, url: str, loop: Loop | None = None) -> T:
        """The pool for a URL, in an event loop if that is where it is used. Raises `ConfigurationError`."""
        with self._lock:
            if self.closed:
                raise ConfigurationError(CLOSED)
            proxy = self._proxy_of(url)
            if loop not in self._pools:
                self._forget_closed_loops()
            pools = self._pools.setdefault(loop, {})
            key = os.getpid(), proxy
            if key not in pools:  # a parent's connections are left alone: they are still its own
                pools[key] = self._make(proxy)
            return pools[key]

    def proxy(self, url: str) -> str | None:
        """The host and port of the proxy for a URL, without its user and password; `None` if there is none."""
        with self._lock:
            proxy = self._proxy_of(url)
        return None if proxy is None else without_user(proxy)

    def close(self, loop: Loop | None = None) -> list[T]:
        """Take out this process's pools, to be closed, and make no more."""
        with self._lock:
            self.closed = True
            return self.drain(loop)

    def drain(self, loop: Loop | None = None) -> list[T]:
        """Take out this process's pools, to be closed."""
        pools = self._pools.pop(loop, {})
        return [pool for (process, _), pool in pools.items() if process == os.getpid()]

    def _forget_closed_loops(self) -> None:
        """Nothing can be awaited in them any more: their connections end with them."""
        for loop in list(self._pools):
            if loop is not None and loop.is_closed():
                self._pools.pop(loop, None)

    def _proxy_of(self, url: str) -> str | None:
        return self._environment(url) if self._trust_env else self._proxy

    def _environment(self, url: str) -> str | None:
        origin = url[: url.find("/", url.find("//") + 2)]
        if origin not in self._proxies:
            self._proxies[origin] = environment_proxy(url)
        return self._proxies[origin]


class _Single(Pools[T]):
    """One transport for everything."""

    def __init__(self, transport: T) -> None:
        super().__init__(lambda _: transport, trust_env=False, proxy=None)
        self._transport = transport
        self._process = os.getpid()

    def drain(self, loop: Loop | None = None) -> list[T]:
        """Take it out."""
        super().drain(loop)
        return [self._transport] if self._process == os.getpid() else []


def single(transport: T) -> Pools[T]:
    """One transport for everything, brought by the caller; it is closed with the client."""
    return _Single(transport)


def without_user(proxy: str) -> str:
    """The host and port of a proxy's URL. Nothing before its last @ is in it, even where the URL cannot be read."""
    return re.split("[/?#]", re.sub(r"^.*@|^\w+://", "", proxy))[0]


def environment_proxy(url: str) -> str | None:
    """The proxy that the environment names for a URL; `None` if it is to be reached directly."""
    if sys.platform not in SETTINGS_OF_THEIR_OWN and not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass  # it takes longer to load than all of this package

    parts = urlsplit(url)
    if proxy_bypass(parts.netloc):  # an entry may name a port, too
        return None
    proxies = getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all")
    return found if found is None or "://" in found else f"http://{found}"
