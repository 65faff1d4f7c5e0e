"""What could be read in two ways is not sent, and what an answer says is not believed blindly."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from cliq_pins_client import operations

from .guarded import BASE, ORIGIN, TITLE, Guarded
from .messages import Forbidden
from .simulated import CHATS, THEIRS


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", f"{BASE}/buddies"),
        ("POST", f"{BASE}/pin-categories/{{made}}"),
        ("PATCH", f"{BASE}/pin-categories"),
        ("DELETE", f"{BASE}/pin-categories"),
        ("DELETE", f"{BASE}/pin-categories/{{made}}/../{{theirs}}"),
        ("DELETE", f"{BASE}/pin-categories/{{made}}%2F..%2F{{theirs}}"),
        ("GET", f"{ORIGIN}/api/v30/pin-categories"),
        ("GET", "http://127.0.0.2/api/v3/pin-categories"),
        ("GET", "https://127.0.0.1/api/v3/pin-categories"),
        ("GET", f"{ORIGIN}/oauth/v2/token"),
        ("POST", f"{ORIGIN}/oauth/v2/token/revoke"),
        ("POST", "http://evil.example/oauth/v2/token"),
        ("POST", "https://127.0.0.1/oauth/v2/token"),
        ("POST", "http://127.0.0.1:81/oauth/v2/token"),
    ],
)
def test_nothing_but_the_api_and_the_accounts_server_is_called(method: str, url: str, guarded: Guarded) -> None:
    not_sent(guarded, method, url.format(made=guarded.made, theirs=guarded.theirs))


def test_signing_in_passes(guarded: Guarded) -> None:
    answer = guarded.guard.handle_request(httpx2.Request("POST", f"{ORIGIN}/oauth/v2/token"))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("DELETE", f"/pin-categories?chat_ids={CHATS[0]}&chat_ids={THEIRS[0]}"),
        ("DELETE", f"/pin-categories?chat_ids={CHATS[0]}&chat_ids={CHATS[1]}"),
        ("DELETE", f"/pin-categories?chat_ids={CHATS[0]}&chats={THEIRS[0]}"),
        ("DELETE", f"/pin-categories?chat_ids={CHATS[0]}&unpin_all"),
        ("DELETE", f"/pin-categories?chat_ids={CHATS[0]}%2C{THEIRS[0]}"),
        ("DELETE", f"/pin-categories?chat_ids={CHATS[0]};chat_ids={THEIRS[0]}"),
        ("DELETE", "/pin-categories/{made}?unpin_all=false&unpin_all=true"),
        ("DELETE", f"/pin-categories/{{made}}?chat_ids={THEIRS[0]}"),
        ("DELETE", f"/chats/{CHATS[0]}/pins?chat_ids={THEIRS[0]}"),
        ("GET", "/pin-categories?method=delete"),
    ],
)
def test_a_query_is_looked_at_as_a_whole(method: str, target: str, guarded: Guarded) -> None:
    not_sent(guarded, method, BASE + target.format(made=guarded.made))


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"title"',
        b"null",
        b"{",
        b"\xff",
        b'{"title": 5}',
        b'{"title": null}',
        b'{"title": ["' + TITLE.encode() + b'"]}',
        f'{{"title": "{TITLE}", "chat_ids": "{CHATS[0]}"}}'.encode(),
        f'{{"title": "{TITLE}", "chat_ids": {{"{CHATS[0]}": 1}}}}'.encode(),
        f'{{"title": "{TITLE}", "chat_ids": [["{CHATS[0]}"]]}}'.encode(),
        f'{{"title": "{TITLE}", "chat_id": {{}}}}'.encode(),
        f'{{"title": "Work", "title": "{TITLE}"}}'.encode(),
        f'{{"title": "{TITLE}", "chat_ids": ["{THEIRS[0]}"], "chat_ids": []}}'.encode(),
    ],
)
def test_a_body_that_can_be_read_otherwise_is_stopped(body: bytes, guarded: Guarded) -> None:
    not_sent(guarded, "POST", f"{BASE}/pin-categories", body)
    not_sent(guarded, "PUT", f"{BASE}/pin-categories/{guarded.made}", body)


@pytest.mark.parametrize("folder", [b"5", b"null", b"[]", b"{}", b'["default"]'])
def test_a_folder_that_is_no_text_is_stopped(folder: bytes, guarded: Guarded) -> None:
    not_sent(guarded, "POST", f"{BASE}/chats/{CHATS[0]}/pins", b'{"category_id": ' + folder + b"}")


def not_sent(guarded: Guarded, method: str, url: str, body: bytes = b"") -> None:
    sent, journal = guarded.sent(), set(guarded.journal.wanted)
    with pytest.raises(Forbidden):
        guarded.guard.handle_request(httpx2.Request(method, url, content=body))
    assert (guarded.sent(), guarded.journal.wanted) == (sent, journal)


@pytest.mark.parametrize("named", ["default", "{theirs}", "", None, True, ["5"], {"id": "5"}])
def test_what_a_create_names_that_it_cannot_have_made_is_not_ours(named: Any, guarded: Guarded) -> None:
    named = named.format(theirs=guarded.theirs) if isinstance(named, str) else named
    guarded.pins.board()
    guarded.pins.send(operations.get_pin_categories())  # it has no chats, but those folders all the same
    answers(guarded, named)
    before = set(guarded.journal.made)
    guarded.guard.handle_request(httpx2.Request("POST", f"{BASE}/pin-categories", json={"title": TITLE}))
    assert guarded.journal.made == before


def test_an_id_that_is_a_number_is_an_id(guarded: Guarded) -> None:
    answers(guarded, 5)
    guarded.guard.handle_request(httpx2.Request("POST", f"{BASE}/pin-categories", json={"title": TITLE}))
    assert guarded.journal.made == {guarded.made, "5"}


def answers(guarded: Guarded, folder: object) -> None:
    """Let the next create name a folder of that id."""
    body = {"json": {"type": "pin_categories", "data": {"category_id": folder}}}
    fault = {"phase": "before", "action": "status", "args": {"status": 200, "body": body}}
    guarded.service.simulator.script({"on": "createPinCategory", **fault})
