"""What becomes of chats: in two folders, twice in one, unknown, in My Pins, and put above what is not there."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from cliq_pins.layout import DEFAULT
from live.answer import Said
from live.guard import stranger
from live.journal import Unobserved, Untold
from live.testbed import Testbed

from .probe import Findings, Probe, by_refusal, found, same, sure


def pin_elsewhere(testbed: Testbed, spend: int) -> Findings:
    """A chat is put into a second folder in each of the ways that there are: is it still in the first?"""
    chat = testbed.chats[0]
    outcomes: dict[str, bool] = {}
    for way in ("pin", "create", "replace"):
        first = testbed.make(chat)
        second = testbed.make(*([chat] if way == "create" else []))
        if way == "pin":
            testbed.done(testbed.pin(chat, second), "pinning a chat")
        elif way == "replace":
            testbed.done(testbed.put_in_step(second, chat_ids=[chat]), "replacing chats")
        board = testbed.board(first, second)
        if chat not in (board[second] or []):
            raise Unobserved(f"after {way} the chat is not in the second folder")
        outcomes[way] = chat in (board[first] or [])
        testbed.tidy()
    stays = same(outcomes)
    evidence = f"by {', '.join(outcomes)}: the chat {'is still in' if stays else 'left'} the first folder"
    return found("pin_elsewhere", "adds" if stays else "moves", evidence)


def pin_again(testbed: Testbed, spend: int) -> Findings:
    """A chat is pinned into a folder twice."""
    chat, folder = testbed.chats[0], testbed.make()
    first = testbed.done(testbed.pin(chat, folder), "pinning a chat")

    def anew() -> Said:
        testbed.done(testbed.unpin(chat), "unpinning a chat")
        return testbed.pin(chat, folder)

    second = sure(lambda: testbed.pin(chat, folder), anew, "pinning a chat again")
    return by_refusal("pin_again", second, "accepted", "refused", f"pinned: {first}, again")


def duplicate_chat_ids(testbed: Testbed, spend: int) -> Findings:
    """A folder gets a list that has a chat twice."""
    one, two, three = testbed.chats[:3]
    folder = testbed.make(two, one)
    said = sure(
        lambda: testbed.put_in_step(folder, chat_ids=[one, two, one]),
        lambda: testbed.put_in_step(folder, chat_ids=[one, two, three]),
        "a list with a chat twice",
    )
    if said.is_refusal():
        return found("duplicate_chat_ids", "refused", f"a list with a chat twice: {said}")
    if testbed.chats_of(folder) != [one, two]:
        raise Unobserved("a list with a chat twice is taken, and its first place is not what counts")
    return found("duplicate_chat_ids", "collapsed", f"a list with a chat twice: {said}, and its first place counts")


def unknown_chats_removed(testbed: Testbed, spend: int) -> Findings:
    """A chat of a folder and one that nobody has are removed at once."""
    chat, other = testbed.chats[:2]
    folder = testbed.make(chat, other)

    def both() -> Said:
        removed = testbed.unpin_all([chat, other])
        for one in (chat, other) if removed.ok else ():
            testbed.done(testbed.pin(one, folder), "pinning a chat")
        return removed

    what = "removing a chat and one that nobody has"
    said = sure(lambda: testbed.unpin_all([chat, stranger(chat)]), both, what)
    if said.is_refusal() == (chat not in testbed.chats_of(folder)):
        raise Unobserved(f"{what}: {said}, and the chat is where it should not be")
    return by_refusal("unknown_chats_removed", said, "ignored", "refused", what)


def default_folder_lists_chats(testbed: Testbed, spend: int) -> Findings:
    """A chat is pinned in My Pins, and the board is read with chats."""
    chat = testbed.chats[0]
    testbed.done(testbed.pin(chat), "pinning a chat in My Pins")
    listed = testbed.board(DEFAULT)[DEFAULT]
    if listed is not None and chat not in listed:
        raise Unobserved("My Pins lists chats, but not one that was just pinned there")
    lists = listed is not None
    return found("default_folder_lists_chats", lists, f"My Pins comes {'with' if lists else 'without'} `chats`")


def guarded_put_on_default(testbed: Testbed, spend: int) -> Findings:
    """A chat is pinned in My Pins, where it is last, and then put last there."""
    chat, other = testbed.chats[:2]
    folder, what = testbed.make(other), "moving a chat within My Pins"
    testbed.done(testbed.pin(chat), "pinning a chat in My Pins")
    said = sure(
        lambda: testbed.put_in_step(DEFAULT, chat_id=chat), lambda: testbed.put_in_step(folder, chat_id=other), what
    )
    if said.is_refusal() and said.code != "operation_not_allowed":
        raise Unobserved(f"{what}: {said}: none of the readings")
    return by_refusal("guarded_put_on_default", said, "allowed", "refused", what)


def bad_pin_above(testbed: Testbed, spend: int) -> Findings:
    """A chat and a folder are each put above itself, and above one that is not there."""
    one, two, three = testbed.chats[:3]
    folder, gone = testbed.make(one, two, three), testbed.make()
    testbed.make()
    testbed.done(testbed.delete(gone), "deleting a folder")
    outcomes = {
        "chat above itself": _chat_ends(testbed, folder, one, one, three),
        "chat above a stranger": _chat_ends(testbed, folder, two, stranger(two), three),
        "folder above itself": _folder_ends(testbed, folder, folder),
        "folder above a deleted one": _folder_ends(testbed, folder, gone),
    }
    ends = same(outcomes)
    evidence = f"{', '.join(outcomes)}: {'204, and it is last' if ends else 'refused'}"
    return found("bad_pin_above", "end" if ends else "refused", evidence)


def chat_not_in_folder(testbed: Testbed, spend: int) -> Findings:
    """A chat is moved in a folder that does not have it."""
    one, two = testbed.chats[:2]
    folder, what = testbed.make(one), "moving a chat that the folder has not"
    said = sure(
        lambda: testbed.put_in_step(folder, chat_id=two), lambda: testbed.put_in_step(folder, chat_id=one), what
    )
    if said.is_refusal() == (two in testbed.chats_of(folder)):
        raise Unobserved(f"{what}: {said}, and it is not where that says")
    return by_refusal("chat_not_in_folder", said, "added", "refused", what)


def max_pins(testbed: Testbed, spend: int) -> Findings:
    """Chats are pinned in one folder until that is refused, and one that is unpinned makes room for another."""
    folder = testbed.make(testbed.chats[0])
    for pinned, (last, chat) in enumerate(pairwise(testbed.chats[:spend]), start=1):
        what = f"with {pinned} chats in a folder, another one"
        said = sure(partial(testbed.pin, chat, folder), partial(_instead, testbed, folder, last, chat), what)
        if said.code == "max_pins_error":
            return found("max_pins", pinned, f"{what}: {said}")
        testbed.done(said, "pinning a chat")
    raise Untold(f"a folder takes {spend} chats; no more were tried")


def _instead(testbed: Testbed, folder: str, last: str, chat: str) -> Said:
    """Pin a chat in the place of another one, and then the other one again."""
    testbed.done(testbed.unpin(last), "unpinning a chat")
    said = testbed.pin(chat, folder)
    testbed.unpin(chat)
    testbed.done(testbed.pin(last, folder), "pinning a chat")
    return said


def _chat_ends(testbed: Testbed, folder: str, chat: str, above: str, other: str) -> bool:
    """Whether a chat goes last; it was not, and is not where it is put above another one."""
    said = sure(
        lambda: testbed.put_in_step(folder, chat_id=chat, pin_above=above),
        lambda: testbed.put_in_step(folder, chat_id=chat, pin_above=other),
        "a chat above what is not there",
    )
    return _ends(said, last=testbed.chats_of(folder)[-1:] == [chat])


def _folder_ends(testbed: Testbed, folder: str, above: str) -> bool:
    """Whether a folder goes last, after it was put before another one."""
    other = testbed.make()
    testbed.done(testbed.put_in_step(folder, pin_above=other), "moving a folder")
    said = sure(
        lambda: testbed.put_in_step(folder, pin_above=above),
        lambda: testbed.put_in_step(folder, pin_above=other),
        "a folder above what is not there",
    )
    order = list(testbed.board(folder, other))
    return _ends(said, last=order.index(folder) > order.index(other))


def _ends(said: Said, *, last: bool) -> bool:
    if said.is_refusal() == last:
        raise Unobserved(f"put above what is not there: {said}, and it is not where that says")
    return last


PROBES = (
    Probe(("pin_elsewhere",), pin_elsewhere),
    Probe(("pin_again",), pin_again),
    Probe(("duplicate_chat_ids",), duplicate_chat_ids),
    Probe(("unknown_chats_removed",), unknown_chats_removed),
    Probe(("default_folder_lists_chats",), default_folder_lists_chats),
    Probe(("guarded_put_on_default",), guarded_put_on_default),
    Probe(("bad_pin_above",), bad_pin_above),
    Probe(("chat_not_in_folder",), chat_not_in_folder),
    Probe(("max_pins",), max_pins, "max_pins"),
)
