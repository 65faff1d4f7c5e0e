"""Drift: where the service's answers are no longer what the contract says. It never breaks a caller; it is reported."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from .locks import Locked

log = logging.getLogger("cliq_pins")

DriftKind: TypeAlias = Literal[
    "unknown field", "unknown value", "wrong type", "unknown code", "unknown status", "repeated key", "text"
]


class ContractDriftWarning(UserWarning):
    """The service answered something that its contract does not have.

    If your program turns warnings into errors, this one ends a call that the service has already carried out.
    """


class Drift(Struct, frozen=True, kw_only=True):
    """One such thing."""

    operation: str
    kind: DriftKind
    path: str
    """A JSONPath within the answer, such as `$.data[*].state`; array indexes are left out, so that one is one."""
    value: Any
    """What stood there, as it came."""

    def __str__(self) -> str:
        return f"{self.operation}: {self.kind} at {self.path}"


class DriftReporter(Locked):
    """Reports each drift once: to a callback if there is one, and as a `ContractDriftWarning`."""

    def __init__(self, callback: Callable[[Drift], None] | None = None) -> None:
        self.callback = callback
        self._seen: set[tuple[str, str, str]] = set()
        super().__init__()

    @property
    def thorough(self) -> bool:
        """Whether answers that can be read are looked through as well."""
        return self.callback is not None

    def report(self, drift: Drift) -> None:
        """Report a drift, unless it was reported before."""
        key = (drift.operation, drift.kind, drift.path)
        with self._lock:
            if key in self._seen:
                return
            self._seen.add(key)
        if self.callback is not None:
            try:
                self.callback(drift)
            except Exception:
                log.exception("on_drift raised an error; the call goes on")
        warnings.warn(str(drift), ContractDriftWarning, stacklevel=2)
