"""Connections whose every step ends with the deadline of the request that they are used for.

The only module that imports the layer beneath the HTTP library, which has no argument for such a thing.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any, TypeAlias

from httpcore2 import (
    AsyncNetworkBackend,
    AsyncNetworkStream,
    ConnectError,
    ConnectTimeout,
    NetworkBackend,
    NetworkStream,
    ReadTimeout,
    WriteTimeout,
)

SocketOption: TypeAlias = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

LONGEST = 1e6
"""Seconds that a socket can be told to wait, at least on every system."""


class Exchange:
    """One request on its way: when it has to be over, and whether a byte of it may have left."""

    __slots__ = ("deadline", "reached", "tls_host")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        """In seconds of `time.monotonic`."""
        self.tls_host: str | None = None
        """The host that is spoken to by TLS: what is written before that, as to a proxy, is not the request."""
        self.reached = False

    def clip(self, timeout: float | None) -> float:
        """A timeout that ends with the deadline."""
        left = min(self.deadline - time.monotonic(), LONGEST)
        return left if timeout is None else min(timeout, left)

    def connecting(self, timeout: float | None) -> float:
        """The same for what comes before the request. Raises `ConnectTimeout` if the deadline has passed."""
        clipped = self.clip(timeout)
        if clipped <= 0:
            raise ConnectTimeout("the deadline has passed")
        return clipped


current: ContextVar[Exchange] = ContextVar("exchange")
"""The one that this thread or task is making."""


class _Stream(NetworkStream):
    """A connection whose every read and write ends with the deadline of the request that it is used for."""

    __slots__ = ("_inner", "_tls_host")

    def __init__(self, inner: NetworkStream, tls_host: str | None = None) -> None:
        self._inner = inner
        self._tls_host = tls_host

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        clipped = current.get().clip(timeout)
        if clipped <= 0:
            raise ReadTimeout("the deadline has passed")
        return self._inner.read(max_bytes, clipped)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        exchange = current.get()
        clipped = exchange.clip(timeout)
        if clipped <= 0:
            raise WriteTimeout("the deadline has passed")
        exchange.reached |= exchange.tls_host in (None, self._tls_host)
        self._inner.write(buffer, clipped)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        clipped = current.get().connecting(timeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, clipped), server_hostname)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _AsyncStream(AsyncNetworkStream):
    """The same for tasks."""

    __slots__ = ("_inner", "_tls_host")

    def __init__(self, inner: AsyncNetworkStream, tls_host: str | None = None) -> None:
        self._inner = inner
        self._tls_host = tls_host

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        clipped = current.get().clip(timeout)
        if clipped <= 0:
            raise ReadTimeout("the deadline has passed")
        return await self._inner.read(max_bytes, clipped)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        exchange = current.get()
        clipped = exchange.clip(timeout)
        if clipped <= 0:
            raise WriteTimeout("the deadline has passed")
        exchange.reached |= exchange.tls_host in (None, self._tls_host)
        await self._inner.write(buffer, clipped)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> AsyncNetworkStream:
        clipped = current.get().connecting(timeout)
        return _AsyncStream(await self._inner.start_tls(ssl_context, server_hostname, clipped), server_hostname)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _addresses(host: str, port: int) -> list[str]:
    """A host's addresses, in the order in which they should be tried."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the latter for what can be no name, such as one with two dots in a row
        raise ConnectError(str(error)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Backend(NetworkBackend):
    """Makes connections that keep to deadlines, by another backend."""

    def __init__(self, inner: NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> NetworkStream:
        """Make a connection, to the first of the host's addresses that takes one."""
        failed: Exception | None = None
        for address in _addresses(host, port):
            clipped = current.get().connecting(timeout)  # each may take that long, all no longer than the deadline
            try:
                return _Stream(self._inner.connect_tcp(address, port, clipped, local_address, socket_options))
            except (ConnectError, ConnectTimeout) as error:
                failed = error
        raise failed or ConnectError(f"{host} has no address")

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._inner.sleep(seconds)


class AsyncBackend(AsyncNetworkBackend):
    """The same for tasks."""

    def __init__(self, inner: AsyncNetworkBackend) -> None:
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> AsyncNetworkStream:
        """Make a connection."""
        clipped = current.get().connecting(timeout)
        return _AsyncStream(await self._inner.connect_tcp(host, port, clipped, local_address, socket_options))

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        await self._inner.sleep(seconds)
