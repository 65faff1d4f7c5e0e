"""Guarded writes: sent with a sync point, and refused by the service if someone else was faster.

The service refuses too much, too: changes of our own, changes of other folders, and changes in the same second as the
reading. Such a refusal is told from a real one by reading the board again, and the write is sent once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from cliq_pins.board import Board, Folder, view_of
from cliq_pins.edits import Edit, Guarded, Move
from cliq_pins.errors import CliqError, InvalidRequest, StaleBoard
from cliq_pins.layout import Layout

from .call import Reply, send
from .effects import NOW, Flow, Instant
from .reading import NEEDS_CHATS, read_board, second_after, wait_for
from .session import Session
from .view import Facet, View, wire


def edit(
    session: Session, change: Callable[[Board], Edit | Iterable[Edit] | None], start: Board | None, rebases: int
) -> Flow[Board | None]:
    """Make the edits that `change` wants of a board; on a conflict ask again for the fresh one, so many times at most.

    Gives the board that they were made on; `None` if that one is not fit to go on with. Raises `StaleBoard`.
    """
    if not callable(cast(object, change)):
        raise InvalidRequest(f"edit: a function that gets a board and gives edits is wanted, not {change!r}")
    if start is not None and not isinstance(cast(object, start), Board):
        raise InvalidRequest(f"board: a Board is wanted, not {start!r}")
    board = (yield from read_board(session, [NEEDS_CHATS])) if start is None else start
    while True:
        try:
            for one in _listed(change(board)):
                yield from write(session, board, one)
            return board
        except StaleBoard as stale:
            if rebases < 1 or stale.board is None:
                raise
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
    return board if isinstance(one, Move) or folder.raw.chats is not None or folder.is_default else None


def write(session: Session, board: Board, one: Edit) -> Flow[Reply[None] | None]:
    """Make one edit of a board that was read; `None` if there is nothing to be done."""
    view = view_of(board)
    if view is None:
        raise InvalidRequest("this board was made by hand or unpickled; edit one that pins.board() gave")
    check_owner(session, view)
    layout = view.current(one.facet)
    if layout is None or (session.settings.strict and view.has_written(one.facet)):
        layout = yield from _catch_up(session, view, one.facet)
    guarded = one.plan(layout)
    if guarded is None:
        return None
    try:
        return (yield from _send(session, view, guarded))
    except CliqError as error:
        if not _worth_reading(error):
            raise
        fresh = yield from _settle(session, view, guarded, error)
    if fresh is None:
        return None
    try:
        return (yield from _send(session, view, guarded))
    except StaleBoard as error:
        board = yield from read_board(session, [NEEDS_CHATS])
        raise _stale(error, board) from None


def _send(session: Session, view: View, guarded: Guarded) -> Flow[Reply[None]]:
    used = view.point(guarded.facet)
    reply = yield from send(session, guarded.call(wire(used)))
    now: Instant = yield NOW
    view.wrote(guarded.folder, guarded.does, used, second_after(session, reply.answer.headers.get("date"), now))
    return reply


def _worth_reading(error: CliqError) -> bool:
    """Whether a reading can tell what a refusal means: a conflict, or any refusal after an answer was lost."""
    return isinstance(error, StaleBoard) or error.is_open_refusal


def _settle(session: Session, view: View, guarded: Guarded, error: CliqError) -> Flow[View | None]:
    """Read the board after a refusal. Gives what to go on with if nobody else changed it; `None` if the write was done.

    Raises `StaleBoard` with the fresh board if somebody did.
    """
    told: Instant = yield NOW
    conflict = second_after(session, error.answer.headers.get("date") if error.answer else None, told)
    board = yield from read_board(session, [NEEDS_CHATS])
    if error.outcome == "unknown" and guarded.does.holds(board.layout()):
        view.did(guarded.does)
        return None
    if not isinstance(error, StaleBoard):
        raise error
    fresh = _explained(view, guarded.facet, board, error)
    if fresh.point(guarded.facet) < conflict:  # the refusal may be for a change in the very second of the reading
        yield from wait_for(session, conflict, error.operation or "")
        board = yield from read_board(session, [NEEDS_CHATS])
        fresh = _explained(view, guarded.facet, board, error)
    view.caught_up(fresh, guarded.facet)
    return fresh


def _explained(view: View, facet: Facet, board: Board, error: StaleBoard) -> View:
    fresh = view_of(board)
    if fresh is None or not view.explains(board.layout(), facet):
        raise _stale(error, board)
    return fresh


def _stale(error: CliqError, board: Board) -> StaleBoard:
    return StaleBoard(error.message, error.context, board)


def _catch_up(session: Session, view: View, facet: Facet) -> Flow[Layout]:
    """Let the second of our own last write pass, if there was one, and see that nobody else changed the facet."""
    if view.has_written(facet):
        yield from wait_for(session, view.point(facet), "reorderCategory")
    board = yield from read_board(session, [NEEDS_CHATS])
    layout = board.layout()
    fresh = _explained(view, facet, board, StaleBoard("someone else changed the board in the second of a write"))
    view.caught_up(fresh, facet)
    return layout
