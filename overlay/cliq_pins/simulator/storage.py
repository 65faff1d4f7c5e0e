"""States on disk, and whether a state makes sense."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from .state import DEFAULT, Board, State


class StateFileError(ValueError):
    """A state file that cannot be used, in one line; the file is left as it is."""


class Saved(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a state file holds."""

    format: Literal["cliq-pins simulator state"] = "cliq-pins simulator state"
    version: Literal[1] = 1
    ahead_ms: Annotated[int, Meta(ge=0, le=10**14)] = 0
    """How far the clock was advanced, in milliseconds."""
    state: State


def load(path: Path) -> Saved | None:
    """Read a state file; `None` if there is none, `StateFileError` for one that cannot be used."""
    if path.exists() and not path.is_file():
        raise StateFileError(f"{path}: is no file")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateFileError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        saved = msgspec.json.decode(content, type=Saved)
        check(saved.state)
    except (ValueError, RecursionError) as error:
        raise StateFileError(f"{path}: is no state file of this simulator: {error}") from None
    return saved


def save(path: Path, saved: Saved) -> None:
    """Write a state file: whole or not at all, and for its owner only. `StateFileError` if it cannot be written."""
    path = path.resolve()  # through a link, so that the link stays one
    content = msgspec.json.format(msgspec.json.encode(saved, order="deterministic"), indent=1)
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except OSError:
                Path(file.name).unlink()
                raise
    except OSError as error:
        raise StateFileError(f"{path}: cannot be written: {error.strerror}") from None


def check(state: State) -> None:
    """Raise `ValueError` with one line for a state that contradicts itself."""
    if not state.users:
        raise ValueError("the state has no users")
    for user, one in state.users.items():
        for network, board in one.boards.items():
            for problem in _problems(board):
                raise ValueError(f"user {user!r}{f', network {network!r}' if network else ''}: {problem}")
    named = [one.user for one in state.grants.values()]
    named += [one.user for one in state.refresh_tokens.values()]
    named += [one.user for one in state.access_tokens.values() if one.user or one.scopes]
    if strangers := set(named) - {*state.users}:
        raise ValueError(f"a token is of the unknown user {min(strangers)!r}")


def _problems(board: Board) -> Iterator[str]:
    if board.default.id != DEFAULT:
        yield f"the default folder is called {board.default.id!r}, not {DEFAULT!r}"
    ids = [folder.id for folder in board.everything()]
    if len(set(ids)) < len(ids) or "" in ids:
        yield "two folders have the same id, or one has none"
    for key, chat in board.chats.items():
        if key != chat.chat_id:
            yield f"the chat under {key!r} says that it is {chat.chat_id!r}"
    for stray in board.unpinnable - board.chats.keys():
        yield f"the unpinnable chat {stray!r} is not described"
    for folder in board.everything():
        if len(set(folder.chats)) < len(folder.chats):
            yield f"folder {folder.id!r} has a chat twice"
        for stray in set(folder.chats) - board.chats.keys():
            yield f"folder {folder.id!r} has chat {stray!r}, which is not described"
