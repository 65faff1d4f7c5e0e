"""What a client sends, held against the contract: method, path, query, headers and body."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import unquote

import httpx2
import msgspec

from contract_schemas import SCHEMAS, sources, validator

BASE = "/api/v3"
HELD = tuple(f"{number}" for number in range(101, 104))
"""The chats of the folder that the board below has."""
FOLDER, OTHER = "4000000020001", "4000000020002"
BOARD = {
    "type": SCHEMAS["GetPinCategoriesResponse"]["example"]["type"],
    "data": [
        {"category_id": "default"},
        {"category_id": FOLDER, "title": "Work", "chats": [{"chat_id": one} for one in HELD]},
        {"category_id": OTHER, "title": "Other", "chats": []},
    ],
}
ANSWERS: dict[tuple[str, str], Any] = {
    ("GET", "/pin-categories"): BOARD,
    ("POST", "/pin-categories"): SCHEMAS["CreatePinCategoryResponse"]["example"],
    ("POST", "/chats/{chat_id}/pins"): SCHEMAS["PinChatResponse"]["example"],
    ("DELETE", "/chats/{chat_id}/pins"): SCHEMAS["UnpinChatResponse"]["example"],
}
"""What the service says to each call that it answers with a body."""


class Seen(NamedTuple):
    """A request as the contract names its parts."""

    method: str
    path: str
    """The template."""
    ids: dict[str, str]
    query: dict[str, Any]
    body: Any
    """`None` if there is none."""


class Listening(httpx2.BaseTransport):
    """A service that takes every call as done, if the contract allows it."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        seen = checked(request.method, request.url.raw_path.decode(), dict(request.headers), request.read())
        self.seen.append(seen)
        answer = ANSWERS.get((seen.method, seen.path))
        headers = {"date": "Thu, 01 Jan 2026 00:00:00 GMT"}
        return (
            httpx2.Response(204, headers=headers)
            if answer is None
            else httpx2.Response(200, headers=headers, json=answer)
        )

    @property
    def changes(self) -> list[Seen]:
        """The requests that change something."""
        return [one for one in self.seen if one.method != "GET"]


def checked(method: str, target: str, headers: dict[str, str], content: bytes) -> Seen:
    """A request in its parts; an `AssertionError` for what the contract does not allow."""
    path, _, query = target.removeprefix(BASE).partition("?")
    source, template, ids = _route(method, path)
    schemas = {(one["in"], one["name"]): one for one in source.get("parameters", [])}
    for name, value in ids.items():
        validator(schemas["path", name]["schema"]).validate(value)
    given = {name: _value(schemas["query", name]["schema"], text) for name, text in _pairs(query)}
    for name, value in given.items():
        validator(schemas["query", name]["schema"]).validate(value)
    assert {name for (place, name), one in schemas.items() if place == "query" and one.get("required")} <= given.keys()
    assert headers["accept"] == "application/json"
    assert headers["authorization"].startswith("Zoho-oauthtoken ")
    assert ("content-type" in headers) == bool(content)
    return Seen(method, template, ids, given, _body(source, headers, content))


def _route(method: str, path: str) -> tuple[dict[str, Any], str, dict[str, str]]:
    for own, template, source in sources():
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
        if own == method and (found := re.fullmatch(pattern, path)):
            return (
                source,
                template,
                {name: unquote(value, errors="strict") for name, value in found.groupdict().items()},
            )
    raise AssertionError(f"the contract has no {method} {path}")


def _pairs(query: str) -> list[tuple[str, str]]:
    return [tuple(one.split("=", 1)) for one in query.split("&")] if query else []  # type: ignore[misc]  # two each


def _value(schema: dict[str, Any], text: str) -> Any:
    """A query parameter's value: commas part the items before they are decoded, or an item could have none."""
    if schema["type"] == "array":
        return [unquote(one, errors="strict") for one in text.split(",")] if text else []
    return {"true": True, "false": False}.get(text, text) if schema["type"] == "boolean" else unquote(text)


def _body(source: dict[str, Any], headers: dict[str, str], content: bytes) -> Any:
    described = source.get("requestBody")
    if described is None or not content:
        assert not content
        assert described is None or not described.get("required")
        return None
    assert headers["content-type"] == "application/json"
    body = msgspec.json.decode(content)
    validator(described["content"]["application/json"]["schema"]).validate(body)
    return body
