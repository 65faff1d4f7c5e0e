"""The simulator behind a socket, on 127.0.0.1 only."""

from __future__ import annotations

import asyncio
import errno
import logging
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from types import TracebackType

import h11
import msgspec
from msgspec import Struct

from cliq_pins.simulator import admin
from cliq_pins.simulator.api import accounts
from cliq_pins.simulator.faults.actions import Refuse
from cliq_pins.simulator.machine import Delivery
from cliq_pins.simulator.message import JSON, Answer, Request
from cliq_pins.simulator.simulator import Simulator

from . import wire

logger = logging.getLogger("cliq_pins.simulator")

HOST = "127.0.0.1"
MAX_HEAD = 64 * 2**10
MAX_BODY = 2**20
"""How many bytes the head and the body of a request may have."""
DIGITS = 12
"""How long a number can be that is a length."""
PATIENCE = 2.0
"""Seconds for which what a caller goes on to send is read, so that it gets to read the refusal."""


class Urls(Struct, frozen=True):
    """Where a server listens."""

    origin: str
    base_url: str
    """The API, for clients."""
    token_url: str
    """The accounts server's token endpoint."""
    admin_url: str


class BadRequest(Exception):  # noqa: N818  # it is an answer, not an error of ours
    """What cannot be read as a request."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Listener:
    """The server within a running event loop. Requests are answered one at a time, in the order in which they come."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self._deaf_until = 0.0
        self._deaf: asyncio.Task[None] | None = None

    async def start(self, port: int = 0) -> Urls:
        """Listen on a port, or on a free one for 0; `OSError` if that cannot be."""
        if not 0 <= port < 2**16:
            raise OSError(errno.EINVAL, f"a port is a number from 0 to {2**16 - 1}, not {port}")
        self._server = await asyncio.start_server(self._accept, HOST, port, limit=MAX_HEAD)
        self.port = self._server.sockets[0].getsockname()[1]
        origin = f"http://{HOST}:{self.port}"
        base = self._simulator.rules.contract.base_path
        return Urls(origin, origin + base, origin + accounts.TOKEN_PATH, origin + admin.PREFIX)

    async def stop(self) -> None:
        """Stop listening and end every connection."""
        if self._server is not None:
            self._server.close()
        tasks = [*self._tasks, *([self._deaf] if self._deaf else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # a transport that is closed lets go of its socket in the loop's next round

    async def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # asyncio runs this in a task
        self._tasks.add(task)
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            writer.transport.abort()
        except Exception:
            logger.exception("a connection ended in a defect of the simulator")
            writer.transport.abort()
        finally:
            self._tasks.discard(task)
            with suppress(ConnectionError, asyncio.CancelledError):
                writer.close()

    async def _converse(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        peer = wire.Peer(h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD), reader, writer)
        if fault := self._simulator.accept():
            await wire.break_off(peer, fault)
            return
        connection = peer.connection
        going = True
        while going:
            try:
                head = await _next_event(peer)
                if not isinstance(head, h11.Request):
                    return
                if fault := self._simulator.interrupt(_request(head, b"")):
                    await wire.break_off(peer, fault)
                    return
                body = await _body(peer, head)
            except BadRequest as error:
                await _refuse(peer, error)
                return
            request = _request(head, body)
            delivery = self._deliver(request)
            if delivery.wire and delivery.wire.action == "refuse":
                self._refuse_connections(delivery.wire.arguments())  # first, so that none slips in after the answer
            going = await wire.send(peer, delivery, request.method)
            if connection.our_state is h11.MUST_CLOSE or connection.their_state is h11.MUST_CLOSE:
                return
            if going:
                connection.start_next_cycle()

    def _deliver(self, request: Request) -> Delivery:
        """Answer a request; a defect of the simulator is answered with 500 and told in full where it runs."""
        try:
            return self._simulator.deliver(request)
        except Exception:
            logger.exception("%s %s could not be answered", request.method, request.path)
            said = msgspec.json.encode({"message": "The simulator has a defect; its log tells which."})
            return Delivery(answer=Answer(status=500, headers=JSON, body=said))

    def _refuse_connections(self, args: Refuse) -> None:
        """Stop listening for a while; connections that stand go on."""
        self._deaf_until = max(self._deaf_until, asyncio.get_running_loop().time() + args.ms / 1000)
        if self._server is not None:
            self._server.close()
        if self._deaf is None or self._deaf.done():
            self._deaf = asyncio.create_task(self._listen_again())

    async def _listen_again(self) -> None:
        """Listen on the same port once the time has come; if another process has taken it, say so and try on."""
        loop = asyncio.get_running_loop()
        while (left := self._deaf_until - loop.time()) > 0:
            await asyncio.sleep(left)
        while True:
            try:
                self._server = await asyncio.start_server(self._accept, HOST, self.port, limit=MAX_HEAD)
                return
            except OSError as error:
                logger.error("port %s cannot be listened on again: %s", self.port, error.strerror)
                await asyncio.sleep(1)


async def _next_event(peer: wire.Peer) -> h11.Event | type:
    connection = peer.connection
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError as error:
            raise BadRequest(error.error_status_hint, str(error)) from None
        if event is not h11.NEED_DATA:
            return event
        if connection.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
            peer.writer.write(connection.send(go_on) or b"")
        connection.receive_data(await peer.reader.read(2**16))


async def _body(peer: wire.Peer, head: h11.Request) -> bytes:
    declared = next((value for name, value in head.headers if name == b"content-length"), b"0")
    if len(declared) > DIGITS or int(declared) > MAX_BODY:
        raise BadRequest(413, f"a body has {MAX_BODY} bytes at most")
    parts: list[bytes] = []
    size = 0
    while isinstance(event := await _next_event(peer), h11.Data):
        parts.append(bytes(event.data))
        size += len(event.data)
        if size > MAX_BODY:
            raise BadRequest(413, f"a body has {MAX_BODY} bytes at most")
    if not isinstance(event, h11.EndOfMessage):
        raise ConnectionResetError("the caller went before the request was whole")
    return b"".join(parts)


def _request(head: h11.Request, body: bytes) -> Request:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers)
    target = head.target.decode("latin-1")
    if target.lower().startswith(("http://", "https://")):  # the absolute form, as a proxy gets it
        target = "/" + target.split("/", 3)[3] if target.count("/") >= 3 else "/"
    return Request(head.method.decode("latin-1"), target, headers, body)


async def _refuse(peer: wire.Peer, error: BadRequest) -> None:
    if peer.connection.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
        return
    body = msgspec.json.encode({"error": str(error)})
    answer = Answer(status=error.status, headers=(*JSON, ("connection", "close")), body=body)
    await wire.send(peer, Delivery(answer=answer), "GET")
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while await peer.reader.read(2**16):
                pass


class SimulatorServer:
    """A simulator behind a socket, in a thread of its own.

    Use it as a context manager: `with SimulatorServer(simulator) as server:` listens on a free port of 127.0.0.1, and
    ends every connection on the way out.
    """

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        self.simulator = simulator
        self._port = port
        self._urls: Urls | None = None
        self._thread: Thread | None = None
        self._stop: Callable[[], object] = bool

    @property
    def urls(self) -> Urls:
        """Where it listens; `RuntimeError` before it does."""
        if self._urls is None:
            raise RuntimeError("the server does not run: use it in a with statement")
        return self._urls

    @property
    def base_url(self) -> str:
        """The API, for clients."""
        return self.urls.base_url

    def __enter__(self) -> SimulatorServer:
        """Listen; `OSError` if the port cannot be had, `RuntimeError` if it listens already."""
        if self._thread is not None:
            raise RuntimeError("the server runs already")
        ready: Future[Urls] = Future()
        self._thread = Thread(target=lambda: asyncio.run(self._run(ready)), name="cliq-pins simulator", daemon=True)
        self._thread.start()
        try:
            self._urls = ready.result()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._stop()
        self._end()

    def _end(self) -> None:
        if self._thread is not None:
            self._thread.join()
        self._thread = self._urls = None

    async def _run(self, ready: Future[Urls]) -> None:
        listener = Listener(self.simulator)
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._stop = lambda: loop.call_soon_threadsafe(stopped.set)
        try:
            ready.set_result(await listener.start(self._port))
        except BaseException as error:  # whoever waits has to be told
            ready.set_exception(error)
            return
        await stopped.wait()
        await listener.stop()
