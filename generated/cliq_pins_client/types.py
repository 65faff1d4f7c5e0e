# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
"""What every operation is made of: a `Call` says what to send and how to read the answer, and sends nothing itself."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec import UNSET, Struct, UnsetType

from .contract import Operation, operation_table
from .errors import AnswerError

__all__ = ["UNSET", "Call", "Request", "Response", "Unset"]

Unset = UnsetType
"""The type of `UNSET`, which leaves an argument out of the request."""

T = TypeVar("T")


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A body to send: what is `UNSET` is left out, and no field but the documented ones exists."""


class Response(Struct, frozen=True, kw_only=True, gc=False):
    """A body received: what is absent or null is `None`, and unknown fields are passed over."""


class Call(Struct, Generic[T], frozen=True, kw_only=True):
    """One request of one documented operation, checked against the contract, and how to read its answer."""

    operation_id: str
    """The documented operation; for a body that tells several apart, the one that it is."""
    method: str
    path: str
    """Percent-encoded, to be put behind the base URL."""
    query: str
    """Percent-encoded, without the question mark; empty if there is none."""
    content: bytes | None
    """The JSON body, or `None` if there is none."""
    answers: Mapping[int, type[T] | None]
    """The type of the answer for each status that means success; `None` for one without a body."""

    @property
    def operation(self) -> Operation:
        """What the contract says of the operation: limit, codes, scopes, statuses, retry class."""
        return operation_table()[self.operation_id]

    @property
    def target(self) -> str:
        """Path and query together."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def headers(self) -> dict[str, str]:
        """The headers that belong to the call itself."""
        return {"accept": "application/json"} | ({} if self.content is None else {"content-type": "application/json"})

    def read(self, status: int, content: bytes) -> T:
        """Read an answer. Raises `AnswerError` for any status but success, and for a body that is not as documented."""
        if status not in self.answers:
            raise AnswerError(self.operation_id, status, content, documented=status in self.operation.statuses)
        kind = self.answers[status]
        if kind is None:
            return cast(T, None)
        try:
            return cast(T, _decoder(cast(Hashable, kind)).decode(content))
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise AnswerError(self.operation_id, status, content, documented=True, unreadable=str(error)) from error


@cache
def _decoder(kind: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cast(Any, kind))
