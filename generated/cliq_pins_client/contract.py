# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
"""The contract at run time: the normalised document, and a table of its documented operations read from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class RateLimit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often an operation may be called."""

    requests: int
    seconds: int
    """The window, in seconds."""
    scope: str | None
    """Whom it is counted for, such as `user`; `None` where the contract does not say."""
    lock_seconds: int | None
    """How long the operation is locked once the limit is overrun; `None` where the contract does not say."""
    applies_to: tuple[str, ...] = ()
    """The values of the body's discriminator that it holds for; empty for all."""


class Operation(Struct, frozen=True, kw_only=True):
    """A documented operation. Several can share a method and path; the body then tells them apart."""

    operation_id: str
    method: str
    path: str
    """The template, such as `/pin-categories/{category_id}`."""
    summary: str
    statuses: frozenset[int]
    """Every status that the contract lists."""
    rate_limits: tuple[RateLimit, ...]
    error_codes: Mapping[str, str]
    """Each documented code with its description."""
    throttle_codes: frozenset[str]
    """Undocumented codes that mean the rate limit is used up."""
    scopes: tuple[frozenset[str], ...]
    """The OAuth scopes needed: any one of these sets."""
    retry_class: str | None
    """`safe`, `idempotent`, `guarded` or `create`; `None` where nothing is known."""


@cache
def document_json() -> bytes:
    """The normalised OpenAPI document as JSON."""
    return files(__name__.rpartition(".")[0]).joinpath("contract.json").read_bytes()


@cache
def operation_table() -> Mapping[str, Operation]:
    """Every documented operation by its operationId."""
    return MappingProxyType({one.operation_id: one for one in _read(msgspec.json.decode(document_json()))})


def _read(document: dict[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in [key for key in item if key in _METHODS]:
            whole = item[method]
            for own in whole.get("x-shapes", [whole]):
                yield Operation(
                    operation_id=own["operationId"],
                    method=method.upper(),
                    path=path,
                    summary=own.get("summary", ""),
                    statuses=frozenset(
                        int(status) for status in own.get("statuses", whole["responses"]) if status.isdigit()
                    ),
                    rate_limits=msgspec.convert(own.get("x-rate-limit", []), tuple[RateLimit, ...]),
                    error_codes=MappingProxyType(
                        {one["code"]: one["description"] for one in own.get("x-error-codes", [])}
                    ),
                    throttle_codes=frozenset(_throttle_codes(whole)),
                    scopes=tuple(frozenset(names) for option in own.get("security", []) for names in option.values()),
                    retry_class=own.get("x-retry-class", whole.get("x-retry-class")),
                )


def _throttle_codes(operation: dict[str, Any]) -> Iterator[str]:
    for response in operation["responses"].values():
        yield from (one["code"] for one in response.get("x-added-codes", []) if one.get("meaning") == "throttled")
