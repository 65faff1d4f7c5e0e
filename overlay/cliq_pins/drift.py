"""Drift: where the service's answers are no longer what the contract says. It never breaks a caller; it is reported."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from threading import Lock
from typing import Any, Literal, TypeAlias

from msgspec import Struct

DriftKind: TypeAlias = Literal["unknown field", "unknown value", "wrong type", "unknown code", "unknown status", "text"]


class ContractDriftWarning(UserWarning):
    """The service answered something that its contract does not have."""


class Drift(Struct, frozen=True, kw_only=True):
    """One such thing."""

    operation: str
    kind: DriftKind
    path: str
    """A JSONPath within the answer, such as `$.data[*].state`; array indexes are left out, so that one is one."""
    value: Any
    """What stood there; never a token."""

    def __str__(self) -> str:
        return f"{self.operation}: {self.kind} at {self.path}"


class DriftReporter:
    """Reports each drift once: to a callback if there is one, and as a `ContractDriftWarning`."""

    def __init__(self, callback: Callable[[Drift], None] | None = None) -> None:
        self.callback = callback
        self._seen: set[tuple[str, str, str]] = set()
        self._lock = Lock()

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
            self.callback(drift)
        warnings.warn(str(drift), ContractDriftWarning, stacklevel=2)
