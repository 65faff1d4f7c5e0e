"""Before and after the probes: what a killed run left is removed, and the test chats' pins are noted and put back."""

from __future__ import annotations

from collections.abc import Mapping

from cliq_pins_client import operations

from .guard import DEFAULT, PREFIX
from .journal import Journal, Made, Pinned, Restored
from .settings import CHATS, Problem
from .stage import Stage


def clear(stage: Stage, journal: Journal) -> int:
    """Delete every folder of ours, and take the test chats out of everything; gives how many folders there were.

    The folders' chats go to My Pins, so that a chat that somebody put there is not lost. Raises `Problem`, with all
    chats where they are, if a test chat is in a folder of the user's: to unpin it would change that.
    """
    said = stage.done(stage.send(operations.get_pin_categories(include_fields=["chats"])), "reading the board")
    ours: list[str] = []
    for folder in said.value.data:
        held = {chat.chat_id for chat in folder.chats or ()}
        if folder.category_id in journal.made or (folder.title or "").startswith(PREFIX):
            ours.append(folder.category_id)
        elif folder.category_id != DEFAULT and not held.isdisjoint(stage.chats):
            numbers = ", ".join(str(number) for number, chat in enumerate(stage.chats, start=1) if chat in held)
            raise Problem(f"{CHATS}: no. {numbers} is in a folder of yours; take it out, or name another chat")
    for folder in ours:
        if folder not in journal.made:
            journal.add(Made(folder))
        stage.done(stage.delete(folder), "deleting a folder of an earlier run")
    stage.unpin_test_chats()
    return len(ours)


def note_pins(board: Mapping[str, list[str] | None], stage: Stage, journal: Journal) -> None:
    """Write down which test chats are in My Pins, as far as it tells; what a killed run wrote down stays."""
    if journal.pinned is None:
        journal.add(Pinned(tuple(chat for chat in board.get(DEFAULT) or () if chat in stage.chats)))


def restore_pins(stage: Stage, journal: Journal) -> None:
    """Pin those in My Pins again."""
    for chat in journal.pinned or ():
        stage.done(stage.pin(chat), "pinning a test chat in My Pins again")
    journal.add(Restored())
