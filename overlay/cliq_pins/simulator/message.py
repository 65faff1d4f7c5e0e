"""What comes in and what goes out, as plain values."""

from __future__ import annotations

from typing import TypeAlias
from urllib.parse import parse_qsl

from msgspec import Struct

Headers: TypeAlias = tuple[tuple[str, str], ...]


JSON: Headers = (("content-type", "application/json;charset=UTF-8"),)
"""The content type of almost every answer."""


class Request(Struct, frozen=True):
    """A request as it came: the target is the raw path with its query."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    @property
    def path(self) -> str:
        """The raw path."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        """The decoded query, in order."""
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True)

    def header(self, name: str) -> str | None:
        """The value of a header by its name in lower case; several are joined with commas."""
        values = [value for key, value in self.headers if key.lower() == name]
        return ", ".join(values) if values else None


class Answer(Struct, frozen=True, kw_only=True):
    """What the service says."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    operation: str | None = None
    """The operation that the request is, by its operationId, or `token` or `revoke`."""
    code: str | None = None
    reason: str | None = None
    """Why it was refused, in words, for the request log; never sent."""
    unframed: bool = False
    """Whether it is sent without a length, so that closing the connection ends it."""


class Refusal(Exception):  # noqa: N818  # it is an answer, not an error of ours
    """A request that is answered with an error. Raised and caught within the core."""

    def __init__(self, status: int, code: str | None, reason: str, headers: Headers = ()) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.reason = reason
        self.headers = headers
