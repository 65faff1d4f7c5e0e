"""Before and after the probes: what a killed run left is removed, and the test chats' pins are noted and put back."""

from __future__ import annotations

from contextlib import suppress

from cliq_pins_client import models, operations

from .guard import DEFAULT, PREFIX
from .journal import Journal, Made, Pinned, Restored, Unobserved
from .settings import CHATS, Problem
from .stage import Stage


def remove_folders(stage: Stage, journal: Journal) -> int:
    """Delete every folder of ours; gives how many there were.

    Their chats go to My Pins, so that one that somebody put there is not lost. Before that the test chats in My Pins
    are noted, as far as it lists them; what a killed run noted stays. Raises `Problem` if a test chat is in a folder of
    the user's: to unpin it would change that folder.
    """
    said = stage.done(stage.send(operations.get_pin_categories(include_fields=["chats"])), "reading the board")
    board: list[models.PinCategory] = said.value.data
    misplaced = [number for number, chat in enumerate(stage.chats, start=1) if _in_foreign_folder(chat, board, journal)]
    if journal.pinned is None and not misplaced:
        journal.add(Pinned(tuple(chat for chat in _my_pins(board) if chat in stage.chats)))
    ours = [one.category_id or "" for one in board if _is_ours(one, journal)]
    for folder in ours:
        if folder not in journal.made:
            journal.add(Made(folder))
        with suppress(Unobserved):
            stage.delete(folder)
    if ours and (left := len(stage.board().keys() & set(ours))):
        raise Unobserved(f"{left} of {len(ours)} folders could not be deleted")
    if misplaced:
        numbers = ", ".join(map(str, misplaced))
        raise Problem(f"{CHATS}: no. {numbers} is in a folder of yours; take it out, or name another chat")
    return len(ours)


def restore_pins(stage: Stage, journal: Journal) -> None:
    """Pin the test chats in My Pins that were there."""
    for chat in journal.pinned or ():
        stage.done(stage.pin(chat), "pinning a test chat in My Pins again")
    journal.add(Restored())


def _is_ours(folder: models.PinCategory, journal: Journal) -> bool:
    """By the journal; or by its title, if a run was killed before it knew the id, or the journal is lost."""
    return folder.category_id in journal.made or (folder.title or "").startswith(PREFIX)


def _in_foreign_folder(chat: str, board: list[models.PinCategory], journal: Journal) -> bool:
    foreign = [one for one in board if one.category_id != DEFAULT and not _is_ours(one, journal)]
    return any(chat == held.chat_id for one in foreign for held in one.chats or ())


def _my_pins(board: list[models.PinCategory]) -> list[str]:
    return [chat.chat_id or "" for one in board if one.category_id == DEFAULT for chat in one.chats or ()]
