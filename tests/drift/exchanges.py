"""Requests and answers as they went by, held against the contract that the package carries."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from cliq_pins.simulator import Answer, Behaviour, Request, Simulator
from contract_schemas import ENDPOINTS, answers, resolved
from held_to_contract import asked, below_base
from held_to_contract import exchange as held


class Exchange(Struct, frozen=True):
    """One request and its answer."""

    request: Request
    answer: Answer


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
    request, answer = exchange.request, exchange.answer
    sent_type, said_type = request.header("content-type") or "", dict(answer.headers).get("content-type", "")
    sent = asked(request.method, below_base(request.target), body=request.body, content_type=sent_type)
    return tuple(held(sent, answer.status, body=answer.body, content_type=said_type))


def beyond(behaviour: Behaviour) -> set[str]:
    """What a service of such readings is told for: one answers what is documented of other operations only."""
    if behaviour.guarded_put_on_default != "refused":
        return set()
    names = ("bulkUpdateChatsInCategory", "reorderChatInCategory")
    return {f"{name} 400: the code operation_not_allowed is not documented" for name in names}


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
        target = resolved(part["$ref"]) if "$ref" in part else part
        for name, one in target.get("properties", {}).items():
            yield f"{at}.{name}"
            yield from _places(one, f"{at}.{name}")
        if "items" in target:
            yield from _places(target["items"], f"{at}[*]")
