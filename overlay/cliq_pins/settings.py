"""How a client behaves: frozen settings, and what a single call may change of them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import force_setattr, replace

from .errors import ConfigurationError
from .hooks import Hooks

T = TypeVar("T")

MIB: Final = 2**20
LONGEST: Final = 1e9
"""Seconds that a client can be told to wait: thirty years."""
OWN_HEADERS: Final = frozenset(
    {"accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "cookie", "host"}
    | {"proxy-authorization", "transfer-encoding"}
)
"""The headers that are the client's own business."""


class CallOptions(Struct, frozen=True, kw_only=True):
    """What one call does differently; what is left out is as the client has it.

    Raises `ConfigurationError` for a value out of bounds.

    Args:
        timeout: Seconds for each connect, read, write and wait for a connection; `None` for as long as the deadline
            allows.
        deadline: Seconds for the whole call with its waits and retries.
        max_wait: Seconds that the call may wait for a rate limit, a lock or a `Retry-After`; 0 to never wait.
        max_attempts: How many requests of the call are sent at most, 1 or more.
        headers: Headers to send beside the client's, or in the place of those that have the same name.
    """

    timeout: float | UnsetType | None = UNSET
    deadline: float | UnsetType = UNSET
    max_wait: float | UnsetType = UNSET
    max_attempts: int | UnsetType = UNSET
    headers: Mapping[str, str] | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Check the bounds."""
        if self.timeout is not None:
            _positive("timeout", self.timeout)
        _positive("deadline", self.deadline)
        if not isinstance(self.max_wait, UnsetType) and not (_number(self.max_wait) and self.max_wait >= 0):
            raise ConfigurationError(f"max_wait: {self.max_wait!r} is no number of seconds from 0 to {LONGEST:.0e}")
        if not isinstance(self.max_attempts, UnsetType):
            _whole("max_attempts", self.max_attempts)
        if not isinstance(self.headers, UnsetType):
            checked("headers", self.headers, Mapping)
            for name, value in self.headers.items():
                _check_header(checked("headers", name, str), checked("headers", value, str))


class Settings(Struct, frozen=True, kw_only=True):
    """How a client behaves. Raises `ConfigurationError` for a value out of bounds.

    Args:
        timeout: Seconds for each connect, read, write and wait for a connection; `None` for as long as the deadline
            allows.
        deadline: Seconds for a whole call with its waits and retries.
        max_wait: Seconds that a call may wait for a rate limit, a lock or a `Retry-After`; 0 to never wait.
        max_attempts: How many requests of a call are sent at most, 1 or more.
        headers: Headers to send beside the client's own.
        strict: Whether a guarded write waits out the second of the client's own write before it, and reads the board
            again. The service's answers tell time by the second, and it may judge by the second, too: without this, a
            change that someone else makes after such a write, in its second or the next one, cannot be seen and may
            be overwritten by the next one. A change in the very second of a reading, after it, cannot be seen anyway.
        max_rebases: How often `on_conflict="rebase"` and `edit` start again from a fresh board, 1 or more.
        max_response_bytes: How large an answer may be, packed or unpacked.
        hooks: What is told of calls.
    """

    timeout: float | None = 30.0
    deadline: float = 120.0
    max_wait: float = 60.0
    max_attempts: int = 3
    headers: Mapping[str, str] = MappingProxyType({})
    strict: bool = False
    max_rebases: int = 5
    max_response_bytes: int = 8 * MIB
    hooks: Hooks = Hooks()

    def __post_init__(self) -> None:
        """Check the bounds; `ConfigurationError` names what is out of them."""
        CallOptions(
            timeout=self.timeout,
            deadline=self.deadline,
            max_wait=self.max_wait,
            max_attempts=self.max_attempts,
            headers=self.headers,
        )
        for name, number in (("max_rebases", self.max_rebases), ("max_response_bytes", self.max_response_bytes)):
            _whole(name, number)
        # a copy, as the caller may change his own; a header is one however its name is written
        force_setattr(self, "headers", {name.lower(): value for name, value in self.headers.items()})
        checked("strict", self.strict, bool)
        checked("hooks", self.hooks, Hooks)

    def with_options(self, options: CallOptions | None) -> Settings:
        """The same, with what an options object says."""
        if options is None:
            return self
        own = {name: getattr(options, name) for name in options.__struct_fields__}
        if own["headers"] is not UNSET:
            own["headers"] = {**self.headers, **own["headers"]}
        return self.but(**own)

    def but(self, **own: Any) -> Settings:
        """The same, with other values; one that is `UNSET` stays."""
        return replace(self, **{name: value for name, value in own.items() if value is not UNSET})


def checked(name: str, value: Any, *kinds: type[T] | None) -> T:
    """The value of an argument. Raises `ConfigurationError` if it is of none of these types."""
    for kind in kinds:
        if value is None if kind is None else isinstance(value, kind):
            return cast(T, value)
    wanted = " or ".join("None" if kind is None else kind.__name__ for kind in kinds)
    raise ConfigurationError(f"{name}: {wanted} is wanted, not {type(value).__name__}")


def origin(name: str, url: str) -> str:
    """A URL without its last slash; `ConfigurationError` for one that no token may go to.

    It is an https URL of a host and a path; http is taken where no stranger listens: on this machine and in private
    networks.
    """
    checked(name, url, str)
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or parts.port >= 0
    except ValueError:
        raise ConfigurationError(f"{name}: it is no URL") from None
    if parts.query or parts.fragment or parts.username is not None or any(mark in url for mark in "?#@"):
        raise ConfigurationError(f"{name}: a URL with a query, a fragment or a user name cannot be used")
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_ok or not plain:
        raise ConfigurationError(f"{name}: {url!r} is no http or https URL of a host and a path")
    if "{" in url or "}" in url:
        raise ConfigurationError(f"{name}: {url!r} has a place that is not filled in")
    if parts.scheme == "http" and not _is_private(parts.hostname):
        raise ConfigurationError(f"{name}: {url!r} would send tokens in the clear; use https")
    return url.rstrip("/")


PRIVATE = (".internal", ".local", ".localhost", ".test")
"""The ends of names that are nobody's on the internet (RFC 6761, RFC 6762, ICANN's .internal)."""


def _is_private(host: str) -> bool:
    """Whether a host is this machine or in a private network: by its address, or by a name that is only known there."""
    try:
        return ip_address(host).is_private
    except ValueError:
        number = host.isdecimal() or host.startswith("0x")  # `134744072` is another way to write 8.8.8.8
        return ("." not in host and not number) or host.endswith(PRIVATE)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LONGEST


def _whole(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigurationError(f"{name}: {value!r} is no whole number from 1 on")


def _positive(name: str, value: float | UnsetType) -> None:
    if not isinstance(value, UnsetType) and not (_number(value) and value > 0):
        raise ConfigurationError(f"{name}: {value!r} is no number of seconds above 0 and up to {LONGEST:.0e}")


def _check_header(name: str, value: str) -> None:
    if name.lower() in OWN_HEADERS:
        raise ConfigurationError(f"headers: {name} is the client's own to set")
    if not name or not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
        raise ConfigurationError(f"headers: {name!r} is no name of a header")
    if not value.isascii() or not value.replace("\t", " ").isprintable():
        raise ConfigurationError(f"headers: the value of {name} has characters that no header can have")
