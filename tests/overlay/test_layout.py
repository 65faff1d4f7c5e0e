"""What our own calls do to a board, held to the simulated service under every reading; and whether it shows."""

from __future__ import annotations

from typing import Any

import pytest

from cliq_pins import CliqPins
from cliq_pins.layout import (
    DEFAULT,
    READINGS,
    Change,
    ChatOrdered,
    Created,
    Deleted,
    Filled,
    Layout,
    Ordered,
    Pinned,
    Reading,
    Unpinned,
    after,
    moved,
)
from cliq_pins.simulator import Behaviour, Simulator
from cliq_pins.testing import board, connect, folder
from latency import Foreigner

A, B, C = "4000000000000010001", "4000000000000010002", "4000000000000010003"
FOLDER, PINS = "/pin-categories/{}", "/chats/{}/pins"


def service(reading: Reading) -> tuple[Simulator, CliqPins]:
    behaviour = Behaviour(
        pin_elsewhere="moves" if reading.pin_moves else "adds",
        new_folder_goes="first" if reading.new_first else "last",
        unpin_all_reaches="everywhere" if reading.unpin_all_everywhere else "folder",
        default_folder_lists_chats=True,
    )
    folders = folder("A", "1", "2", "3", folder_id=A), folder("B", "3", "4", folder_id=B), folder("C", folder_id=C)
    simulator = Simulator(board(*folders, my_pins=["2", "5"], chats=["6"]), behaviour=behaviour, limits=False)
    return simulator, connect(simulator)


def put(folder_id: str, **body: Any) -> tuple[str, str, Any]:
    return "PUT", FOLDER.format(folder_id), body | {"last_sync_time": 9_000_000_000_000}


CHANGES: list[tuple[Change, tuple[str, str, Any]]] = [
    *((Ordered(C, above), put(C, pin_above=above)) for above in (A, B)),
    *((Ordered(one, None), put(one)) for one in (A, C)),
    (ChatOrdered(A, "3", "1"), put(A, chat_id="3", pin_above="1")),
    (ChatOrdered(A, "1", "3"), put(A, chat_id="1", pin_above="3")),
    (ChatOrdered(A, "1", None), put(A, chat_id="1")),
    (Filled(A, ("4", "1", "5")), put(A, chat_ids=["4", "1", "5"])),
    (Filled(B, ("3", "6")), put(B, chat_ids=["3", "6"])),
    (Filled(C, ()), put(C, chat_ids=[])),
    *(
        (Deleted(one, unpin_all), ("DELETE", f"{FOLDER.format(one)}?unpin_all={str(unpin_all).lower()}", None))
        for one in (A, B, C)
        for unpin_all in (False, True)
    ),
    *((Pinned(B, chat), ("POST", PINS.format(chat), {"category_id": B})) for chat in ("1", "4", "6")),
    (Pinned(DEFAULT, "1"), ("POST", PINS.format("1"), {})),
    (Unpinned(("2",)), ("DELETE", PINS.format("2"), None)),
    (Unpinned(("2", "3", "6")), ("DELETE", "/pin-categories?chat_ids=2,3,6", None)),
]


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(("change", "call"), CHANGES)
def test_a_call_does_what_is_expected_of_it(change: Change, call: tuple[str, str, Any], reading: Reading) -> None:
    simulator, pins = service(reading)
    before = pins.board().layout()
    assert Foreigner(simulator).call(*call) < 300
    found = pins.board().layout()
    assert change.apply(before, reading) == found
    if change.shows:
        assert change.holds(found)
        assert change.holds(before) == (change.apply(before, reading) == before)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("change", [*(change for change, _ in CHANGES), Created("new", ("1", "6"))])
def test_what_a_board_shows_already_is_not_done_once_more(change: Change, reading: Reading) -> None:
    """A reading may be faster than the answer to the call."""
    _, pins = service(reading)
    done = change.apply(pins.board().layout(), reading)
    assert change.apply(done, reading) == done


@pytest.mark.parametrize("reading", READINGS)
def test_a_new_folder_stands_where_the_reading_has_it(reading: Reading) -> None:
    _, pins = service(reading)
    before = pins.board().layout()
    made = pins.folders.create("D", chats=["1", "6"])
    assert Created(made.id, ("1", "6")).apply(before, reading) == pins.board().layout()


UNKNOWN = Layout((A, B), {DEFAULT: None, A: None, B: ("1",)})
"""Read without chats, save one folder's."""
READING = Reading(pin_moves=True, new_first=False, unpin_all_everywhere=True)


@pytest.mark.parametrize(
    ("change", "chats"),
    [
        (ChatOrdered(A, "1", None), UNKNOWN.chats),
        (ChatOrdered(C, "1", None), UNKNOWN.chats),
        (Filled(A, ("1",)), {DEFAULT: None, A: None, B: ()}),
        (Filled(C, ("2",)), UNKNOWN.chats),
        (Pinned(A, "1"), {DEFAULT: None, A: None, B: ()}),
        (Pinned(C, "1"), {DEFAULT: None, A: None, B: ()}),
        (Pinned(B, "1"), UNKNOWN.chats),
        (Unpinned(("1",)), {DEFAULT: None, A: None, B: ()}),
        (Deleted(A, unpin_all=False), {DEFAULT: None, B: ("1",)}),
        (Deleted(A, unpin_all=True), {DEFAULT: None, B: ("1",)}),
        (Deleted(B, unpin_all=False), {DEFAULT: None, A: None}),
        (Deleted(C, unpin_all=False), UNKNOWN.chats),
    ],
)
def test_what_is_not_known_stays_so(change: Change, chats: Any) -> None:
    assert change.apply(UNKNOWN, READING).chats == chats


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        (Ordered(A, B), True),
        (Ordered(B, None), True),
        (Ordered(B, A), False),
        (Ordered(C, None), False),
        (ChatOrdered(B, "1", None), True),
        (ChatOrdered(B, "2", None), False),
        (ChatOrdered(A, "1", None), False),
        (ChatOrdered(C, "1", None), False),
        (Filled(B, ("1",)), True),
        (Filled(B, ()), False),
        (Filled(C, ()), False),
        (Deleted(C, unpin_all=False), True),
        (Deleted(A, unpin_all=False), False),
        (Unpinned(("2",)), False),
        (Unpinned(("1",)), False),
    ],
)
def test_whether_it_shows(change: Change, holds: bool) -> None:
    assert change.holds(UNKNOWN) is holds


@pytest.mark.parametrize(("chats", "holds"), [(("2",), True), (("1",), False), (("2", "1"), False), ((), True)])
def test_unpinning_shows_where_every_folder_lists_its_chats(chats: tuple[str, ...], holds: bool) -> None:
    known = Layout((B,), {DEFAULT: (), B: ("1", "3")})
    assert Unpinned(chats).holds(known) is holds


@pytest.mark.parametrize(
    ("item", "above", "row"),
    [
        ("c", "a", ("c", "a", "b")),
        ("a", "c", ("b", "a", "c")),
        ("a", None, ("b", "c", "a")),
        ("a", "x", ("b", "c", "a")),
        ("x", "b", ("a", "x", "b", "c")),
    ],
)
def test_a_row_with_one_item_elsewhere(item: str, above: str | None, row: tuple[str, ...]) -> None:
    assert moved(("a", "b", "c"), item, above) == row


def test_readings_are_kept_apart_only_where_they_differ() -> None:
    start = Layout((A, B), {DEFAULT: (), A: ("1",), B: ("2",)})
    assert after((start,), [Ordered(A, None)]) == (Layout((B, A), start.chats),)
    apart = after((start,), [Pinned(B, "1")])
    assert len(apart) == len(READINGS)
    assert [one.chats[A] for one in apart] == [() if reading.pin_moves else ("1",) for reading in READINGS]
    again = after(apart, [Filled(A, ("1",))])
    assert [one.chats[B] for one in again] == [("2",) if reading.pin_moves else ("2", "1") for reading in READINGS]
    assert after(again, [Unpinned(("1", "2"))]) == (Layout((A, B), {DEFAULT: (), A: (), B: ()}),)
