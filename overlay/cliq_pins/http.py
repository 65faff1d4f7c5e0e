"""HTTP: the only module that imports the HTTP library; `connections` has what is beneath.

Requests go through the library's transports and not its `Client`: redirects, cookies and auth are the engine's
business.
"""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import AsyncIterable, Callable, Iterable
from functools import cache, lru_cache, partial
from typing import Any, Protocol, TypeAlias, TypeVar, cast

import httpx2

from .connections import AsyncBackend, Backend, Exchange, current
from .engine.drivers import Clock
from .engine.effects import Answer, Failure, FailureKind, Send
from .errors import ConfigurationError
from .pools import Pools, without_user
from .secret import one_line
from .settings import checked
from .unpacking import BadEncodingError, TooLargeError, unpack

T = TypeVar("T")
Verify: TypeAlias = ssl.SSLContext | bool


class UnusableProxyError(Exception):
    """There can be no connections by a proxy."""

    def __init__(self, proxy: str, why: str) -> None:
        super().__init__(f"the proxy {without_user(proxy)} cannot be used: {why}")
        self.why = why


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


def pools(*, verify: Verify, trust_env: bool, proxy: str | None) -> Pools[Transport]:
    """Connections with a deadline on every read. Raises `ConfigurationError`."""
    context = _checked(verify, trust_env, proxy)
    return Pools(partial(transport, context), trust_env=trust_env, proxy=proxy)


def async_pools(*, verify: Verify, trust_env: bool, proxy: str | None) -> Pools[AsyncTransport]:
    """The same for tasks."""
    context = _checked(verify, trust_env, proxy)
    return Pools(partial(async_transport, context), trust_env=trust_env, proxy=proxy)


def transport(context: ssl.SSLContext, proxy: str | None) -> Transport:
    """A pool of connections."""
    made = _made(httpx2.HTTPTransport, context, proxy)
    pool = _pool(made)
    pool._network_backend = Backend(pool._network_backend)
    return made


def async_transport(context: ssl.SSLContext, proxy: str | None) -> AsyncTransport:
    """The same for tasks."""
    made = _made(httpx2.AsyncHTTPTransport, context, proxy)
    pool = _pool(made)
    pool._network_backend = AsyncBackend(pool._network_backend)
    return made


def _checked(verify: Verify, trust_env: bool, proxy: str | None) -> ssl.SSLContext:
    """The TLS context. Raises `ConfigurationError` for one that cannot be, and for a proxy that cannot be used."""
    checked("verify", verify, bool, ssl.SSLContext)
    checked("proxy", proxy, str, None)
    context = tls_context(verify, checked("trust_env", trust_env, bool))
    if proxy is not None:
        try:
            _made(httpx2.HTTPTransport, context, proxy)
        except UnusableProxyError as error:
            raise ConfigurationError(f"proxy: it cannot be used: {error.why}") from None
    return context


def _made(kind: Callable[..., T], context: ssl.SSLContext, proxy: str | None) -> T:
    try:
        return kind(verify=context, proxy=proxy)
    except Exception as error:  # what it raises depends on what is missing
        if proxy is None:
            raise
        why = f"{type(error).__name__}: {error}" if isinstance(error, ImportError) else "no URL of a proxy"
        raise UnusableProxyError(proxy, why) from None  # the library's own may show its user


def wsgi_transport(app: Any) -> httpx2.WSGITransport:
    """A way to a WSGI application in this process."""
    return httpx2.WSGITransport(app=app)


def asgi_transport(app: Any) -> httpx2.ASGITransport:
    """A way to an ASGI application in this process."""
    return httpx2.ASGITransport(app=app)


def is_watched(transport: object) -> bool:
    """Whether it is one of ours, so that it is known what of a request was sent."""
    backend = getattr(_pool(transport), "_network_backend", None)
    return isinstance(backend, (Backend, AsyncBackend))


def _pool(transport: object) -> Any:
    """A transport's pool of connections. The library has no public way to it; a test holds that there is one."""
    return getattr(transport, "_pool", None)


def tls_context(verify: Verify, trust_env: bool) -> ssl.SSLContext:
    """The context that is given, or the process's one for these settings."""
    return verify if isinstance(verify, ssl.SSLContext) else _tls_context(verify, trust_env)


@cache
def _tls_context(verify: bool, trust_env: bool) -> ssl.SSLContext:
    """To load the certificates takes longer than a call. Raises `ConfigurationError` if they cannot be read."""
    try:
        return httpx2.create_ssl_context(verify=verify, trust_env=trust_env)
    except OSError as error:  # those of the ssl module are among them
        raise ConfigurationError(_no_certificates(error, trust_env)) from None


def _no_certificates(error: OSError, trust_env: bool) -> str:
    named = os.environ.get("SSL_CERT_FILE") if trust_env else None
    if not named:
        return f"verify: the certificates of this system cannot be read: {error}; give an SSLContext"
    return (
        f"SSL_CERT_FILE: no certificates can be read from {named!r}: {error}; name a PEM file of certificates, or "
        "unset the variable"
    )


class HTTPSender:
    """Sends requests, blocking."""

    def __init__(self, pools: Pools[Transport], clock: Clock) -> None:
        self._pools = pools
        self._clock = clock

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._pools.closed

    def send(self, send: Send) -> Answer | Failure:
        """Send one request and read the whole answer."""
        exchange, sent, status = _begin(send, self._clock)
        try:
            transport, request = self._pools.pool(send.url), _request(send, exchange)
        except ConfigurationError:
            raise
        except Exception as error:  # a proxy that cannot be, a header that cannot be sent
            return _unsendable(error, self._clock)
        current.set(exchange)
        try:
            response = transport.handle_request(request)
            try:
                status = response.status_code
                body = _Body(send.max_bytes, exchange)
                for part in cast(Iterable[bytes], response.stream):
                    body.add(part)
            finally:
                response.close()
            return _answer(response, body, sent, self._clock)
        except Exception as error:  # every one is told apart
            proxy = self._pools.proxy(send.url)
            return _failure(error, exchange, is_watched(transport), status, self._clock, proxy)

    def close(self) -> None:
        """Close every connection of this process."""
        for one in self._pools.close():
            one.close()


class AsyncHTTPSender:
    """Sends requests, awaiting."""

    def __init__(self, pools: Pools[AsyncTransport], clock: Clock) -> None:
        self._pools = pools
        self._clock = clock

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._pools.closed

    async def send(self, send: Send) -> Answer | Failure:
        """Send one request and read the whole answer."""
        import asyncio  # those who never await need not load it

        exchange, sent, status = _begin(send, self._clock)
        try:
            transport, request = self._pools.pool(send.url, asyncio.get_running_loop()), _request(send, exchange)
        except ConfigurationError:
            raise
        except Exception as error:  # a proxy that cannot be, a header that cannot be sent
            return _unsendable(error, self._clock)
        current.set(exchange)
        try:
            response = await transport.handle_async_request(request)
            try:
                status = response.status_code
                body = _Body(send.max_bytes, exchange)
                async for part in cast(AsyncIterable[bytes], response.stream):
                    body.add(part)
            finally:
                await response.aclose()
            return _answer(response, body, sent, self._clock)
        except Exception as error:  # every one is told apart
            proxy = self._pools.proxy(send.url)
            return _failure(error, exchange, is_watched(transport), status, self._clock, proxy)

    async def close(self) -> None:
        """Close every connection of this process and event loop."""
        import asyncio

        for one in self._pools.close(asyncio.get_running_loop()):
            await one.aclose()


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


def _request(send: Send, exchange: Exchange) -> httpx2.Request:
    url = _url(send.url)
    exchange.tls_host = url.raw_host.decode("ascii") if url.scheme == "https" else None
    headers = {**send.headers, "accept-encoding": "gzip"}
    if send.authorization is not None:
        headers["authorization"] = f"Zoho-oauthtoken {send.authorization.reveal()}"
    return httpx2.Request(
        send.method,
        url,
        headers=headers,
        content=send.content if send.secret_content is None else send.secret_content.reveal().encode(),
        # the network backend ends the others with the deadline, but a wait for the pool is none of its business
        extensions={
            "timeout": {
                "connect": send.timeout,
                "read": send.timeout,
                "write": send.timeout,
                "pool": exchange.clip(send.timeout),
            }
        },
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
    (httpx2.LocalProtocolError, "unsendable"),
    (httpx2.ProtocolError, "protocol"),
)
"""What an exception means; the first that fits. Anything else is a mistake in a transport and is not caught."""

DISCONNECTED = "Server disconnected"
"""How the HTTP library's message begins when the connection ends without a byte of an answer."""


def _unsendable(error: Exception, clock: Clock) -> Failure:
    """Why a request was not even begun."""
    reason = one_line(f"{error}" if isinstance(error, UnusableProxyError) else f"{type(error).__name__}: {error}")
    return Failure(kind="unsendable", reason=reason, reached=False, received=clock.now().monotonic)


def _failure(
    error: Exception, exchange: Exchange, watched: bool, status: int | None, clock: Clock, proxy: str | None = None
) -> Failure:
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
        reached=kind != "unsendable" and (exchange.reached if watched else not isinstance(error, NOT_REACHED)),
        received=clock.now().monotonic,
        status=status,
        error=None if kind in ("unsendable", "protocol") else error,  # they show headers, ours or the server's
        proxy=proxy,
    )


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
