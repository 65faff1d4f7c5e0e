"""Requests and answers as they went by, held against the contract that the package carries."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from msgspec import Struct

from cliq_pins.simulator import Answer, Request, Simulator
from cliq_pins.simulator.api import inputs
from cliq_pins.simulator.api.contract import contract
from cliq_pins.simulator.message import Refusal
from cliq_pins_client import Operation
from contract_schemas import DOCUMENT, ENDPOINTS, answers, closed

CODED = 400
"""The status whose answers say in a code what is wrong; the contract lists the codes of each operation."""


class Exchange(Struct, frozen=True):
    """One request and its answer."""

    request: Request
    answer: Answer

    @property
    def content_type(self) -> str:
        """Of the answer, without parameters; empty if there is none."""
        return dict(self.answer.headers).get("content-type", "").partition(";")[0]


class Recorder:
    """What goes by between a client and a simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.exchanges: list[Exchange] = []

    def handle(self, request: Request) -> Answer:
        """Pass a request on, and note it with its answer."""
        answer = self._simulator.handle(request)
        self.exchanges.append(Exchange(request, answer))
        return answer


@cache
def problems(exchange: Exchange) -> tuple[str, ...]:
    """What of an exchange with the API is not as the contract has it; most go by again and again."""
    return tuple(_problems(exchange))


def _problems(exchange: Exchange) -> Iterator[str]:
    try:
        route = contract().route(exchange.request)
        body = inputs.decode(exchange.request) if exchange.request.body else None
        operation = route.endpoint.operation(body)
        inputs.query(route.endpoint, operation, exchange.request)
        if route.endpoint.shapes:
            inputs.body(route.endpoint, operation, exchange.request, body)
    except Refusal as refusal:
        yield f"the request: {refusal.reason}"
        return
    yield from (f"{operation.operation_id} {exchange.answer.status}: {one}" for one in _wrong(exchange, operation))


def _wrong(exchange: Exchange, operation: Operation) -> Iterator[str]:
    """What of an answer is not as the contract has it."""
    answer = exchange.answer
    if answer.status not in operation.statuses:
        yield "no documented status"
        return
    documented = answers(ENDPOINTS[operation.operation_id], answer.status).get("content", {})
    if exchange.content_type not in documented:
        if documented or answer.body or exchange.content_type:
            yield f"it is {exchange.content_type or 'of no type'}"
        return
    try:
        said = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        yield "it is no JSON"
        return
    schema = documented[exchange.content_type]["schema"]["$ref"]
    errors = _validator(schema, strict=answer.status < 300).iter_errors(said)
    yield from (f"{error.json_path}: {error.message[:80]}" for error in errors)
    code = said.get("code") if answer.status == CODED and isinstance(said, dict) else None
    if code is not None and code not in {*operation.error_codes, *operation.throttle_codes}:
        yield f"the code {code} is not documented"


@cache
def _validator(ref: str, strict: bool) -> Draft202012Validator:
    """A validator of a named schema; a strict one allows nothing that the contract does not name."""
    components = DOCUMENT["components"]
    return Draft202012Validator({"$ref": ref, "components": closed(components) if strict else components})


@cache
def seen(exchange: Exchange) -> frozenset[str]:
    """The places in the answer of a success that hold something, by operation."""
    if exchange.answer.status >= 300 or not exchange.answer.body:
        return frozenset()
    said = msgspec.json.decode(exchange.answer.body)
    return frozenset(f"{exchange.answer.operation} {place}" for place in _held(said, "$"))


def _held(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            if one is not None:
                yield f"{at}.{name}"
                yield from _held(one, f"{at}.{name}")
    elif isinstance(value, list):
        for one in value:
            yield from _held(one, f"{at}[*]")


@cache
def documented_places() -> frozenset[str]:
    """Every place that the contract gives to the answers of successes, by operation."""
    found: set[str] = set()
    for name, endpoint in ENDPOINTS.items():
        for status in endpoint["responses"]:
            if status.startswith("2"):
                for media in answers(endpoint, status).get("content", {}).values():
                    found |= {f"{name} {place}" for place in _places(media["schema"], "$")}
    return frozenset(found)


def _places(schema: Any, at: str) -> Iterator[str]:
    for part in (schema, *schema.get("anyOf", [])):
        target = DOCUMENT["components"]["schemas"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        for name, one in target.get("properties", {}).items():
            yield f"{at}.{name}"
            yield from _places(one, f"{at}.{name}")
        if "items" in target:
            yield from _places(target["items"], f"{at}[*]")
