# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
"""Two thin drivers, one sync and one async: each sends any `Call` through a transport and reads the answer.

They add no retries, limits, sign-in or redirects, and import no HTTP library: the request is built by the library that
the transport comes from, or by the `request` type that is given for a transport that wraps one of another library.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from types import SimpleNamespace, TracebackType
from typing import Any, Protocol, Self, TypeVar

from .errors import CallError
from .types import Call

__all__ = ["AsyncClient", "AsyncTransport", "Client", "Transport"]

T = TypeVar("T")

_BASE_URL = re.compile(r"https?://[^\s/?#{}]+(?:/[^\s?#{}]*)?", re.IGNORECASE)


class Transport(Protocol):
    """What sends a request, such as `httpx2.HTTPTransport`."""

    def handle_request(self, request: Any, /) -> Any: ...


class AsyncTransport(Protocol):
    """What sends a request asynchronously, such as `httpx2.AsyncHTTPTransport`."""

    async def handle_async_request(self, request: Any, /) -> Any: ...


class Client:
    """Send calls. `timeout` is in seconds for each connect, read, write and wait for the pool; `None` waits for ever."""

    def __init__(
        self,
        base_url: str,
        transport: Transport,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = 30.0,
        request: Callable[..., Any] | None = None,
    ) -> None:
        self._transport = transport
        self._request = _request_builder(base_url, transport, headers, timeout, request)

    def send(self, call: Call[T]) -> T:
        """Send a call once. Raises `AnswerError` for any answer but success, and whatever the transport raises."""
        response = self._transport.handle_request(self._request(call))
        try:
            content: bytes = response.read()
        finally:
            response.close()
        return call.read(response.status_code, content)

    def close(self) -> None:
        """Close the transport, if it can be closed."""
        getattr(self._transport, "close", _nothing)()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class AsyncClient:
    """Send calls asynchronously. `timeout` is as in `Client`."""

    def __init__(
        self,
        base_url: str,
        transport: AsyncTransport,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = 30.0,
        request: Callable[..., Any] | None = None,
    ) -> None:
        self._transport = transport
        self._request = _request_builder(base_url, transport, headers, timeout, request)

    async def send(self, call: Call[T]) -> T:
        """Send a call once. Raises `AnswerError` for any answer but success, and whatever the transport raises."""
        response = await self._transport.handle_async_request(self._request(call))
        try:
            content: bytes = await response.aread()
        finally:
            await response.aclose()
        return call.read(response.status_code, content)

    async def aclose(self) -> None:
        """Close the transport, if it can be closed."""
        await getattr(self._transport, "aclose", _nothing_async)()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()


def _request_builder(
    base_url: str,
    transport: object,
    headers: Mapping[str, str] | None,
    timeout: float | None,
    request: Callable[..., Any] | None,
) -> Callable[[Call[Any]], Any]:
    """What both drivers share: where requests go, with which headers, and of which type they are."""
    if not _BASE_URL.fullmatch(base_url):
        raise CallError(f"base_url: {base_url!r} is no http or https URL of a host and a path")
    request_type = request or _request_type(transport)
    root, own = base_url.rstrip("/"), {name.lower(): value for name, value in (headers or {}).items()}
    extensions = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout)}

    def built(call: Call[Any]) -> Any:
        return request_type(
            method=call.method,
            url=root + call.target,
            headers=call.headers | own,
            content=call.content,
            extensions=extensions,
        )

    return built


def _request_type(transport: object) -> Any:
    """The request type of the library that the transport, or a class that it extends, comes from; else a plain object."""
    for base in type(transport).__mro__:
        library: Any = sys.modules.get(base.__module__.partition(".")[0])
        if hasattr(library, "BaseTransport") and hasattr(library, "Request"):
            return library.Request
    return SimpleNamespace


def _nothing() -> None:
    return None


async def _nothing_async() -> None:
    return None
