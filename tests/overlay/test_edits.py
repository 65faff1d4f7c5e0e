"""Edits by themselves: what each makes of a board, and what it says where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cliq_pins import (
    END,
    AddChats,
    CliqError,
    Folder,
    InvalidRequest,
    Move,
    MoveChat,
    NotFound,
    RemoveChats,
    ReplaceChats,
    SchemaError,
)
from cliq_pins.contract import most_listed
from cliq_pins.edits import REPR_SHOWN
from cliq_pins.layout import DEFAULT, ChatOrdered, Filled, Layout, Ordered
from cliq_pins_client.models import PinCategory

LAYOUT = Layout(("A", "B"), {DEFAULT: ("c9",), "A": ("c1", "c2"), "B": None})

PLANS: dict[str, tuple[Any, Any]] = {
    "a folder above another": (Move("B", above="A"), Ordered("B", "A")),
    "a folder to the end": (Move("A", above=END), Ordered("A", None)),
    "a chat above another": (MoveChat("A", "c2", above="c1"), ChatOrdered("A", "c2", "c1")),
    "a chat of My Pins": (MoveChat(DEFAULT, "c9", above=END), ChatOrdered(DEFAULT, "c9", None)),
    "other chats": (ReplaceChats("A", ["c3"]), Filled("A", ("c3",))),
    "chats that nobody has listed": (ReplaceChats("B", ["c3"]), Filled("B", ("c3",))),
    "more chats": (AddChats("A", ["c2", "c3"]), Filled("A", ("c1", "c2", "c3"))),
    "more chats above another": (AddChats("A", ["c3"], above="c2"), Filled("A", ("c1", "c3", "c2"))),
    "more chats above another and one that is there": (
        AddChats("A", ["c2", "c3", "c1"], above="c2"),
        Filled("A", ("c1", "c3", "c2")),
    ),
    "fewer chats": (RemoveChats("A", ["c1", "c3"]), Filled("A", ("c2",))),
    "chats that are there": (AddChats("A", ["c2", "c1"]), None),
    "chats that are not there": (RemoveChats("A", ["c3"]), None),
}


@pytest.mark.parametrize("name", PLANS)
def test_an_edit_becomes_one_write_or_none(name: str) -> None:
    edit, does = PLANS[name]
    planned = edit.plan(LAYOUT)
    assert (planned.does if planned else None) == does
    if planned:
        assert planned.facet == edit.facet
        assert planned.call("2026-01-01T00:00:00.000Z").operation_id == edit.operation


CANNOT: dict[str, tuple[Any, type[CliqError], str]] = {
    "above itself": (Move("A", above="A"), InvalidRequest, "a folder cannot stand above itself: A"),
    "above itself, given in two ways": (
        Move(Folder(PinCategory(category_id="A")), above="A"),
        InvalidRequest,
        "a folder cannot stand above itself: A",
    ),
    "above My Pins": (Move("A", above=DEFAULT), InvalidRequest, "nothing can stand above My Pins"),
    "a folder that is not there": (
        Move("Z", above=END),
        NotFound,
        "no folder has the id 'Z'; there are: A, B",
    ),
    "a chat above itself": (
        MoveChat("A", "c1", above="c1"),
        InvalidRequest,
        "a chat cannot stand above itself: c1",
    ),
    "a chat that is not there": (MoveChat("A", "c9", above=END), NotFound, "chat 'c9' is not in folder A"),
    "above a chat that is not there": (MoveChat("A", "c1", above="c9"), NotFound, "chat 'c9' is not in folder A"),
    "new above a chat that is not there": (
        AddChats("A", ["c3"], above="c9"),
        NotFound,
        "chat 'c9' is not in folder A",
    ),
    "above the name of the end": (
        Move("A", above="END"),  # no folder, but what is meant is plain
        NotFound,
        "no folder has the id 'END'; there are: A, B; the end is the constant END of cliq_pins, and no text",
    ),
    "a chat above the name of the end": (
        AddChats("A", ["c3"], above="end"),
        NotFound,
        "chat 'end' is not in folder A; the end is the constant END of cliq_pins, and no text",
    ),
    "chats that nobody knows": (
        AddChats("B", ["c3"]),
        InvalidRequest,
        "the service does not list the chats of folder B: they cannot be edited as a list",
    ),
}


@pytest.mark.parametrize("name", CANNOT)
def test_an_edit_that_cannot_be_is_told(name: str) -> None:
    edit, kind, said = CANNOT[name]
    with pytest.raises(CliqError) as caught:
        edit.plan(LAYOUT)
    assert (type(caught.value), caught.value.message) == (kind, said)


MOST = most_listed("BulkUpdateChatsInCategoryRequest", "chat_ids")


@pytest.mark.parametrize("more", [0, 1])
def test_a_list_that_becomes_too_long_by_what_is_there_is_told_with_both_numbers(more: int) -> None:
    add = AddChats("A", [f"n{number}" for number in range(MOST - 2 + more)])  # two are there
    if not more:
        assert add.plan(LAYOUT) is not None
        return
    with pytest.raises(InvalidRequest) as caught:
        add.plan(LAYOUT)
    assert caught.value.message == (
        f"chats: folder A has 2 and would have {MOST + 1}; a call takes {MOST} in its list at most,"
        " so pin or unpin chats one by one"
    )


def test_a_list_that_stays_too_long_is_told_as_well() -> None:
    full = Layout(("A",), {"A": tuple(f"c{number}" for number in range(MOST + 2))})
    assert RemoveChats("A", ["c0", "c1"]).plan(full) is not None
    with pytest.raises(InvalidRequest, match=f"folder A has {MOST + 2} and would have {MOST + 1}; "):
        RemoveChats("A", ["c0"]).plan(full)


def test_a_board_without_folders_has_none_to_name() -> None:
    with pytest.raises(NotFound) as caught:
        Move("A", above=END).plan(Layout((), {}))
    assert caught.value.message == "no folder has the id 'A'; there are: none"


@pytest.mark.parametrize("edit", [AddChats("A", ["c3"]), RemoveChats("A", ["c1"]), MoveChat("A", "c1", above=END)])
def test_a_list_with_a_chat_of_no_id_is_not_written_back(edit: Any) -> None:
    with pytest.raises(SchemaError, match="a chat of folder A came without its id, and would be lost"):
        edit.plan(Layout(("A",), {"A": ("c1", "")}))


ABOVE: dict[str, Callable[[Any], object]] = {
    "Move": lambda above: Move("A", above=above),
    "MoveChat": lambda above: MoveChat("A", "c1", above=above),
    "AddChats": lambda above: AddChats("A", ["c1"], above=above),
}


@pytest.mark.parametrize("name", ABOVE)
@pytest.mark.parametrize("above", [None, "", 5])
def test_a_place_that_is_none_is_told_by_its_name(name: str, above: Any) -> None:
    with pytest.raises(InvalidRequest, match=f"^above: the id of a (folder|chat) or .* is wanted, not {above!r}$"):
        ABOVE[name](above)


@pytest.mark.parametrize(("length", "cut"), [(REPR_SHOWN, False), (REPR_SHOWN + 1, True)])
def test_a_value_is_shown_up_to_a_length(length: int, cut: bool) -> None:
    value = int("1" * length)
    with pytest.raises(InvalidRequest) as caught:
        Move(value, above=END)  # type: ignore[arg-type]  # just that
    assert caught.value.message.endswith("1" * REPR_SHOWN + ("…" if cut else ""))
