"""Scripts of what goes wrong: which call, when, and how."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct
from msgspec.structs import replace

from cliq_pins._generated import operation_table

CONNECTION = "connection"
"""What `on` says for a fault that strikes a connection before any request is read."""

OTHERS = ("token", "revoke", CONNECTION, "*")
"""What `on` can say beside an operationId."""

Milliseconds = Annotated[int, Meta(ge=0, le=600_000)]
Count = Annotated[int, Meta(ge=1)]
HeaderName = Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
HeaderValue = Annotated[str, Meta(pattern=r"^[\t -~\x80-\xff]*$")]
"""What can be sent in a header (RFC 9110)."""


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

    by: int
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
    """Let another client of the same user make a call, before or after this one."""

    method: str
    target: str
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


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that goes wrong.

    It strikes the `nth` matching call, or `every` so many; the first one if neither is given. A bad value raises
    `ValueError`.
    """

    on: str = "*"
    """An operationId, `token` or `revoke` of the accounts server, `connection`, or `*` for every request."""
    phase: Literal["before", "after"]
    """Before or after the call's change is committed: `before` means that the call did nothing.

    `expire` and `meanwhile` happen before or after the call, which is made as usual.
    """
    action: Action
    nth: Count | None = None
    every: Count | None = None
    count: Count | None = None
    """How often it strikes at most."""
    args: dict[str, Any] = {}
    """The action's arguments."""

    def __post_init__(self) -> None:
        """Check what the types alone cannot, and the types too: a fault may be made by hand."""
        if self.action not in ARGUMENTS:
            raise ValueError(f"fault: there is no action {self.action!r}; there are {', '.join(ARGUMENTS)}")
        if self.phase not in ("before", "after"):
            raise ValueError(f"fault {self.action}: phase is before or after, not {self.phase!r}")
        for name, number in (("nth", self.nth), ("every", self.every), ("count", self.count)):
            if number is not None and number < 1:
                raise ValueError(f"fault {self.action}: {name} is 1 at least, not {number}")
        if self.on not in (*operation_table(), *OTHERS):
            raise ValueError(f"fault {self.action}: no operation is called {self.on!r}")
        if self.nth is not None and self.every is not None:
            raise ValueError(f"fault {self.action}: give nth or every, not both")
        if self.on == CONNECTION and self.action not in ("close", "reset", "hang", "garbage"):
            raise ValueError(f"fault {self.action}: on a connection only close, reset, hang and garbage can strike")
        if self.early and self.phase == "after":
            raise ValueError(f"fault {self.action}: what strikes before the body is read strikes before the change")

    @property
    def early(self) -> bool:
        """Whether it strikes before the request's body is read."""
        args = self.arguments()
        return isinstance(args, Break) and args.at == "body"

    def arguments(self) -> Any:
        """The arguments as the action's own type."""
        try:
            return msgspec.convert(self.args, ARGUMENTS[self.action])
        except msgspec.ValidationError as error:
            raise ValueError(f"fault {self.action}: args: {error}") from None


class ArmedFault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault of a script, with what became of it."""

    fault: Fault
    met: int = 0
    """How many calls matched it."""
    used: int = 0
    """How often it struck."""

    def matches(self, names: Collection[str]) -> bool:
        """Whether it is meant for a request that is one of these operations."""
        return self.fault.on in names or (self.fault.on == "*" and CONNECTION not in names)

    def due(self) -> bool:
        """Whether it strikes the call that it has just met."""
        if self.fault.count is not None and self.used >= self.fault.count:
            return False
        return self.met % self.fault.every == 0 if self.fault.every else self.met == (self.fault.nth or 1)


def arm(script: list[Fault] | tuple[Fault, ...]) -> tuple[ArmedFault, ...]:
    """Make a script ready to strike."""
    return tuple(ArmedFault(fault=fault) for fault in script)


def strike(
    armed: tuple[ArmedFault, ...], names: Collection[str], early: bool = False
) -> tuple[tuple[ArmedFault, ...], list[Fault]]:
    """Tell the faults of a call. Of those that need the wire only the first strikes; the others miss their turn."""
    after: list[ArmedFault] = []
    struck: list[Fault] = []
    for one in armed:
        if one.fault.early == early and one.matches(names):
            one = replace(one, met=one.met + 1)
            taken = one.fault.action in ON_THE_WIRE and any(fault.action in ON_THE_WIRE for fault in struck)
            if one.due() and not taken:
                one = replace(one, used=one.used + 1)
                struck.append(one.fault)
        after.append(one)
    return tuple(after), struck


def read(script: Iterable[Fault | Mapping[str, Any]]) -> list[Fault]:
    """Read a script from its JSON form; `ValueError` with one line for one that makes no sense."""
    try:
        return [one if isinstance(one, Fault) else msgspec.convert(one, Fault) for one in script]
    except msgspec.ValidationError as error:
        raise ValueError(f"fault: {error}") from None
