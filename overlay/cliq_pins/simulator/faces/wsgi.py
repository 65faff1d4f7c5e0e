"""The WSGI face."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import quote

from cliq_pins.simulator.message import Answer, Request, framed

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[..., Any]
WSGIApp: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]

REASONS = {status.value: status.phrase for status in HTTPStatus}
UNRESERVED = "/-._~!$&'()*+,;=:@"
"""What may stand in a path as it is (RFC 3986); WSGI hands over the path decoded, so `%2F` cannot be told from `/`."""


def wsgi_face(handle: Callable[[Request], Answer]) -> WSGIApp:
    """Make a WSGI application of something that answers requests."""

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        query: str = environ.get("QUERY_STRING", "")
        target = encoded(path) + (f"?{query}" if query else "")
        headers = [
            (name[5:].replace("_", "-").lower(), value) for name, value in environ.items() if name[:5] == "HTTP_"
        ]
        if content_type := environ.get("CONTENT_TYPE"):
            headers.append(("content-type", content_type))
        body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = handle(Request(environ["REQUEST_METHOD"], target, tuple(headers), body))
        status = f"{answer.status} {REASONS.get(answer.status, 'Unknown')}"
        start_response(status, list(framed(answer)))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    return application


def encoded(path: str) -> str:
    """A path that was handed over decoded."""
    return quote(_bytes(path), safe=UNRESERVED)


def _bytes(path: str) -> bytes:
    """The path's bytes. Servers hand them over as Latin-1 (PEP 3333), some in-process transports as plain text."""
    try:
        raw = path.encode("latin-1")
        raw.decode()
    except UnicodeError:
        return path.encode("utf-8", "surrogatepass")
    return raw
