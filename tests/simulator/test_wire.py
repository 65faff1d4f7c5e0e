"""What each fault of the catalogue puts on the wire, read as bytes from a real socket, and what it leaves behind."""

from __future__ import annotations

import gzip
import re
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, get_args

import httpx2
import pytest

from cliq_pins.simulator import Board, Folder, Simulator, SimulatorServer, catalogue
from cliq_pins.simulator.faults.actions import ARGUMENTS, Action, Refuse
from cliq_pins.simulator.faults.catalogue import RETRY_AFTER
from cliq_pins.simulator.simulator import LOGGED_BODY
from cliq_pins.testing import board, folder

TIMEOUT = 0.05
"""How long silence is listened to, in seconds."""
PATIENCE = 30.0
"""Seconds after which what has to come does not: the machine may be slow."""

CREATE = ("POST", "/pin-categories", b'{"title":"New"}')
READ = ("GET", "/pin-categories", b"")
MOVE = ("PUT", "/pin-categories/F1", b'{"chat_ids":["C1"],"last_sync_time":1767225600000}')


@dataclass
class Seen:
    """What came back over one connection."""

    data: bytes = b""
    reset: bool = False
    """Whether the connection was reset."""
    silent: bool = False
    """Whether it stayed open and said nothing more."""
    pieces: list[bytes] = field(default_factory=list)

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int:
        return int(self.data.split(b" ", 2)[1])

    def header(self, name: str) -> list[str]:
        return re.findall(rf"(?im)^{name}: (.*?)\r?$", self.head.decode("latin-1"))


def port_of(server: SimulatorServer) -> int:
    return int(server.urls.origin.rpartition(":")[2])


def connected(server: SimulatorServer, timeout: float) -> socket.socket:
    """A connection of one's own, for what no HTTP library sends."""
    return socket.create_connection(("127.0.0.1", port_of(server)), timeout=timeout)


class Wire:
    """A simulator with a script, called over sockets."""

    def __init__(self, simulator: Simulator, port: int) -> None:
        self.simulator = simulator
        self.port = port

    def call(
        self, request: tuple[str, str, bytes] = CREATE, close: bool = True, wait: float = TIMEOUT, pieces: int = 10**9
    ) -> Seen:
        method, path, body = request
        head = (
            f"{method} /api/v3{path} HTTP/1.1\r\nhost: sim\r\n"
            f"authorization: Zoho-oauthtoken {self.simulator.token()}\r\n"
            f"content-length: {len(body)}\r\n" + ("connection: close\r\n" if close else "") + "\r\n"
        )
        with socket.create_connection(("127.0.0.1", self.port)) as sock:
            seen = Seen()
            try:
                sock.sendall(head.encode() + body)
                listen(sock, seen, wait, pieces)
            except ConnectionResetError:
                seen.reset = True
            return seen

    @property
    def folders(self) -> int:
        return len(self.simulator.board().folders)


def once_it_listens(call: Callable[[], Seen], not_before: float = 0.0) -> Seen:
    """What comes of a call that is made as soon as connections are no longer refused, by monotonic seconds."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            seen = call()
        except ConnectionRefusedError:
            time.sleep(0.01)
            continue
        assert time.monotonic() >= not_before, "it has listened all the time"
        return seen
    raise AssertionError(f"it still refuses connections after {PATIENCE:g} s")


def listen(sock: socket.socket, seen: Seen, wait: float, pieces: int = 10**9) -> None:
    sock.settimeout(wait)
    try:
        while len(seen.pieces) < pieces and (part := sock.recv(2**16)):
            seen.pieces.append(part)
            seen.data += part
    except TimeoutError:
        seen.silent = True


@contextmanager
def wire(number: str, on: str) -> Iterator[Wire]:
    simulator = Simulator(board(folder("A", "C1", "C2", folder_id="F1")))
    simulator.script(*catalogue(on)[number].script)
    with SimulatorServer(simulator) as server:
        yield Wire(simulator, port_of(server))
    assert simulator.unused_faults() == [], "every fault of the script strikes"


CHECKS: dict[str, Callable[[], None]] = {}


def fault(number: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def add(check: Callable[[], None]) -> Callable[[], None]:
        CHECKS[number] = check
        return check

    return add


@pytest.mark.parametrize("number", list(catalogue()))
def test_a_fault_shows_on_the_wire(number: str) -> None:
    assert number in CHECKS, "a fault of the catalogue is not checked here"
    CHECKS[number]()


def test_nothing_is_checked_that_the_catalogue_lacks() -> None:
    assert CHECKS.keys() == catalogue().keys()


@fault("F01")
def _refused() -> None:
    with wire("F01", "createPinCategory") as it:
        began = time.monotonic()
        assert it.call().status == 200
        assert once_it_listens(it.call, not_before=began + Refuse().ms / 1000).status == 200
        assert it.folders == 3, "what was refused did nothing"


@fault("F05")
def _closed_unread() -> None:
    with wire("F05", "createPinCategory") as it:
        assert it.call().data == b""
        assert it.folders == 1
        assert it.call().status == 200


@fault("F06")
def _reset_unread() -> None:
    with wire("F06", "createPinCategory") as it:
        seen = it.call()
        assert (seen.data, seen.reset) == (b"", True)
        assert it.folders == 1


@fault("F07")
def _dropped() -> None:
    with wire("F07", "createPinCategory") as it:
        seen = it.call(close=False)
        assert seen.status == 200
        assert seen.header("connection") == []
        assert (seen.silent, it.folders) == (False, 2)


@fault("F09")
def _reset_within_the_body() -> None:
    with wire("F09", "createPinCategory") as it:
        with socket.create_connection(("127.0.0.1", it.port)) as sock:
            sock.sendall(b"POST /api/v3/pin-categories HTTP/1.1\r\nhost: sim\r\ncontent-length: 1000\r\n\r\n{")
            with pytest.raises(ConnectionResetError):
                sock.recv(1)
        assert it.folders == 1


@fault("F10")
def _closed() -> None:
    with wire("F10", "createPinCategory") as it:
        seen = it.call()
        assert (seen.data, seen.reset, seen.silent, it.folders) == (b"", False, False, 1)


@fault("F11")
def _closed_though_done() -> None:
    with wire("F11", "createPinCategory") as it:
        seen = it.call()
        assert (seen.data, seen.reset, seen.silent, it.folders) == (b"", False, False, 2)


@fault("F12")
def _reset_though_done() -> None:
    with wire("F12", "createPinCategory") as it:
        seen = it.call()
        assert (seen.data, seen.reset, it.folders) == (b"", True, 2)


@fault("F13")
def _silent_though_done() -> None:
    with wire("F13", "createPinCategory") as it:
        seen = it.call()
        assert (seen.data, seen.silent, it.folders) == (b"", True, 2)


@fault("F14")
def _silent() -> None:
    with wire("F14", "createPinCategory") as it:
        seen = it.call()
        assert (seen.data, seen.silent, it.folders) == (b"", True, 1)


@fault("F15")
def _slow_head() -> None:
    with wire("F15", "createPinCategory") as it:
        seen = it.call(wait=5, pieces=15)
        assert seen.data.startswith(b"HTTP/1.1 200"[: len(seen.data)])
        assert max(map(len, seen.pieces)) <= 4, "the head comes in crumbs"


@fault("F16")
def _slow_body() -> None:
    with wire("F16", "createPinCategory") as it:
        seen = it.call(wait=5, pieces=15)
        assert seen.pieces[0].startswith(b"HTTP/1.1 200")
        assert max(map(len, seen.pieces[1:])) <= 4, "the body comes in crumbs"


@fault("F17")
def _status_line() -> None:
    with wire("F17", "createPinCategory") as it:
        assert it.call().data == b"HTTP/1.1 200 OK\r\n"


@fault("F18")
def _garbage() -> None:
    with wire("F18", "createPinCategory") as it:
        seen = it.call()
        assert seen.data
        assert not seen.data.startswith(b"HTTP")
        assert it.folders == 1


@fault("F19")
def _length_too_long() -> None:
    with wire("F19", "createPinCategory") as it:
        seen = it.call()
        assert int(seen.header("content-length")[0]) == len(seen.body) + 5


@fault("F20")
def _length_too_short() -> None:
    with wire("F20", "createPinCategory") as it:
        seen = it.call()
        assert int(seen.header("content-length")[0]) == len(seen.body) - 5


@fault("F21")
def _cut_chunk() -> None:
    with wire("F21", "createPinCategory") as it:
        seen = it.call()
        assert seen.header("transfer-encoding") == ["chunked"]
        assert seen.header("content-length") == []
        size, _, rest = seen.body.partition(b"\r\n")
        assert len(rest) == 10 < int(size, 16)


@fault("F22")
def _cut_without_length() -> None:
    with wire("F22", "createPinCategory") as it:
        seen = it.call()
        assert seen.header("content-length") == seen.header("transfer-encoding") == []
        assert len(seen.body) == 10


@fault("F23")
def _cut_where_json_ends() -> None:
    with wire("F23", "getPinCategories") as it:
        seen = it.call(READ)
        assert seen.header("content-length") == []
        assert seen.body == b"[]"


@fault("F24")
def _two_lengths() -> None:
    with wire("F24", "getPinCategories") as it:
        assert it.call(READ).header("content-length") == ["3", "4"]


@fault("F25")
def _long_header() -> None:
    with wire("F25", "getPinCategories") as it:
        assert len(it.call(READ).header("x-padding")[0]) == 200 * 1024


@fault("F26")
def _informational() -> None:
    with wire("F26", "getPinCategories") as it:
        seen = it.call(READ)
        assert re.findall(rb"HTTP/1.1 (\d+)", seen.data) == [b"100", b"103", b"200"]


def bodies(number: str) -> list[Seen]:
    """The answers to reads under the fault, one for each of its parts."""
    with wire(number, "getPinCategories") as it:
        return [it.call(READ, wait=5) for _ in catalogue()[number].script]


@fault("F27")
def _empty() -> None:
    (seen,) = bodies("F27")
    assert (seen.status, seen.body, seen.header("content-length")) == (200, b"", ["0"])


@fault("F28")
def _invalid_json() -> None:
    (seen,) = bodies("F28")
    assert seen.body == b'{"data":['


@fault("F29")
def _page() -> None:
    (seen,) = bodies("F29")
    assert (seen.status, seen.header("content-type")) == (200, ["text/html"])
    assert seen.body.startswith(b"<!doctype html>")


@fault("F30")
def _gateway() -> None:
    found = bodies("F30")
    assert [seen.status for seen in found] == [502, 503, 504]
    assert all(seen.header("content-type") == ["text/html"] for seen in found)


@fault("F31")
def _throttle_page() -> None:
    (seen,) = bodies("F31")
    assert (seen.status, seen.header("content-type"), seen.header("retry-after")) == (429, ["text/html"], [])


@fault("F32")
def _json_as_html() -> None:
    (seen,) = bodies("F32")
    assert seen.header("content-type") == ["text/html"]
    assert seen.body.startswith(b'{"url"')


@fault("F33")
def _mark() -> None:
    (seen,) = bodies("F33")
    assert seen.body.startswith(b"\xef\xbb\xbf{")


@fault("F34")
def _latin() -> None:
    (seen,) = bodies("F34")
    assert b"Caf\xe9" in seen.body


@fault("F35")
def _no_numbers() -> None:
    assert [seen.body for seen in bodies("F35")] == [b'{"data":NaN}', b'{"data":-Infinity}']


@fault("F36")
def _key_twice() -> None:
    (seen,) = bodies("F36")
    assert seen.body.count(b'"data"') == 2


@fault("F37")
def _deep() -> None:
    (seen,) = bodies("F37")
    assert seen.body == b"[" * 200_000


@fault("F38")
def _long_number() -> None:
    (seen,) = bodies("F38")
    assert b"1" * 5000 in seen.body


@fault("F39")
def _surrogate() -> None:
    (seen,) = bodies("F39")
    assert rb"\ud800" in seen.body


@fault("F40")
def _not_packed() -> None:
    (seen,) = bodies("F40")
    assert seen.header("content-encoding") == ["gzip"]
    assert seen.body.startswith(b'{"url"')


@fault("F41")
def _packed_in_part() -> None:
    (seen,) = bodies("F41")
    with pytest.raises(EOFError):
        gzip.decompress(seen.body)
    assert zlib.decompressobj(31).decompress(seen.body)


@fault("F42")
def _wrong_sum() -> None:
    (seen,) = bodies("F42")
    with pytest.raises(gzip.BadGzipFile, match="CRC"):
        gzip.decompress(seen.body)


@fault("F43")
def _bomb() -> None:
    (seen,) = bodies("F43")
    assert len(seen.body) < 100 * 1024
    unpacked = zlib.decompressobj(31).decompress(seen.body)
    assert len(unpacked) == 64 * 2**20


@fault("F44")
def _unknown_encoding() -> None:
    (seen,) = bodies("F44")
    assert seen.header("content-encoding") == ["unheard-of"]


@fault("F45")
def _body_or_none() -> None:
    first, second, third = bodies("F45")
    assert (first.status, first.body) == (204, b'{"data":[]}')
    assert (second.status, second.body) == (200, b"{}")
    assert (third.status, third.body) == (204, b"")


@fault("F46")
def _envelopes() -> None:
    assert [seen.body for seen in bodies("F46")] == [
        b'{"data":{}}',
        b'{"data":"x"}',
        b"{}",
        b'{"data":null}',
        b"[]",
        b'{"type":5,"data":[]}',
    ]


@fault("F47")
def _unknown_values() -> None:
    found = [seen.body for seen in bodies("F47")]
    parts = (b"colour", b"hologram", b'"category_id":9007199254740993', b'{"category_id":"1"}')
    for part, body in zip(parts, found, strict=True):
        assert part in body


@fault("F48")
def _little_said() -> None:
    found = bodies("F48")
    assert {seen.status for seen in found} == {400}
    assert [seen.body for seen in found] == [
        b'{"code":"unheard_of"}',
        b"{}",
        b'{"message":"No."}',
        b'{"code":"operation_failed"}',
        b"",
    ]


@fault("F49")
def _odd_statuses() -> None:
    assert [seen.status for seen in bodies("F49")] == [299, 418, 999]


@fault("F50")
def _elsewhere() -> None:
    found = bodies("F50")
    assert [seen.status for seen in found] == [302, 307, 308]
    assert {seen.header("location")[0] for seen in found} == {"https://elsewhere.invalid/"}


@fault("F51")
def _in_a_circle() -> None:
    with wire("F51", "updatePinCategory") as it:
        request = ("PUT", "/pin-categories/F1", b'{"title":"B"}')
        for seen in (it.call(request), it.call(request)):
            assert (seen.status, seen.header("location")) == (301, ["/api/v3/pin-categories/F1"])
        assert it.simulator.board().folders[0].title == "A"


@fault("F52")
def _dead_token() -> None:
    (seen,) = bodies("F52")
    assert seen.status == 401
    assert b"oauthtoken_invalid" in seen.body


@fault("F53")
def _every_token_dead() -> None:
    with wire("F53", "getPinCategories") as it:
        assert [it.call(READ).status for _ in range(3)] == [401] * 3


@fault("F55")
def _no_token() -> None:
    with wire("F55", "getPinCategories") as it:
        found: list[Seen] = []
        for _ in catalogue()["F55"].script:
            with socket.create_connection(("127.0.0.1", it.port)) as sock:
                sock.sendall(b"POST /oauth/v2/token HTTP/1.1\r\nhost: sim\r\ncontent-length: 0\r\n\r\n")
                seen = Seen()
                listen(sock, seen, TIMEOUT)
                found.append(seen)
    assert [seen.status for seen in found] == [200, 503, 200, 200]
    assert b"Access Denied" in found[0].body
    assert found[2].body.startswith(b"<!doctype")
    assert not any(b"access_token" in seen.body for seen in found)


@fault("F57")
def _throttled() -> None:
    (seen,) = bodies("F57")
    assert (seen.status, seen.header("retry-after")) == (429, [])


@fault("F58")
def _retry_after() -> None:
    assert tuple(seen.header("retry-after")[0] for seen in bodies("F58")) == RETRY_AFTER


@fault("F59")
def _throttled_by_code() -> None:
    seen, *minutes = bodies("F59")
    assert (seen.status, seen.body) == (400, b'{"code":"request_limit_exceeded"}')
    assert [one.status for one in minutes] == [400, 200]
    for one in minutes:
        assert one.body.startswith(b'{"code":"URL_ROLLING_THROTTLES_LIMIT_EXCEEDED"')
        assert b"Try again after 22 minutes" in one.body


@fault("F60")
def _false_conflict() -> None:
    with wire("F60", "bulkUpdateChatsInCategory") as it:
        it.simulator.clock.advance(1)
        assert it.call(MOVE).reset
        assert it.simulator.board().folders[0].chats == ("C1",)
        repeat = it.call(MOVE)
        assert b"client_not_synced" in repeat.body


@fault("F61")
def _another_client() -> None:
    with wire("F61", "bulkUpdateChatsInCategory") as it:
        it.simulator.clock.advance(1)
        assert b"client_not_synced" in it.call(MOVE).body
        folder = it.simulator.board().folders[0]
        assert (folder.state, folder.chats) == ("collapsed", ("C1", "C2"))


@fault("F62")
def _clock() -> None:
    dates = [seen.header("date") for seen in bodies("F62")]
    assert dates == [
        ["Wed, 31 Dec 2025 23:59:59 GMT"],
        ["Thu, 01 Jan 2026 00:01:00 GMT"],
        ["Thu, 01 Jan 2026 01:00:00 GMT"],
        ["Wed, 31 Dec 2025 00:00:00 GMT"],
        [],
        ["yesterday"],
    ]


@fault("F63")
def _made_and_never_told() -> None:
    with wire("F63", "createPinCategory") as it:
        assert it.call().silent
        assert it.call().status == 200
        assert it.folders == 3


def test_a_defect_of_the_simulator_is_an_answer_and_told_in_full(caplog: pytest.LogCaptureFixture) -> None:
    simulator = Simulator(board())
    simulator.state = simulator.state.with_board("user-1", "", Board(folders=(Folder(id="F1", chats=("C9",)),)))
    with SimulatorServer(simulator) as server:
        seen = Wire(simulator, port_of(server)).call(("GET", "/pin-categories?include_fields=chats", b""))
    assert seen.status == 500
    assert b"defect" in seen.body
    assert "KeyError: 'C9'" in caplog.text


def test_every_action_is_one_that_a_fault_can_name() -> None:
    assert set(get_args(Action)) == ARGUMENTS.keys()
    assert {fault.action for entry in catalogue().values() for fault in entry.script} == ARGUMENTS.keys()


def test_a_server_can_be_started_again_but_not_twice() -> None:
    server = SimulatorServer(Simulator(board()))
    for _ in range(2):
        with server, pytest.raises(RuntimeError, match="runs already"), server:
            pass
    with pytest.raises(RuntimeError, match="does not run"):
        _ = server.base_url


def test_a_port_that_is_taken_is_an_error_until_it_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = SimulatorServer(Simulator(board()), taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"), server:
            pass
    with server:
        assert server.base_url


def test_an_end_waits_for_no_hanging_call() -> None:
    with wire("F14", "getPinCategories") as it, socket.create_connection(("127.0.0.1", it.port)) as sock:
        sock.sendall(b"GET /api/v3/pin-categories HTTP/1.1\r\nhost: x\r\n\r\n")
        while not it.simulator.log:
            time.sleep(0.01)


@pytest.mark.parametrize("port", [-1, 65_536, 10**9])
def test_a_port_that_there_is_not_is_an_error(port: int) -> None:
    with pytest.raises(OSError, match="a port is a number"), SimulatorServer(Simulator(), port=port):
        pass


def test_headers_that_are_not_ascii_go_out_as_they_are() -> None:
    with wire("F32", "getPinCategories") as it:
        args = {"set": {"x-name": "café"}}
        it.simulator.script({"on": "*", "phase": "after", "action": "headers", "args": args})
        assert it.call(("GET", "/pin-categories", b"")).header("x-name") == ["caf\xe9"]


LONG = 600_000
"""Milliseconds: longer than any test."""


def refusing(ms: int) -> dict[str, Any]:
    return {"on": "*", "phase": "after", "action": "refuse", "args": {"ms": ms}}


def test_connections_are_refused_from_the_answer_on() -> None:
    """A client that comes back at once must not slip in: it would think that its request may have arrived."""
    for _ in range(20):
        simulator = Simulator(limits=False)
        simulator.script(refusing(LONG))
        with SimulatorServer(simulator) as server:
            it = Wire(simulator, port_of(server))
            assert it.call(("GET", "/pin-categories", b"")).status == 200
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", it.port))


@pytest.mark.parametrize("waits", [(20, LONG), (LONG, 20), (20, 20)])
def test_connections_are_refused_for_as_long_as_the_longest_says(waits: tuple[int, int]) -> None:
    simulator = Simulator(limits=False)
    simulator.script(*({**refusing(one), "nth": nth} for nth, one in enumerate(waits, start=1)))
    with SimulatorServer(simulator) as server:
        it = Wire(simulator, port_of(server))
        with connected(server, PATIENCE) as one, connected(server, PATIENCE) as other:
            for sock in (one, other):
                sock.sendall(b"GET /api/v3/pin-categories HTTP/1.1\r\nhost: sim\r\n\r\n")
                assert sock.recv(2**16).startswith(b"HTTP/1.1 401")
        if LONG in waits:
            time.sleep(0.1)  # long enough for the shorter one; if not, it is refused anyway
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", it.port))
        else:
            assert once_it_listens(lambda: it.call(("GET", "/pin-categories", b""))).status == 200


@pytest.mark.parametrize("size", [2**20 + 1, 20 * 2**20])
def test_a_body_that_is_too_long_is_refused_and_the_caller_gets_to_read_it(size: int) -> None:
    with SimulatorServer(Simulator()) as server:
        with httpx2.Client(trust_env=False) as client:
            said = client.post(server.base_url + "/pin-categories", content=b"x" * size)
        assert said.status_code == 413
        assert said.json() == {"error": "a body has 1048576 bytes at most"}


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_may_be_as_long_as_it_may_and_the_log_has_its_beginning(chunked: bool) -> None:
    body = b" " * 2**20
    with SimulatorServer(Simulator()) as server:
        with httpx2.Client(trust_env=False) as client:
            said = client.post(server.base_url + "/pin-categories", content=iter([body]) if chunked else body)
        assert said.status_code == 401
        assert [len(one.body) for one in server.simulator.log] == [LOGGED_BODY]


def test_who_waits_for_leave_to_send_a_body_is_told_to_go_on() -> None:
    with SimulatorServer(Simulator()) as server, connected(server, timeout=5) as sock:
        sock.sendall(b"POST /oauth/v2/token HTTP/1.1\r\nhost: sim\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n")
        assert sock.recv(2**16).startswith(b"HTTP/1.1 100 ")
        sock.sendall(b"x")
        assert sock.recv(2**16).startswith(b"HTTP/1.1 200 ")


def test_a_length_that_no_body_has_is_refused_at_once() -> None:
    with SimulatorServer(Simulator()) as server, connected(server, timeout=1) as sock:
        sock.sendall(b"POST /api/v3/pin-categories HTTP/1.1\r\nhost: sim\r\ncontent-length: " + b"9" * 19 + b"\r\n\r\n")
        assert sock.recv(2**16).startswith(b"HTTP/1.1 413")


def test_a_target_with_a_scheme_in_capitals_is_read_as_a_path() -> None:
    with SimulatorServer(Simulator()) as server:
        with connected(server, timeout=1) as sock:
            sock.sendall(
                b"POST HTTP://sim/oauth/v2/token?code=canary HTTP/1.1\r\nhost: sim\r\ncontent-length: 0\r\n\r\n"
            )
            assert sock.recv(2**16).startswith(b"HTTP/1.1 200")
        assert [one.target for one in server.simulator.log] == ["/oauth/v2/token"]
