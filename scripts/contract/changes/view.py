"""A contract as its documented operations, each with all that concerns a caller, whatever form the document has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from contract.document import Document, deref, operations
from contract.passes.codes import codes_of
from contract.schemas import Schema

Limit: TypeAlias = tuple[int, int, str | None, int | None]


@dataclass(frozen=True)
class Response:
    """One status of an operation: the schema of each media type, and the codes that can come with it."""

    content: dict[str, Schema]
    codes: frozenset[str]
    """Those that its examples show, and those that are known from elsewhere."""
    throttle_codes: frozenset[str]
    """Those from elsewhere that mean the rate limit is used up; they are a matter of policy, and not in `codes`."""


@dataclass(frozen=True)
class Operation:
    """One documented operation."""

    name: str
    method: str
    path: str
    parameters: dict[tuple[str, str], dict[str, Any]]
    body_required: bool
    bodies: dict[str, Schema]
    responses: dict[str, Response]
    codes: frozenset[str]
    limits: dict[str, tuple[Limit, ...]] = field(default_factory=dict)
    scopes: frozenset[frozenset[str]] = frozenset()
    retry_class: str | None = None
    servers: tuple[str, ...] = ()
    deprecated: bool = False

    @property
    def template(self) -> str:
        """The path without the names of its parameters."""
        return re.sub(r"{[^{}]*}", "{}", self.path)

    def statuses_of(self, code: str) -> list[str]:
        """The statuses that a code can come with; none where the contract has it in a table alone."""
        return [status for status, one in self.responses.items() if code in one.codes]


def view(document: Document) -> dict[str, Operation]:
    """Every documented operation of a normalised contract by its operationId."""
    found: dict[str, Operation] = {}
    for path, method, whole in operations(document):
        for shape in whole.get("x-shapes", [whole]):
            found[shape["operationId"]] = _operation(document, path, method, whole, shape)
    return found


def _operation(document: Document, path: str, method: str, whole: dict[str, Any], own: dict[str, Any]) -> Operation:
    body = deref(document, whole.get("requestBody", {}))
    contents = {media: one.get("schema", {}) for media, one in body.get("content", {}).items()}
    parameters = [deref(document, one) for one in [*whole.get("parameters", []), *own.get("parameters", [])]]
    sent = own.get("x-content-types", list(contents))
    statuses = own.get("statuses", list(whole["responses"]))
    told = own.get("responses", {}) if own is not whole else {}
    responses = {
        status: _response(deref(document, whole["responses"][status]), told.get(status, {})) for status in statuses
    }
    return Operation(
        name=own["operationId"],
        method=method.upper(),
        path=path,
        parameters={_key(one, path): one for one in parameters},
        body_required=bool(body.get("required")),
        bodies={media: own.get("schema", contents[media]) for media in sent},
        responses=responses,
        codes=frozenset(one["code"] for one in own.get("x-error-codes", [])).union(
            *(one.codes for one in responses.values())
        ),
        limits=_limits(own),
        scopes=frozenset(
            frozenset(f"{scheme} {scope}".strip() for scheme, names in option.items() for scope in names or [""])
            for option in own.get("security", [])
        ),
        servers=tuple(str(one.get("url")) for one in whole.get("servers", [])),
        deprecated=bool(whole.get("deprecated")),
        retry_class=own.get("x-retry-class", whole.get("x-retry-class")),
    )


def _key(parameter: dict[str, Any], path: str) -> tuple[str, str]:
    """Place and name; of a path parameter its number in the path, as its name says nothing on the wire."""
    names = re.findall(r"{([^{}]*)}", path)
    if parameter["in"] == "path" and parameter["name"] in names:
        return "path", str(names.index(parameter["name"]) + 1)
    return parameter["in"], parameter["name"]


def _limits(own: dict[str, Any]) -> dict[str, tuple[Limit, ...]]:
    found: dict[str, tuple[Limit, ...]] = {}
    for one in own.get("x-rate-limit", []):
        limit = (one["requests"], one["seconds"], one.get("scope"), one.get("lock_seconds"))
        for value in one.get("applies_to", [""]):
            found[value] = (*found.get(value, ()), limit)
    return found


def _response(response: dict[str, Any], own: dict[str, Any]) -> Response:
    """A status; `own` is what one of several operations that share it says for itself."""
    content = {media: one.get("schema", {}) for media, one in response.get("content", {}).items()}
    added = response.get("x-added-codes", [])
    throttling = frozenset(one["code"] for one in added if one.get("meaning") == "throttled")
    known = frozenset(one["code"] for one in added) - throttling
    return Response(content, known.union(own.get("x-codes", codes_of(response))), throttling)
