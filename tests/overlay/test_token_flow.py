"""The flow that gets a token, driven by hand: every effect that it asks for, and what it makes of the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from rich.pretty import pretty_repr
from waiting import Drawn

from cliq_pins import Credentials, DeadlineExceeded, Hooks, MemoryTokenStore, RefreshError, Settings
from cliq_pins.engine.effects import Answer, Do, Failure, Finish, Instant, Now, Send, Sleep, Wait
from cliq_pins.engine.refreshing import LIFE, RefreshingToken, _object
from cliq_pins.tokens import StoredTokens

URL = "https://accounts.example"
AHEAD, ASKED_AT_MOST, EXCHANGE_SECONDS, LOCK_PAUSE = 60.0, 10, 30.0, 0.05
TOKEN, NEW, CLIENT_SECRET = "1000.old", "1000.new", "c0ffee" * 5
GOOD = f'{{"access_token": "{NEW}", "expires_in": 3600}}'.encode()


class Bench:
    """A source of tokens, a clock that is set by hand, and the effects that were asked for."""

    def __init__(self, stored: StoredTokens | None = None, **own: Any) -> None:
        self.now = 100.0
        self.asked: list[Any] = []
        self.refreshed: list[str] = []
        self.store = MemoryTokenStore()
        given: dict[str, Any] = {"client_id": "1000.ID", "client_secret": CLIENT_SECRET} | (
            own or {"refresh_token": "1000.r.r"}
        )
        self.credentials = Credentials(**given)
        if stored is not None:
            self.store.save(self.credentials.key, stored)
        hooks = Hooks(on_refresh=lambda event: self.refreshed.append(event.key))
        self.settings = Settings(timeout=7.0, hooks=hooks)
        self.source = RefreshingToken(self.credentials, URL, self.store, Drawn())

    def get(self, deadline: float = 200.0) -> Any:
        return self.source.token(deadline, self.settings)

    def answer(self, content: bytes = GOOD, status: int = 200) -> Answer:
        return Answer(status=status, headers={}, content=content, sent=self.now, received=self.now)

    def step(self, flow: Any, result: Any = None) -> Any:
        """Go on to the next effect that is no `Now` and no `Do`; those are done at once."""
        effect = next(flow) if result is None else flow.send(result)
        while isinstance(effect, Now | Do):
            effect = flow.send(Instant(self.now, self.now + 1e9) if isinstance(effect, Now) else effect.act())
        self.asked.append(effect)
        return effect

    def lead(self, deadline: float = 200.0) -> tuple[Any, Any, Send]:
        """A call that leads: its flow, the flow that it has finished for it, and the request of that."""
        outer = self.get(deadline)
        finish = self.step(outer)
        assert isinstance(finish, Finish)
        send = self.step(finish.flow)
        assert isinstance(send, Send)
        return outer, finish.flow, send

    def end(self, flow: Any, result: Any = None) -> Any:
        """What a flow ends with; its sleeps pass."""
        try:
            effect = self.step(flow, result)
            while isinstance(effect, Sleep):
                self.now += effect.seconds
                effect = self.step(flow)
        except StopIteration as end:
            return end.value
        raise AssertionError(f"{effect} is no end")

    def token(self, deadline: float = 200.0, **answer: Any) -> str:
        outer, inner, _ = self.lead(deadline)
        secret = self.end(inner, self.answer(**answer))
        assert self.end(outer, secret) == secret
        return str(secret.reveal())

    def held(self) -> bool:
        """Whether a token is given without a request."""
        flow = self.get(self.now + 100)
        try:
            self.step(flow)
        except StopIteration:
            return True
        with pytest.raises(GeneratorExit):
            flow.throw(GeneratorExit)
        return False


def test_what_is_sent() -> None:
    bench = Bench()
    _, _, send = bench.lead(deadline=150.0)
    assert send.secret_content is not None
    assert (send.method, send.url, send.authorization, send.content) == ("POST", f"{URL}/oauth/v2/token", None, None)
    assert send.headers == {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    assert (send.timeout, send.deadline, send.max_bytes) == (7.0, 150.0, 65_536)
    form = f"client_id=1000.ID&client_secret={CLIENT_SECRET}&grant_type=refresh_token&refresh_token=1000.r.r"
    assert send.secret_content.reveal() == form


@pytest.mark.parametrize(("deadline", "granted"), [(101.0, 100.0 + EXCHANGE_SECONDS), (500.0, 500.0)])
def test_the_exchange_of_a_code_has_time_of_its_own(deadline: float, granted: float) -> None:
    bench = Bench(code="1000.c.c")
    _, _, send = bench.lead(deadline)
    assert send.deadline == granted


@pytest.mark.parametrize(("left", "asks"), [(AHEAD, True), (AHEAD + 1, False)])
def test_a_stored_token_is_taken_if_it_lives_long_enough(left: float, asks: bool) -> None:
    bench = Bench(StoredTokens(access_token=TOKEN, expires=1e9 + 100 + left))
    flow = bench.get(200.0)
    finish = bench.step(flow)
    if asks:
        assert isinstance(bench.step(finish.flow), Send)
    else:
        assert bench.end(finish.flow).reveal() == TOKEN


def test_a_token_is_replaced_ahead_of_its_end() -> None:
    bench = Bench()
    assert bench.token() == NEW
    for now, held in ((100 + 3600 - AHEAD - 0.1, True), (100 + 3600 - AHEAD, False)):
        bench.now = now
        assert bench.held() is held


def test_one_that_does_not_live_long_is_replaced_after_half_of_its_life() -> None:
    bench = Bench()
    bench.token(content=b'{"access_token": "1000.new", "expires_in": 30}')
    for now, held in ((114.9, True), (115.0, False)):
        bench.now = now
        assert bench.held() is held


# Others wait


@pytest.mark.parametrize(("deadline", "seconds"), [(103.5, 3.5), (100.0, 0.0), (99.0, 0.0)])
def test_who_waits_for_a_token_waits_until_its_own_deadline(deadline: float, seconds: float) -> None:
    bench = Bench()
    bench.lead()
    flow = bench.get(deadline)
    wait = bench.step(flow)
    assert isinstance(wait, Wait)
    assert wait.seconds == seconds
    with pytest.raises(DeadlineExceeded, match="the deadline passed while an access token was asked for"):
        bench.step(flow)


def test_a_refusal_is_everybodys() -> None:
    bench = Bench()
    outer, inner, _ = bench.lead()
    follower = bench.get(200.0)
    assert isinstance(bench.step(follower), Wait)
    with pytest.raises(RefreshError) as led:
        bench.end(inner, bench.answer(b'{"error": "invalid_code"}', 400))
    with pytest.raises(RefreshError) as followed:
        bench.step(follower)
    assert followed.value is not led.value
    for error in (led.value, followed.value):
        assert (error.status, error.code) == (400, "invalid_code")
        assert "unknown to accounts.example" in error.message
    with pytest.raises(RefreshError):
        outer.throw(led.value)


def test_too_little_time_is_nobody_elses() -> None:
    bench = Bench()
    _, inner, _ = bench.lead(deadline=101.0)
    follower = bench.get(200.0)
    assert isinstance(bench.step(follower), Wait)
    with pytest.raises(DeadlineExceeded):
        bench.end(inner, Failure(kind="deadline", reason="", reached=True, received=101.0))
    assert isinstance(bench.step(follower), Finish), "the follower leads now"


def test_a_task_that_is_cancelled_leaves_the_request_on_its_way() -> None:
    bench = Bench()
    outer, inner, _ = bench.lead()
    with pytest.raises(asyncio.CancelledError):
        outer.throw(asyncio.CancelledError)
    follower = bench.get(200.0)
    assert isinstance(bench.step(follower), Wait), "nobody asks again"
    bench.end(inner, bench.answer())
    assert bench.end(follower).reveal() == NEW


def test_a_request_that_never_began_is_nobodys_to_wait_for() -> None:
    bench = Bench()
    outer = bench.get(200.0)
    assert isinstance(bench.step(outer), Finish)
    follower = bench.get(200.0)
    wait = bench.step(follower)
    assert isinstance(wait, Wait)
    with pytest.raises(KeyboardInterrupt):
        outer.throw(KeyboardInterrupt)
    assert wait.future.done()
    assert isinstance(bench.step(follower), Finish), "the follower leads now"
    assert isinstance(bench.step(bench.get(200.0)), Wait)


def test_a_request_that_is_late_ends_nobody_elses() -> None:
    """Its task was given up before it began, and begins all the same; meanwhile another one leads."""
    bench = Bench()
    late = bench.get(200.0)
    finish = bench.step(late)
    with pytest.raises(KeyboardInterrupt):
        late.throw(KeyboardInterrupt)
    leader = bench.get(200.0)
    assert isinstance(bench.step(leader), Finish)
    assert isinstance(bench.step(finish.flow), Send)
    with pytest.raises(KeyboardInterrupt):
        finish.flow.throw(KeyboardInterrupt)
    assert isinstance(bench.step(bench.get(200.0)), Wait), "one is asking already"


def test_a_forked_child_asks_for_itself_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.lead()
    monkeypatch.setattr("os.getpid", lambda: -1)
    first, second = bench.get(200.0), bench.get(200.0)
    assert isinstance(bench.step(first), Finish)
    assert isinstance(bench.step(second), Wait)


# The lock between processes


def test_another_processs_refresh_is_waited_for_as_long_as_there_is_time() -> None:
    bench = Bench()
    keys: list[str] = []
    bench.store.try_lock = keys.append  # type: ignore[assignment,method-assign]  # gives `None`: it is taken
    finish = bench.step(bench.get(100.0 + LOCK_PAUSE * 1.5))
    pauses = [bench.step(finish.flow)]
    bench.now += pauses[0].seconds
    pauses.append(bench.step(finish.flow))
    bench.now = 100.0 + LOCK_PAUSE * 1.5
    with pytest.raises(DeadlineExceeded, match="the deadline passed"):
        bench.step(finish.flow)
    assert [one.seconds for one in pauses] == [LOCK_PAUSE, pytest.approx(LOCK_PAUSE / 2)]
    assert keys == [bench.credentials.key] * 3


@pytest.mark.parametrize("how", ["undone", "thrown", "never taken"])
def test_a_lock_that_nobody_waits_for_any_more_is_given_back(how: str) -> None:
    bench = Bench()
    finish = bench.step(bench.get(200.0))
    effect = next(finish.flow)
    assert isinstance(effect, Do)
    if how != "never taken":
        effect.act()
        assert bench.store.try_lock(bench.credentials.key) is None
    if how == "undone":
        assert effect.undo is not None
        effect.undo()
        effect.undo()
    with pytest.raises(asyncio.CancelledError):
        finish.flow.throw(asyncio.CancelledError)
    release = bench.store.try_lock(bench.credentials.key)
    assert release is not None
    release()
    release()
    assert bench.store.try_lock(bench.credentials.key) is not None


def test_the_lock_is_let_go_whatever_comes() -> None:
    bench = Bench()
    _, inner, _ = bench.lead()
    assert bench.store.try_lock(bench.credentials.key) is None
    with pytest.raises(KeyboardInterrupt):
        inner.throw(KeyboardInterrupt)
    assert bench.store.try_lock(bench.credentials.key) is not None


# Asking again


def failure(bench: Bench, kind: Any = "connection", reached: bool = False, proxy: str | None = None) -> Failure:
    return Failure(kind=kind, reason="it broke", reached=reached, received=bench.now, proxy=proxy)


def test_the_proxy_of_the_accounts_server_is_named() -> None:
    bench = Bench()
    _, inner, _ = bench.lead()
    said = r"^no access token from accounts.example \(through the proxy p.test:1\): it broke$"
    with pytest.raises(RefreshError, match=said):
        bench.end(inner, failure(bench, "protocol", proxy="p.test:1"))


@pytest.mark.parametrize(
    ("own", "result", "again"),
    [
        ({}, lambda bench: failure(bench), True),
        ({}, lambda bench: failure(bench, "timeout", reached=True), True),
        ({}, lambda bench: failure(bench, "protocol", reached=True), False),
        ({}, lambda bench: bench.answer(b"", 502), True),
        ({}, lambda bench: bench.answer(b"", 400), False),
        ({"code": "1000.c.c"}, lambda bench: failure(bench), True),
        ({"code": "1000.c.c"}, lambda bench: failure(bench, reached=True), False),
        ({"code": "1000.c.c"}, lambda bench: bench.answer(b"", 502), False),
    ],
)
def test_a_token_is_asked_for_again_where_nothing_can_be_used_up(
    own: dict[str, str], result: Callable[[Bench], Any], again: bool
) -> None:
    bench = Bench(**own)
    _, inner, first = bench.lead()
    if not again:
        with pytest.raises(RefreshError):
            bench.step(inner, result(bench))
        return
    for bound in (0.5, 1.0):
        pause = bench.step(inner, result(bench))
        assert isinstance(pause, Sleep)
        assert pause.seconds == bound
        bench.now += pause.seconds
        send = bench.step(inner)
        assert (send.secret_content, send.method) == (first.secret_content, first.method)
    with pytest.raises(RefreshError):
        bench.step(inner, result(bench))
    stored = bench.store.load(bench.credentials.key)
    assert stored is not None
    assert len(stored.asked) == 3


@pytest.mark.parametrize("deadline", [100.0, 100.5])
def test_nothing_is_asked_for_again_that_would_be_too_late(deadline: float) -> None:
    bench = Bench()
    _, inner, _ = bench.lead(deadline)
    follower = bench.get(200.0)
    assert isinstance(bench.step(follower), Wait)
    with pytest.raises(DeadlineExceeded, match="the deadline passed while an access token was asked for"):
        bench.step(inner, failure(bench))
    assert isinstance(bench.step(follower), Finish), "one that has more time asks itself"


def test_no_more_than_the_server_gives_is_asked_for() -> None:
    bench = Bench(StoredTokens(asked=tuple(1e9 + 100 - 600 + number for number in range(ASKED_AT_MOST + 1))))
    flow = bench.get(200.0)
    finish = bench.step(flow)
    with pytest.raises(RefreshError, match="the next one in 1 s") as caught:
        bench.step(finish.flow)
    assert caught.value.retry_after == 1.0
    bench.now += 1.0
    bench.lead()


def test_what_was_asked_for_at_this_very_moment_counts() -> None:
    bench = Bench(StoredTokens(asked=(1e9 + 100,) * ASKED_AT_MOST))
    finish = bench.step(bench.get(200.0))
    with pytest.raises(RefreshError, match="the next one in 600 s"):
        bench.step(finish.flow)


def test_what_was_asked_for_by_a_clock_that_was_ahead_bars_nobody() -> None:
    bench = Bench(StoredTokens(asked=(1e9 + 1e6,) * ASKED_AT_MOST))
    bench.lead()


def test_a_token_that_was_stored_by_a_clock_that_was_ahead_is_replaced_after_the_longest_life() -> None:
    bench = Bench(StoredTokens(access_token=TOKEN, expires=1e9 + 1e6))
    assert bench.end(bench.step(bench.get()).flow).reveal() == TOKEN
    bench.now += LIFE - AHEAD - 1
    assert bench.held()
    bench.now += 1
    assert not bench.held()


def test_what_is_kept_of_an_answer() -> None:
    bench = Bench(StoredTokens(scopes=("kept",), refresh_token="1000.x.x"))  # noqa: S106
    bench.token(content=b'{"access_token": "1000.new", "expires_in": 3600, "scope": "a,b c"}')
    stored = bench.store.load(bench.credentials.key)
    assert stored == StoredTokens(
        access_token=NEW,
        expires=1e9 + 100 + 3600,
        scopes=("a", "b", "c"),
        refresh_token="1000.x.x",  # noqa: S106
        asked=(1e9 + 100,),
    )
    assert bench.refreshed == [bench.credentials.key]
    bench.now += 4000
    bench.token(deadline=bench.now + 9, content=b'{"access_token": "1000.new", "scope": 5, "refresh_token": "1000.y"}')
    stored = bench.store.load(bench.credentials.key)
    assert stored is not None
    assert (stored.scopes, stored.refresh_token) == (("a", "b", "c"), "1000.y")


def test_the_accounts_servers_word_is_cut() -> None:
    bench = Bench()
    _, inner, _ = bench.lead()
    with pytest.raises(RefreshError) as caught:
        bench.end(inner, bench.answer(b'{"error": "%s"}' % (b"x" * 61)))
    assert caught.value.code == "x" * 59 + "…"


@pytest.mark.parametrize(
    "life", [b'"1000000000000000000000"', b"1" + 400 * b"0", b'"' + 400 * b"9" + b'"', b"86400000"]
)
def test_a_life_is_no_longer_than_the_longest(life: bytes) -> None:
    bench = Bench()
    bench.token(content=b'{"access_token": "1000.new", "expires_in": %s}' % life)
    stored = bench.store.load(bench.credentials.key)
    assert stored is not None
    assert stored.expires == 1e9 + 100 + 3600


def test_no_answer_of_the_accounts_server_is_shown() -> None:
    bench = Bench()
    answer = bench.answer(b'{"access_token": "1000.aaaaaaaaaaaaaaa", "refresh_token": 5}')
    assert repr(answer) == "Answer(status=200, 60 bytes)"
    said = _object(answer.content)
    assert said.get("access_token")
    assert repr(said) == pretty_repr(said) == "_Said(access_token, refresh_token)"
