"""Boards, folders and chats as values, and as text for people."""

from __future__ import annotations

import ast
import io
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

import msgspec
import pytest
from rich.console import Console

from cliq_pins import END, Board, Folder, InvalidRequest, NotFound
from cliq_pins.layout import DEFAULT, Layout
from cliq_pins_client.models import GetPinCategoriesResponse

CHAT = {
    "chat_id": "1",
    "chat_type": "channel",
    "name": "Launch",
    "participant_count": 12,
    "is_pinned": True,
    "recipients_summary": [{"id": "u1", "name": "Ada"}],
    "last_message_info": {"id": "m", "time": "2026-01-01T10:00:00Z"},
}
WORK = {
    "category_id": "11",
    "title": "Work",
    "symbol": ":razz:",
    "state": "collapsed",
    "chats": [CHAT, {"chat_id": "2"}],
}
PEOPLE = {"category_id": "12", "title": "People", "symbol": "", "state": "expanded", "chats": []}
PINS = {"category_id": "default", "chats": [{"chat_id": "2", "name": "Bot"}]}


def made(*data: dict[str, Any]) -> Board:
    plain = {"url": "/v3/pin-categories", "type": "pin_categories", "data": list(data)}
    return Board(msgspec.convert(plain, GetPinCategoriesResponse))


def titled(*titles: str) -> Board:
    return made(*({"category_id": str(number), "title": title} for number, title in enumerate(titles)))


BOARD = made(PINS, WORK, PEOPLE)


def test_a_board_has_its_folders_in_order_and_my_pins_apart() -> None:
    assert [one.id for one in BOARD] == [one.id for one in BOARD.folders] == ["11", "12"]
    assert [one.id for one in BOARD.everything] == ["default", "11", "12"]
    assert len(BOARD) == 2
    assert BOARD.my_pins is not None
    assert (BOARD.my_pins.title, BOARD.my_pins.is_default) == (None, True)
    assert made(WORK).my_pins is None
    pins = made(WORK, PINS).my_pins
    assert pins is not None
    assert pins.id == "default"
    assert len(made()) == 0
    assert Board(GetPinCategoriesResponse()).folders == ()


def test_a_folder_has_what_the_service_said_of_it() -> None:
    work, people = BOARD["Work"], BOARD["People"]
    assert (work.id, work.title, work.symbol, work.state, work.is_default) == (
        "11",
        "Work",
        ":razz:",
        "collapsed",
        False,
    )
    assert (people.symbol, people.chats) == (None, ())
    assert titled("A")["A"].chats is None
    assert [one.id for one in work.chats or ()] == ["1", "2"]
    assert work.chats is work.chats
    assert work.board is BOARD
    assert Folder(work.raw).board is None
    assert made({"title": "No id"}).folders[0].id == ""


def test_a_chat_has_what_the_service_said_of_it() -> None:
    chat, bare = BOARD["Work"].chats or ()
    assert (chat.id, chat.name, chat.type, chat.participant_count) == ("1", "Launch", "channel", 12)
    assert [(one.id, one.name) for one in chat.recipients or ()] == [("u1", "Ada")]
    assert chat.last_message is not None
    assert chat.last_message_at == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert (bare.name, bare.type, bare.participant_count, bare.recipients) == (None, None, None, None)
    assert (bare.last_message, bare.last_message_at) == (None, None)
    odd = made({**WORK, "chats": [{"last_message_info": {"time": "soon"}}, {"last_message_info": {}}]})["Work"].chats
    assert [(one.id, one.last_message_at) for one in odd or ()] == [("", None), ("", None)]


def test_a_folder_is_found_by_its_id_or_its_title() -> None:
    assert BOARD.folder("11") is BOARD["Work"] is BOARD.find("Work")
    assert BOARD[DEFAULT] is BOARD.my_pins
    assert BOARD.find("Nobody") is None
    twin = made({"category_id": "1", "title": "2"}, {"category_id": "2", "title": "1"})
    assert twin["1"].title == "2", "an id goes before a title"


def test_a_text_is_in_a_board_that_gives_a_folder_for_it() -> None:
    named = made({"category_id": DEFAULT, "title": "Pinned"}, WORK)
    assert [text in named for text in (DEFAULT, "11", "Work", "Pinned", "")] == [True, True, True, False, False]
    assert named.find("Pinned") is None
    assert "Work" in titled("Work", "Work"), "which of them is another question"


@pytest.mark.parametrize(
    ("titles", "text", "said"),
    [
        (["Work", "Words", "Play"], "work", "no folder has the id or title 'work'; near it: 'Work', 'Words'"),
        (["Work", "WORK", "work "], "wrok", "no folder has the id or title 'wrok'; near it: 'Work', 'work '"),
        (["abxy", "wxyz"], "abcd", "no folder has the id or title 'abcd'; near it: 'abxy'"),
        (["A", "B"], "zzz", "no folder has the id or title 'zzz'; there are: 'A', 'B'"),
        (["A", "B", "C", "D", "E"], "zzz", "no folder has the id or title 'zzz'; there are: 'A', 'B', 'C', 'D', 'E'"),
        (
            ["A", "B", "C", "D", "E", "F"],
            "z",
            "no folder has the id or title 'z'; there are: 'A', 'B', 'C', 'D', 'E'…",
        ),
        ([], "zzz", "no folder has the id or title 'zzz'"),
    ],
)
def test_a_miss_names_what_is_near(titles: list[str], text: str, said: str) -> None:
    with pytest.raises(NotFound) as caught:
        titled(*titles).folder(text)
    assert caught.value.message == said


NFC, NFD = "Überblick", "U\u0308berblick"


@pytest.mark.parametrize(
    ("titles", "text"),
    [
        (["A  B", "A B C"], "A B"),
        (["A B"], "A   B"),
        (["   "], " "),
        ([" A"], "A"),
        (["A\xa0B"], "A B"),
        ([NFD], NFC),
        ([NFC], NFD),
        (["A  B", "A   B"], "A B"),
    ],
)
def test_a_title_that_only_looks_like_another_is_shown_so_that_it_can_be_copied(titles: list[str], text: str) -> None:
    found = titled(*titles)
    with pytest.raises(NotFound) as caught:
        found.folder(text)
    wanted, _, alike = caught.value.message.removeprefix("no folder has the id or title ").partition(
        "; what only looks like it: "
    )
    assert ast.literal_eval(wanted) == text
    assert normalize("NFC", wanted) not in {normalize("NFC", one) for one in alike.split(", ")}, "it can be told apart"
    shown = [ast.literal_eval(one) for one in alike.split(", ")]
    assert shown == [title for title in titles if title != "A B C"]
    assert [found[one].title for one in shown] == shown


def test_what_is_unlike_it_is_shown_so_that_it_can_be_copied_too() -> None:
    with pytest.raises(NotFound) as caught:
        titled("Work  here", "Play").folder("Work there")
    assert caught.value.message == (r"no folder has the id or title 'Work there'; near it: 'Work\x20\x20here'")
    with pytest.raises(NotFound, match=r"; there are: 'A\\x20\\x20B'$"):
        titled("A  B").folder("zzz")


def test_a_miss_names_three_at_most() -> None:
    with pytest.raises(NotFound) as caught:
        titled("aaa1", "aaa2", "aaa3", "aaa4").folder("aaa")
    assert caught.value.message.count("'aaa") == 1 + 3


def test_my_pins_is_no_title() -> None:
    with pytest.raises(NotFound, match="no folder is called 'My Pins'"):
        BOARD.folder("My Pins")
    assert titled("My Pins")["My Pins"].id == "0"
    assert repr(titled("")[""]) == "Folder('0', '')"


def test_a_title_that_several_have_is_no_way_to_one() -> None:
    with pytest.raises(InvalidRequest, match="2 folders are called 'A'; take one by its id: 0, 2"):
        titled("A", "B", "A").folder("A")
    with pytest.raises(InvalidRequest, match=r"2 folders are called 'A\\x20\\x20B'; take one by its id: 0, 1"):
        titled("A  B", "A  B").folder("A  B")
    with pytest.raises(InvalidRequest, match="folder: an id or a title is wanted, not 5"):
        BOARD.folder(5)  # type: ignore[arg-type]  # just that


def test_the_folders_that_hold_a_chat() -> None:
    assert [one.id for one in BOARD.holding("2")] == ["default", "11"]
    assert [one.id for one in BOARD.holding("1")] == ["11"]
    assert BOARD.holding((BOARD["Work"].chats or ())[0]) == (BOARD["Work"],)
    assert BOARD.holding("9") == ()
    with pytest.raises(InvalidRequest, match="chat: the id of a chat or a Chat is wanted, not 5"):
        BOARD.holding(5)  # type: ignore[arg-type]  # just that
    assert titled("A").holding("1") == ()


def test_what_is_in_a_board() -> None:
    for wanted in ("11", "Work", DEFAULT, BOARD["Work"]):
        assert wanted in BOARD
    for other in ("9", "", None, 11, titled("A")["A"]):
        assert other not in BOARD


def test_boards_are_compared_by_what_they_show() -> None:
    again = made(PINS, WORK, PEOPLE)
    assert again == BOARD
    assert made(WORK, PEOPLE) != BOARD
    assert BOARD != "BOARD"
    work, chat = BOARD["Work"], (BOARD["Work"].chats or ())[0]
    assert work == again["Work"] != BOARD["People"]
    assert chat == (again["Work"].chats or ())[0] != (BOARD["Work"].chats or ())[1]
    assert (work == "11", chat == "1") == (False, False)
    assert len({work, again["Work"]}) == len({chat, (again["Work"].chats or ())[0]}) == 1
    assert hash(work) != hash(BOARD["People"])
    assert hash(chat) != hash((BOARD["Work"].chats or ())[1])
    with pytest.raises(TypeError, match="unhashable"):
        hash(BOARD)


def test_a_board_is_short_as_text() -> None:
    assert repr(BOARD) == "Board(2 folders: 'Work', 'People')"
    assert repr(titled("A", "B", "C", "D", "E")) == "Board(5 folders: 'A', 'B', 'C', 'D', 'E')"
    assert repr(titled("A", "B", "C", "D", "E", "F")) == "Board(6 folders: 'A', 'B', 'C', 'D', 'E', …)"
    assert repr(BOARD["Work"]) == "Folder('11', 'Work', 2 chats)"
    assert repr(BOARD["People"]) == "Folder('12', 'People', 0 chats)"
    assert repr(titled("A")["A"]) == "Folder('0', 'A')"
    assert repr(BOARD.my_pins) == "Folder('default', 'My Pins', 1 chats)"
    assert repr((BOARD["Work"].chats or ())[0]) == "Chat('1', 'Launch')"
    assert repr(END) == "END"


def test_a_board_as_plain_values_is_what_came() -> None:
    assert BOARD.to_dict() == {"url": "/v3/pin-categories", "type": "pin_categories", "data": [PINS, WORK, PEOPLE]}


def test_who_stands_where() -> None:
    assert BOARD.layout() == Layout(("11", "12"), {"default": ("2",), "11": ("1", "2"), "12": ()})
    assert titled("A").layout() == Layout(("0",), {"0": None})
    assert made({"chats": [{}]}).layout() == Layout(("",), {"": ("",)})
    assert Board(GetPinCategoriesResponse()).layout() == Layout((), {})


def test_a_board_as_a_tree() -> None:
    out = io.StringIO()
    Console(file=out, width=60, color_system="truecolor", force_terminal=True).print(BOARD)
    shown = out.getvalue()
    out = io.StringIO()
    Console(file=out, width=60).print(BOARD)
    assert out.getvalue().rstrip().splitlines() == [
        "Chats",
        "├── My Pins",
        "│   └── Bot",
        "├── :razz: Work",
        "│   ├── Launch (12)",
        "│   └── 2",
        "└── People",
    ]
    for bold in ("Chats", "My Pins", "Work", "People"):
        assert f"\x1b[1m{bold}\x1b[0m" in shown
    assert "Launch\x1b[2m (12)\x1b[0m" in shown
