"""Guarded writes: sent with a sync point, and refused by the service if someone else was faster.

The service refuses too much, too: changes of our own, changes of other folders, and changes in the same second as the
reading. Such a refusal is told from a real one by reading the board again, and the write is sent once more; twice, if
other calls of ours went on meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from cliq_pins.board import Board, Folder, view_of
from cliq_pins.edits import Edit, Guarded, Move
from cliq_pins.errors import CliqError, Context, InvalidRequest, NotFound, StaleBoard
from cliq_pins.layout import Layout
from cliq_pins.quoting import quoted

from . import retry_after
from .call import send
from .effects import NOW, Flow, Instant
from .reading import NEEDS_CHATS, read_board, second_after, wait_for
from .session import Session
from .turn import Ticket, Turn, wait_until
from .view import Facet, View, wire

MOST_SENDINGS = 3
"""How often a write is sent while calls of ours go on changing the board."""
MOST_READINGS = 3
"""How often a board is read while calls of ours go on changing what is to be written."""
OTHERS_OF_OURS = "other calls of this client went on changing the board while it was read; try again when they are over"
OR_OURSELVES = (
    "the service says that the board was changed since it was read, which this call may have done itself: an answer "
    "to it was lost, and the folder's chats are not listed; look at the fresh board and try again"
)


def edit(
    session: Session,
    change: Callable[[Board], Edit | Iterable[Edit] | None],
    start: Board | None,
    rebases: int | None = None,
) -> Flow[None]:
    """Make the edits that `change` wants of a board; on a conflict ask again for the fresh one.

    That is done so many times at most, or as often as the settings allow.

    Raises `StaleBoard`.
    """
    if not callable(cast(object, change)):
        raise InvalidRequest(f"edit: a function that gets a board and gives edits is wanted, not {change!r}")
    if start is not None and not isinstance(cast(object, start), Board):
        raise InvalidRequest(f"board: a Board is wanted, not {start!r}")
    rebases = session.settings.max_rebases if rebases is None else rebases
    board = (yield from read_board(session, [NEEDS_CHATS])) if start is None else start
    doubt = False  # whether anything was done, or may have been
    while True:
        try:
            with _doubting(doubt):
                edits = _listed(change(board))
            for one in edits:
                with _doubting(doubt):
                    doubt = (yield from write(session, board, one)) or doubt
            return
        except StaleBoard as stale:
            if rebases < 1 or stale.board is None:
                raise
            doubt = stale.outcome == "unknown"
            rebases -= 1
            board = stale.board


def _listed(wanted: Edit | Iterable[Edit] | None) -> list[Edit]:
    if wanted is None:
        return []
    edits = list(wanted) if isinstance(wanted, Iterable) else [wanted]
    for one in edits:
        if not isinstance(cast(object, one), Edit):
            raise InvalidRequest(f"edit: the function gave {one!r}, which is no edit such as Move(…) or AddChats(…)")
    return edits


def check_owner(session: Session, view: View | None) -> None:
    """Raise `InvalidRequest` for a board of another user: its ids mean something else, or nothing, here."""
    if view is not None and view.user != session.shared.user:
        raise InvalidRequest(
            "the board was read by another user's client; if both are one user's, give both the same user='…'"
        )


def board_for(one: Edit) -> Board | None:
    """The board that an edit's folder was read with, if it knows what the edit overwrites; `None` to read it anew."""
    folder = one.folder
    if not isinstance(folder, Folder) or folder.board is None:
        return None
    board = folder.board
    view = view_of(board)
    if view is None:
        return None
    unlisted = folder.is_default and view.with_chats  # there is no more to be known of it
    return board if isinstance(one, Move) or folder.raw.chats is not None or unlisted else None


def write(session: Session, board: Board, one: Edit) -> Flow[bool]:
    """Make one edit of a board that was read; false if there is nothing to be done."""
    view = view_of(board)
    if view is None:
        raise InvalidRequest("this board was made by hand or unpickled; edit one that pins.board() gave")
    check_owner(session, view)
    _check_folders(session, board, one)
    session.shared.views.adopt(view)
    tickets = {turn: Ticket() for turn in Turn.in_order((view.turn, session.shared.views.turn))}
    try:
        for turn, ticket in tickets.items():
            yield from turn.enter(ticket, session.budget.deadline, one.operation)
        return (yield from _write(session, view, one))
    finally:
        for turn, ticket in tickets.items():
            turn.leave(ticket)


def _check_folders(session: Session, board: Board, one: Edit) -> None:
    """Raise `NotFound` for a title that was given in place of an id, `InvalidRequest` for another user's folder."""
    for ref in (one.folder, one.above if isinstance(one, Move) else None):
        if isinstance(ref, Folder):
            check_owner(session, view_of(ref.board))
        elif isinstance(ref, str) and any(ref == each.title for each in board) and ref not in board.layout().chats:
            title = quoted(ref)
            raise NotFound(f"{title} is the title of a folder; give its id, or the folder itself: board[{title}]")


def _write(session: Session, view: View, one: Edit) -> Flow[bool]:
    clock = session.shared.server_clock
    layout = view.current(one.facet)
    waits = session.settings.strict and view.has_written(one.facet)
    if layout is None or waits or view.revision != clock.revision:
        layout = yield from _catch_up(session, view, one)
    lost, sendings, heard = False, 0, view.heard
    while True:
        with _doubting(lost):
            guarded = one.plan(layout)
        if guarded is None:
            return lost
        revision = clock.revision
        sendings += 1
        try:
            yield from _send(session, view, guarded, revision)
            return True
        except CliqError as error:
            lost = lost or error.outcome == "unknown"
            heard += sendings == 1 and lost  # that was no other call
            with _doubting(lost):
                if not _worth_reading(error):
                    raise
                refusal = _Refusal(error, clock.revision == revision, lost, sendings, view.heard != heard)
                fresh = yield from _settle(session, view, guarded, refusal)
        if fresh is None:
            return True
        layout = fresh


@contextmanager
def _doubting(lost: bool) -> Generator[None, None, None]:
    """Say of whatever is raised that the write may have been done, if an earlier sending may have done it."""
    try:
        yield
    except CliqError as error:
        if lost:
            error.context = replace(error.context, outcome="unknown")
        raise


def _send(session: Session, view: View, guarded: Guarded, revision: int) -> Flow[None]:
    used, heard = view.point(guarded.facet), view.heard
    call = guarded.call(wire(used))  # what the contract forbids is refused here, before it is a call of ours
    with session.shared.views.calling(guarded.does):
        reply = yield from send(session, call)
    now: Instant = yield NOW
    date = reply.answer.headers.get("date")
    end = used  # without a Date, or with one that contradicts those before it, nobody knows when it was done
    if date and retry_after.server_time(date) is not None and session.shared.server_clock.revision == revision:
        end = second_after(session, date, now)
    view.wrote(guarded.folder, used, end, heard)  # of other boards it proves nothing, which were told of the call, too


def _worth_reading(error: CliqError) -> bool:
    """Whether a reading can tell what a refusal means: a conflict, or any refusal after an answer was lost."""
    return isinstance(error, StaleBoard) or error.is_open_refusal


class _Refusal(Struct, frozen=True):
    """A guarded write that was refused, or whose outcome is open."""

    error: CliqError
    dated: bool
    """Whether its `Date` fits with those before it."""
    lost: bool
    """Whether this sending, or one before it, may have been done."""
    sendings: int
    """How often the write was sent."""
    stirred: bool
    """Whether other calls of ours ended meanwhile, or later sendings."""

    def is_last(self, fresh: View) -> bool:
        """Whether the write is not sent again: often enough, or there is nothing of ours that it can be refused for."""
        ours = self.stirred or fresh.disturbed
        return self.sendings == MOST_SENDINGS or (self.sendings > 1 and not ours)


def _settle(session: Session, view: View, guarded: Guarded, refusal: _Refusal) -> Flow[Layout | None]:
    """Read the board after a refusal. Gives it if nobody else changed it; `None` if the write was done.

    Raises `StaleBoard` with the fresh board if somebody did, or if nobody can tell after the last refusal; and the
    refusal itself if the board cannot be read.
    """
    error, facet = refusal.error, guarded.facet
    told: Instant = yield NOW
    date = error.answer.headers.get("date") if error.answer else None
    conflict = second_after(session, date, told) if refusal.dated else -math.inf
    board = yield from read_after(session, error)
    if refusal.lost and guarded.does.holds(board.layout()):
        session.shared.views.did(guarded.does)
        return None
    if not isinstance(error, StaleBoard):
        raise error
    if refusal.is_last(_fresh(board)):
        untold = refusal.lost and facet[0] == "chats" and board.layout().chats.get(facet[1], ()) is None
        raise _stale(error, board, OR_OURSELVES if untold else error.message)
    again: Board | None = board
    if _fresh(board).read_point < conflict:  # the refusal may be for a change in the very second of the reading
        if not session.shared.views.explain(view, _fresh(board), facet):
            raise _stale(error, board, error.message)
        yield from wait_for(session, conflict, str(error.operation))
        again = None
    return (yield from _known(session, view, facet, error, lambda: read_after(session, error), again))


def read_after(session: Session, error: CliqError) -> Flow[Board]:
    """Read the board to find out what an error means. If that fails, the error is all that is known, and is raised."""
    try:
        return (yield from read_board(session, [NEEDS_CHATS]))
    except CliqError as failed:
        raise error from failed


def _stale(error: CliqError, board: Board, message: str) -> StaleBoard:
    stale = StaleBoard(message, error.context, board)
    stale.request = error.request
    return stale


def _catch_up(session: Session, view: View, one: Edit) -> Flow[Layout]:
    """Read the board, after the second of our own last write if there was one, and see that nobody else changed it."""
    if view.has_written(one.facet):
        yield from wait_for(session, view.point(one.facet), one.operation)
    changed = StaleBoard("someone else changed the board since it was read", Context(operation=one.operation))
    return (yield from _known(session, view, one.facet, changed, lambda: read_board(session, [NEEDS_CHATS])))


def _known(
    session: Session,
    view: View,
    facet: Facet,
    error: StaleBoard,
    read: Callable[[], Flow[Board]],
    board: Board | None = None,
) -> Flow[Layout]:
    """What is known of a facet by a reading that our own calls explain.

    It is read again as long as calls of ours ended meanwhile that it may show, or not, and, when they are over, where
    only calls explain it that are still on their way. Raises the error, with the board, if somebody else changed it, or
    if that does not end; and `DeadlineExceeded`.
    """
    left = MOST_READINGS
    while True:
        if board is None:
            board = yield from read()
        fresh = _fresh(board)
        explained = session.shared.views.catch_up(view, fresh, facet)
        if explained is False:
            raise _stale(error, board, error.message)
        layout = fresh.current(facet) if explained else None
        if layout is not None:
            return layout
        left -= 1
        if left == 0:
            raise _stale(error, board, OTHERS_OF_OURS)
        for over in [] if explained else session.shared.views.landings(fresh.overlapped):
            yield from wait_until(over, session.budget.deadline, str(error.operation))
        board = None


def _fresh(board: Board) -> View:
    view = view_of(board)
    assert view is not None, "it was read"  # noqa: S101
    return view
