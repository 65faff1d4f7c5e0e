"""Connections by themselves: what each step is given of the time that is left, and whether a request has left."""

from __future__ import annotations

import asyncio
import inspect
import socket
import ssl
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from httpcore2 import ConnectError, ConnectTimeout, ReadTimeout, WriteTimeout

from cliq_pins import connections
from cliq_pins.connections import LONGEST, AsyncBackend, Backend, Exchange, current

NOW, LEFT = 1000.0, 5.0
CONTEXT = ssl.create_default_context()
OPTIONS = [(6, 1, 1)]


class Fake:
    """A backend and its streams, of both kinds: keeps what it was asked for, and fails as it is told."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.fails: dict[str, Exception] = {}

    def do(self, *asked: Any) -> Any:
        self.asked.append(asked)
        if str(asked[1]) in self.fails:
            raise self.fails[str(asked[1])]
        return {"read": b"data", "extra": "info"}.get(asked[0], self)

    def connect_tcp(self, host: Any, port: Any, timeout: Any, local: Any, options: Any) -> Any:
        return self.do("connect", host, port, timeout, local, options)

    def read(self, max_bytes: int, timeout: Any = None) -> Any:
        return self.do("read", max_bytes, timeout)

    def write(self, buffer: bytes, timeout: Any = None) -> Any:
        return self.do("write", buffer, timeout)

    def start_tls(self, context: Any, host: Any = None, timeout: Any = None) -> Any:
        return self.do("tls", context, host, timeout)

    def close(self) -> Any:
        return self.do("close", None)

    def sleep(self, seconds: float) -> Any:
        return self.do("sleep", seconds)

    def get_extra_info(self, info: str) -> Any:
        return self.do("extra", info)


class AsyncFake(Fake):
    """The same, to be awaited."""

    def __getattribute__(self, name: str) -> Any:
        found = object.__getattribute__(self, name)
        if name not in ("connect_tcp", "read", "write", "start_tls", "aclose", "sleep"):
            return found

        async def awaited(*arguments: Any) -> Any:
            return found(*arguments)

        return awaited

    def aclose(self) -> Any:
        return self.do("close", None)


class Kind:
    """One of the two: how it is made, and how it is run."""

    def __init__(self, awaits: bool) -> None:
        self.inner: Fake = AsyncFake() if awaits else Fake()
        self.backend: Any = AsyncBackend(self.inner) if awaits else Backend(self.inner)  # type: ignore[arg-type]
        self.awaits = awaits
        self.host = "pins.test" if awaits else "10.0.0.1"
        """What the backend beneath is asked for: the library looks up names for tasks."""

    def run(self, step: Callable[[], Any]) -> Any:
        async def awaited() -> Any:
            made = step()
            return await made if inspect.isawaitable(made) else made

        if not self.awaits:
            return step()
        with asyncio.Runner() as runner:
            return runner.run(awaited())

    def connect(self, timeout: float | None = None, **more: Any) -> Any:
        return self.run(lambda: self.backend.connect_tcp("pins.test", 443, timeout, **more))


@pytest.fixture(params=["threads", "tasks"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Kind:
    monkeypatch.setattr(connections, "_addresses", lambda host, port: ["10.0.0.1"] if port == 443 else [])
    return Kind(request.param == "tasks")


@pytest.fixture
def exchange(monkeypatch: pytest.MonkeyPatch) -> Iterator[Exchange]:
    """A request that has so much time left."""
    monkeypatch.setattr(connections, "time", SimpleNamespace(monotonic=lambda: NOW))
    made = Exchange(NOW + LEFT)
    token = current.set(made)
    yield made
    current.reset(token)


@pytest.mark.parametrize(("timeout", "given"), [(None, LEFT), (3.0, 3.0), (9.0, LEFT)])
def test_each_step_ends_with_its_timeout_or_the_deadline(
    kind: Kind, exchange: Exchange, timeout: float | None, given: float
) -> None:
    stream = kind.connect(timeout, local_address="10.0.0.9", socket_options=OPTIONS)
    assert kind.run(lambda: stream.read(10, timeout)) == b"data"
    kind.run(lambda: stream.write(b"more", timeout))
    kind.run(lambda: stream.start_tls(CONTEXT, "pins.test", timeout))
    assert stream.get_extra_info("socket") == "info"
    kind.run(stream.aclose if kind.awaits else stream.close)
    kind.run(lambda: kind.backend.sleep(2.0))
    assert kind.inner.asked == [
        ("connect", kind.host, 443, given, "10.0.0.9", OPTIONS),
        ("read", 10, given),
        ("write", b"more", given),
        ("tls", CONTEXT, "pins.test", given),
        ("extra", "socket"),
        ("close", None),
        ("sleep", 2.0),
    ]


def test_a_connection_is_not_begun_at_the_deadline(exchange: Exchange) -> None:
    assert exchange.connecting(1.0) == 1.0
    exchange.deadline = NOW
    with pytest.raises(ConnectTimeout, match=r"^the deadline has passed$"):
        exchange.connecting(1.0)


def test_a_time_that_no_socket_takes_is_cut(exchange: Exchange) -> None:
    exchange.deadline = NOW + 2 * LONGEST
    assert (exchange.clip(None), exchange.clip(3 * LONGEST), exchange.clip(1.0)) == (LONGEST, LONGEST, 1.0)


@pytest.mark.parametrize("passed", [0.0, 1.0])
def test_no_step_is_begun_after_the_deadline(kind: Kind, exchange: Exchange, passed: float) -> None:
    stream = kind.connect()
    kind.inner.asked.clear()
    exchange.deadline = NOW - passed
    steps: list[tuple[Callable[[], Any], type[Exception]]] = [
        (lambda: stream.read(10), ReadTimeout),
        (lambda: stream.write(b"x"), WriteTimeout),
        (lambda: stream.start_tls(CONTEXT), ConnectTimeout),
        (kind.connect if not kind.awaits else lambda: kind.backend.connect_tcp("pins.test", 443), ConnectTimeout),
    ]
    for step, error in steps:
        with pytest.raises(error, match=r"^the deadline has passed$"):
            kind.run(step)
    assert kind.inner.asked == []
    assert not exchange.reached


@pytest.mark.parametrize(
    ("wanted", "secured", "reached"),
    [
        (None, [], True),
        ("pins.test", [], False),
        ("pins.test", ["proxy.test"], False),
        ("pins.test", ["pins.test"], True),
        ("pins.test", ["proxy.test", "pins.test"], True),
    ],
)
def test_what_is_written_before_the_hosts_own_tls_is_not_the_request(
    kind: Kind, exchange: Exchange, wanted: str | None, secured: list[str], reached: bool
) -> None:
    exchange.tls_host = wanted
    stream = kind.connect()
    for host in secured:
        stream = kind.run(lambda stream=stream, host=host: stream.start_tls(CONTEXT, host))
    kind.run(lambda: stream.write(b"x"))
    assert exchange.reached is reached


def test_what_has_left_has_left(kind: Kind, exchange: Exchange) -> None:
    stream = kind.connect()
    kind.run(lambda: stream.write(b"x"))
    exchange.tls_host = "pins.test"
    kind.run(lambda: stream.write(b"x"))
    assert exchange.reached


def test_a_request_that_fails_to_be_written_may_have_left(kind: Kind, exchange: Exchange) -> None:
    stream = kind.connect()
    kind.inner.fails["b'x'"] = OSError("gone")
    with pytest.raises(OSError, match="gone"):
        kind.run(lambda: stream.write(b"x"))
    assert exchange.reached


# A host's addresses; for tasks the library goes through them


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch, exchange: Exchange) -> Fake:
    monkeypatch.setattr(connections, "_addresses", lambda host, port: ["a", "b"])
    return Fake()


@pytest.mark.parametrize("error", [ConnectError, ConnectTimeout])
def test_the_next_address_is_tried(several: Fake, error: type[Exception]) -> None:
    several.fails["a"] = error("no")
    Backend(several).connect_tcp("pins.test", 443)  # type: ignore[arg-type]  # just as good
    assert [one[1] for one in several.asked] == ["a", "b"]


def test_if_none_takes_a_connection_the_last_one_says_why(several: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    several.fails = {"a": ConnectError("no"), "b": ConnectError("not either")}
    backend = Backend(several)  # type: ignore[arg-type]
    with pytest.raises(ConnectError, match=r"^not either$"):
        backend.connect_tcp("pins.test", 443)
    monkeypatch.setattr(connections, "_addresses", lambda host, port: [])
    with pytest.raises(ConnectError, match=r"^pins\.test has no address$"):
        backend.connect_tcp("pins.test", 443)


def test_a_mistake_is_not_taken_for_an_address_that_does_not_answer(several: Fake) -> None:
    several.fails["a"] = KeyError("a mistake")
    with pytest.raises(KeyError):
        Backend(several).connect_tcp("pins.test", 443)  # type: ignore[arg-type]


def test_addresses_come_once_each_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def found(host: Any, port: Any, *, type: Any) -> list[Any]:  # noqa: A002  # as the library calls it
        asked.append((host, port, type))
        return [(None, None, None, "", (address, port)) for address in ("b", "a", "b")]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    assert connections._addresses("pins.test", 443) == ["b", "a"]
    assert asked == [("pins.test", 443, socket.SOCK_STREAM)]


def test_a_name_that_nobody_knows_is_a_connection_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ConnectError, match="Name or service not known"):
        connections._addresses("pins.test", 443)
