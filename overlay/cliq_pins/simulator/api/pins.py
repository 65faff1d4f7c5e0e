"""What the operations do to a board. Each function gives the changed board; none of them checks its input."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from cliq_pins.simulator.behaviour import Behaviour
from cliq_pins.simulator.state import DEFAULT, Board, Folder


def find(board: Board, folder_id: str) -> Folder | None:
    """The folder or My Pins."""
    return next((folder for folder in board.everything() if folder.id == folder_id), None)


def save(board: Board, folder: Folder, now: int | None) -> Board:
    """Put a folder in its old place; with `now`, mark it as changed."""
    if now is not None:
        folder = replace(folder, changed_ms=now)
        board = replace(board, changed_ms=now)
    if folder.id == DEFAULT:
        return replace(board, default=folder)
    return replace(board, folders=tuple(folder if one.id == folder.id else one for one in board.folders))


def fill(board: Board, folder: Folder, chats: Iterable[str], behaviour: Behaviour, now: int) -> Board:
    """Give a folder its list of chats. Where pinning moves, those that enter leave all others."""
    chats = tuple(chats)
    if behaviour.pin_elsewhere == "moves":
        board = take_out(board, set(chats) - set(folder.chats), now)
    return save(board, replace(folder, chats=chats), now)


def take_out(board: Board, chats: Iterable[str], now: int) -> Board:
    """Take chats out of every folder and My Pins."""
    leaving = frozenset(chats)
    for folder in board.everything():
        if not leaving.isdisjoint(folder.chats):
            left = tuple(chat for chat in folder.chats if chat not in leaving)
            board = save(board, replace(folder, chats=left), now)
    return board


def add_folder(board: Board, folder: Folder, behaviour: Behaviour, now: int) -> Board:
    """Add a folder, with its chats."""
    empty = replace(folder, chats=())
    folders = (empty, *board.folders) if behaviour.new_folder_goes == "first" else (*board.folders, empty)
    return fill(replace(board, folders=folders), empty, folder.chats, behaviour, now)


def move_folder(board: Board, folder: Folder, above: str | None, now: int) -> Board:
    """Put a folder above another, or last."""
    others = [one for one in board.folders if one.id != folder.id]
    place = next((index for index, one in enumerate(others) if one.id == above), len(others))
    others.insert(place, folder)
    return save(replace(board, folders=tuple(others)), folder, now)


def delete_folder(board: Board, folder: Folder, unpin: bool, behaviour: Behaviour, now: int) -> Board:
    """Delete a folder; its chats go to My Pins or are unpinned."""
    left = tuple(one for one in board.folders if one.id != folder.id)
    board = replace(board, folders=left, changed_ms=now)
    if not unpin:
        new = [chat for chat in folder.chats if chat not in board.default.chats]
        return save(board, replace(board.default, chats=(*board.default.chats, *new)), now) if new else board
    return take_out(board, folder.chats, now) if behaviour.unpin_all_reaches == "everywhere" else board


def insert(chats: tuple[str, ...], chat: str, above: str | None) -> tuple[str, ...]:
    """Put a chat above another, or last."""
    others = [one for one in chats if one != chat]
    others.insert(others.index(above) if above in others else len(others), chat)
    return tuple(others)
