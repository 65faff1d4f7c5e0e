"""Reading the board, with its sync point."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import cast, get_args

from cliq_pins._generated import UNSET, models, operations
from cliq_pins.board import Board, layout_of
from cliq_pins.errors import Context, DeadlineExceeded, InvalidRequest

from . import retry_after
from .call import send
from .effects import NOW, Flow, Instant, Sleep
from .session import Session
from .view import View

NEEDS_CHATS = "chats"
LONGEST_WAIT = 2.5
"""Seconds: a tick, and as much as is not known of the server's clock after one answer."""
MARGIN = 0.001
"""Seconds that are waited too long, so that it need not be done twice: a clock's drift shows while it is waited for."""


def read_board(session: Session, include: Iterable[str]) -> Flow[Board]:
    """Read the board. Its sync point is when the request was sent, by the earliest that the server's clock can show."""
    if isinstance(include, str | bytes) or not isinstance(cast(object, include), Iterable):
        raise InvalidRequest(f"include: give a list of fields, not {include!r}")
    wanted = list(include)
    if not all(isinstance(cast(object, one), str) for one in wanted):
        raise InvalidRequest(f"include: names of fields are wanted, not {wanted!r}")
    possible = get_args(models.IncludeField)
    for one in wanted:
        if one not in possible:
            raise InvalidRequest(f"include: {one!r} is none of {', '.join(possible)}")
    fields = dict.fromkeys(wanted)
    if fields:
        fields = {NEEDS_CHATS: None, **fields}
    named = cast(list[models.IncludeField], list(fields))
    call = operations.get_pin_categories(include_fields=named or UNSET)
    clock = session.shared.server_clock
    revision = clock.revision
    before: Instant = yield NOW
    known = clock.earliest(before.monotonic) if clock.known else -math.inf
    overlap = session.shared.views.begin_reading()
    view: View | None = None
    try:
        reply = yield from send(session, call)
        now: Instant = yield NOW
        seen = clock.revision  # before the clock is looked at: others may observe it at the same time
        point = earliest(session, reply.answer.sent, now)
        if seen == revision:  # else what was known before was wrong
            point = max(point, known)
        view = View(
            layout_of(reply.value),
            point,
            session.shared.user,
            seen,
            overlap,
            with_chats=bool(fields),
            turn=session.shared.views.turn,
            end=second_after(session, reply.answer.headers.get("date"), now, reply.answer.sent),
        )
        return Board(reply.value, view)
    finally:
        session.shared.views.end_reading(overlap, view)


def earliest(session: Session, at: float, now: Instant) -> float:
    """The server's time, at least, at a monotonic moment: by its own clock, or by ours if it never told."""
    clock = session.shared.server_clock
    return clock.earliest(at) if clock.known else now.wall - (now.monotonic - at)


def latest(session: Session, at: float, now: Instant) -> float:
    """The server's time, at most, at a monotonic moment: by its own clock, or by ours if it never told."""
    clock = session.shared.server_clock
    return clock.latest(at) if clock.known else now.wall - (now.monotonic - at)


def second_after(session: Session, date: str | None, now: Instant, sent: float | None = None) -> float:
    """The end of the second, by the server's clock, that an answer's `Date` names: epoch seconds.

    What the call did was done before that; and what was done before the call, which was `sent` then, anyway.
    """
    told = retry_after.server_time(date) if date else None
    known = latest(session, now.monotonic if sent is None else sent, now)
    return math.floor(known if told is None else min(told, known)) + 1.0


def wait_for(session: Session, point: float, operation: str) -> Flow[None]:
    """Wait until the server's clock shows that moment, or for as long as a clock that can be trusted would take.

    Raises `DeadlineExceeded` if there is no time left for that.
    """
    left = LONGEST_WAIT
    while True:
        now: Instant = yield NOW
        seconds = min(point - earliest(session, now.monotonic, now), left)
        if seconds <= 0:
            return
        if now.monotonic + seconds >= session.budget.deadline:
            raise DeadlineExceeded(
                f"the deadline passes before the next second of the server's clock, {seconds:.1f} s from now",
                Context(operation=operation),
            )
        session.waits(seconds, operation, "server clock")
        yield Sleep(seconds + MARGIN)
        left -= seconds
