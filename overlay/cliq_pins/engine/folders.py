"""What the methods of `pins.folders` do."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias, cast, get_args

import msgspec

from cliq_pins._generated import UNSET, Call, Unset, models, operations
from cliq_pins.board import Board, Folder, view_of
from cliq_pins.edits import (
    AddChats,
    ChatRef,
    Edit,
    FolderRef,
    Move,
    MoveChat,
    RemoveChats,
    ReplaceChats,
    folder_id,
    ids_of,
)
from cliq_pins.errors import (
    MESSAGE_SHOWN,
    CliqError,
    Context,
    InvalidRequest,
    NotFound,
    OperationFailed,
    SchemaError,
)
from cliq_pins.layout import DEFAULT, Change, Created, Creating, Deleted, Touched
from cliq_pins.position import End
from cliq_pins.quoting import quoted
from cliq_pins.secret import one_line

from . import guarded
from .answers import raw
from .call import Reply, send
from .effects import Flow
from .reading import NEEDS_CHATS, read_board
from .session import Session

OnConflict: TypeAlias = Literal["raise", "rebase"]
CREATE = "createPinCategory"


def create(session: Session, title: str, symbol: str | Unset, chats: Iterable[ChatRef]) -> Flow[Folder]:
    """Make a folder."""
    ids = ids_of(chats)
    # an empty symbol means none, and satisfies a service that wants one, as the vendor's text says in one place
    body = models.CreatePinCategoryRequest(
        title=title, symbol="" if symbol is UNSET else symbol, chat_ids=list(ids) if ids else UNSET
    )
    call = operations.create_pin_category(body=body)
    with session.shared.views.calling(Creating(ids)) as own:
        reply = yield from send(session, call)
        made = reply.value.data
        if made is None or not made.category_id:
            raise _without_id(call, reply)
        own.became = Created(made.category_id, ids)
    return Folder(made)


def _without_id(call: Call[Any], reply: Reply[Any]) -> SchemaError:
    context = Context(
        operation=CREATE,
        status=reply.answer.status,
        attempts=reply.attempts,
        outcome="unknown",
        answer=raw(reply.answer),
    )
    error = SchemaError("$.data.category_id: the new folder came without its id", context)
    error.request = call
    return error


def create_or_get(session: Session, title: str, symbol: str | Unset, chats: Iterable[ChatRef]) -> Flow[Folder]:
    """The folder of that title, made if there is none."""
    ids = ids_of(chats)
    board = yield from read_board(session, [NEEDS_CHATS])
    found = _titled(board, title)
    if found:
        return found[0]
    try:
        return (yield from create(session, title, symbol, ids))
    except CliqError as error:
        if error.outcome != "unknown":
            raise
        board = yield from guarded.read_after(session, error)
        found = _titled(board, title)
        if not found:
            raise
        session.shared.views.did(Created(found[0].id, ids), Creating(ids))
        return found[0]


def reconcile(session: Session, error: CliqError) -> Flow[Folder | None]:
    """The folder that a create made whose answer was lost; `None` if it made none."""
    request = lost_request(error, CREATE)
    wanted = msgspec.json.decode(request.content or b"{}", type=models.CreatePinCategoryRequest)
    board = yield from read_board(session, [NEEDS_CHATS])
    layout = board.layout()
    chats = [] if wanted.chat_ids is UNSET else wanted.chat_ids
    found = [one for one in _titled(board, wanted.title) if set(chats) <= set(layout.chats.get(one.id) or ())]
    if len(found) > 1:
        ids = ", ".join(one.id for one in found)
        title = quoted(wanted.title)
        raise InvalidRequest(f"reconcile: {len(found)} folders are called {title} and have these chats: {ids}")
    if not found:
        return None
    session.shared.views.did(Created(found[0].id, tuple(chats)), Creating(tuple(chats)))
    return found[0]


def lost_request(error: CliqError, operation: str) -> Call[Any]:
    """The request of an operation whose outcome is unknown; `InvalidRequest` if the error is of anything else."""
    if not isinstance(cast(object, error), CliqError):
        raise InvalidRequest(f"reconcile: the error that {operation} raised is wanted, not {error!r}")
    if error.operation != operation or error.request is None:
        raise InvalidRequest(f"reconcile: takes the error of {operation}, not of {error.operation or 'nothing sent'}")
    if error.outcome != "unknown":
        raise InvalidRequest(f"reconcile: the outcome of that {operation} is known: {error.outcome}")
    return error.request


def update(
    session: Session, folder: FolderRef, title: str | Unset, symbol: str | Unset, state: str | Unset
) -> Flow[None]:
    """Change a folder's details."""
    given = {"title": title, "symbol": symbol, "state": state}
    body = {name: value for name, value in given.items() if value is not UNSET}
    if not body:
        raise InvalidRequest("update: give a title, a symbol or a state")
    states = get_args(models.State)
    if state is not UNSET and state not in states:
        raise InvalidRequest(f"state: {state!r} is none of {', '.join(states)}")
    call = operations.update_pin_category(own_id(session, folder), body=body)
    with doubting(folder):
        yield from unguarded(session, call, Touched())


def delete(session: Session, folder: FolderRef, unpin_all: bool) -> Flow[None]:
    """Delete a folder."""
    deleted = own_id(session, folder)
    call = operations.delete_pin_category(deleted, unpin_all=unpin_all)
    with doubting(folder):
        yield from unguarded(session, call, Deleted(deleted, unpin_all))


def own_id(session: Session, ref: FolderRef) -> str:
    """The id of a folder. Raises `InvalidRequest` for what is none, and for a folder of another user's board."""
    if isinstance(ref, Folder):
        guarded.check_owner(session, view_of(ref.board))
    return folder_id(ref)


@contextmanager
def doubting(folder: FolderRef | None) -> Generator[None, None, None]:
    """Let a refusal without a reason say so if the folder was given by what looks like its title.

    No id of the contract's is anything but digits, but it does not say that there are no others.
    """
    try:
        yield
    except (OperationFailed, NotFound) as error:
        if isinstance(folder, str) and not folder.isdecimal() and folder != DEFAULT:
            title = quoted(folder)
            hint = f"if {title} is the title of a folder, give its id, or the folder itself: board[{title}]"
            error.message = one_line(f"{error.message}; {hint}", MESSAGE_SHOWN)
        raise


def unguarded(session: Session, call: Call[Any], does: Change) -> Flow[None]:
    """Send a call that the service does not guard, and note what it did for the boards that were read.

    If an answer was lost and the next attempt is refused, a reading tells whether the first one worked.
    """
    with session.shared.views.calling(does):
        try:
            yield from send(session, call)
        except CliqError as error:
            if not error.is_open_refusal or not does.shows:
                raise
            board = yield from guarded.read_after(session, error)
            if not does.holds(board.layout()):
                raise


def move(
    session: Session, folder: FolderRef, above: FolderRef | Literal[End.END], on_conflict: OnConflict
) -> Flow[None]:
    """Put a folder above another, or at the end."""
    yield from _edit(session, Move(folder, above), on_conflict)


def replace_chats(session: Session, folder: FolderRef, chats: Iterable[ChatRef]) -> Flow[None]:
    """Give a folder a new list of chats."""
    yield from _edit(session, ReplaceChats(folder, chats), "raise")


def add_chats(
    session: Session,
    folder: FolderRef,
    chats: Iterable[ChatRef],
    above: ChatRef | Literal[End.END],
    on_conflict: OnConflict,
) -> Flow[None]:
    """Pin chats in a folder."""
    yield from _edit(session, AddChats(folder, chats, above), on_conflict)


def remove_chats(session: Session, folder: FolderRef, chats: Iterable[ChatRef], on_conflict: OnConflict) -> Flow[None]:
    """Take chats out of a folder."""
    yield from _edit(session, RemoveChats(folder, chats), on_conflict)


def move_chat(
    session: Session,
    folder: FolderRef,
    chat: ChatRef,
    above: ChatRef | Literal[End.END],
    on_conflict: OnConflict,
) -> Flow[None]:
    """Put a chat above another of its folder, or at the end."""
    yield from _edit(session, MoveChat(folder, chat, above), on_conflict)


def _edit(session: Session, one: Edit, on_conflict: OnConflict) -> Flow[None]:
    if on_conflict not in ("raise", "rebase"):
        raise InvalidRequest(f"on_conflict: {on_conflict!r} is neither 'raise' nor 'rebase'")
    yield from guarded.edit(session, lambda _: one, guarded.board_for(one), 0 if on_conflict == "raise" else None)


def _titled(board: Board, title: str) -> list[Folder]:
    return [one for one in board.folders if one.title == title]
