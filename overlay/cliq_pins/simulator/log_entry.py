"""The form of the request log."""

from __future__ import annotations

from msgspec import Struct


class LogEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the log says of one request."""

    number: int
    time_ms: int
    method: str
    target: str
    """The path with its query; without it outside the API: what is meant for the accounts server is secret."""
    operation: str | None
    body: str
    """The beginning of the request's body, as text; empty if it was not read or is outside the API."""
    token: str
    """A short fingerprint of the access token, to tell one from another; empty if there was none."""
    status: int | None
    """The status of the answer, sent or not; `None` if there was to be none."""
    code: str | None
    reason: str | None
    """Why it was refused, in words."""
    faults: tuple[str, ...] = ()
    """The actions of the faults that struck."""
