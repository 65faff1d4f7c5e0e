"""Before and after the probes: what a killed run left is removed, and the test chats' pins are noted and put back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from msgspec import Struct

from cliq_pins.layout import DEFAULT
from cliq_pins_client import models

from .answer import Said
from .guard import PREFIX, may_be_ours
from .journal import Began, Journal, Made, Settled, Unobserved
from .messages import id_of
from .settings import CHATS, Problem
from .table import say
from .telling import told
from .testbed import Testbed

NOT_THEIRS = "chat_access_denied"
"""The answer for a chat that the user has no more: there is nothing to put back."""


class Found(Struct, frozen=True, kw_only=True):
    """What a board has of ours."""

    folders: list[str]
    """By the journal: by their ids, or by their titles if a run was killed before it knew the id."""
    nameless: int
    """How many more there are, without an id by which they could be deleted."""
    my_pins: list[str]
    """The chats in My Pins, if they are listed."""
    foreign: set[str]
    """The chats in folders of somebody else's."""
    unseen: int
    """How many folders of somebody else's are listed without their chats."""


def clear(testbed: Testbed, journal: Journal, *, by_title: bool = False) -> Found:
    """Remove what is left of earlier runs; gives what there was.

    The test chats of a killed run that are none any more go back to where they were; of those that still are, what it
    noted stays. Raises `Problem` if one is in a folder of somebody else's: to unpin it would change that one.
    """
    found = _look(testbed, journal, by_title=by_title)
    if by_title:  # the journal is lost: any test chat may be in those folders, and is in My Pins when they are deleted
        begin(testbed, journal, found)
    _remove(found, testbed, journal)
    try:
        _put_back(journal.chats.keys() - found.foreign - {*testbed.chats}, testbed, journal)
    except Unobserved as why:
        say(f"live: not all is as it was before an earlier run: {told(why)}")
    _insist_on_their_place(found, testbed)
    return found


def begin(testbed: Testbed, journal: Journal, found: Found) -> None:
    """Note where the test chats are, all of which may be touched from now on. Raises `Problem` as `clear` does."""
    _insist_on_their_place(found, testbed)
    journal.add(Began(testbed.chats, tuple(chat for chat in testbed.chats if chat in found.my_pins)))


def remove_folders(testbed: Testbed, journal: Journal) -> None:
    """Delete every folder of ours. Raises `Problem` if a test chat is in a folder of somebody else's."""
    _insist_on_their_place(_remove(_look(testbed, journal), testbed, journal), testbed)


def end(testbed: Testbed, journal: Journal) -> None:
    """Delete every folder of ours, and put test chats back to where they were, those of earlier runs as well.

    One that is in a folder of somebody else's stays there, and in the journal.
    """
    found = _remove(_look(testbed, journal), testbed, journal)
    _put_back(journal.chats.keys() - found.foreign, testbed, journal)
    _insist_on_their_place(found, testbed)


def _look(testbed: Testbed, journal: Journal, *, by_title: bool = False) -> Found:
    """Read the board. How a title begins proves nothing: it counts for those who ask for that alone."""
    board: list[models.PinCategory] = testbed.done(testbed.read(), "reading the board").value.data
    folders = [one for one in board if one.category_id != DEFAULT]
    ours = [one for one in folders if _is_ours(one, journal, by_title)]
    others = [one for one in folders if not _is_ours(one, journal, by_title)]
    return Found(
        folders=[folder for one in ours if (folder := id_of(one.category_id))],
        nameless=sum(not id_of(one.category_id) for one in ours),
        my_pins=[chat for one in board if one.category_id == DEFAULT for chat in _chats(one)],
        foreign={chat for one in others for chat in _chats(one)},
        unseen=sum(one.chats is None or "" in _chats(one) for one in others),
    )


def _remove(found: Found, testbed: Testbed, journal: Journal) -> Found:
    """Delete folders; their chats go to My Pins, so that one that somebody put there is not lost."""
    ours = found.folders
    for folder in ours:
        if folder not in journal.made:
            journal.add(Made(folder))
        with suppress(Unobserved):
            testbed.delete(folder)
    left = found.nameless + (len(testbed.board().keys() & set(ours)) if ours else 0)
    if left:
        raise Unobserved(f"{left} of {len(ours) + found.nameless} folders could not be deleted")
    _insist_on_sight(found)
    return found


def _put_back(chats: Iterable[str], testbed: Testbed, journal: Journal) -> None:
    """Take chats out of everything, and pin those in My Pins again that were there."""
    chats = [chat for chat in journal.chats if chat in set(chats)]
    stuck = _stuck(chats, testbed)
    answers = {chat: testbed.pin(chat) for chat in chats if journal.chats[chat] and chat not in stuck}
    lost = [chat for chat, said in answers.items() if said.code == NOT_THEIRS]
    refused = {chat: said for chat, said in answers.items() if not said.ok and chat not in lost}
    journal.add(Settled(tuple(chat for chat in chats if chat not in stuck and chat not in refused)))
    if lost:
        say(f"live: {len(lost)} test chats that were in My Pins are the user's no more")
    for said in stuck.values():
        testbed.done(said, f"unpinning {len(stuck)} test chats")
    for said in refused.values():
        testbed.done(said, f"pinning {len(refused)} test chats in My Pins again")


def _stuck(chats: Sequence[str], testbed: Testbed) -> dict[str, Said]:
    """Take chats out of everything; gives those that stayed, by the board or else by the refusals, which come along."""
    refused = testbed.take_out(chats)
    board = testbed.board() if refused else {}
    listed = {chat for held in board.values() for chat in held or ()}
    unclear = board.get(DEFAULT) is None
    return {chat: said for chat, said in refused.items() if chat in listed or (unclear and said.code != NOT_THEIRS)}


def _insist_on_sight(found: Found) -> None:
    """A test chat may be in a folder of which nothing is seen, and would be taken out."""
    if found.unseen:
        what = "without its chats, or without their ids; if it is empty, put a chat into it or remove it"
        raise Problem(f"cannot see what is in your folders: one is listed {what}")


def _insist_on_their_place(found: Found, testbed: Testbed) -> None:
    _insist_on_sight(found)
    misplaced = [str(number) for number, chat in enumerate(testbed.chats, start=1) if chat in found.foreign]
    if misplaced:
        advice = "take it out, or name another chat; if a run made that folder, see --by-title"
        raise Problem(f"{CHATS}: no. {', '.join(misplaced)} is in a folder that is in no journal: {advice}")


def _is_ours(one: models.PinCategory, journal: Journal, by_title: bool) -> bool:
    title = one.title or ""
    made = id_of(one.category_id) in journal.made and may_be_ours(one.title)
    return made or title in journal.wanted or (by_title and title.startswith(PREFIX))


def _chats(folder: models.PinCategory) -> list[str]:
    return [id_of(chat.chat_id) for chat in folder.chats or ()]
