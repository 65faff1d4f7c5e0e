"""Rate limits that processes and machines share, in Redis."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

from cliq_pins.errors import ConfigurationError
from cliq_pins.reprs import half_made_too
from cliq_pins.secret import one_line

try:
    from limits import RateLimitItemPerSecond
    from limits.storage import RedisStorage
    from limits.strategies import MovingWindowRateLimiter
except ImportError as missing:  # pragma: no cover  # the wheel's check installs no extras
    raise ImportError("RedisStore needs the extra `redis`: pip install cliq-pins[redis]") from missing

TRAVEL = 5
"""Seconds from asking here until the service has counted a call, at most: for so much longer a call counts here."""
PATIENCE = 2.0
"""Seconds for the connection and for each answer; without one, a process goes by its own counts."""
LENGTHEN = "if tonumber(ARGV[1]) > redis.call('pttl', KEYS[1]) then redis.call('set', KEYS[1], 1, 'px', ARGV[1]) end"
"""In one step: others lock at the same time."""
SHORTEST = 0.05
"""Seconds until it is worth asking again, at least."""


class _ServerTime(RedisStorage):
    """A storage whose windows are by Redis's own clock: those of the machines that share it may differ."""

    def now(self) -> float:
        """The server's time, in seconds since the epoch."""
        seconds, microseconds = client(self).time()
        return float(seconds + microseconds / 1e6)

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        acquire = cast(Callable[..., int], self.lua_acquire_moving_window)  # pyright: ignore[reportUnknownMemberType]
        return bool(acquire([self.prefixed_key(key)], [self.now(), limit, expiry, amount]))

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        look = cast("Callable[..., tuple[bytes, int] | None]", self.lua_moving_window)  # pyright: ignore[reportUnknownMemberType]
        now = self.now()
        window = look([self.prefixed_key(key)], [now - expiry, limit])
        return (float(window[0]), window[1]) if window else (now, 0)


def client(storage: RedisStorage) -> Any:
    """The Redis client of a storage; its types are those of another client, too."""
    return storage.get_connection()


def _is_whole(url: str) -> bool:
    """Whether a URL ends its host where it is meant to: after that, a password would be taken for a port or a path."""
    try:
        parts = urlsplit(url)
        return parts.port is None or "@" not in parts.path + parts.fragment
    except ValueError:  # it shows what is no port
        return False


class RedisStore:
    """Shares limits and locks through a Redis server, 5 or newer: `CliqPins(…, limits=RedisStore("redis://host"))`.

    It needs the extra `redis`. `options` go to the Redis client. Times are the server's, so the clocks of those that
    share it do not matter. While it cannot be reached, each process goes by its own counts and says so in the log.
    """

    def __init__(self, url: str, *, prefix: str = "cliq-pins", **options: Any) -> None:
        if not isinstance(cast(object, url), str) or not isinstance(cast(object, prefix), str):
            raise ConfigurationError("RedisStore: a URL such as redis://host is wanted, and a prefix of text")
        if not _is_whole(url):
            raise ConfigurationError(
                "RedisStore: it is no URL such as redis://host:6379/0; in a password, / is written %2F, and # %23"
            )
        patience: dict[str, Any] = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
        try:
            self._storage = _ServerTime(url, key_prefix=prefix, **{**patience, **options})
            client(self._storage).connection_pool.make_connection()  # it is not used: options are looked at only here
        except (TypeError, ValueError) as error:
            raise ConfigurationError(f"RedisStore: {one_line(str(error))}") from None
        self._url = url
        self._windows = MovingWindowRateLimiter(self._storage)

    @half_made_too
    def __repr__(self) -> str:
        parts = urlsplit(self._url)
        return (
            f"RedisStore({parts._replace(netloc=parts.netloc.rpartition('@')[2], query='').geturl()!r})"  # no password
        )

    def acquire(self, key: str, most: int, seconds: float) -> float:
        """Count a call and give 0, or give the seconds until it is worth asking again."""
        locked: int = client(self._storage).pttl(self._lock(key))
        if locked > 0:
            return locked / 1000
        window = RateLimitItemPerSecond(most, math.ceil(seconds) + TRAVEL)
        if self._windows.hit(window, key):
            return 0.0
        free_at, _ = self._windows.get_window_stats(window, key)
        return max(free_at - self._storage.now(), SHORTEST)

    def lock(self, key: str, seconds: float) -> None:
        """Let nothing pass for so long; a longer lock stays."""
        client(self._storage).eval(LENGTHEN, 1, self._lock(key), math.ceil(seconds * 1000))

    def _lock(self, key: str) -> str:
        return f"{self._storage.prefixed_key(key)} lock"
