"""The simulated API: what is listed."""

from __future__ import annotations

from itertools import combinations

import pytest

from cliq_pins.testing import board, chat, folder
from contract_schemas import SCHEMAS
from service import Caller

FIELDS: list[str] = SCHEMAS["IncludeField"]["enum"]
ALWAYS = {"chat_id", "chat_type", "name", "participant_count", "is_pinned"}


@pytest.mark.parametrize(
    "fields", [some for count in range(len(FIELDS) + 1) for some in combinations(FIELDS, count)], ids=",".join
)
@pytest.mark.parametrize("lists", [True, False], ids=["My Pins lists", "My Pins does not"])
def test_only_the_fields_that_are_asked_for_are_there(fields: tuple[str, ...], lists: bool) -> None:
    chats = [chat("c1", people=["Ada", "Alan"], last_message="Hi"), chat("c2")]
    caller = Caller(board(folder("Work", "c1", "c2"), my_pins=["c1"], chats=chats), default_folder_lists_chats=lists)
    query = f"?include_fields={','.join(reversed(fields))}" if fields else ""
    default, work = caller.get(f"/pin-categories{query}").json["data"]
    with_chats = {"chats"} & set(fields)
    assert set(work) == {"category_id", "title", "state"} | with_chats
    assert set(default) == {"category_id"} | (with_chats if lists else set())
    if with_chats:
        full, bare = work["chats"]
        assert set(full) == ALWAYS | set(fields) - with_chats
        assert set(bare) == ALWAYS | set(fields) - with_chats - {"last_message_info"}
    if with_chats and lists:
        assert default["chats"] == [full]


def test_a_chat_is_listed_as_it_is() -> None:
    shown = chat("CT_1488288613043522033", "Lunch", chat_type="group_chat", people=["Ada"], last_message="Ada: soup")
    caller = Caller(board(folder("Work", "CT_1488288613043522033"), chats=[shown]))
    _, work = caller.get(f"/pin-categories?include_fields={','.join(FIELDS)}").json["data"]
    assert work["chats"] == [
        {
            "chat_id": "CT_1488288613043522033",
            "chat_type": "group_chat",
            "name": "Lunch",
            "participant_count": 2,
            "recipients_summary": [{"id": "CT_1488288613043522033-1", "name": "Ada"}],
            "last_message_info": {
                "id": "CT_1488288613043522033-m",
                "sender": {"id": "CT_1488288613043522033-1", "name": "Ada"},
                "time": "2026-01-01T00:00:00Z",
                "content": {"text": "Ada: soup"},
                "type": "text",
            },
            "is_pinned": True,
        }
    ]


def test_an_empty_folder_lists_no_chats_and_an_empty_symbol_is_not_shown() -> None:
    said = Caller(board(folder("A", symbol=":razz:"), folder("B"))).get("/pin-categories?include_fields=chats")
    assert said.json["data"][1:] == [
        {"category_id": "4000000000000019999", "title": "A", "symbol": ":razz:", "state": "expanded", "chats": []},
        {"category_id": "4000000000000020000", "title": "B", "state": "expanded", "chats": []},
    ]
