"""HTTP: deadlines that hold against any server, bodies that keep to their size, and what was sent is known."""

from __future__ import annotations

import asyncio
import gzip
import inspect
import os
import random
import socket
import ssl
import threading
import time
import traceback
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
import trustme
from httpcore2 import ConnectTimeout
from hypothesis import given
from hypothesis import strategies as st
from waiting import Drawn, Time

from cliq_pins import (
    AsyncCliqPins,
    CliqError,
    CliqPins,
    ConfigurationError,
    ConnectionFailed,
    Credentials,
    Timeout,
    connections,
    http,
)
from cliq_pins.engine.drivers import SystemClock
from cliq_pins.engine.effects import Answer, Failure, Send
from cliq_pins.pools import Pools, environment_proxy, single, without_user
from cliq_pins.secret import Secret
from cliq_pins.simulator import Simulator
from cliq_pins.testing import connect, connect_async
from cliq_pins.unpacking import BadEncodingError, TooLargeError, unpack
from faulty import METHODS, small_board

OPTIONS: dict[str, Any] = {"verify": True, "trust_env": False, "proxy": None}
URL = "http://127.0.0.1/"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


@contextmanager
def server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does one thing with each connection; gives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.02)
        over = threading.Event()

        def run() -> None:
            while not over.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                with connection:
                    try:
                        connection.settimeout(5)
                        serve(connection)
                    except OSError:
                        pass

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            over.set()
            thread.join()


def request(url: str, seconds: float = 5.0, **own: Any) -> Send:
    now = SystemClock().now().monotonic
    return Send(
        **{"method": "GET", "url": url, "headers": {}, "timeout": 5.0, "max_bytes": 2**20, **own},
        deadline=now + seconds,
    )


def both(make: Callable[[], Send]) -> list[Answer | Failure]:
    """Send with each sender."""
    return [one(make, awaits, **OPTIONS) for awaits in (False, True)]


def one(make: Callable[[], Send], awaits: bool, **options: Any) -> Answer | Failure:
    """Send with one sender."""
    if not awaits:
        sender = http.HTTPSender(http.pools(**options), SystemClock())
        try:
            return sender.send(make())
        finally:
            sender.close()

    async def run() -> Answer | Failure:
        sender = http.AsyncHTTPSender(http.async_pools(**options), SystemClock())
        try:
            return await sender.send(make())
        finally:
            await sender.close()

    return asyncio.run(run())


def with_one_connection(make: Callable[[], Send], awaits: bool, times: int) -> list[Answer | Failure]:
    """Send again and again with a sender that can have one connection at a time."""
    context = http.tls_context(True, False)
    pool: Any = (http.async_transport if awaits else http.transport)(context, None)
    pool._pool._max_connections = 1  # the library's own
    if not awaits:
        sender = http.HTTPSender(single(pool), SystemClock())
        try:
            return [sender.send(make()) for _ in range(times)]
        finally:
            sender.close()

    async def run() -> list[Answer | Failure]:
        sender = http.AsyncHTTPSender(single(pool), SystemClock())
        try:
            return [await sender.send(make()) for _ in range(times)]
        finally:
            await sender.close()

    return asyncio.run(run())


def drip(connection: socket.socket, data: bytes) -> None:
    connection.recv(2**16)
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_deadline_holds_against_a_server_that_drips(part: str) -> None:
    """Each read is answered within its timeout; the HTTP library alone would wait for as long as bytes come."""
    head, body = (b"", OK * 9) if part == "head" else (b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n", b" " * 900)

    def serve(connection: socket.socket) -> None:
        connection.sendall(head)
        drip(connection, body)

    with server(serve) as url:
        for result in both(lambda: request(url, 0.15)):
            assert isinstance(result, Failure)
            assert (result.kind, result.reached) == ("deadline", True)


def test_a_deadline_holds_on_a_connection_that_is_used_again() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(2**16)
        connection.sendall(OK)
        drip(connection, OK * 9)

    with server(serve) as url:
        sender = http.HTTPSender(http.pools(**OPTIONS), SystemClock())
        assert isinstance(sender.send(request(url)), Answer)
        late = sender.send(request(url, 0.1))
        assert isinstance(late, Failure)
        assert late.kind == "deadline"
        sender.close()


def test_the_librarys_private_pool_is_where_it_is_looked_for() -> None:
    """The deadline on every read hangs on a name that the HTTP library does not promise."""
    for made in (http.pools(**OPTIONS).pool(URL), http.async_pools(**OPTIONS).pool(URL)):
        assert http.is_watched(made)
        assert made._pool._network_backend is not None
    assert not http.is_watched(http.wsgi_transport(None))
    proxied = http.pools(**{**OPTIONS, "proxy": "http://127.0.0.1:1"}).pool(URL)
    assert http.is_watched(proxied)


def test_what_cannot_be_reached_was_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for result in both(lambda: request(f"http://127.0.0.1:{port}/")):
        assert isinstance(result, Failure)
        assert (result.kind, result.reached, result.status) == ("connection", False, None)


def test_no_tls_where_tls_was_wanted_is_told_apart() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(2**16)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with server(serve) as url:
        for result in both(lambda: request(url.replace("http:", "https:"))):
            assert isinstance(result, Failure)
            assert (result.kind, result.reached) == ("tls", False)


def test_a_silent_server_times_out_and_may_have_done_it() -> None:
    with server(lambda connection: (connection.recv(2**16), time.sleep(0.2))[-1]) as url:
        for result in both(lambda: request(url, timeout=0.04)):
            assert isinstance(result, Failure)
            assert (result.kind, result.reached) == ("timeout", True)


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_that_is_too_large_is_not_read_to_its_end(packed: bool) -> None:
    body = gzip.compress(b" " * 2**21) if packed else b" " * 2**18
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n" + ("content-encoding: gzip\r\n" if packed else "")

    def serve(connection: socket.socket) -> None:
        connection.recv(2**16)
        connection.sendall(head.encode() + b"\r\n" + body)

    with server(serve) as url:
        for result in both(lambda: request(url, max_bytes=2**17)):
            assert isinstance(result, Failure)
            assert (result.kind, result.status) == ("too_large", 200)


@pytest.mark.parametrize(("less", "too_large"), [(0, False), (1, True)])
@pytest.mark.parametrize("packed", [False, True])
def test_a_body_may_be_as_large_as_allowed_packed_and_unpacked(packed: bool, less: int, too_large: bool) -> None:
    content = random.Random(0).randbytes(500)
    body = gzip.compress(content) if packed else content
    encoding = "content-encoding: gzip\r\n" if packed else ""
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n{encoding}\r\n".encode()

    def serve(connection: socket.socket) -> None:
        connection.recv(2**16)
        connection.sendall(head + body)

    with server(serve) as url:
        for result in both(lambda: request(url, max_bytes=len(body) - less)):
            assert result.content == content if isinstance(result, Answer) else result.kind == "too_large"
            assert isinstance(result, Failure) == too_large


@pytest.mark.parametrize("awaits", [False, True])
def test_an_answer_that_is_given_up_gives_its_connection_back(awaits: bool) -> None:
    """Also if the error is kept, and with it what it knows."""

    def serve(connection: socket.socket) -> None:
        connection.recv(2**16)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n" + b" " * 900)

    with server(serve) as url:
        given_up = with_one_connection(lambda: request(url, max_bytes=20), awaits, times=3)
        assert [one.kind for one in given_up if isinstance(one, Failure)] == ["too_large"] * 3


def test_headers_of_one_name_are_joined_and_all_are_in_lower_case() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(2**16)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: \xe9\r\ncontent-length: 0\r\n\r\n")

    with server(serve) as url:
        for result in both(lambda: request(url)):
            assert isinstance(result, Answer)
            assert result.headers["x-a"] == "1, é"
            assert result.sent <= result.received


def test_what_is_sent_asks_for_gzip_and_has_what_is_given() -> None:
    met: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        met.append(connection.recv(2**16).lower())
        connection.sendall(OK)

    with server(serve) as url:
        both(lambda: request(f"{url}x?y=1", method="PUT", headers={"x-own": "1"}, authorization=Secret("1000.T")))
    for head in met:
        first, *lines = head.decode().splitlines()
        assert first == "put /x?y=1 http/1.1"
        assert {"accept-encoding: gzip", "x-own: 1", "authorization: zoho-oauthtoken 1000.t"} <= set(lines)
    assert len(met) == 2


def test_the_name_that_tls_is_spoken_with_is_the_one_of_the_wire() -> None:
    """Else what was sent to it would be taken for what never left."""
    exchange = connections.Exchange(0.0)
    http._request(request("https://xn--mnchen-3ya.test:8443/"), exchange)
    assert exchange.tls_host == "xn--mnchen-3ya.test"
    http._request(request("http://pins.test/"), exchange)
    assert exchange.tls_host is None


def test_one_tls_context_serves_the_process() -> None:
    assert http.tls_context(True, True) is http.tls_context(True, True)
    assert http.tls_context(True, True) is not http.tls_context(False, True)


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({"HTTPS_PROXY": "http://p:1"}, "https://cliq.zoho.eu/api/v3", "http://p:1"),
        ({"https_proxy": "p:1"}, "https://cliq.zoho.eu/api/v3", "http://p:1"),
        ({"ALL_PROXY": "socks5://p:1"}, "https://cliq.zoho.eu/api/v3", "socks5://p:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "zoho.eu"}, "https://cliq.zoho.eu/api/v3", None),
        ({"HTTPS_PROXY": "http://p:1"}, "http://cliq.zoho.eu/api/v3", None),
        ({}, "https://cliq.zoho.eu/api/v3", None),
    ],
)
def test_the_environments_proxy_is_taken(
    environment: dict[str, str], url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert environment_proxy(url) == proxy


def test_each_host_has_the_proxy_that_the_environment_names_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The accounts server's is not the API's."""
    monkeypatch.setenv("HTTPS_PROXY", "http://p:1")
    monkeypatch.setenv("NO_PROXY", "cliq.zoho.eu")
    made = Pools(lambda proxy: [proxy], trust_env=True, proxy=None)
    assert made.pool("https://cliq.zoho.eu/api/v3") == [None]
    assert made.pool("https://accounts.zoho.eu/oauth/v2/token") == ["http://p:1"]
    assert made.pool("https://cliq.zoho.eu/other") is made.pool("https://cliq.zoho.eu/api/v3")
    assert Pools(lambda proxy: proxy, trust_env=True, proxy="http://q:1").pool("https://cliq.zoho.eu/") == "http://q:1"
    assert Pools(lambda proxy: proxy, trust_env=False, proxy=None).pool("https://accounts.zoho.eu/") is None


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\n\r\n"]
)
def test_what_a_proxy_was_told_is_not_the_request(answer: bytes) -> None:
    """Before TLS with the host itself nothing of the request can have left."""
    told: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        told.append(connection.recv(2**16))
        connection.sendall(answer)

    with server(serve) as proxy:
        for awaits in (False, True):
            own = {**OPTIONS, "proxy": proxy}
            result = one(lambda: request("https://cliq.example/"), awaits, **own)
            assert isinstance(result, Failure)
            assert not result.reached
            assert told.pop().startswith(b"CONNECT cliq.example:443")


def test_a_plain_request_through_a_proxy_is_the_request() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(2**16)

    with server(serve) as proxy:
        for awaits in (False, True):
            result = one(lambda: request("http://cliq.internal/"), awaits, **{**OPTIONS, "proxy": proxy})
            assert isinstance(result, Failure)
            assert result.reached


def test_a_deadline_that_has_passed_connects_to_nobody() -> None:
    for result in both(lambda: request("http://127.0.0.1:1/", -1.0)):
        assert isinstance(result, Failure)
        assert (result.kind, result.reached) == ("deadline", False)


@pytest.mark.parametrize("timeout", [30.0, None])
def test_a_deadline_holds_while_a_connection_is_waited_for(timeout: float | None) -> None:
    """Fault F08: every connection of the pool is busy. Nothing was sent, and it is not tried again at once."""
    context = http.tls_context(True, False)
    pool = http.transport(context, None)
    pool._pool._max_connections = 1  # type: ignore[attr-defined]  # the library's own
    busy, over = threading.Event(), threading.Event()

    def serve(connection: socket.socket) -> None:
        connection.recv(2**16)
        busy.set()
        over.wait(5)

    with server(serve) as url:
        sender = http.HTTPSender(single(pool), SystemClock())
        thread = threading.Thread(target=sender.send, args=(request(url, 20),))
        thread.start()
        assert busy.wait(5)
        result = sender.send(request(url, 0.05, timeout=timeout))
        assert thread.is_alive(), "its connection did not come free meanwhile"
        over.set()
        thread.join()
        assert isinstance(result, Failure)
        assert (result.kind, result.reached) == ("deadline", False)
        sender.close()


def ended(result: Any) -> Any:
    """What came of a call of either client."""
    return asyncio.run(result) if inspect.isawaitable(result) else result  # type: ignore[arg-type]  # a coroutine


class Raising:
    """A transport that fails in its own way, before or after it has sent something."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.sent = 0

    def handle_request(self, request: Any) -> Any:
        self.sent += 1
        raise self.error

    async def handle_async_request(self, request: Any) -> Any:
        return self.handle_request(request)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


@pytest.mark.parametrize(
    ("error", "kind", "attempts"),
    [
        (httpx2.ConnectError("no such host"), ConnectionFailed, 3),
        (httpx2.ConnectTimeout("too slow"), Timeout, 3),
        (httpx2.PoolTimeout("all are busy"), Timeout, 1),
        (httpx2.ProxyError("it refuses"), ConnectionFailed, 3),
    ],
    ids=["F02", "F03", "F08", "proxy"],
)
@pytest.mark.parametrize("operation", METHODS)
def test_what_never_left_is_sent_again_whatever_it_is(
    error: Exception, kind: type[CliqError], attempts: int, operation: str
) -> None:
    simulator = Simulator(small_board())
    for connected in (connect, connect_async):
        held = connect(simulator, user="me").board()
        transport = Raising(error)
        pins: Any = connected(simulator, transport=transport, user="me")
        with pytest.raises(kind) as caught:
            ended(METHODS[operation].call(pins, held))
        assert (caught.value.outcome, caught.value.attempts, transport.sent) == ("not_applied", attempts, attempts)
        windows = pins._runner.session.shared.limiter._memory._windows.values()
        assert not any(window.past or window.lost for window in windows), "it takes nobody's place"


# Unpacking


@given(st.binary(max_size=2000), st.sampled_from(["gzip", "x-gzip", "GZIP", "identity, gzip", "deflate", ""]))
def test_what_was_packed_is_unpacked(content: bytes, encoding: str) -> None:
    packed = zlib.compress(content) if encoding == "deflate" else gzip.compress(content) if encoding else content
    assert unpack(packed, encoding, 2000) == content


@given(st.binary(min_size=1, max_size=500), st.integers(1, 18))
def test_a_body_that_stops_is_never_taken_for_a_whole_one(content: bytes, missing: int) -> None:
    with pytest.raises(BadEncodingError):
        unpack(gzip.compress(content)[:-missing], "gzip", 1000)


def test_what_is_packed_twice_is_unpacked_twice() -> None:
    packed = gzip.compress(zlib.compress(b"x"))
    assert unpack(packed, "deflate,gzip", 100) == unpack(packed, "deflate , gzip", 100) == b"x"


def test_a_bomb_takes_no_more_room_than_the_limit() -> None:
    bomb = gzip.compress(bytes(2**25))
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            unpack(bomb, "gzip", 2**16)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_two_streams_one_after_another_are_one_body() -> None:
    assert unpack(gzip.compress(b"a") + gzip.compress(b"b"), "gzip", 2) == b"ab"
    with pytest.raises(TooLargeError):
        unpack(gzip.compress(b"a") + gzip.compress(b"b"), "gzip", 1)


def test_a_body_of_many_streams_is_refused_soon() -> None:
    with pytest.raises(BadEncodingError, match="more than 100 streams"):
        unpack(gzip.compress(b"") * 400_000, "gzip", 2**23)
    assert unpack(gzip.compress(b"x") * 100, "gzip", 2**23) == b"x" * 100


def test_a_body_larger_than_a_piece_is_unpacked_whole() -> None:
    content = random.Random(0).randbytes(3 * 2**16 + 5)
    assert unpack(gzip.compress(content) + gzip.compress(b"more"), "gzip", 2**20) == content + b"more"


def test_no_body_is_no_body_whatever_its_encoding() -> None:
    assert unpack(b"", "gzip", 100) == b""


def test_bare_deflate_is_taken_too_and_unknown_encodings_are_left() -> None:
    bare = zlib.compressobj(wbits=-15)
    assert unpack(bare.compress(b"x" * 99) + bare.flush(), "deflate", 99) == b"x" * 99
    assert unpack(b"plain", "unheard-of", 1) == b"plain"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"plain", "incorrect header check"),
        (gzip.compress(b"x", mtime=0)[:-8] + bytes(8), "incorrect data check"),
        (gzip.compress(b"x", mtime=0)[:-1], "the compressed body ends too early"),
    ],
)
def test_what_is_not_packed_as_it_says_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(BadEncodingError, match=why):
        unpack(content, "gzip", 100)


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@contextmanager
def secure(authority: trustme.CA, serve: Callable[[socket.socket], None], handshake: bool = True) -> Iterator[str]:
    """A server that speaks TLS; gives its URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)

    def wrapped(connection: socket.socket) -> None:
        if not handshake:
            serve(connection)
            return
        with context.wrap_socket(connection, server_side=True) as stream:
            serve(stream)

    with server(wrapped) as url:
        yield url.replace("http://", "https://")


def trusting(authority: trustme.CA) -> dict[str, Any]:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return {"verify": context, "trust_env": False, "proxy": None}


def answer_all(connection: socket.socket) -> None:
    connection.recv(2**16)
    connection.sendall(OK)


@pytest.mark.parametrize("awaits", [False, True])
def test_a_request_over_tls_is_answered(authority: trustme.CA, awaits: bool) -> None:
    with secure(authority, answer_all) as url:
        answer = one(lambda: request(url), awaits, **trusting(authority))
    assert isinstance(answer, Answer)
    assert answer.content == b"{}"


@pytest.mark.parametrize("awaits", [False, True])
def test_a_server_that_nobody_vouches_for_is_sent_nothing(authority: trustme.CA, awaits: bool) -> None:
    met: list[bytes] = []
    with secure(authority, lambda connection: met.append(connection.recv(2**16))) as url:
        failed = one(lambda: request(url), awaits, **OPTIONS)
    assert isinstance(failed, Failure)
    assert (failed.kind, failed.reached) == ("tls", False)
    assert met == []


@pytest.mark.parametrize("awaits", [False, True])
def test_what_was_sent_over_tls_may_have_been_done(authority: trustme.CA, awaits: bool) -> None:
    with secure(authority, lambda connection: connection.recv(2**16)) as url:
        failed = one(lambda: request(url), awaits, **trusting(authority))
    assert isinstance(failed, Failure)
    assert (failed.kind, failed.reached) == ("connection", True)


@pytest.mark.parametrize("awaits", [False, True])
@pytest.mark.parametrize(("timeout", "seconds", "kind"), [(0.05, 5.0, "timeout"), (5.0, 0.05, "deadline")])
def test_a_handshake_that_nobody_answers_has_an_end_and_sent_nothing(
    authority: trustme.CA, awaits: bool, timeout: float, seconds: float, kind: str
) -> None:
    over = threading.Event()
    with secure(authority, lambda connection: bool(over.wait(5)), handshake=False) as url:
        failed = one(lambda: request(url, seconds, timeout=timeout), awaits, **trusting(authority))
        over.set()
    assert isinstance(failed, Failure)
    assert (failed.kind, failed.reached) == (kind, False)


def test_the_environment_is_asked_once_for_each_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("cliq_pins.pools.environment_proxy", lambda url: asked.append(url))
    pools: Pools[object] = Pools(lambda _: object(), trust_env=True, proxy=None)
    for url in ("https://a.test/x//y", "https://a.test/z", "https://b.test/x", "http://a.test/x", "https://a.test:1/x"):
        pools.pool(url)
    assert asked == ["https://a.test/x//y", "https://b.test/x", "http://a.test/x", "https://a.test:1/x"]


def test_the_systems_clock_lets_time_pass() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.002)
    asyncio.run(clock.sleep_async(0.002))
    assert clock.now().monotonic - before.monotonic >= 0.003
    assert abs(clock.now().wall - time.time()) < 5


# Transports of other people


class Wrecked(httpx2.BaseTransport):
    """Raises an error once the request is sent."""

    closed = 0

    def __init__(self, error: Exception) -> None:
        self.error = error

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        raise self.error

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize(
    ("error", "kind", "outcome"),
    [
        (httpx2.ReadTimeout("late"), "timeout", "unknown"),
        (TimeoutError("late"), "timeout", "unknown"),
        (httpx2.ConnectTimeout("late"), "timeout", "not_applied"),
        (httpx2.PoolTimeout("late"), "timeout", "not_applied"),
        (httpx2.ReadError("gone"), "connection", "unknown"),
        (ConnectionResetError("gone"), "connection", "unknown"),
        (httpx2.ConnectError("gone"), "connection", "not_applied"),
        (httpx2.ProxyError("gone"), "connection", "not_applied"),
        (httpx2.RemoteProtocolError("Server disconnected without sending a response."), "connection", "unknown"),
        (httpx2.RemoteProtocolError("nonsense"), "protocol", "unknown"),
        (httpx2.LocalProtocolError("a header"), "invalid_request", "not_applied"),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else one,
)
@pytest.mark.parametrize("timeout", [5.0, None])
def test_what_a_transport_raises_has_a_meaning(error: Exception, kind: str, outcome: str, timeout: Any) -> None:
    pins = connect(Simulator(), transport=Wrecked(error), timeout=timeout, max_attempts=1)
    with pytest.raises(CliqError) as caught:
        pins.folders.create("New")
    assert (caught.value.kind, caught.value.outcome) == (kind, outcome)
    assert "\n" not in str(caught.value)


class Answering(Wrecked):
    """Gives a body that is not packed as it says."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-encoding": "gzip"}, stream=httpx2.ByteStream(b"plain"))


def test_a_body_that_is_not_packed_as_it_says_is_told() -> None:
    pins = connect(Simulator(), transport=Answering(ValueError()), max_attempts=1)
    with pytest.raises(CliqError) as caught:
        pins.folders.create("New")
    assert (caught.value.kind, caught.value.outcome) == ("decode", "unknown")


class Stepping(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body in parts, each of which takes so many seconds of a clock that stands still otherwise."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = 1000.0
        self.given = 0
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(9):
            self.now += self.seconds
            self.given += 1
            yield b" "

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.close()


class Bringing(Wrecked, httpx2.AsyncBaseTransport):
    """Answers with a body of its own."""

    def __init__(self, body: Stepping) -> None:
        self.body = body

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, stream=self.body)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return self.handle_request(request)


@pytest.mark.parametrize("awaits", [False, True])
@pytest.mark.parametrize(
    ("seconds", "most", "given", "kind"), [(0.5, 9, 9, None), (2.0, 9, 3, "deadline"), (0.5, 5, 6, "too_large")]
)
def test_a_body_that_was_brought_is_read_within_its_bounds_and_closed(
    awaits: bool, seconds: float, most: int, given: int, kind: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = Stepping(seconds)
    for module in (http, connections):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: body.now))
    pool: Any = single(Bringing(body))
    send = request(URL, max_bytes=most)
    if awaits:
        result = asyncio.run(http.AsyncHTTPSender(pool, SystemClock()).send(send))
    else:
        result = http.HTTPSender(pool, SystemClock()).send(send)
    assert (result.kind if isinstance(result, Failure) else None) == kind
    assert (body.given, body.closed) == (given, 1)


def test_a_mistake_in_a_transport_is_not_hidden() -> None:
    for error in (ZeroDivisionError(), UnicodeDecodeError("utf-8", b"x", 0, 1, "?")):
        with pytest.raises(type(error)):
            connect(Simulator(), transport=Wrecked(error)).board()
    with pytest.raises(RuntimeError, match="StopIteration"):
        connect(Simulator(), transport=Wrecked(StopIteration())).board()


def test_a_forked_child_closes_no_pool_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(proxy: str | None) -> str:
        made.append(f"pool {len(made)}")
        return made[-1]

    pools = Pools(make, trust_env=False, proxy=None)
    assert pools.pool("http://h/") == "pool 0"
    process = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: process + 1)
    assert pools.pool("http://h/") == "pool 1"
    assert pools.close() == ["pool 1"]


def test_a_transport_that_was_brought_is_closed_with_the_client() -> None:
    transport = Wrecked(ValueError())
    connect(Simulator(), transport=transport).close()
    assert transport.closed == 1


# Closing


class Closing(httpx2.BaseTransport):
    """Closes the client while a request is on its way."""

    pins: Any

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.pins.close()
        raise httpx2.ConnectError("gone")


def test_nothing_is_sent_by_a_client_that_was_closed_meanwhile() -> None:
    transport = Closing()
    transport.pins = connect(Simulator(), transport=transport)
    with pytest.raises(ConfigurationError, match="the client is closed; make another") as caught:
        transport.pins.board()
    assert (caught.value.attempts, caught.value.operation) == (2, "getPinCategories")


def test_threads_that_make_the_first_call_share_a_pool() -> None:
    ready = threading.Barrier(4)

    def make(_: str | None) -> object:
        time.sleep(0.01)
        return object()

    pools: Pools[object] = Pools(make, trust_env=False, proxy=None)
    found: list[object] = []

    def use() -> None:
        ready.wait()
        found.append(pools.pool("https://a.example/"))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in found}) == 1
    assert pools.close() == found[:1]
    with pytest.raises(ConfigurationError, match="the client is closed"):
        pools.pool("https://a.example/")


# Names and proxies


def addresses(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 0)) for host in hosts]
    real = socket.getaddrinfo
    known = lambda host, *args, **own: found if host == "pins.test" else real(host, *args, **own)  # noqa: E731
    monkeypatch.setattr(socket, "getaddrinfo", known)


def test_the_next_address_is_tried_where_one_takes_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses(monkeypatch, "127.0.0.9", "127.0.0.1")
    with server(lambda connection: (connection.recv(2**16), connection.sendall(OK))[1]) as url:
        port = url.rsplit(":", 1)[1]
        sender = http.HTTPSender(http.pools(**OPTIONS), SystemClock())
        answer = sender.send(request(f"http://pins.test:{port}"))
        sender.close()
    assert isinstance(answer, Answer)


def test_a_host_that_nobody_knows_was_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **own: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    sender = http.HTTPSender(http.pools(**OPTIONS), SystemClock())
    failed = sender.send(request("http://pins.test/"))
    assert isinstance(failed, Failure)
    assert (failed.kind, failed.reached) == ("connection", False)
    addresses(monkeypatch)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **own: [])
    assert "no address" in sender.send(request("http://pins.test/")).reason  # type: ignore[union-attr]  # it fails


@pytest.mark.parametrize("host", ["pins..test", ".test", "a" * 64 + ".test"])
@pytest.mark.parametrize("connected", [CliqPins, AsyncCliqPins])
def test_what_can_be_no_name_of_a_host_was_not_reached(host: str, connected: Any) -> None:
    pins = connected(token="x", base_url=f"http://{host}/api", trust_env=False, max_attempts=1)  # noqa: S106
    with pytest.raises(ConnectionFailed, match=f"^getPinCategories: the connection to {host} failed: ") as caught:
        ended(pins.board())
    assert caught.value.outcome == "not_applied"


def test_many_silent_addresses_take_no_longer_than_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses(monkeypatch, *(f"127.0.0.{number}" for number in range(2, 12)))
    asked: list[float | None] = []

    def silent(self: object, host: str, port: int, timeout: float | None, *more: Any) -> Any:
        asked.append(timeout)
        time.sleep(0.02)
        raise ConnectTimeout("silence")

    monkeypatch.setattr("httpcore2._backends.sync.SyncBackend.connect_tcp", silent)
    sender = http.HTTPSender(http.pools(**OPTIONS), SystemClock())
    failed = sender.send(request("http://pins.test/", seconds=0.05))
    assert isinstance(failed, Failure)
    assert (failed.kind, failed.reached) == ("deadline", False)
    assert len(asked) <= 4


@pytest.mark.parametrize(
    ("error", "left", "kind", "reason"),
    [
        (httpx2.ReadTimeout("slow"), 0.5, "timeout", "slow"),
        (httpx2.ReadTimeout("slow"), 0.0, "deadline", "slow"),
        (httpx2.ReadError("x"), 0.0, "connection", "x"),
        (httpx2.ReadError(""), 0.5, "connection", "ReadError"),
        (httpx2.LocalProtocolError("Illegal header value b'secret'"), 0.5, "unsendable", "Illegal header value"),
        (httpx2.RemoteProtocolError("Server disconnected without a word"), 0.5, "connection", "Server disconnected"),
        (httpx2.RemoteProtocolError("odd"), 0.5, "protocol", "odd"),
        (TooLargeError(), 0.5, "too_large", "TooLargeError"),
        (BadEncodingError("no gzip"), 0.5, "decode", "no gzip"),
        (OSError("gone"), 0.5, "connection", "gone"),
    ],
)
def test_what_an_exception_means(
    error: Exception, left: float, kind: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "time", SimpleNamespace(monotonic=lambda: 1000.0))
    exchange = connections.Exchange(1000.0 + left)
    exchange.reached = True
    failed = http._failure(error, exchange, True, 200, SystemClock())
    assert (failed.kind, failed.status, failed.reached) == (kind, 200, kind != "unsendable")
    assert failed.reason.startswith(reason)
    assert failed.error is (None if kind in ("unsendable", "protocol") else error), "those show headers"


def test_a_mistake_in_a_transport_is_nobodys_failure() -> None:
    with pytest.raises(ZeroDivisionError):
        http._failure(ZeroDivisionError(), connections.Exchange(0.0), True, None, SystemClock())


@pytest.mark.parametrize("proxy", ["foo://u:p@h:1", "http://h:port"])
@pytest.mark.parametrize("awaits", [False, True])
def test_a_proxy_of_the_environment_that_cannot_be_is_told(
    proxy: str, awaits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    failed = one(lambda: request("https://pins.test/"), awaits, verify=True, trust_env=True, proxy=None)
    assert isinstance(failed, Failure)
    assert (failed.kind, failed.reached) == ("unsendable", False)
    assert failed.reason == f"the proxy {proxy.split('/')[-1].split('@')[-1]} cannot be used: no URL of a proxy"


NOBODY = {"HTTP_PROXY": "http://bob:sesame@99@127.0.0.1:{port}/x", "proxy": "http://bob:sesame@99@127.0.0.1:{port}"}


@pytest.mark.parametrize("given", NOBODY)
@pytest.mark.parametrize("awaits", [False, True])
def test_a_proxy_that_is_not_there_is_named_without_its_user(
    given: str, awaits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not the service: by every request, those to the accounts server too."""
    for name in ("http_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    proxy = NOBODY[given].format(port=port)
    if given != "proxy":
        monkeypatch.setenv(given, proxy)
    own: dict[str, Any] = {"base_url": "http://api.test", "accounts_url": "http://accounts.test", "max_attempts": 1}
    own |= {"proxy": proxy if given == "proxy" else None, "random": Drawn(), "clock": Time()}
    signed = Credentials(client_id="1000.id", client_secret="c0ffee", refresh_token="1000.r")  # noqa: S106
    for host, sign_in in (("api.test", {"token": "1000.t"}), ("accounts.test", {"credentials": signed})):
        pins = (AsyncCliqPins if awaits else CliqPins)(**own, **sign_in)
        with pytest.raises(CliqError) as caught:
            ended(pins.board())
        ended(pins.close())
        assert f"{host} (through the proxy 127.0.0.1:{port})" in str(caught.value)
        for secret in ("bob", "sesame", "99@"):
            assert secret not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("proxy", "shown"),
    [
        ("http://h:1", "h:1"),
        ("http://u:p@h:1/", "h:1"),
        ("http://u:p/q@h:1", "h:1"),
        ("http://u:p://q@h", "h"),
        ("u:p@h:1", "h:1"),
        ("h:1?x#y", "h:1"),
        ("http://foo bar", "foo bar"),
        ("http://[::1]:9/", "[::1]:9"),
    ],
)
def test_a_proxys_user_is_not_shown(proxy: str, shown: str) -> None:
    assert without_user(proxy) == shown


def test_an_exception_from_the_proxy_may_name_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "NO_PROXY", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:8080")
    monkeypatch.setenv("NO_PROXY", "pins.test:8443")
    assert environment_proxy("https://pins.test:8443/api") is None
    assert environment_proxy("https://pins.test/api") == "http://proxy.test:8080"


def test_a_context_of_ones_own_is_used_and_not_kept() -> None:
    context = ssl.create_default_context()
    assert http.tls_context(context, True) is context
    assert http.tls_context(True, False) is http.tls_context(True, False)
