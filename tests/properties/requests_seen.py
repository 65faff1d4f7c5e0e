"""A service that takes from a client every call that the contract allows, and shows what it was asked."""

from __future__ import annotations

from typing import Any, NamedTuple

import httpx2

from contract_schemas import SCHEMAS
from held_to_contract import asked, below_base

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
    read = asked(method, below_base(target), body=content, content_type=headers.get("content-type", ""))
    assert read.problems == ()
    assert headers["accept"] == "application/json"
    assert headers["authorization"].startswith("Zoho-oauthtoken ")
    return Seen(method, read.template, dict(read.ids), dict(read.query), read.body)
