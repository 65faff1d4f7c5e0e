"""No request leaves that could touch what is the user's, whoever asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import httpx2
import pytest

from cliq_pins import END, CliqPins
from cliq_pins.layout import DEFAULT
from cliq_pins_client import operations
from latency import Foreigner

from .guard import PREFIX, Exchange, stranger
from .guarded import BASE, RUN, TITLE, Guarded, guard
from .journal import Began, Journal, Made, Settled
from .messages import Forbidden
from .simulated import CHATS, THEIRS

Ask: TypeAlias = Callable[[CliqPins, str], Any]


def put(**body: object) -> Ask:
    return lambda pins, folder: pins.send(operations.update_pin_category(folder, body=body))


AT = {"last_sync_time": 1}
TO_THEIRS: dict[str, Ask] = {
    "rename": put(title=TITLE),
    "collapse": put(state="collapsed"),
    "move": put(**AT),
    "move above": put(**AT, pin_above=DEFAULT),
    "move a chat": put(**AT, chat_id=CHATS[0]),
    "replace": put(**AT, chat_ids=list(CHATS[:1])),
    "delete": lambda pins, folder: pins.folders.delete(folder, unpin_all=False),
    "delete with pins": lambda pins, folder: pins.folders.delete(folder, unpin_all=True),
    "pin": lambda pins, folder: pins.chats.pin(CHATS[0], folder=folder),
}
"""What may not be done to a folder of the user's."""
TO_MY_PINS = {name: one for name, one in TO_THEIRS.items() if name not in ("move a chat", "pin")}
WITH_THEIRS: dict[str, Ask] = {
    "create": lambda pins, _: pins.folders.create(TITLE, chats=[CHATS[0], THEIRS[0]]),
    "create untitled": lambda pins, _: pins.folders.create("Work"),
    "create as another run": lambda pins, _: pins.folders.create(f"{PREFIX}one"),
    "rename": lambda pins, folder: pins.folders.update(folder, title="Work"),
    "replace": put(**AT, chat_ids=[CHATS[0], THEIRS[0]]),
    "move": put(**AT, chat_id=THEIRS[0]),
    "pin": lambda pins, folder: pins.chats.pin(THEIRS[0], folder=folder),
    "pin in My Pins": lambda pins, _: pins.chats.pin(THEIRS[0]),
    "unpin": lambda pins, _: pins.chats.unpin(THEIRS[0]),
    "unpin many": lambda pins, _: pins.chats.unpin_many([CHATS[0], THEIRS[0]]),
    "move in My Pins": lambda pins, _: put(**AT, chat_id=THEIRS[3])(pins, DEFAULT),
    "move up in My Pins": lambda pins, _: put(**AT, chat_id=CHATS[0], pin_above=THEIRS[3])(pins, DEFAULT),
}
"""What may not be done with a chat of the user's, or with a title that is not ours, even where a folder is ours."""


@pytest.mark.parametrize("what", TO_THEIRS)
def test_a_folder_of_the_users_is_not_touched(what: str, guarded: Guarded) -> None:
    refused(TO_THEIRS[what], guarded, guarded.theirs)


@pytest.mark.parametrize("what", TO_THEIRS)
def test_a_folder_of_the_users_with_the_id_of_one_that_was_ours_is_not_touched(what: str, guarded: Guarded) -> None:
    guarded.journal.add(Made(guarded.theirs))
    guarded.pins.board()
    refused(TO_THEIRS[what], guarded, guarded.theirs)


@pytest.mark.parametrize("what", TO_MY_PINS)
def test_my_pins_are_not_touched(what: str, guarded: Guarded) -> None:
    refused(TO_MY_PINS[what], guarded, DEFAULT)


@pytest.mark.parametrize("what", WITH_THEIRS)
def test_a_chat_of_the_users_is_not_touched(what: str, guarded: Guarded) -> None:
    refused(WITH_THEIRS[what], guarded, guarded.made)


def refused(ask: Ask, guarded: Guarded, folder: str) -> None:
    sent, before = guarded.sent(), guarded.service.layout()
    with pytest.raises(Forbidden):
        ask(guarded.pins.with_options(max_attempts=3), folder)
    assert (guarded.sent(), guarded.service.layout()) == (sent, before)


def test_what_is_ours_may_be_changed(guarded: Guarded) -> None:
    pins, made = guarded.pins, guarded.made
    other = pins.folders.create(f"{RUN} two")
    pins.folders.update(made, title=f"{RUN} three", symbol="", state="collapsed")
    pins.folders.move(made, above=other)
    pins.folders.add_chats(made, [CHATS[2]], above=CHATS[0])
    pins.folders.move_chat(made, CHATS[2], above=END)
    pins.chats.pin(CHATS[3], folder=made)
    pins.chats.pin(CHATS[3])
    put(last_sync_time=2**42, chat_id=CHATS[3])(pins, DEFAULT)
    pins.chats.unpin(CHATS[3])
    pins.chats.unpin_many([CHATS[0], stranger(CHATS[0])])
    pins.board()
    pins.folders.delete(made, unpin_all=True)
    assert guarded.journal.made == {made, other.id}
    assert guarded.journal.wanted == {TITLE, f"{RUN} two"}


def test_the_test_chats_of_a_killed_run_may_go_back_to_where_they_were_and_nothing_else(guarded: Guarded) -> None:
    pins, made, left, *theirs = guarded.pins, guarded.made, *THEIRS
    guarded.journal.add(Began((left,), (left,)))
    pins.chats.unpin(left)
    pins.chats.unpin_many([left, CHATS[0]])
    pins.chats.pin(left)
    forbidden: list[Ask] = [
        lambda pins, folder: pins.chats.pin(left, folder=folder),
        lambda pins, _: pins.folders.create(TITLE, chats=[left]),
        lambda pins, _: put(**AT, chat_id=left)(pins, DEFAULT),
        put(**AT, chat_ids=[left]),
        put(**AT, chat_id=left),
        lambda pins, _: pins.chats.unpin(theirs[0]),
        lambda pins, _: pins.chats.unpin_many([left, theirs[0]]),
        lambda pins, _: pins.chats.unpin_many([stranger(left)]),
    ]
    for one in forbidden:
        refused(one, guarded, made)
    Foreigner(guarded.service.simulator).put(made, chat_ids=[CHATS[0], left])
    pins.board()
    refused(lambda pins, folder: pins.folders.delete(folder, unpin_all=True), guarded, made)
    guarded.journal.add(Settled((left,)))
    for one in (lambda pins, _: pins.chats.unpin(left), lambda pins, _: pins.chats.unpin_many([left])):
        refused(one, guarded, made)


def test_a_folder_is_in_the_journal_before_it_is_asked_for(guarded: Guarded, tmp_path: Path) -> None:
    guarded.service.simulator.script({"on": "createPinCategory", "phase": "before", "action": "reset"})
    with pytest.raises(Exception, match="simulated"):
        guarded.pins.folders.create(f"{RUN} lost")
    assert f"{RUN} lost" in Journal(tmp_path / "journal").wanted


def test_chats_are_unpinned_with_a_folder_only_if_a_fresh_listing_shows_that_they_are_test_chats(
    guarded: Guarded,
) -> None:
    pins, made = guarded.pins, guarded.made
    user = Foreigner(guarded.service.simulator)

    def stopped() -> None:
        refused(lambda pins, folder: pins.folders.delete(folder, unpin_all=True), guarded, made)

    stopped()  # nothing was listed
    pins.send(operations.get_pin_categories())
    stopped()  # chats were not
    user.put(made, chat_ids=[CHATS[0], THEIRS[0]])
    pins.board()
    stopped()  # theirs is there
    user.put(made, chat_ids=[CHATS[0]])
    pins.board()
    guarded.service.simulator.clock.advance(6)
    stopped()  # it was long ago
    pins.board()
    pins.folders.delete(made, unpin_all=True)
    assert made not in {one.id for one in guarded.service.simulator.board().folders}


def test_an_answer_is_looked_at_and_handed_on_as_it_came(guarded: Guarded) -> None:
    begun = guarded.guard.last
    assert guarded.pins.board().folders[-1].title == TITLE
    last = guarded.guard.last
    assert last == Exchange(begun.sent, begun.received, guarded.service.simulator.clock.now_ms // 1000 * 1000, 200)


def test_what_lies_between_two_milliseconds_is_not_taken_for_one_of_them(tmp_path: Path) -> None:
    times = iter((10.6, 10.7, 20.0001, 19.9999))
    inner = httpx2.MockTransport(lambda request: httpx2.Response(200, json={}))
    one = guard(inner, Journal(tmp_path / "journal"), lambda: next(times))
    for sent, received in ((10, 11), (20, 20)):
        one.handle_request(httpx2.Request("GET", f"{BASE}/pin-categories"))
        assert (one.last.sent, one.last.received) == (sent, received)


@pytest.mark.parametrize("chat", [*CHATS[:2], "CT_2230642524712404875_64396981", "9"])
def test_a_stranger_is_none_of_the_chats(chat: str) -> None:
    assert stranger(chat) not in (*CHATS, chat)
    assert stranger(chat)[: chat.find("_") + 1] == chat[: chat.find("_") + 1]
