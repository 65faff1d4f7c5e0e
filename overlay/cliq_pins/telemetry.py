"""OpenTelemetry spans: one for each request, by the semantic conventions of HTTP clients."""

from __future__ import annotations

from importlib.metadata import version
from typing import cast
from urllib.parse import urlsplit

from msgspec.structs import replace

from .errors import ConfigurationError
from .hooks import Hooks, RequestEvent, ResponseEvent

try:
    from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Status, StatusCode, TracerProvider, get_tracer
except ModuleNotFoundError:
    raise ConfigurationError(
        "cliq_pins.telemetry needs the extra opentelemetry: pip install 'cliq-pins[opentelemetry]'"
    ) from None

PORTS = {"http": 80, "https": 443}
ERROR_FROM = 400
"""From this status on a request of a client is an error."""


def traced(hooks: Hooks | None = None, *, tracer_provider: TracerProvider | None = None) -> Hooks:
    """Hooks that make a span of each request, and then call those that are given.

    A span is the child of the one in whose context the method was called. It has neither ids nor tokens: `url.full` is
    made of the contract's template. No `traceparent` is sent, as the service is somebody else's. Token requests have no
    span. Without a provider it is the application's. Needs the extra `opentelemetry`.
    """
    if hooks is not None and not isinstance(cast(object, hooks), Hooks):
        raise ConfigurationError(f"traced: Hooks are wanted, not {type(hooks).__name__}")
    tracer = get_tracer("cliq_pins", version("cliq-pins"), tracer_provider)
    own = hooks or Hooks()
    open_spans: dict[tuple[int, int], Span] = {}

    def begin(event: RequestEvent) -> None:
        try:
            open_spans[event.call, event.attempt] = tracer.start_span(
                f"{event.method} {event.path}", kind=SpanKind.CLIENT, attributes=_of_request(event)
            )
        finally:  # whatever becomes of the span
            if own.on_request is not None:
                own.on_request(event)

    def end(event: ResponseEvent) -> None:
        try:
            span = open_spans.pop((event.call, event.attempt), INVALID_SPAN)
            span.set_attributes(_of_response(event))
            if event.failure is not None or (event.status or 0) >= ERROR_FROM:
                span.set_status(Status(StatusCode.ERROR))
            span.end()
        finally:
            if own.on_response is not None:
                own.on_response(event)

    return replace(own, on_request=begin, on_response=end)


def _of_request(event: RequestEvent) -> dict[str, str | int]:
    parts = urlsplit(event.url)
    attributes: dict[str, str | int] = {
        "http.request.method": event.method,
        "server.address": parts.hostname or "",
        "server.port": parts.port or PORTS[parts.scheme],
        "url.full": event.url,
        "url.template": event.path,
        "cliq_pins.operation": event.operation,
    }
    if event.attempt > 1:
        attributes["http.request.resend_count"] = event.attempt - 1
    return attributes


def _of_response(event: ResponseEvent) -> dict[str, str | int]:
    attributes: dict[str, str | int] = {}
    if event.status is not None:
        attributes["http.response.status_code"] = event.status
        if event.status >= ERROR_FROM:
            attributes["error.type"] = str(event.status)
    if event.failure is not None:
        attributes["error.type"] = event.failure
    if event.code is not None:
        attributes["cliq_pins.code"] = event.code
    return attributes
