"""Access tokens from the accounts server: got ahead of expiry, one request at a time, and never in a storm."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from random import Random
from typing import Any, cast
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from cliq_pins.decoding import Unreadable, parse
from cliq_pins.errors import CliqError, Context, DeadlineExceeded, RefreshError
from cliq_pins.hooks import RefreshEvent
from cliq_pins.locks import Locked
from cliq_pins.secret import Secret, one_line, usable
from cliq_pins.settings import Settings
from cliq_pins.tokens import Credentials, StoredTokens, TokenStore

from . import retry
from .effects import NOW, Answer, Do, Failure, Finish, Flow, Instant, Send, Sleep, Wait

# The accounts server's numbers; they are in the vendor's help pages and in no contract.
ASKED_AT_MOST = 10
ASKED_WINDOW = 600.0
"""How many tokens a refresh token gets in so many seconds."""
LIFE = 3600.0
"""How long a token lives, in seconds, at most, and if the answer does not say."""
MILLISECONDS_FROM = 86_400.0
"""An `expires_in` of this size is in milliseconds: an old form of the answer has both units."""
AHEAD = 60.0
"""How many seconds before its end a token is replaced."""
ATTEMPTS = 3
LOCK_PAUSE = 0.05
"""Seconds between two looks whether another process has ended its refresh."""
EXCHANGE_SECONDS = 30.0
"""How long the exchange of a grant code may take, whatever is left of the call's deadline."""
CODE_SHOWN = 60
TOKEN_PATH = "/oauth/v2/token"  # noqa: S105  # a path
MAX_BYTES = 2**16
ADVICE = {
    "invalid_client": "the client id is unknown to {host}: is it of another data centre?",
    "invalid_client_secret": "the client secret is not the client id's",
    "invalid_code": "the refresh token or code is unknown to {host}, revoked, used or expired: a code is good once and "
    "for minutes; or is it of another data centre?",
}
"""What to look at, by the accounts server's own word for it."""


class _Held(Struct, frozen=True):
    secret: Secret
    until: float
    """In monotonic seconds."""


class _Form(Struct, frozen=True):
    """What is sent to the accounts server."""

    fields: frozenset[str]
    content: Secret


def _held(stored: StoredTokens, now: Instant) -> _Held:
    left = min(stored.expires - now.wall, LIFE)
    return _Held(Secret(stored.access_token), now.monotonic + left - min(AHEAD, left / 2))


class _Flight:
    """One request for a token that others wait for."""

    def __init__(self) -> None:
        self.landed: Future[None] = Future()
        self.landed.set_running_or_notify_cancel()  # so that a waiter that is cancelled does not cancel it
        self.process = os.getpid()
        """Where it is on its way: not in a process that was forked since."""
        self.started = False
        """Whether anybody will land it."""
        self.refusal: tuple[type[CliqError], str, Context] | None = None
        """What is true for everyone: not what only its leader met, such as its deadline."""


class RefreshingToken(Locked):
    """Tokens from an accounts server, kept in a store."""

    def __init__(
        self,
        credentials: Credentials,
        accounts_url: str,
        store: TokenStore,
        random: Random,
    ) -> None:
        self.key = credentials.key
        self._credentials = credentials
        self._url = accounts_url + TOKEN_PATH
        self._store = store
        self._random = random
        super().__init__()
        self._held: _Held | None = None
        self._refused: Secret | None = None
        """The token that the service did not take: a store may still have it."""
        self._flight: _Flight | None = None

    def refuse(self, token: Secret) -> None:
        """The next call asks for another one."""
        with self._lock:
            self._refused = token
            if self._held is not None and self._held.secret == token:
                self._held = None

    def token(self, deadline: float, settings: Settings) -> Flow[Secret]:
        """The token that is held, or a new one, for which only one caller asks while the others wait."""
        while True:
            now: Instant = yield NOW
            with self._lock:
                held = self._held
                if held is not None and now.monotonic < held.until:
                    return held.secret
                flight = self._flight
                leads = flight is None or flight.process != os.getpid()
                if flight is None or leads:
                    flight = self._flight = _Flight()
            if leads:
                try:
                    # a task that is cancelled must not take the others' token, or a grant code, along with it
                    secret: Secret = yield Finish(self._lead(flight, deadline, settings))
                except BaseException:
                    if not flight.started:
                        self._land(flight)
                    raise
                return secret
            yield Wait(flight.landed, max(0.0, deadline - now.monotonic))
            if flight.refusal is not None:
                kind, message, context = flight.refusal
                raise kind(message, context)
            if not flight.landed.done():
                raise _too_late()

    def _lead(self, flight: _Flight, deadline: float, settings: Settings) -> Flow[Secret]:
        flight.started = True
        try:
            held = yield from self._renew(deadline, settings)
        except DeadlineExceeded:
            raise
        except CliqError as error:
            flight.refusal = type(error), error.message, error.context
            raise
        else:
            self._held = held
            return held.secret
        finally:
            self._land(flight)

    def _land(self, flight: _Flight) -> None:
        """Let those who wait go on."""
        with self._lock:
            if self._flight is flight:
                self._flight = None
            if not flight.landed.done():
                flight.landed.set_result(None)

    def _renew(self, deadline: float, settings: Settings) -> Flow[_Held]:
        """Take the store's token if another process put a good one there, else ask for one."""
        release = yield from self._locked(deadline)
        try:
            stored: StoredTokens = (yield Do(lambda: self._store.load(self.key))) or StoredTokens()
            now: Instant = yield NOW
            left = stored.expires - now.wall
            if left > AHEAD and usable(stored.access_token) and Secret(stored.access_token) != self._refused:
                return _held(stored, now)
            stored = yield from self._ask(stored, deadline, settings)
            now = yield NOW
            return _held(stored, now)
        finally:
            release()  # at once, even where a flow that is given up may yield no more

    def _locked(self, deadline: float) -> Flow[Callable[[], object]]:
        """Keep other processes from refreshing; gives what ends that."""
        while True:
            taken = _Taken(partial(self._store.try_lock, self.key))
            try:
                release: Callable[[], object] | None = yield Do(taken.take, undo=taken.give_back)
            except BaseException:
                taken.give_back()
                raise
            if release is not None:
                return release
            now: Instant = yield NOW
            if now.monotonic >= deadline:
                raise _too_late()
            yield Sleep(min(LOCK_PAUSE, max(0.0, deadline - now.monotonic)))

    def _ask(self, stored: StoredTokens, deadline: float, settings: Settings) -> Flow[StoredTokens]:
        form = self._form(stored)
        attempt = 0
        while True:
            attempt += 1
            now: Instant = yield NOW
            if "code" in form.fields:  # it can be exchanged only once: a call with less time than that waits longer
                deadline = max(deadline, now.monotonic + EXCHANGE_SECONDS)
            stored = self._count(stored, now.wall)
            yield Do(partial(self._store.save, self.key, stored))
            result: Answer | Failure = yield Send(
                method="POST",
                url=self._url,
                headers={"content-type": "application/x-www-form-urlencoded", "accept": "application/json"},
                secret_content=form.content,
                timeout=settings.timeout,
                deadline=deadline,
                max_bytes=MAX_BYTES,
            )
            if attempt >= ATTEMPTS or not _may_repeat(result, used_up="code" in form.fields):
                break
            seconds = retry.pause(attempt, None, self._random)
            if result.received + seconds >= deadline:
                raise _too_late()  # this call's business: others that wait may have more time
            yield Sleep(seconds)
        stored = self._read(result, stored, now.wall)
        yield Do(partial(self._store.save, self.key, stored))
        settings.hooks.tell(RefreshEvent(key=self.key))
        return stored

    def _form(self, stored: StoredTokens) -> _Form:
        own = self._credentials
        fields = {"client_id": own.client_id.reveal(), "client_secret": own.client_secret.reveal()}
        refresh_token = own.refresh_token.reveal() if own.refresh_token else stored.refresh_token
        if refresh_token or own.code is None:
            fields |= {"grant_type": "refresh_token", "refresh_token": refresh_token}
        else:
            fields |= {"grant_type": "authorization_code", "code": own.code.reveal()}
        return _Form(frozenset(fields), Secret(urlencode(fields)))

    def _count(self, stored: StoredTokens, now: float) -> StoredTokens:
        recent = tuple(when for when in stored.asked if 0 <= now - when < ASKED_WINDOW)
        if len(recent) >= ASKED_AT_MOST:
            wait = recent[0] + ASKED_WINDOW - now
            raise RefreshError(
                f"{ASKED_AT_MOST} access tokens were asked for in {ASKED_WINDOW:.0f} s, which is all that the accounts "
                f"server gives; the next one in {wait:.0f} s",
                Context(retry_after=wait),
            )
        return msgspec.structs.replace(stored, asked=(*recent, now))

    def _read(self, result: Answer | Failure, stored: StoredTokens, now: float) -> StoredTokens:
        """Judge by whether there is a token: errors come with status 200, and their texts are translated."""
        host = self._url.split("/")[2]
        if isinstance(result, Failure):
            if result.kind == "deadline":
                raise _too_late()
            raise RefreshError(f"no access token from {result.way(host)}: {result.reason}")
        said = _object(result.content)
        token = said.get("access_token")
        if not isinstance(token, str) or not usable(token):
            word = said.word("error")
            why = ADVICE.get(word, "").format(host=host) or f"it says {word!r}" if word else "it sent no token"
            raise RefreshError(f"no access token from {host}: {why}", Context(status=result.status, code=word or None))
        refresh_token = said.get("refresh_token")
        scope = said.get("scope")
        return msgspec.structs.replace(
            stored,
            access_token=token,
            expires=now + _life(said),
            scopes=tuple(scope.replace(",", " ").split()) if isinstance(scope, str) else stored.scopes,
            refresh_token=refresh_token
            if isinstance(refresh_token, str) and usable(refresh_token)
            else stored.refresh_token,
        )


class _Taken:
    """A lock that is taken for somebody who may have been interrupted by then, even in another thread."""

    def __init__(self, take: Callable[[], Callable[[], object] | None]) -> None:
        self._take = take
        self._release: Callable[[], object] | None = None

    def take(self) -> Callable[[], object] | None:
        self._release = self._take()
        return self._release

    def give_back(self) -> None:
        release, self._release = self._release, None
        if release is not None:
            release()


def _too_late() -> DeadlineExceeded:
    return DeadlineExceeded("the deadline passed while an access token was asked for")


def _may_repeat(result: Answer | Failure, used_up: bool) -> bool:
    """A refresh may be asked for again; a grant code is used up once it may have arrived."""
    if isinstance(result, Failure):
        return (not used_up or not result.reached) and result.kind in ("connection", "timeout")
    return not used_up and result.status in retry.RETRIED_STATUSES


class _Said:
    """What the accounts server said. It is no mapping, for of those some tools show what is in them."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def get(self, name: str) -> Any:
        """What it said by this name; `None` if nothing."""
        return self._fields.get(name)

    def word(self, name: str) -> str:
        """The same as a message may show it; empty if it is no text."""
        said = self.get(name)
        return one_line(said, CODE_SHOWN) if isinstance(said, str) else ""

    def __repr__(self) -> str:
        return f"_Said({', '.join(self._fields)})"


def _object(content: bytes) -> _Said:
    try:
        plain = parse(content)
    except Unreadable:
        return _Said({})
    return _Said(cast(dict[str, Any], plain) if isinstance(plain, dict) else {})


def _life(said: _Said) -> float:
    for name in ("expires_in_sec", "expires_in"):
        seconds = said.get(name)
        if isinstance(seconds, str) and seconds.isdecimal():
            seconds = float(seconds)  # an endless one for very many digits
        if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0:
            return min(LIFE, seconds // 1000 if seconds >= MILLISECONDS_FROM else seconds)
    return LIFE
