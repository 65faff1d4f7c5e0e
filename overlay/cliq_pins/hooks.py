"""What can be observed: events of a call, for logs, metrics and traces. None of them has a token, an id or a body."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, TypeAlias

from msgspec import Struct

from .errors import ConfigurationError

log = logging.getLogger("cliq_pins")

CO_COROUTINE = 0x80
"""The flag of a coroutine function's code; `inspect`, which has it, takes long to load."""

_numbers = count(1)


def next_call() -> int:
    """A number for a call, to tell its events from others'."""
    return next(_numbers)


class RequestEvent(Struct, frozen=True, kw_only=True):
    """A request is about to be sent."""

    call: int
    """The call that it belongs to; one call can send several requests."""
    operation: str
    method: str
    path: str
    """The contract's template, without ids."""
    url: str
    """The base URL and the template."""
    host: str
    attempt: int
    """From 1 on."""


class ResponseEvent(Struct, frozen=True, kw_only=True):
    """An answer is there, or it is clear that none will come."""

    call: int
    operation: str
    method: str
    path: str
    host: str
    attempt: int
    status: int | None
    """`None` if there was no answer."""
    code: str | None
    failure: str | None
    """Why there was no answer: the kind of an error, or `cancelled`."""
    seconds: float | None
    """How long it took; `None` for one that was cancelled."""
    size: int
    """Bytes of the unpacked body."""


class RetryEvent(Struct, frozen=True, kw_only=True):
    """A call will be sent again."""

    call: int
    operation: str
    attempt: int
    """The attempt that went wrong, from 1 on."""
    reason: str
    """The kind of error."""
    seconds: float
    """How long it is waited before; a rate limit is waited for with the next attempt, and told by a `WaitEvent`."""


class WaitEvent(Struct, frozen=True, kw_only=True):
    """A call waits: for a rate limit, or for the next second of the server's clock."""

    operation: str
    reason: str
    seconds: float


class RefreshEvent(Struct, frozen=True, kw_only=True):
    """A new access token was got."""

    key: str
    """A fingerprint of the credentials."""


class ClockEvent(Struct, frozen=True, kw_only=True):
    """The server's `Date` cannot be used: sync points are by the local clock from here on."""

    operation: str


Event: TypeAlias = RequestEvent | ResponseEvent | RetryEvent | WaitEvent | RefreshEvent | ClockEvent


CALLBACKS: dict[type[Event], str] = {
    RequestEvent: "on_request",
    ResponseEvent: "on_response",
    RetryEvent: "on_retry",
    WaitEvent: "on_wait",
    RefreshEvent: "on_refresh",
}
"""Which callback an event is for."""


def is_coroutine_function(function: object) -> bool:
    """Whether calling it only makes a coroutine."""
    while isinstance(function, partial):
        function = function.func
    return bool(getattr(getattr(function, "__code__", None), "co_flags", 0) & CO_COROUTINE)


class Hooks(Struct, frozen=True, kw_only=True):
    """Callbacks, each called in the thread or task of the call; they should be quick, and what they raise is logged.

    One that changes the board that its own call is changing would wait for itself. Raises `ConfigurationError`.
    """

    on_request: Callable[[RequestEvent], Any] | None = None
    on_response: Callable[[ResponseEvent], Any] | None = None
    on_retry: Callable[[RetryEvent], Any] | None = None
    on_wait: Callable[[WaitEvent], Any] | None = None
    on_refresh: Callable[[RefreshEvent], Any] | None = None

    def __post_init__(self) -> None:
        """Check the callbacks; `ConfigurationError` names one that cannot be called at once."""
        for name in CALLBACKS.values():
            callback = getattr(self, name)
            if callback is not None and not callable(callback):
                raise ConfigurationError(f"hooks: {name} must be a function, not {type(callback).__name__}")
            if is_coroutine_function(callback) or is_coroutine_function(type(callback).__call__):
                raise ConfigurationError(f"hooks: {name} must be a plain function: nobody would await it")

    def tell(self, event: Event) -> None:
        """Log an event, and call its callback."""
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s", event)
        if isinstance(event, ClockEvent):
            log.warning("%s: no usable Date in the answer; the local clock has to do", event.operation)
            return
        callback: Callable[[Any], Any] | None = getattr(self, CALLBACKS[type(event)])
        if callback is not None:
            try:
                callback(event)
            except Exception:
                log.exception("a hook raised an error; the call goes on")
