"""The main job in one minute: a typed call of the generated client, over real HTTP, against a loopback server.

The server here answers with the contract's own example and shows what reached it.

Exit codes: 0 done, 1 it did not work.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx2
import msgspec

from cliq_pins_client import CallError, Client, document_json
from cliq_pins_client.operations import get_pin_categories, remove_chats_across_categories


def example(name: str) -> bytes:
    """The example of a schema in the contract, as JSON."""
    document: dict[str, Any] = msgspec.json.decode(document_json())
    return msgspec.json.encode(document["components"]["schemas"][name]["example"])


class Handler(BaseHTTPRequestHandler):
    """Answer every GET with the contract's example of a board."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Say what came, and answer."""
        print(f"  on the wire: {self.command} {self.path}")
        body = example("GetPinCategoriesResponse")
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Keep standard error for errors."""


@contextmanager
def server() -> Iterator[str]:
    """A server on a free loopback port; gives its base URL."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/api/v3"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def main() -> int:
    """Make one call that the server answers, and one that is refused before it is sent."""
    token = {"authorization": "Zoho-oauthtoken demo"}
    with server() as base_url, Client(base_url, httpx2.HTTPTransport(), headers=token) as client:
        call = get_pin_categories(include_fields=["chats"])
        limit = call.operation.rate_limits[0]
        allowed = f"at most {limit.requests} calls in {limit.seconds} s, else locked for {limit.lock_seconds} s"
        print(f"{call.operation_id}: {allowed}")
        for folder in client.send(call).data or []:
            chats = ", ".join(chat.name or "?" for chat in folder.chats or [])
            print(f"  folder {folder.category_id}: {folder.title or 'My Pins'}" + (f" with {chats}" if chats else ""))
        try:
            remove_chats_across_categories(chat_ids=[str(number) for number in range(26)])
        except CallError as error:
            print(f"refused before sending: {error}")
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
