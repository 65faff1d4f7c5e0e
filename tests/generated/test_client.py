"""The drivers: what reaches the wire, through any transport, and that nothing is left open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx2
import pytest
from cliq_pins_client import AnswerError, AsyncClient, CallError, Client
from cliq_pins_client import operations as op

Seen = list[tuple[str, str, dict[str, str], bytes]]


@pytest.fixture
def server() -> Iterator[tuple[str, Seen]]:
    """A loopback server that keeps what came and answers 200 with an empty board, or 204 to PUT and DELETE."""
    seen: Seen = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen.append((self.command, self.path, headers, content))
            body = b'{"data":[]}' if self.command in ("GET", "POST") else b""
            if self.command == "POST":
                body = b'{"data":{}}'
            self.send_response(200 if body else 204)
            if body:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  # the base class names them so

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}/api/v3", seen
    http.shutdown()
    http.server_close()
    thread.join()


CALLS = [
    op.get_pin_categories(include_fields=["chats", "last_message_info"]),
    op.create_pin_category(body={"title": "é"}),
    op.remove_chats_across_categories(chat_ids=["1", "CT_2"]),
    op.delete_pin_category("../x?y=1", unpin_all=False),
    op.update_pin_category("1", body={"chat_ids": [], "last_sync_time": 5}),
    op.pin_chat("1"),
]
WIRE = [
    ("GET", "/api/v3/pin-categories?include_fields=chats,last_message_info", b""),
    ("POST", "/api/v3/pin-categories", b'{"title":"\xc3\xa9"}'),
    ("DELETE", "/api/v3/pin-categories?chat_ids=1,CT_2", b""),
    ("DELETE", "/api/v3/pin-categories/..%2Fx%3Fy%3D1?unpin_all=false", b""),
    ("PUT", "/api/v3/pin-categories/1", b'{"chat_ids":[],"last_sync_time":5}'),
    ("POST", "/api/v3/chats/1/pins", b""),
]


def check_wire(seen: Seen) -> None:
    assert [(method, path, content) for method, path, _, content in seen] == WIRE
    for method, _, headers, content in seen:
        assert headers["authorization"] == "Zoho-oauthtoken t"
        assert headers["accept"] == "application/json"
        assert ("content-type" in headers) == bool(content), method


def test_sync_on_a_socket(server: tuple[str, Seen]) -> None:
    base_url, seen = server
    with Client(base_url, httpx2.HTTPTransport(), headers={"authorization": "Zoho-oauthtoken t"}) as client:
        for call in CALLS:
            client.send(call)
    check_wire(seen)


def test_async_on_a_socket(server: tuple[str, Seen]) -> None:
    base_url, seen = server

    async def run() -> None:
        token = {"authorization": "Zoho-oauthtoken t"}
        async with AsyncClient(f"{base_url}/", httpx2.AsyncHTTPTransport(), headers=token) as client:
            for call in CALLS:
                await client.send(call)

    asyncio.run(run())
    check_wire(seen)


class Answer:
    """The answer of a transport that knows no library."""

    def __init__(self, status_code: int, content: bytes, fails: bool = False) -> None:
        self.status_code, self._content, self._fails, self.closed = status_code, content, fails, 0

    def read(self) -> bytes:
        if self._fails:
            raise OSError("cut")
        return self._content

    def close(self) -> None:
        self.closed += 1

    async def aread(self) -> bytes:
        return self.read()

    async def aclose(self) -> None:
        self.close()


class Plain:
    """A transport that comes from no library."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.requests = answer, list[Any]()

    def handle_request(self, request: Any) -> Answer:
        self.requests.append(request)
        return self.answer

    async def handle_async_request(self, request: Any) -> Answer:
        return self.handle_request(request)


def test_a_transport_of_no_library_gets_a_plain_request() -> None:
    transport = Plain(Answer(200, b'{"data":[]}'))
    Client("https://x.test/api/v3", transport, timeout=2).send(op.get_pin_categories())
    (request,) = transport.requests
    assert (request.method, request.url) == ("GET", "https://x.test/api/v3/pin-categories")
    assert request.extensions == {"timeout": {"connect": 2, "read": 2, "write": 2, "pool": 2}}


def test_a_subclass_of_a_librarys_transport_gets_that_librarys_request() -> None:
    class Mine(httpx2.BaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            assert isinstance(request, httpx2.Request)
            return httpx2.Response(200, json={"data": []})

    assert Client("https://x.test", Mine()).send(op.get_pin_categories()).data == []


def test_a_transport_that_wraps_anothers_is_told_whose_request_it_takes() -> None:
    class Wrapping:
        def __init__(self) -> None:
            self.inner = httpx2.MockTransport(lambda _: httpx2.Response(200, json={"data": []}))

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            return self.inner.handle_request(request)

    client = Client("https://x.test", Wrapping(), request=httpx2.Request)
    assert client.send(op.get_pin_categories()).data == []


def test_own_headers_come_last_and_in_any_case() -> None:
    transport = Plain(Answer(200, b'{"data":[]}'))
    Client("https://x.test", transport, headers={"Accept": "text/plain"}).send(op.get_pin_categories())
    assert transport.requests[0].headers == {"accept": "text/plain"}


@pytest.mark.parametrize("fails", [True, False])
def test_an_answer_is_closed_whatever_happens(fails: bool) -> None:
    transport = Plain(Answer(500, b"no", fails=fails))
    with pytest.raises(OSError if fails else AnswerError):
        Client("https://x.test", transport).send(op.get_pin_categories())
    with pytest.raises(OSError if fails else AnswerError):
        asyncio.run(AsyncClient("https://x.test", transport).send(op.get_pin_categories()))
    assert transport.answer.closed == 2


def test_a_redirect_is_not_followed() -> None:
    # A token must not travel to wherever an answer points.
    sent: list[str] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        sent.append(str(request.url))
        return httpx2.Response(302, headers={"location": "https://elsewhere.test/"})

    with pytest.raises(AnswerError, match="302"):
        Client("https://x.test", httpx2.MockTransport(handle)).send(op.get_pin_categories())
    assert sent == ["https://x.test/pin-categories"]


@pytest.mark.parametrize("base_url", ["", "x.test", "ftp://x.test", "https://", "https://x.test?a=b", "https://x.test#a", "https://x.test\n", "https://x{network}/api"])
def test_a_base_url_that_cannot_be_one_is_refused(base_url: str) -> None:
    with pytest.raises(CallError, match="base_url"):
        Client(base_url, Plain(Answer(200, b"{}")))


def test_closing_reaches_the_transport_and_needs_none() -> None:
    closed: list[str] = []

    class Closing(Plain):
        def close(self) -> None:
            closed.append("sync")

        async def aclose(self) -> None:
            closed.append("async")

    async def run(transport: Any) -> None:
        async with AsyncClient("https://x.test", transport):
            pass

    for transport in (Closing(Answer(200, b"")), Plain(Answer(200, b""))):
        with Client("https://x.test", transport):
            pass
        asyncio.run(run(transport))
    assert closed == ["sync", "async"]


def test_the_wire_form_of_a_body_is_its_json() -> None:
    assert json.loads(CALLS[4].content or b"") == {"chat_ids": [], "last_sync_time": 5}
