"""Reading the board, with its sync point."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import cast

from cliq_pins._generated import UNSET, models, operations
from cliq_pins.board import Board, layout_of
from cliq_pins.errors import InvalidRequest

from . import retry_after
from .call import send
from .effects import NOW, Flow, Instant, Sleep
from .session import Session
from .view import View

NEEDS_CHATS = "chats"
MARGIN = 0.001
"""Seconds that are waited too long, so that it need not be done twice: a clock's drift shows while it is waited for."""


def read_board(session: Session, include: Iterable[str]) -> Flow[Board]:
    """Read the board. Its sync point is when the request was sent, by the earliest that the server's clock can show."""
    if isinstance(include, str | bytes) or not isinstance(cast(object, include), Iterable):
        raise InvalidRequest(f"include: give a list of fields, not {include!r}")
    fields = dict.fromkeys(include)
    if fields:
        fields = {NEEDS_CHATS: None, **fields}
    wanted = cast(list[models.IncludeField], list(fields))
    call = operations.get_pin_categories(include_fields=wanted or UNSET)
    before: Instant = yield NOW
    known = session.shared.server_clock.known
    point = earliest(session, before.monotonic, before) if known else -math.inf
    reply = yield from send(session, call)
    now: Instant = yield NOW
    point = max(point, earliest(session, reply.answer.sent, now))
    return Board(reply.value, View(layout_of(reply.value), point, session.shared.user))


def earliest(session: Session, at: float, now: Instant) -> float:
    """The server's time, at least, at a monotonic moment: by its own clock, or by ours if it never told."""
    clock = session.shared.server_clock
    return clock.earliest(at) if clock.known else now.wall - (now.monotonic - at)


def latest(session: Session, at: float, now: Instant) -> float:
    """The same, at most."""
    clock = session.shared.server_clock
    return clock.latest(at) if clock.known else now.wall - (now.monotonic - at)


def second_after(session: Session, date: str | None, now: Instant) -> float:
    """The end of the second, by the server's clock, that an answer's `Date` names: epoch seconds.

    What the call did was done before that.
    """
    told = retry_after.moment(date) if date else None
    known = latest(session, now.monotonic, now)
    return math.floor(known if told is None else min(told, known)) + 1.0


def wait_for(session: Session, point: float, operation: str) -> Flow[None]:
    """Wait until the server's clock shows that moment for certain."""
    while True:
        now: Instant = yield NOW
        seconds = point - earliest(session, now.monotonic, now)
        if seconds <= 0:
            return
        session.waits(seconds, operation, "server clock")
        yield Sleep(seconds + MARGIN)
