"""What comes in and what goes out, as plain values."""

from __future__ import annotations

import re
from typing import TypeAlias
from urllib.parse import parse_qsl

from msgspec import Struct

Headers: TypeAlias = tuple[tuple[str, str], ...]


JSON: Headers = (("content-type", "application/json;charset=UTF-8"),)
"""The content type of almost every answer."""


ENCODED = re.compile("%([0-9A-Fa-f]{2})")


def _decoded(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character.isascii() and (character.isalnum() or character in "-._~") else match[0]


class Request(Struct, frozen=True):
    """A request as it came: the target is the raw path with its query."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path, still encoded save for letters, digits and `-._~`, which mean the same either way (RFC 3986)."""
        path = self.target.partition("?")[0]
        return ENCODED.sub(_decoded, path) if "%" in path else path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The decoded query, in order."""
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True)

    @property
    def host(self) -> str:
        """The host that is called, in lower case and without a port."""
        return (self.header("host") or "").partition(":")[0].lower().removesuffix(".")

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


BODILESS = (204, 304)
"""Statuses whose answers have no body (RFC 9110)."""


def is_framed(answer: Answer) -> bool:
    """Whether an answer's own headers say where its body ends."""
    return any(name.lower() in ("content-length", "transfer-encoding") for name, _ in answer.headers)


def framed(answer: Answer) -> Headers:
    """An answer's headers with its length, unless they have one or it is to have none."""
    if answer.unframed or answer.status in BODILESS or is_framed(answer):
        return answer.headers
    return (*answer.headers, ("content-length", str(len(answer.body))))


class Refusal(Exception):  # noqa: N818  # it is an answer, not an error of ours
    """A request that is answered with an error. Raised and caught within the core."""

    def __init__(
        self, status: int, code: str | None, reason: str, headers: Headers = (), message: str | None = None
    ) -> None:
        super().__init__(reason)
        self.message = message
        self.status = status
        self.code = code
        self.reason = reason
        self.headers = headers
