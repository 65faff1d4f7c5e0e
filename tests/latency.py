"""A simulated service behind a slow line: time passes before and after each request, and others act meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Any, NamedTuple

import httpx2
import msgspec

from cliq_pins.simulator import Board, Request, Simulator

BASE = "/api/v3"


class Done(NamedTuple):
    """A request that was done."""

    at: int
    """When it arrived, in epoch milliseconds."""
    method: str
    path: str
    body: Any
    before: Board
    """The board as it was then."""


class Line(httpx2.BaseTransport):
    """Calls a simulator in process. `before` and `after` are asked for how long each way takes, in milliseconds."""

    def __init__(self, simulator: Simulator, way: Callable[[], int], meanwhile: Callable[[], None]) -> None:
        self.simulator = simulator
        self.way = way
        self.meanwhile = meanwhile
        self.done: list[Done] = []
        """The requests that changed something."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.simulator.clock.advance(self.way() / 1000)
        self.meanwhile()
        arrived, content, before = self.simulator.clock.now_ms, request.read(), self.simulator.board()
        answer = self.simulator.handle(
            Request(
                request.method,
                request.url.raw_path.decode(),
                tuple((name.decode().lower(), value.decode()) for name, value in request.headers.raw),
                content,
            )
        )
        if request.method != "GET" and answer.status < 300:
            body = msgspec.json.decode(content) if content else None
            self.done.append(Done(arrived, request.method, request.url.path.removeprefix(BASE), body, before))
        self.simulator.clock.advance(self.way() / 1000)
        return httpx2.Response(answer.status, headers=list(answer.headers), content=answer.body)


class Held:
    """A call that is on its way as long as the block runs, or until the board is read in it.

    Its request, known by the method, is carried out before the block, or at its end.
    """

    def __init__(self, line: Line, method: str, call: Callable[[], object], *, done: bool) -> None:
        self._handle, self._method, self._done = line.handle_request, method, done
        self._sent, self._read = Event(), Event()
        self._call = call
        self.error: BaseException | None = None
        self._thread = Thread(target=self._run)
        line.handle_request = self._handled  # type: ignore[method-assign]

    def _run(self) -> None:
        try:
            self._call()
        except Exception as error:  # it is looked at
            self.error = error

    def _handled(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == self._method and not self._sent.is_set():
            answer = self._handle(request) if self._done else None
            self._sent.set()
            self._read.wait()
            return self._handle(request) if answer is None else answer
        answer = self._handle(request)
        if request.method == "GET":
            self._read.set()
        return answer

    def __enter__(self) -> Held:
        self._thread.start()
        self._sent.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._read.set()
        self._thread.join()


class Foreigner:
    """Another client of the same user, whose every call passes."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.token = simulator.token()

    def call(self, method: str, path: str, body: Any = None) -> int:
        headers = (("authorization", f"Zoho-oauthtoken {self.token}"),)
        content = b"" if body is None else msgspec.json.encode(body)
        limits = self.simulator.rules
        self.simulator.rules = msgspec.structs.replace(limits, limits=False)
        try:
            return self.simulator.handle(Request(method, BASE + path, headers, content)).status
        finally:
            self.simulator.rules = limits

    def put(self, folder: str, **body: Any) -> int:
        """Change a folder, whatever others did to it: its sync time is that of a board read a day from now."""
        guarded = {"last_sync_time": self.simulator.clock.now_ms + 86_400_000} if "title" not in body else {}
        return self.call("PUT", f"/pin-categories/{folder}", {**body, **guarded})
