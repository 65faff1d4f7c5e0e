"""Before and after the probes: what a killed run left is removed, and the test chats' pins are noted and put back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from cliq_pins_client import models, operations

from .guard import PREFIX
from .journal import Journal, Made, Pinned, Restored, Unobserved
from .messages import DEFAULT, id_of
from .settings import CHATS, Problem
from .stage import Stage


def remove_folders(stage: Stage, journal: Journal, *, by_title: bool = False) -> int:
    """Delete every folder of ours; gives how many there were.

    A folder is ours by the journal: by its id, or by its title if a run was killed before it knew the id. By how its
    title begins, which proves nothing, only for those who ask for that. Raises `Problem` if a test chat is in any other
    folder: to unpin it would change that one.
    """
    said = stage.done(stage.send(operations.get_pin_categories(include_fields=["chats"])), "reading the board")
    board: list[models.PinCategory] = said.value.data
    folders = {id_of(one.category_id): one for one in board}
    my_pins = _chats(folders.pop(DEFAULT, None))
    ours = [
        folder for folder, one in folders.items() if folder and _is_ours(folder, one.title or "", journal, by_title)
    ]
    foreign = {chat for folder, one in folders.items() if folder not in ours for chat in _chats(one)}
    misplaced = [number for number, chat in enumerate(stage.chats, start=1) if chat in foreign]
    if journal.pinned is None and not misplaced:  # what a killed run noted stays
        journal.add(Pinned(tuple(chat for chat in my_pins if chat in stage.chats)))
    _remove(ours, stage, journal)
    if misplaced:
        numbers = ", ".join(map(str, misplaced))
        advice = "take it out, or name another chat; if a run made that folder, see --by-title"
        raise Problem(f"{CHATS}: no. {numbers} is in a folder that is in no journal: {advice}")
    return len(ours)


def _remove(ours: Sequence[str], stage: Stage, journal: Journal) -> None:
    """Delete folders; their chats go to My Pins, so that one that somebody put there is not lost."""
    for folder in ours:
        if folder not in journal.made:
            journal.add(Made(folder))
        with suppress(Unobserved):
            stage.delete(folder)
    if ours and (left := len(stage.board().keys() & set(ours))):
        raise Unobserved(f"{left} of {len(ours)} folders could not be deleted")


def restore_pins(stage: Stage, journal: Journal) -> None:
    """Pin the test chats in My Pins that were there."""
    for chat in journal.pinned or ():
        stage.done(stage.pin(chat), "pinning a test chat in My Pins again")
    journal.add(Restored())


def _is_ours(folder: str, title: str, journal: Journal, by_title: bool) -> bool:
    return folder in journal.made or title in journal.wanted or (by_title and title.startswith(PREFIX))


def _chats(folder: models.PinCategory | None) -> list[str]:
    listed = (folder.chats if folder else None) or ()
    return [id_of(chat.chat_id) for chat in listed]
