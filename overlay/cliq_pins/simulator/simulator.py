"""The simulator: the pure service with a clock, a request log and faces."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from hashlib import sha256
from threading import RLock
from typing import Any

from msgspec.structs import replace

from . import admin, faults, machine
from .api import accounts
from .api.contract import contract
from .api.service import Rules, bearer
from .behaviour import Behaviour
from .builders import board as plain_board
from .builders import state as state_of
from .clock import Clock, VirtualClock
from .faces.asgi import ASGIApp, asgi_face
from .faces.wsgi import WSGIApp, wsgi_face
from .faults import ArmedFault, Fault
from .log_entry import LogEntry
from .machine import Delivery
from .message import Answer, Request
from .state import AccessToken, Board, Grant, State, first_user
from .storage import check

LOGGED_BODY = 2**14
"""How many bytes of a body the log holds."""

LOGGED_TEXT = 2000
"""How many characters of a target or a reason it holds."""

LONGEST_LIFE = 1e11
"""Seconds."""

LOG_ENTRIES = 1000
"""How many requests the log holds; the oldest go."""


class Simulator:
    """A simulated service of one or more users.

    Give it a board (`user-1`'s), boards by user, or a whole `State`; nothing is an empty board. Times are the clock's;
    the default is a virtual clock that stands still until `clock.advance(seconds=…)`. Every answer is decided by the
    contract that the package carries, by `behaviour`, and by the state; `limits=False` turns the rate limits off.
    """

    def __init__(
        self,
        boards: Board | Mapping[str, Board] | State | None = None,
        *,
        behaviour: Behaviour | None = None,
        limits: bool = True,
        seed: int = 0,
        clock: Clock | None = None,
    ) -> None:
        self.clock: Clock = VirtualClock() if clock is None else clock
        self.rules = Rules(contract(), behaviour or Behaviour(), limits)
        if isinstance(boards, State) and seed:
            raise ValueError("seed: the state has its own")
        start = boards if isinstance(boards, State) else state_of(plain_board() if boards is None else boards, seed)
        self.start = start
        """What `reset` goes back to."""
        self.state = start
        self.log: deque[LogEntry] = deque(maxlen=LOG_ENTRIES)
        self._numbers = 0
        check(start)
        self._lock = RLock()

    @property
    def behaviour(self) -> Behaviour:
        """The readings in force."""
        return self.rules.behaviour

    def behave(self, behaviour: Behaviour) -> None:
        """Take other readings from now on."""
        self.rules = Rules(self.rules.contract, behaviour, self.rules.limits)

    def board(self, user: str | None = None, network: str = "") -> Board:
        """A user's board as it is now, by default that of the first user by name; `KeyError` if there is none."""
        return self.state.board(user or first_user(self.state.users), network)

    def token(
        self, user: str | None = None, *, scopes: Iterable[str] | None = None, seconds: float = accounts.LIFE_SECONDS
    ) -> str:
        """Hand out an access token, with every scope of the contract by default.

        `KeyError` for an unknown user, `ValueError` for scopes that are no list or a life that is no time.
        """
        if not 0 <= seconds <= LONGEST_LIFE:
            raise ValueError(f"seconds: a token lives for 0 to {LONGEST_LIFE:.0e} seconds, not for {seconds}")
        with self._lock:
            now = self.clock.now_ms
            token = AccessToken(
                user=self._user(user),
                scopes=self._scopes(scopes),
                issued_ms=now,
                expires_ms=now + round(seconds * 1000),
            )
            self.state, secret = accounts.issue(self.state, token)
        return secret

    def sign_up(
        self,
        user: str | None = None,
        *,
        client_id: str | None = None,
        scopes: Iterable[str] | None = None,
        data_centre: str = "",
    ) -> dict[str, str]:
        """Register an OAuth client; gives `client_id`, `client_secret` and a grant `code` good for ten minutes.

        With the id of a client that is registered, the code is for that one. With a data centre, such as `eu`, its
        tokens hold there only. `KeyError` for an unknown user or client, `ValueError` for a data centre that is none.
        """
        if data_centre not in ("", *self.rules.contract.data_centres.values()):
            raise ValueError(f"data_centre: there is no {data_centre!r}")
        with self._lock:
            now = self.clock.now_ms
            state, client = (self.state, client_id) if client_id else accounts.register(self.state)
            grant = Grant(
                user=self._user(user),
                client_id=client,
                scopes=self._scopes(scopes),
                expires_ms=now + accounts.GRANT_SECONDS * 1000,
                data_centre=data_centre,
            )
            self.state, said = accounts.allow(state, grant, now)
        return said

    def _user(self, name: str | None) -> str:
        if name is not None and name not in self.state.users:
            raise KeyError(name)
        return first_user(self.state.users) if name is None else name

    def _scopes(self, scopes: Iterable[str] | None) -> frozenset[str]:
        if isinstance(scopes, str):
            raise ValueError(f"scopes: give a list, not {scopes!r}")
        return self.rules.contract.scopes if scopes is None else frozenset(scopes)

    @property
    def faults(self) -> tuple[ArmedFault, ...]:
        """The script that is armed: each fault with how many calls it met and how often it struck."""
        return self.state.faults

    def script(self, *script: Fault | Mapping[str, Any]) -> None:
        """Arm a script of faults in place of the one before; `ValueError` for one that makes no sense."""
        armed = faults.arm(faults.read(script))
        with self._lock:
            self.state = replace(self.state, faults=armed)

    def unused_faults(self) -> list[Fault]:
        """The faults of the script that have not struck."""
        return [one.fault for one in self.state.faults if not one.used]

    def fill(self, board: Board, user: str | None = None, network: str = "") -> None:
        """Put a board in place of a user's, by default that of the first user by name.

        `KeyError` for an unknown user, `ValueError` for a board that contradicts itself.
        """
        with self._lock:
            self.load(self.state.with_board(self._user(user), network, board))

    def load(self, state: State) -> None:
        """Put another state in place of the present one; `ValueError` if it contradicts itself."""
        check(state)
        with self._lock:
            self.state = state

    def reset(self) -> None:
        """Go back to the first boards, with no calls counted, no faults and an empty log.

        The clock, the readings and whoever is signed in stay, save users of another state that was loaded, and no id or
        token comes twice.
        """
        with self._lock:
            self.state = accounts.known(replace(self.state, users=self.start.users, usage={}, faults=()))
            self.log.clear()

    def deliver(self, request: Request) -> Delivery:
        """Answer a request, and say how the answer goes wrong on its way."""
        if admin.is_admin(request):
            return Delivery(answer=admin.respond(self, request))
        with self._lock:
            self.state, delivery = machine.step(self.rules, self.state, request, self.clock.now_ms)
            self._note(request, delivery.answer, delivery.struck)
            return delivery

    def _note(self, request: Request, answer: Answer, struck: tuple[Fault, ...]) -> None:
        secret = bearer(request)
        private = not self.rules.contract.is_api(request.path)
        self._numbers += 1
        self.log.append(
            LogEntry(
                number=self._numbers,
                time_ms=self.clock.now_ms,
                method=request.method,
                target=(request.path if private else request.target)[:LOGGED_TEXT],
                operation=answer.operation,
                body="" if private else request.body[:LOGGED_BODY].decode("utf-8", "replace"),
                token=sha256(secret.encode()).hexdigest()[:8] if secret else "",
                status=answer.status or None,
                code=answer.code,
                reason=answer.reason and answer.reason[:LOGGED_TEXT],
                faults=tuple(fault.action for fault in struck),
            )
        )

    def interrupt(self, request: Request) -> Fault | None:
        """The fault that strikes before the body of a request is read, if there is one; never one to the admin API."""
        if admin.is_admin(request):
            return None
        with self._lock:
            self.state, fault = machine.interrupt(self.rules, self.state, request)
            if fault:
                self._note(request, Answer(status=0), (fault,))
            return fault

    def accept(self) -> Fault | None:
        """The fault that strikes a new connection, if there is one."""
        with self._lock:
            armed, struck = faults.strike(self.state.faults, (faults.CONNECTION,))
            self.state = replace(self.state, faults=armed)
        return next(iter(struck), None)

    def handle(self, request: Request) -> Answer:
        """Answer a request without a socket, as if it came on a connection of its own.

        A fault that breaks the connection raises `ConnectionResetError`, one that hangs `TimeoutError`, and one that
        can only be shown on a socket `RuntimeError`.
        """
        fault = None if admin.is_admin(request) else self.accept() or self.interrupt(request)
        if fault is None:
            delivery = self.deliver(request)
            fault = delivery.wire
            if fault is None:
                return delivery.answer
        if fault.action in ("close", "reset"):
            raise ConnectionResetError(f"simulated: {fault.action} {fault.phase} the change")
        if fault.action == "hang":
            raise TimeoutError(f"simulated: hang {fault.phase} the change")
        raise RuntimeError(f"fault {fault.action} needs a socket: use SimulatorServer")

    def wsgi(self) -> WSGIApp:
        """The service as a WSGI application, under any host name."""
        return wsgi_face(self.handle)

    def asgi(self) -> ASGIApp:
        """The service as an ASGI application, under any host name."""
        return asgi_face(self.handle)
