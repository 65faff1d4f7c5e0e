"""The actions of faults and what each takes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct

Milliseconds = Annotated[int, Meta(ge=0, le=600_000)]
Count = Annotated[int, Meta(ge=1)]
HeaderName = Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+(?![\s\S])")]
HeaderValue = Annotated[str, Meta(pattern=r"^(?![\t ])[\t -~\x80-\xff]*(?<![\t ])(?![\s\S])")]
"""What can be sent in a header (RFC 9110); `$` would let a line break stand at the end."""
LARGEST = 10**9
"""Bytes: the largest body that a script can ask for."""


FORMS = 4
"""In how many forms a content can be given."""


class Content(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Bytes of a body, in one of the forms."""

    text: str | None = None
    json: Any = UNSET
    base64: bytes | None = None
    repeat: tuple[str, Annotated[int, Meta(ge=0, le=100_000_000)]] | None = None
    """A text and how often it comes."""

    def __post_init__(self) -> None:
        """Check that there is one form at most."""
        if [self.text, self.base64, self.repeat].count(None) + (self.json is UNSET) < FORMS - 1:
            raise ValueError("content has one of text, json, base64 and repeat")
        if self.repeat is not None and len(self.repeat[0].encode()) * self.repeat[1] > LARGEST:
            raise ValueError(f"content has {LARGEST} bytes at most")

    def encode(self) -> bytes:
        """The bytes; none if no form is given."""
        if self.text is not None:
            return self.text.encode("utf-8", "surrogatepass")
        if self.base64 is not None:
            return self.base64
        if self.repeat is not None:
            return self.repeat[0].encode() * self.repeat[1]
        return b"" if self.json is UNSET else msgspec.json.encode(self.json)


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """No arguments."""


class Refuse(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer, close, and refuse connections for a while."""

    ms: Milliseconds = 200


class Break(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """End the connection without a byte of an answer."""

    at: Literal["body", "answer"] = "answer"
    """Before the request's body is read, or when the answer is due."""


class Hang(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Say nothing."""

    ms: Milliseconds | None = None
    """How long until the connection is closed; `None` for until the caller goes."""


class Slow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Send a few bytes at a time."""

    part: Literal["head", "body"] = "body"
    bytes: Count = 1
    ms: Milliseconds = 20
    """The pause after each."""


class Truncate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Close in the middle of the answer."""

    at: Literal["status", "body"] = "body"
    """After the status line, or within the body."""
    keep: Annotated[int, Meta(ge=0)] = 1
    """How many bytes of the body are sent."""
    framing: Literal["length", "chunked", "close"] = "length"
    """How the answer says where the body ends: by its length, in chunks, or by closing."""


class Length(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Declare a length that is not the body's."""

    by: Annotated[int, Meta(ge=-LARGEST, le=LARGEST)]
    """How much too long (above 0) or too short (below 0)."""


class Interim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Send informational answers first."""

    statuses: tuple[Annotated[int, Meta(ge=100, le=199)], ...] = (103,)


class Drop(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer, then close the idle connection unannounced."""

    ms: Milliseconds = 0


class Status(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer with another status."""

    status: Annotated[int, Meta(ge=200, le=999)]
    headers: dict[HeaderName, HeaderValue] = {}
    body: Content = Content()


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer with another body."""

    content: Content = Content()
    content_type: HeaderValue | None = None
    framing: Literal["length", "close"] = "length"
    """`close` sends no length: the body ends where the connection does."""


class HeaderChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Change the answer's headers."""

    set: dict[HeaderName, HeaderValue] = {}
    add: tuple[tuple[HeaderName, HeaderValue], ...] = ()
    remove: tuple[str, ...] = ()
    pad: Annotated[int, Meta(ge=0, le=10_000_000)] = 0
    """The length of an `x-padding` header to add."""


class Gzip(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Say that the body is compressed."""

    defect: Literal["none", "plain", "truncated", "crc", "bomb"] = "none"
    """`plain`: it is not; `truncated`: its end is missing; `crc`: its check sum is wrong; `bomb`: see `bytes`."""
    bytes: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 64 * 2**20
    """What a bomb becomes when unpacked."""


class Redirect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Send the caller elsewhere."""

    location: HeaderValue
    """Where to; `self` for the same URL again."""
    status: Literal[301, 302, 303, 307, 308] = 302


class Skew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shift the `Date` header."""

    ms: Annotated[int, Meta(ge=-(10**12), le=10**12)]


class Meanwhile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Let another client of the same user make a call, before or after this one.

    If that call is refused, the fault counts as unused.
    """

    method: Annotated[str, Meta(pattern=r"^[A-Z]+(?![\s\S])")]
    target: Annotated[str, Meta(pattern=r"^[!-~]+(?![\s\S])")]
    """The path under the base path, with its query; `self` for that of the call itself."""
    json: Any = None


ARGUMENTS: dict[str, type[Struct]] = {
    "refuse": Refuse,
    "close": Break,
    "reset": Break,
    "hang": Hang,
    "slow": Slow,
    "truncate": Truncate,
    "length": Length,
    "garbage": Content,
    "interim": Interim,
    "drop": Drop,
    "status": Status,
    "body": Body,
    "headers": HeaderChange,
    "gzip": Gzip,
    "redirect": Redirect,
    "skew": Skew,
    "expire": Nothing,
    "meanwhile": Meanwhile,
}
"""What each action takes."""

ON_THE_WIRE = frozenset(
    {"refuse", "close", "reset", "hang", "slow", "truncate", "length", "garbage", "interim", "drop"}
)
"""The actions that need a real socket."""

ASIDE = frozenset({"expire", "meanwhile"})
"""The actions that happen beside the call and leave it as it is."""

Action = Literal[
    "refuse",
    "close",
    "reset",
    "hang",
    "slow",
    "truncate",
    "length",
    "garbage",
    "interim",
    "drop",
    "status",
    "body",
    "headers",
    "gzip",
    "redirect",
    "skew",
    "expire",
    "meanwhile",
]
