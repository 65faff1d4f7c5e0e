"""Stands between the client and the network: no request leaves that could touch what is the user's.

It knows every folder by the journal. What it lets through is: reading; making folders whose titles begin with `PREFIX`;
changing and deleting those; pinning, unpinning and filing test chats. Everything else raises `Forbidden`, unsent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, cast
from urllib.parse import parse_qs, unquote

import httpx2
import msgspec
from msgspec import Struct

from cliq_pins.engine.retry_after import server_time
from cliq_pins.http import Transport
from flows.stage import NO_CHAT, NO_FOLDER

from .journal import Journal, Made, Wanted

PREFIX = "cliq-pins live test "
"""How the title of each folder begins that a run makes. Whatever has such a title is removed."""
DEFAULT = "default"
NOISE = 1e-3
"""Milliseconds by which a float that means a whole number of them may be beside it."""
MOVES_A_CHAT = {"chat_id", "last_sync_time"}
"""The body that puts a chat at the end of its folder, where one that was just pinned stands anyway."""


class Forbidden(RuntimeError):  # noqa: N818  # it is a verdict
    """A request that could touch what is the user's; it was not sent."""


class Exchange(Struct, frozen=True):
    """When the last request went and its answer came, in milliseconds of the local clock, and what that says."""

    sent: int
    received: int
    date: int | None
    """Epoch milliseconds; `None` if there was none."""
    status: int


def stranger(chat: str) -> str:
    """An id that looks like a chat's and is nobody's."""
    return "".join(str(9 - int(one)) if one.isascii() and one.isdigit() else one for one in chat) + "9"


class Guard:
    """A transport that looks at each request before it goes."""

    def __init__(
        self, inner: Transport, journal: Journal, *, base_url: str, chats: Iterable[str], now: Callable[[], float]
    ) -> None:
        self._inner = inner
        self._journal = journal
        self._base = httpx2.URL(base_url)
        self._chats = frozenset(chats)
        self._strangers = frozenset(map(stranger, self._chats))
        self._now = now
        self.last = Exchange(0, 0, None, 0)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Check a request, send it, and write down what it makes."""
        path = request.url.raw_path.decode("ascii").partition("?")[0]
        api = request.url.netloc == self._base.netloc and path.startswith(f"{self._base.path}/")
        if not api:
            return self._sign_in(request, path)
        parts = tuple(unquote(one) for one in path.removeprefix(f"{self._base.path}/").split("/"))
        body: dict[str, Any] = msgspec.json.decode(request.read() or b"{}")
        self._check(request.method, parts, body, request.url.query.decode("ascii"))
        makes = request.method == "POST" and parts == ("pin-categories",)
        if makes:
            self._journal.add(Wanted(body["title"]))
        sent = math.floor(self._now() + NOISE)
        answer = _whole(self._inner.handle_request(request))
        self.last = Exchange(sent, math.ceil(self._now() - NOISE), _date(answer), answer.status_code)
        if makes and answer.status_code < 300 and (made := _made(answer)):
            self._journal.add(Made(made))
        return answer

    def close(self) -> None:
        """Do nothing: several clients send through here, and each of them closes what it sends through."""

    def _sign_in(self, request: httpx2.Request, path: str) -> httpx2.Response:
        if request.method != "POST" or not path.startswith("/oauth/"):
            raise Forbidden(f"{request.method} of what is neither the API nor the accounts server")
        return cast(httpx2.Response, self._inner.handle_request(request))

    def _check(self, method: str, parts: tuple[str, ...], body: dict[str, Any], query: str) -> None:
        match (method, *parts):
            case "GET", "pin-categories":
                return
            case "POST", "pin-categories":
                self._allow("a title", body.get("title", "").startswith(PREFIX))
            case "DELETE", "pin-categories":
                named = parse_qs(query).get("chat_ids", [""])[0].split(",")
                self._allow("a chat", self._chats | self._strangers >= set(named))
            case "PUT", "pin-categories", "default":
                self._allow("a folder", body.keys() == MOVES_A_CHAT)
            case "PUT" | "DELETE", "pin-categories", folder:
                self._allow("a folder", folder in self._journal.made or folder == NO_FOLDER)
                self._allow("a title", body.get("title", PREFIX).startswith(PREFIX))
            case "POST" | "DELETE", "chats", chat, "pins":
                self._allow("a chat", chat in self._chats or chat == NO_CHAT)
                folder = body.get("category_id", DEFAULT)
                self._allow("a folder", folder in (DEFAULT, NO_FOLDER) or folder in self._journal.made)
            case _:
                raise Forbidden(f"{method} of something unknown")
        filed = {*body.get("chat_ids", ()), *([body["chat_id"]] if "chat_id" in body else [])}
        self._allow("a chat", self._chats >= filed)

    def _allow(self, what: str, ours: bool) -> None:
        if not ours:
            raise Forbidden(f"the guard lets nothing pass that names {what} that is not ours")


def _whole(answer: httpx2.Response) -> httpx2.Response:
    """The answer with its whole body in memory, still packed."""
    try:
        packed = b"".join(answer.stream)  # type: ignore[arg-type]  # it is the blocking one
    finally:
        answer.close()
    return httpx2.Response(answer.status_code, headers=answer.headers, stream=httpx2.ByteStream(packed))


def _date(answer: httpx2.Response) -> int | None:
    at = server_time(answer.headers.get("date", ""))
    return None if at is None else round(at * 1000)


def _made(answer: httpx2.Response) -> str | None:
    """The id of the folder that a create made, if its answer has it."""
    packed = b"".join(answer.stream)  # type: ignore[arg-type]  # bytes in memory can be read again
    try:
        said = httpx2.Response(200, headers=answer.headers, content=packed).json()
    except ValueError:
        return None
    data = said.get("data") if isinstance(said, dict) else None
    found = data.get("category_id") if isinstance(data, dict) else None
    return found if isinstance(found, str) else None
