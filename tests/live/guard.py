"""Stands between the client and the network: no request leaves that could touch what is the user's.

It knows every folder by the journal. What it lets through is: reading; making folders whose titles have the run's id;
changing and deleting those that it made; pinning, unpinning and filing test chats. Those of a killed run may be pinned
in My Pins and unpinned, until the journal has them as settled. Everything else raises `Forbidden`, unsent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import httpx2
from msgspec import Struct

from cliq_pins.engine.refreshing import TOKEN_PATH
from cliq_pins.http import Transport
from cliq_pins.layout import DEFAULT
from flows.stage import NO_CHAT, NO_FOLDER

from .drift import in_exchange, in_sign_in
from .journal import Drifted, Journal, Made, Wanted
from .messages import Forbidden, body_of, chats_in, date_of, listed, made_by, query_of, titles_in, whole

PREFIX = "cliq-pins live test "
"""How the title of each folder begins that a run makes. By itself it proves nothing: a user may like it, too."""
NOISE = 1e-3
"""Milliseconds by which a float that means a whole number of them may be beside it."""
MOVES_A_CHAT = {"chat_id", "last_sync_time"}
"""The body that puts a chat at the end of its folder, where one that was just pinned stands anyway."""
SEEN_FOR = 5_000
"""Milliseconds for which it is taken as known what is in a folder."""


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
        self,
        inner: Transport,
        journal: Journal,
        *,
        base_url: str,
        accounts_url: str,
        chats: Iterable[str],
        now: Callable[[], float],
    ) -> None:
        self.titles = f"{PREFIX}{uuid4().hex[:12]}"
        """How the titles of this run begin; nobody can guess it, so a folder that has one in the journal is ours."""
        self.last = Exchange(0, 0, None, 0)
        self._inner = inner
        self._journal = journal
        self._base = httpx2.URL(f"{base_url}/")
        self._sign_in = httpx2.URL(accounts_url + TOKEN_PATH)
        self._chats = frozenset(chats)
        self._strangers = frozenset(map(stranger, self._chats))
        self._now = now
        self._listed: dict[str, set[str]] = {}
        self._titles: dict[str, object] = {}
        self._listed_at = 0
        """What the last listing has, and when it was asked for."""
        self._seen: set[str] = set()
        """Every folder that was ever listed."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Check a request, send it, and write down what it makes."""
        base, path = self._base.raw_path, request.url.raw_path.partition(b"?")[0]
        below = _origin(request.url) == _origin(self._base) and path.startswith(base)
        if not below or request.url == self._sign_in:
            return self._signed_in(request)
        call = request.method, *(unquote(one) for one in path.removeprefix(base).decode("ascii").split("/"))
        body = body_of(request)
        self._check(call, query_of(request), body)
        if call == ("POST", "pin-categories"):
            self._journal.add(Wanted(body["title"]))
        sent = math.floor(self._now() + NOISE)
        answer = whole(self._inner.handle_request(request))
        self.last = Exchange(sent, math.ceil(self._now() - NOISE), date_of(answer), answer.status_code)
        if answer.status_code < 300:
            self._learn(call, answer)
        self._note(in_exchange(request, request.url.raw_path[len(base) - 1 :].decode("ascii"), answer))
        return answer

    def close(self) -> None:
        """Do nothing: several clients send through here, and each of them closes what it sends through."""

    def _signed_in(self, request: httpx2.Request) -> httpx2.Response:
        if request.method != "POST" or request.url != self._sign_in:
            raise Forbidden(f"{request.method} of what is neither the API nor the accounts server")
        answer = whole(self._inner.handle_request(request))
        self._note(in_sign_in(answer))
        return answer

    def _note(self, problems: Iterable[str]) -> None:
        """Write down what did not fit the contract."""
        for one in problems:
            self._journal.add(Drifted(one))

    def _learn(self, call: tuple[str, ...], answer: httpx2.Response) -> None:
        """Take from an answer which folder was made, or what is in the folders."""
        if call == ("POST", "pin-categories"):
            if (made := made_by(answer)) and made not in self._seen:  # what was there before was not made now
                self._journal.add(Made(made))
        elif call == ("GET", "pin-categories"):
            rows = listed(answer)
            self._listed, self._titles, self._listed_at = chats_in(rows), titles_in(rows), self.last.sent
            self._seen |= self._titles.keys()

    def _check(self, call: tuple[str, ...], query: dict[str, str], body: dict[str, Any]) -> None:
        parameter = ""
        match call:
            case "GET", "pin-categories":
                parameter = "include_fields"
            case "POST", "pin-categories":
                self._allow("a title", self._is_our_title(body.get("title")))
            case "DELETE", "pin-categories":
                parameter = "chat_ids"
                named = query.get(parameter, "").split(",")
                self._allow("a chat", self._chats | self._strangers | self._journal.chats.keys() >= set(named))
            case "PUT", "pin-categories", "default":
                self._allow("a folder", body.keys() == MOVES_A_CHAT)
            case "PUT", "pin-categories", folder:
                self._allow("a folder", self.is_our_folder(folder))
                self._allow("a title", "title" not in body or self._is_our_title(body["title"]))
            case "DELETE", "pin-categories", folder:
                parameter = "unpin_all"
                self._allow("a folder", self.is_our_folder(folder))
                harmless = query.get(parameter, "false") == "false" or self._has_test_chats_alone(folder)
                self._allow("a folder with what may be a chat", harmless)
            case "POST" | "DELETE", "chats", chat, "pins":
                folder = body.get("category_id", DEFAULT)
                left = folder == DEFAULT and chat in self._journal.chats
                self._allow("a chat", chat in self._chats or chat == NO_CHAT or left)
                self._allow("a folder", folder == DEFAULT or self.is_our_folder(folder))
            case _:
                raise Forbidden(f"{call[0]} of something unknown")
        self._allow("a parameter", query.keys() <= {parameter})
        self._allow("a chat", all(isinstance(one, str) and one in self._chats for one in _filed(body)))

    def _is_our_title(self, title: object) -> bool:
        return isinstance(title, str) and title.startswith(self.titles)

    def is_our_folder(self, folder: object) -> bool:
        """Whether a folder is known to be one that a run made, or is nobody's."""
        if not isinstance(folder, str):
            return False
        made = folder in self._journal.made and may_be_ours(self._titles.get(folder))  # an id may be given again
        return made or folder == NO_FOLDER

    def _has_test_chats_alone(self, folder: str) -> bool:
        """By a listing that was just seen. What was sent since put nothing else there: it passed here."""
        fresh = self._now() - self._listed_at <= SEEN_FOR
        return fresh and folder in self._listed and self._chats >= self._listed[folder]

    def _allow(self, what: str, ours: bool) -> None:
        if not ours:
            raise Forbidden(f"the guard lets nothing pass that names {what} that is not ours")


def may_be_ours(title: object) -> bool:
    """Whether a folder with that title can be one that a run made; `None` if its title is not listed."""
    return title is None or (isinstance(title, str) and title.startswith(PREFIX))


def _origin(url: httpx2.URL) -> tuple[str, bytes]:
    return url.scheme, url.netloc


def _filed(body: dict[str, Any]) -> list[object]:
    """The chats that a body puts somewhere."""
    many = body.get("chat_ids", [])
    if not isinstance(many, list):
        raise Forbidden("the guard lets no chat_ids pass that are no list")
    return [*many, *([body["chat_id"]] if "chat_id" in body else [])]
