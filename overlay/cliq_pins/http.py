"""HTTP: the only module that imports the HTTP library.

Requests go through the library's transports and not its `Client`: redirects, cookies and auth are the engine's
business.
"""

from __future__ import annotations

import os
import ssl
import sys
import time
from collections.abc import AsyncIterable, Iterable
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Any, Protocol, TypeAlias, cast
from urllib.parse import urlsplit

import httpx2
from httpcore2 import AsyncNetworkBackend, AsyncNetworkStream, NetworkBackend, NetworkStream, ReadTimeout, WriteTimeout

from .engine.drivers import Clock
from .engine.effects import Answer, Failure, FailureKind, Send
from .unpacking import BadEncodingError, TooLargeError, unpack

Verify: TypeAlias = ssl.SSLContext | bool
SocketOption: TypeAlias = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


SETTINGS_OF_THEIR_OWN = ("darwin", "win32")
"""The systems whose proxies need not be in the environment."""


class Transport(Protocol):
    """What sends a request, such as `httpx2.HTTPTransport` or `httpx2.WSGITransport`."""

    def handle_request(self, request: Any, /) -> Any:
        """Send a request."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


class AsyncTransport(Protocol):
    """What sends a request asynchronously, such as `httpx2.AsyncHTTPTransport` or `httpx2.ASGITransport`."""

    async def handle_async_request(self, request: Any, /) -> Any:
        """Send a request."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


class Exchange:
    """One request on its way: when it has to be over, and whether a byte of it may have left."""

    __slots__ = ("deadline", "reached")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        """In seconds of `time.monotonic`."""
        self.reached = False

    def clip(self, timeout: float | None) -> float:
        """A timeout that ends with the deadline."""
        left = self.deadline - time.monotonic()
        return left if timeout is None else min(timeout, left)


_exchange: ContextVar[Exchange] = ContextVar("exchange")


def transport(*, verify: Verify, trust_env: bool, proxy: str | None, url: str) -> httpx2.HTTPTransport:
    """A pool of connections for the URL's origin, with a deadline on every read of every connection."""
    made = httpx2.HTTPTransport(
        verify=tls_context(verify, trust_env), proxy=proxy or (_environment_proxy(url) if trust_env else None)
    )
    pool = _pool(made)
    pool._network_backend = _Backend(pool._network_backend)
    return made


def async_transport(*, verify: Verify, trust_env: bool, proxy: str | None, url: str) -> httpx2.AsyncHTTPTransport:
    """The same for tasks."""
    made = httpx2.AsyncHTTPTransport(
        verify=tls_context(verify, trust_env), proxy=proxy or (_environment_proxy(url) if trust_env else None)
    )
    pool = _pool(made)
    pool._network_backend = _AsyncBackend(pool._network_backend)
    return made


def wsgi_transport(app: Any) -> httpx2.WSGITransport:
    """A way to a WSGI application in this process."""
    return httpx2.WSGITransport(app=app)


def asgi_transport(app: Any) -> httpx2.ASGITransport:
    """A way to an ASGI application in this process."""
    return httpx2.ASGITransport(app=app)


def is_watched(transport: object) -> bool:
    """Whether it is one of ours, so that it is known what of a request was sent."""
    backend = getattr(_pool(transport), "_network_backend", None)
    return isinstance(backend, (_Backend, _AsyncBackend))


def _pool(transport: object) -> Any:
    """A transport's pool of connections. The library has no public way to it; a test holds that there is one."""
    return getattr(transport, "_pool", None)


@cache
def tls_context(verify: Verify, trust_env: bool) -> ssl.SSLContext:
    """The process's one TLS context for these settings: to load the certificates takes longer than a call."""
    return httpx2.create_ssl_context(verify=verify, trust_env=trust_env)


def _environment_proxy(url: str) -> str | None:
    """The proxy that the environment names for a URL, as the library's own `Client` would take it."""
    if sys.platform not in SETTINGS_OF_THEIR_OWN and not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass  # it takes longer to load than all of this package

    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all")
    return found if found is None or "://" in found else f"http://{found}"


class HTTPSender:
    """Sends requests, blocking."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock
        self._watched = is_watched(transport)

    def send(self, send: Send) -> Answer | Failure:
        """Send one request and read the whole answer."""
        exchange, sent, status = _begin(send, self._clock)
        token = _exchange.set(exchange)
        try:
            response = self._transport.handle_request(_request(send))
            try:
                status = response.status_code
                body = _Body(send.max_bytes, exchange)
                for part in cast(Iterable[bytes], response.stream):
                    body.add(part)
            finally:
                response.close()
            return _answer(response, body, sent, self._clock)
        except Exception as error:  # every one is told apart
            return _failure(error, exchange, self._watched, status, self._clock)
        finally:
            _exchange.reset(token)

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()


class AsyncHTTPSender:
    """Sends requests, awaiting."""

    def __init__(self, transport: AsyncTransport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock
        self._watched = is_watched(transport)

    async def send(self, send: Send) -> Answer | Failure:
        """Send one request and read the whole answer."""
        exchange, sent, status = _begin(send, self._clock)
        token = _exchange.set(exchange)
        try:
            response = await self._transport.handle_async_request(_request(send))
            try:
                status = response.status_code
                body = _Body(send.max_bytes, exchange)
                async for part in cast(AsyncIterable[bytes], response.stream):
                    body.add(part)
            finally:
                await response.aclose()
            return _answer(response, body, sent, self._clock)
        except Exception as error:  # every one is told apart
            return _failure(error, exchange, self._watched, status, self._clock)
        finally:
            _exchange.reset(token)

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.aclose()


class _Body:
    """The body of an answer as it comes in, held to its limit and to the deadline."""

    __slots__ = ("_exchange", "_left", "_parts")

    def __init__(self, limit: int, exchange: Exchange) -> None:
        self._parts: list[bytes] = []
        self._left = limit
        self._exchange = exchange

    def add(self, part: bytes) -> None:
        self._left -= len(part)
        if self._left < 0:
            raise TooLargeError
        if self._exchange.clip(None) <= 0:
            raise httpx2.ReadTimeout("the answer did not end in time")
        self._parts.append(part)

    def whole(self, encoding: str) -> bytes:
        content = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        return unpack(content, encoding, self._left + len(content)) if encoding else content


def _begin(send: Send, clock: Clock) -> tuple[Exchange, float, None]:
    now = clock.now().monotonic
    return Exchange(time.monotonic() + send.deadline - now), now, None


@lru_cache(maxsize=256)
def _url(url: str) -> httpx2.URL:
    """A URL as the library wants it: to take one apart takes a tenth of a call."""
    return httpx2.URL(url)


def _request(send: Send) -> httpx2.Request:
    headers = {**send.headers, "accept-encoding": "gzip"}
    if send.authorization is not None:
        headers["authorization"] = f"Zoho-oauthtoken {send.authorization.reveal()}"
    return httpx2.Request(
        send.method,
        _url(send.url),
        headers=headers,
        content=send.content if send.secret_content is None else send.secret_content.reveal().encode(),
        extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), send.timeout)},
    )


def _answer(response: Any, body: _Body, sent: float, clock: Clock) -> Answer:
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Answer(
        status=response.status_code,
        headers=headers,
        content=body.whole(headers.get("content-encoding", "")),
        sent=sent,
        received=clock.now().monotonic,
    )


NOT_REACHED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
"""What is raised before anything of a request is sent, whatever the transport."""

KINDS: tuple[tuple[type[Exception], FailureKind], ...] = (
    (TooLargeError, "too_large"),
    (BadEncodingError, "decode"),
    (httpx2.TimeoutException, "timeout"),
    (TimeoutError, "timeout"),
    (httpx2.NetworkError, "connection"),
    (httpx2.ProxyError, "connection"),
    (OSError, "connection"),
    (httpx2.ProtocolError, "protocol"),
)
"""What an exception means; the first that fits. Anything else is a mistake in a transport and is not caught."""

DISCONNECTED = "Server disconnected"
"""How the HTTP library's message begins when the connection ends without a byte of an answer."""


def _failure(error: Exception, exchange: Exchange, watched: bool, status: int | None, clock: Clock) -> Failure:
    kind: FailureKind | None = next((kind for of, kind in KINDS if isinstance(error, of)), None)
    if kind is None:
        raise error
    if kind == "timeout" and exchange.clip(None) <= 0:
        kind = "deadline"
    elif kind == "connection" and _is_tls(error):
        kind = "tls"
    elif kind == "protocol" and str(error).startswith(DISCONNECTED):
        kind = "connection"
    return Failure(
        kind=kind,
        reason=str(error) or type(error).__name__,
        reached=exchange.reached if watched else not isinstance(error, NOT_REACHED),
        received=clock.now().monotonic,
        status=status,
        error=error,
    )


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


class _Stream(NetworkStream):
    """A connection whose every read and write ends with the deadline of the request that it is used for."""

    __slots__ = ("_inner",)

    def __init__(self, inner: NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        clipped = _exchange.get().clip(timeout)
        if clipped <= 0:
            raise ReadTimeout("the deadline has passed")
        return self._inner.read(max_bytes, clipped)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        exchange = _exchange.get()
        clipped = exchange.clip(timeout)
        if clipped <= 0:
            raise WriteTimeout("the deadline has passed")
        exchange.reached = True
        self._inner.write(buffer, clipped)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _exchange.get().clip(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _AsyncStream(AsyncNetworkStream):
    """The same for tasks."""

    __slots__ = ("_inner",)

    def __init__(self, inner: AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        clipped = _exchange.get().clip(timeout)
        if clipped <= 0:
            raise ReadTimeout("the deadline has passed")
        return await self._inner.read(max_bytes, clipped)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        exchange = _exchange.get()
        clipped = exchange.clip(timeout)
        if clipped <= 0:
            raise WriteTimeout("the deadline has passed")
        exchange.reached = True
        await self._inner.write(buffer, clipped)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> AsyncNetworkStream:
        return _AsyncStream(await self._inner.start_tls(ssl_context, server_hostname, _exchange.get().clip(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(NetworkBackend):
    """Makes connections that keep to deadlines."""

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
        """Make a connection."""
        clipped = _exchange.get().clip(timeout)
        return _Stream(self._inner.connect_tcp(host, port, clipped, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _AsyncBackend(AsyncNetworkBackend):
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
        clipped = _exchange.get().clip(timeout)
        return _AsyncStream(await self._inner.connect_tcp(host, port, clipped, local_address, socket_options))

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)
