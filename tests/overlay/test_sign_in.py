"""Signing in: one token at a time, to the accounts server alone, and no secret is shown; with both clients alike."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Iterator
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl

import pytest
from msgspec.structs import replace
from rich.pretty import pretty_repr

from cliq_pins import AsyncCliqPins, CliqError, CliqPins, Credentials, MemoryTokenStore, errors, http
from cliq_pins.data_centres import data_centres
from cliq_pins.limits.limiter import SPARE
from cliq_pins.setup import VARIABLES
from cliq_pins.simulator import Behaviour, Fault, Request, Simulator, SimulatorServer, catalogue
from cliq_pins.testing import board, connect, connect_async, folder
from cliq_pins_client import operation_table

LIFE, AHEAD, MANY, PATH = 3600, 60, 20, "/oauth/v2/token"
LIMIT = operation_table()["getPinCategories"].rate_limits[0].requests - SPARE
CLIENT_SECRET = "f00dfeed" * 5  # the vendor's have no `1000.` in front
TOKEN, BASE = {"CLIQ_TOKEN": "1000.aaaaaaaaaa"}, {"CLIQ_BASE_URL": "https://gate.example/api"}
OAUTH = {"CLIQ_CLIENT_ID": "1000.ID", "CLIQ_CLIENT_SECRET": CLIENT_SECRET, "CLIQ_REFRESH_TOKEN": "1000.aaaaaaaaaa.b"}
ACTS = READ, CREATE, UNPIN = [lambda p: p.board(), lambda p: p.folders.create("New"), lambda p: p.chats.unpin("c")]
CROWDS = {"expired": (0, 1, MANY), "refused": (0, 1, MANY), "fails": (MANY, 1, 0), "leader stops": (1, 2, MANY - 1)}
REFUSED = [("F52", "", 3, [401, 200]), ("F53", "AuthenticationError", 3, [401, 401]), ("F52", "RefreshError", 3, [401])]
REFUSED += [("F52", "AuthenticationError", 1, [401])]  # the next call asks for another token
LIVES = [": 3600", ": 600", ": 3600000", ": 600000", ': "3600"', ": 0", ": -5", ": true", ": null"]
LIVES += [': 600, "expires_in_sec": 3600', ': 3600000, "expires_in_sec": 600']
LIVES += [': "600"', ": 1000000000", ": 1" + 400 * "0"]
ODD = [
    (200, '{"error": "invalid_client_secret"}', "the client secret is not the client id's [200, invalid_client"),
    (200, '{"error": "invalid_client"}', "the client id is unknown to accounts.zoho.com: is it of another data"),
    (200, '{"error": "Access Denied"}', "it says 'Access Denied' [200, Access Denied]"),
    (200, '{"error": "two\\nlines"}', "it says 'two"),
    (200, f'{{"error": "{CLIENT_SECRET}"}}', "it says"),
    *((status, "<html>", f"it sent no token [{status}]") for status in (200, 302, 307, 500, 502, 503)),
    *((200, text, "it sent no token [200]") for text in ("", "[]", "[1]", "5", '{"access_token": ""}', '{"error": 5}')),
    (200, '{"access_token": "\\u00e9"}', "it sent no token [200]"),
]
BAD = [
    ({}, "set CLIQ_TOKEN, or CLIQ_CLIENT_ID and CLIQ_CLIENT_SECRET and CLIQ_REFRESH_TOKEN"),
    *(({**OAUTH, name: ""}, f"set CLIQ_TOKEN, or {name}") for name in OAUTH),
    *(({**TOKEN, name: OAUTH[name]}, f"CLIQ_TOKEN and {name} are both set; unset one of them") for name in OAUTH),
    ({**TOKEN, **BASE, "CLIQ_NETWORK": "n"}, "give network or base_url, not both: a base_url has"),
    ({**OAUTH, **BASE}, "base_url is given and accounts_url is not: say where"),
    ({**TOKEN, "CLIQ_DATA_CENTRE": "eu1"}, "data_centre: 'eu1' is none of us, eu, in"),
    ({"CLIQ_TOKEN": "Bearer 1000.aaaaaaaaaa"}, "token: this is no access token: give it without the word before it"),
    ({**TOKEN, "CLIQ_DATA_CENTER": "eu"}, "CLIQ_DATA_CENTER: the variable is spelt CLIQ_DATA_CENTRE"),
    ({"CLIQ_TOKEN": "1000.aaaaaaaaaa b"}, "token: this is no access token: it is empty or has"),
    (
        {**OAUTH, "CLIQ_CLIENT_SECRET": f"{CLIENT_SECRET}\n"},
        "credentials: client_secret is no text, empty, or has characters",
    ),
]


class Service(Simulator):
    def __init__(self, awaits: bool) -> None:
        super().__init__(board(folder("Work", "c")))
        self.awaits, self.secrets, self.sent = awaits, {CLIENT_SECRET, "aaaaaaaaaa"}, list[Request]()

    def deliver(self, request: Request) -> Any:
        self.sent.append(request)
        delivery = super().deliver(request)
        self.secrets |= self.state.access_tokens.keys() | self.state.refresh_tokens.keys()
        return delivery

    def credentials(self, **own: Any) -> Credentials:
        client = {**self.sign_up(**own), "client_secret": CLIENT_SECRET}
        self.state = replace(self.state, clients={**self.state.clients, client["client_id"]: CLIENT_SECRET})
        self.secrets.add(client["code"])
        return Credentials(**client)

    def connect(self, **own: Any) -> Any:
        if "token" not in own:
            own = {"credentials": self.credentials(), "token_store": MemoryTokenStore(), "data_centre": "us", **own}
        return (connect_async if self.awaits else connect)(self, **own)

    def signed_in(self, **own: Any) -> Any:
        pins = self.connect(**own)
        self.call(pins)
        self.sent.clear()
        self.log.clear()
        return pins

    def call(self, pins: Any, act: Any = READ) -> Any:
        return asyncio.run(act(pins)) if self.awaits else act(pins)

    def fails(self, kind: type[CliqError], pins: Any, act: Any = READ) -> Any:
        with pytest.raises(kind, check=lambda error: type(error) is kind) as caught:
            self.call(pins, act)
        self.hides(caught.value)
        return caught.value

    def hides(self, error: BaseException) -> None:
        assert "\n" not in str(error), "an error is one line"
        self.silent("".join(traceback.format_exception(error)))
        told = [one for one in (error, error.__cause__, error.__context__) if one]
        self.silent(repr([(one, one.args, vars(one)) for one in told]))
        if isinstance(error, errors.ConfigurationError):
            return  # the caller's arguments are in the frames that were called with them
        for frame in [frame for one in told for frame, _ in traceback.walk_tb(one.__traceback__)]:
            if frame.f_globals["__name__"].startswith("cliq_pins."):  # what debuggers and reporters of errors show
                self.silent(repr(frame.f_locals) + pretty_repr(frame.f_locals))

    def silent(self, text: str) -> None:
        assert not [one for one in self.secrets if one in text], text

    def forms(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(one.body.decode())) for one in self.sent if one.path == PATH]

    def statuses(self) -> list[int | None]:
        return [one.status for one in self.log if one.operation != "token"]

    def answers(self, text: str, status: int = 200) -> None:
        args = {"status": status, "body": {"text": text}, "headers": {"location": "https://elsewhere.example/"}}
        self.script(Fault(on="token", phase="before", action="status", every=1, args=args))

    def revoke(self) -> None:
        self.state = replace(self.state, access_tokens={})


@pytest.fixture(params=["threads", "tasks"])
def it(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[Service]:
    caplog.set_level("DEBUG")
    yield (service := Service(request.param == "tasks"))
    service.silent(repr([vars(record) for record in caplog.get_records("call")]))


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_code_that_may_be_used_up_is_not_sent_again_by_itself(it: Service, status: int) -> None:
    pins = it.connect()
    it.answers("", status)
    it.fails(errors.RefreshError, pins)
    assert [one["grant_type"] for one in it.forms()] == ["authorization_code"]


def test_a_refresh_token_is_kept_when_an_answer_has_none(it: Service) -> None:
    pins = it.signed_in()
    for _ in range(2):
        it.clock.advance(LIFE)
        it.answers(f'{{"access_token": "{it.token()}", "refresh_token": ""}}')
        it.call(pins)
    assert [one["grant_type"] for one in it.forms()] == ["refresh_token"] * 2


@pytest.mark.parametrize(("how", "counts"), CROWDS.items())
def test_a_crowd_shares_one_request(it: Service, how: str, counts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pins, waiting, wait, deliver = it.signed_in(deadline=5), threading.Semaphore(0), futures.wait, it.deliver
    monkeypatch.setattr(futures, "wait", lambda *args: (waiting.release(), wait(*args)))

    def gated(request: Request) -> Any:
        if request.path == PATH and not it.forms():
            assert it.awaits or all(waiting.acquire(timeout=1) for _ in range(MANY - 1)), "all others wait"
            if how == "leader stops":
                it.sent.append(request)
                raise asyncio.CancelledError if it.awaits else KeyboardInterrupt
        return deliver(request)

    async def crowd() -> list[Any]:
        with ThreadPoolExecutor(MANY) as pool:
            threads = asyncio.get_running_loop().run_in_executor
            calls = [act(pins) if it.awaits else threads(pool, act, pins) for act in (ACTS * MANY)[:MANY]]
            return await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 20)

    monkeypatch.setattr(it, "deliver", gated)
    it.revoke() if how == "refused" else it.clock.advance(LIFE)
    it.answers('{"error": "invalid_code"}') if how == "fails" else it.script()
    wrong = [one for one in asyncio.run(crowd()) if isinstance(one, BaseException)]
    answered = it.statuses()
    assert (len({id(one) for one in wrong}), len(it.forms()), answered.count(200)) == counts
    refusals = len(answered) - answered.count(200)
    assert 0 < refusals <= MANY if how == "refused" else not refusals, "no call is refused twice"
    for error in wrong if how == "fails" else ():
        it.hides(error)
        assert f"{error.operation}: no access token from accounts.zoho.com: the refresh" in str(error)


class Together:
    """Lets the first requests of the API through only when all of them are on their way."""

    def __init__(self, service: Service) -> None:
        self._inner: Any = (
            http.asgi_transport(service.asgi()) if service.awaits else http.wsgi_transport(service.wsgi())
        )
        self._arrived = 0
        self._all = threading.Event()

    def _counted(self, request: Any) -> bool:
        self._arrived += PATH not in str(request.url)
        if self._arrived == MANY:
            self._all.set()
        return self._all.is_set()

    def handle_request(self, request: Any) -> Any:
        if PATH not in str(request.url) and not self._counted(request):
            assert self._all.wait(5)
        return self._inner.handle_request(request)

    async def handle_async_request(self, request: Any) -> Any:
        if PATH not in str(request.url) and not self._counted(request):
            while not self._all.is_set():
                await asyncio.sleep(0)
        return await self._inner.handle_async_request(request)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


def test_many_401s_at_once_cause_one_request_for_a_token(it: Service) -> None:
    """Fault F54."""
    credentials, store = it.credentials(), MemoryTokenStore()
    it.signed_in(credentials=credentials, token_store=store)
    it.revoke()
    pins = it.connect(credentials=credentials, token_store=store, transport=Together(it))

    async def crowd() -> list[Any]:
        with ThreadPoolExecutor(MANY) as pool:
            threads = asyncio.get_running_loop().run_in_executor
            calls = [act(pins) if it.awaits else threads(pool, act, pins) for act in ([READ, UNPIN] * MANY)[:MANY]]
            return await asyncio.wait_for(asyncio.gather(*calls), 20)

    assert len(asyncio.run(crowd())) == MANY
    assert (len(it.forms()), sorted(it.statuses())) == (1, [200] * MANY + [401] * MANY)


@pytest.mark.parametrize("turns", range(12))
def test_a_task_cancelled_at_any_moment_keeps_nobody_from_signing_in(turns: int) -> None:
    async def both(pins: Any) -> None:
        task, _ = asyncio.ensure_future(pins.board()), [await asyncio.sleep(0) for _ in range(turns)]
        task.cancel()
        await asyncio.wait_for(pins.chats.unpin("c"), 5)

    asyncio.run(both(Service(awaits=True).connect()))


def test_tasks_of_many_clients_with_one_store_do_not_block_each_other() -> None:
    """Nobody may wait for the store's lock in the threads that its holder needs."""
    it = Service(awaits=True)

    async def several(**own: Any) -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
        await asyncio.gather(*(it.connect(**own).board() for _ in range(4)))

    asyncio.run(several(credentials=it.credentials(), token_store=MemoryTokenStore()))
    assert len(it.forms()) == 1


def test_ten_tokens_are_asked_for_in_ten_minutes_and_no_more(it: Service) -> None:
    own = {"credentials": it.credentials(), "token_store": MemoryTokenStore()}
    pins = it.connect(**own)
    for number in range(8):
        it.answers("", 503) if number == 1 else it.script()
        it.fails(errors.RefreshError, pins) if number == 1 else it.call(pins, UNPIN)
        it.revoke()
        it.clock.advance(20)
    for one in (pins, it.connect(**own)):
        error = it.fails(errors.RefreshError, one)
        assert "10 access tokens were asked for in 600 s" in str(error)
        assert (error.retry_after, len(it.forms())) == (pytest.approx(600 - 8 * 20, abs=10), 10)
    it.clock.advance(error.retry_after + 0.001)
    it.call(pins)


@pytest.mark.parametrize(("fault", "kind", "most", "statuses"), REFUSED)
def test_after_a_401_it_is_sent_once_more(it: Service, fault: str, kind: str, most: int, statuses: list[int]) -> None:
    pins = it.signed_in(max_attempts=most)
    it.script(*catalogue("createPinCategory")[fault].script)
    it.state = replace(it.state, refresh_tokens={}) if kind == "RefreshError" else it.state
    error = it.fails(getattr(errors, kind), pins, CREATE) if kind else it.call(pins, CREATE)
    assert not kind or (error.status, error.code, error.attempts) == (401, "oauthtoken_invalid", len(statuses))
    assert (it.statuses(), len(it.forms())) == (statuses, min(1, most - 1))
    sent = [(one.body, one.header("authorization")) for one in it.sent if one.path != PATH]
    assert (len({body for body, _ in sent}), len({token for _, token in sent})) == (1, len(statuses))
    assert most > 1 or it.call(pins)


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [
        (500, "<html>", "it sent no token (it answered 500)"),
        (200, "{}", "it sent no token (it answered 200)"),
        (400, '{"error": "Access Denied"}', "it says 'Access Denied' (it answered 400, Access Denied)"),
    ],
)
def test_both_servers_are_told_where_a_refused_token_is_not_replaced(
    it: Service, status: int, text: str, said: str
) -> None:
    pins = it.signed_in()
    it.revoke()
    it.answers(text, status)
    error = it.fails(errors.RefreshError, pins)
    before = "cliq.zoho.com had refused the token before [401, oauthtoken_invalid]"
    assert str(error) == f"getPinCategories: no access token from accounts.zoho.com: {said}; {before}"


@pytest.mark.parametrize("calls", [1, LIMIT - 1])  # at the limit, too
def test_a_token_that_was_brought_is_told_dead_and_not_replaced(it: Service, calls: int) -> None:
    pins = it.connect(token=it.token(), max_wait=0)
    for _ in range(calls):
        it.call(pins)
    it.revoke()
    error = it.fails(errors.AuthenticationError, pins)
    assert "of another data centre than cliq.zoho.com; make a new one, or give credentials" in str(error)
    assert (it.statuses()[calls:], it.forms(), error.attempts, error.status) == ([401], [], 1, 401)


@pytest.mark.parametrize("status", ["401", "403"])
def test_a_missing_scope_is_named_and_no_token_is_asked_for(it: Service, status: Any) -> None:
    it.behave(Behaviour(missing_scope_status=status))
    (needed,) = operation_table()["createPinCategory"].scopes[0]
    pins = it.signed_in(credentials=it.credentials(scopes=it.rules.contract.scopes - {needed}))
    error = it.fails(errors.PermissionDenied, pins, CREATE)
    assert str(error).startswith(f"createPinCategory: the token lacks the scope {needed};")
    assert (it.statuses(), it.forms(), error.code) == ([int(status)], [], "oauthtoken_scope_invalid")


@pytest.mark.parametrize("name", data_centres())
def test_a_data_centre_has_hosts_of_its_own_and_a_wrong_one_is_told(it: Service, name: str) -> None:
    right, wrong = data_centres()[name], data_centres()["eu" if name == "us" else "us"]
    credentials = it.credentials(data_centre=name)
    error = it.fails(errors.RefreshError, it.connect(credentials=credentials, data_centre=wrong.name))
    assert f"unknown to {wrong.accounts_url[8:]}, revoked, used or expired: a code is good once and for" in str(error)
    it.call(it.connect(credentials=credentials, data_centre=name))
    assert [f"https://{one.host}" for one in it.sent[1:]] == [right.accounts_url, right.api.partition("{")[0]]


@pytest.mark.parametrize(("status", "text", "said"), ODD)
def test_an_odd_answer_is_a_clear_error_and_uses_up_no_call(it: Service, status: int, text: str, said: str) -> None:
    pins = it.signed_in(max_wait=0)
    it.clock.advance(LIFE)
    it.answers(text, status)
    error = it.fails(errors.RefreshError, pins)
    assert f"getPinCategories: no access token from accounts.zoho.com: {said}" in str(error)
    assert (len(it.forms()), it.statuses(), error.attempts) == (3 if status >= 500 else 1, [], 0)
    assert {one.host for one in it.sent} == {"accounts.zoho.com"}
    it.script()
    assert all(it.call(pins) for _ in range(LIMIT))


@pytest.mark.parametrize("said", LIVES, ids=lambda said: said[:20])
def test_a_token_is_replaced_a_minute_before_its_end_and_no_sooner(it: Service, said: str) -> None:
    pins, lasting = it.connect(), it.token(seconds=10**6)
    it.answers(f'{{"access_token": "{lasting}", "refresh_token": "1000.x", "expires_in"{said}}}')
    it.call(pins)
    it.answers(f'{{"access_token": "{lasting}"}}')
    seconds = 600 if said.endswith((": 600", ": 600000", '"600"')) else LIFE
    for wait, asked in ((seconds - AHEAD - 0.3, 1), (0.6, 2)):
        it.clock.advance(wait)
        it.call(pins)
        assert len(it.forms()) == asked


def test_a_token_that_grows_old_while_a_place_is_waited_for_is_replaced(it: Service) -> None:
    pins = it.signed_in(max_wait=100)
    it.clock.advance(LIFE - AHEAD - 30)
    for calls, asked in ((LIMIT, 0), (1, 1)):
        for _ in range(calls):
            it.call(pins)
        assert len(it.forms()) == asked
    assert len({dict(one.headers)["authorization"] for one in it.sent if one.target != PATH}) == 2


@pytest.mark.parametrize(("said", "seconds"), [("30", 15), ("86400", 43), ("120", 60), ("119", 59.5), ("1", 0.5)])
def test_a_token_that_lives_shortly_is_used_for_half_of_its_life(it: Service, said: str, seconds: float) -> None:
    pins = it.connect()
    it.answers(f'{{"access_token": "{it.token()}", "refresh_token": "1000.x", "expires_in": {said}}}')
    for wait, asked in ((0, 1), (seconds - 0.1, 1), (0.2, 2)):
        it.clock.advance(wait)
        it.call(pins)
        assert len(it.forms()) == asked


def test_a_token_that_ends_while_a_limit_is_waited_for_is_replaced_before_it_is_sent(it: Service) -> None:
    pins = it.signed_in(max_wait=120)
    it.clock.advance(LIFE - AHEAD - 30)
    for _ in range(LIMIT):
        it.call(pins)
    assert not it.forms()
    it.call(pins)
    assert (len(it.forms()), set(it.statuses())) == (1, {200})


class Counting(MemoryTokenStore):
    """Counts how often it is looked at."""

    loads = 0

    def load(self, key: str) -> Any:
        self.loads += 1
        return super().load(key)


def test_a_token_that_is_held_is_not_looked_up_again(it: Service) -> None:
    store = Counting()
    pins = it.connect(token_store=store)
    for wait, loads in ((0, 1), (0, 1), (LIFE - AHEAD - 0.1, 1), (0.2, 2), (0, 2)):
        it.clock.advance(wait)
        it.call(pins)
        assert store.loads == loads


def test_each_secret_goes_to_one_host_and_is_shown_by_nothing(it: Service, caplog: pytest.LogCaptureFixture) -> None:
    own: Any = {"credentials": (held := it.credentials()), "token_store": (store := MemoryTokenStore())}

    async def act(pins: Any) -> None:
        try:
            for one in ACTS:
                await one(pins) if it.awaits else one(pins)
                it.revoke()
        finally:
            await pins.close() if it.awaits else pins.close()

    with SimulatorServer(it) as server:
        urls = {"base_url": server.base_url, "accounts_url": server.urls.origin.replace("127.0.0.1", "localhost")}
        pins = (AsyncCliqPins if it.awaits else CliqPins)(**own, **urls, trust_env=False)
        asyncio.run(act(pins))
    for one in it.sent:
        names = [name for name, value in one.headers if any(secret in value for secret in it.secrets)]
        assert (one.host, names) == (("localhost", []) if one.path == PATH else ("127.0.0.1", ["authorization"]))
        it.silent(one.target + ("" if one.path == PATH else one.body.decode()))
    assert [one["grant_type"] for one in it.forms()] == ["authorization_code", "refresh_token", "refresh_token"]
    assert {one["refresh_token"] for one in it.forms()[1:]} == {*it.state.refresh_tokens}
    assert (len(it.secrets), sum("RefreshEvent" in one.getMessage() for one in caplog.records)) == (7, 3)
    shown = [own, held.code, pins, (session := pins._runner.session), vars(session.shared.tokens), vars(store)]
    it.silent(repr([*shown, *map(str, shown)]))


@pytest.mark.parametrize("kind", [CliqPins, AsyncCliqPins])
def test_every_variable_of_the_environment_is_read(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"CLIQ_DATA_CENTRE": "EU", "CLIQ_NETWORK": "acme", "CLIQ_ACCOUNTS_URL": "https://sign.example"}
    assert {*TOKEN, *OAUTH, *own, *BASE} == set(VARIABLES)
    shared = kind.from_env({**OAUTH, **own})._runner.session.shared
    held, urls = shared.tokens._credentials, [shared.base_url, shared.tokens._url]
    assert [held.client_id.reveal(), held.client_secret.reveal(), held.refresh_token.reveal()] == [*OAUTH.values()]
    assert urls == ["https://cliq.zoho.eu/network/acme/api/v3", "https://sign.example/oauth/v2/token"]
    for name, value in {**dict.fromkeys(VARIABLES, ""), **TOKEN, **BASE}.items():
        monkeypatch.setenv(name, value)
    shared = kind.from_env()._runner.session.shared
    assert [shared.base_url, shared.tokens._token.reveal()] == [*BASE.values(), *TOKEN.values()]


@pytest.mark.parametrize("kind", [CliqPins, AsyncCliqPins])
@pytest.mark.parametrize(("environ", "said"), BAD)
def test_an_environment_that_cannot_be_is_told_in_one_line(kind: Any, environ: dict[str, str], said: str) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        kind.from_env(environ)
    assert str(caught.value).startswith(said)
    Service(awaits=False).hides(caught.value)
