"""The simulated API: what the operations do."""

from __future__ import annotations

import re

import msgspec
import pytest

from cliq_pins.testing import board, folder
from service import BASE, NOW, NOWHERE, PEOPLE, RIGHT, WORK, Caller


def test_a_put_of_a_sync_time_alone_moves_the_folder_to_the_end() -> None:
    caller = Caller()
    assert caller.put(WORK, last_sync_time=NOW).answer.operation == "reorderCategory"
    assert (caller.titles, caller.chats(WORK)) == ("People Work", "c1 c2")


def test_nothing_above_which_to_stand_means_the_end() -> None:
    caller = Caller(board(folder("A", "1", "2", "3", folder_id="1"), folder("B", folder_id="2"), folder("C")))
    caller.put("1", chat_id="1", last_sync_time=NOW)
    assert caller.chats("1") == "2 3 1"
    caller.put("1", chat_id="1", pin_above="3", last_sync_time=NOW)
    assert caller.chats("1") == "2 1 3"
    caller.put("1", last_sync_time=NOW)
    assert caller.titles == "B C A"
    caller.put("1", pin_above="2", last_sync_time=NOW)
    assert caller.titles == "A B C"


def test_no_answer_carries_a_sync_time_or_a_tag() -> None:
    for operation in RIGHT:
        said = Caller().right(operation)
        assert {name for name, _ in said.answer.headers} <= {"content-type", "date"}
        assert not re.search(rb"sync|etag|version|changed|modified", said.body)


def test_deleting_a_folder_moves_its_chats_to_my_pins() -> None:
    for query in ("", "?unpin_all=false"):
        caller = Caller()
        caller.post("/chats/c1/pins")
        assert caller.delete(f"/pin-categories/{WORK}{query}").status == 204
        assert (caller.titles, caller.chats("default")) == ("People", "c4 c1 c2")


def test_deleting_a_folder_with_its_pins_unpins_them_and_no_others() -> None:
    caller = Caller()
    assert caller.delete(f"/pin-categories/{WORK}?unpin_all=true").status == 204
    assert (caller.titles, caller.chats("default"), caller.chats(PEOPLE)) == ("People", "c4", "c3")


def test_my_pins_is_an_id_and_nothing_else_and_comes_first() -> None:
    assert Caller().get().json["data"][0] == {"category_id": "default"}


def test_my_pins_cannot_be_deleted_renamed_or_moved() -> None:
    caller = Caller()
    before = caller.board
    for query in ("", "?unpin_all=true"):
        assert caller.delete(f"/pin-categories/default{query}").verdict == "operation_not_allowed"
    assert caller.put("default", title="x").verdict == "operation_failed"
    assert caller.put("default", last_sync_time=NOW).verdict == "operation_failed"
    assert caller.board == before


def test_my_pins_can_be_named_as_where_to_pin() -> None:
    for json in ({"category_id": "default"}, {}):
        caller = Caller()
        assert caller.post("/chats/c5/pins", json).json["data"] == {"chat_id": "c5", "category_id": "default"}
        assert caller.chats("default") == "c4 c5"


def test_a_chat_is_pinned_at_the_end_of_the_folder_and_nowhere_else() -> None:
    caller = Caller()
    said = caller.post("/chats/c5/pins", {"category_id": WORK})
    assert said.json == {"type": "chat.pin", "data": {"chat_id": "c5", "category_id": WORK}}
    assert (caller.chats(WORK), caller.holders("c5")) == ("c1 c2 c5", "Work")


@pytest.mark.parametrize("extra", [{"symbol": ":razz:"}, {"symbol": ""}, {}])
def test_a_new_folder_is_answered_with_200_and_as_one_object(extra: dict[str, str]) -> None:
    caller = Caller()
    said = caller.post("/pin-categories", {"title": "New", "chat_ids": ["c5", "c1"], **extra})
    made = caller.board.folders[-1]
    symbol = {"symbol": ":razz:"} if extra.get("symbol") else {}
    data = {"category_id": made.id, "title": "New", **symbol, "state": "expanded"}
    assert said.status == 200
    assert said.json == {"url": "/v3/pin-categories", "type": "pin_categories", "data": data}
    assert caller.chats(made.id) == "c5 c1"


def test_what_is_missing_is_said_before_what_is_wrong() -> None:
    assert Caller().post("/pin-categories", {"symbol": 5, "chat_ids": "c1"}).verdict == "param_missing"


def test_an_empty_symbol_takes_the_old_one_away() -> None:
    caller = Caller()
    assert caller.put(WORK, symbol="").status == 204
    assert "symbol" not in caller.get().json["data"][1]


def test_details_change_what_is_named_and_leave_the_rest() -> None:
    caller = Caller()
    caller.put(WORK, state="collapsed")
    caller.put(WORK, title="Wörk 🎉")
    assert caller.get().json["data"][1] == {
        "category_id": WORK,
        "title": "Wörk 🎉",
        "symbol": ":razz:",
        "state": "collapsed",
    }
    assert caller.chats(WORK) == "c1 c2"


@pytest.mark.parametrize(
    "wrong", [{}, {"title": None}, {"title": 1}, {"state": "open"}, {"state": None}, {"symbol": 1}]
)
def test_details_that_are_none_are_refused(wrong: dict[str, object]) -> None:
    caller = Caller()
    before = caller.board
    assert caller.put(WORK, **wrong).verdict == "operation_failed"
    assert caller.board == before


def test_a_details_update_needs_no_sync_time_and_the_last_writer_wins() -> None:
    caller = Caller()
    assert [caller.put(WORK, title=title).status for title in ("one", "two")] == [204, 204]
    assert caller.titles == "two People"


def test_a_refusal_has_a_code_and_no_message() -> None:
    assert Caller().put(WORK, title=5).json == {"code": "operation_failed"}


def test_a_chat_leaves_one_folder_by_replacing_and_all_by_unpinning() -> None:
    caller = Caller()
    caller.post("/chats/c1/pins", {"category_id": PEOPLE})
    caller.post("/chats/c1/pins")
    assert caller.put(WORK, chat_ids=["c2"], last_sync_time=NOW).status == 204
    assert caller.holders("c1") == "- People"
    assert caller.delete("/chats/c1/pins").json == {"type": "chat.unpin", "data": {"chat_id": "c1"}}
    assert (caller.holders("c1"), caller.chats("default"), caller.chats(PEOPLE)) == ("", "c4", "c3")


def test_a_bulk_removal_takes_its_chats_and_no_others_out_of_everything() -> None:
    caller = Caller()
    caller.post("/chats/c1/pins")
    assert caller.delete("/pin-categories?chat_ids=c1,c3,c5").status == 204
    assert [caller.chats(one) for one in ("default", WORK, PEOPLE)] == ["c4", "c2", ""]


def test_unpinning_a_chat_that_is_not_pinned_is_no_error() -> None:
    caller = Caller()
    before = caller.board
    assert caller.delete("/chats/c5/pins").json == {"type": "chat.unpin", "data": {"chat_id": "c5"}}
    assert caller.board == before


def test_new_ids_are_digit_strings_that_no_double_holds_and_none_comes_twice() -> None:
    caller = Caller()
    ids = [caller.post("/pin-categories", {"title": "New"}).json["data"]["category_id"] for _ in range(5)]
    caller.delete(f"/pin-categories/{ids[-1]}")
    ids.append(caller.post("/pin-categories", {"title": "New"}).json["data"]["category_id"])
    assert len(set(ids)) == 6
    assert all(isinstance(one, str) and one.isdecimal() and int(one) > 2**53 for one in ids)


def test_a_new_id_is_not_that_of_a_folder_that_was_there_at_first() -> None:
    first = int(Caller().post("/pin-categories", {"title": "New"}).json["data"]["category_id"])
    caller = Caller(board(*(folder("Old", folder_id=str(first + number)) for number in range(3))))
    caller.post("/pin-categories", {"title": "New"})
    ids = [one.id for one in caller.board.folders]
    assert len(set(ids)) == 4


def test_the_id_of_a_deleted_folder_does_not_come_again() -> None:
    first = int(Caller().post("/pin-categories", {"title": "New"}).json["data"]["category_id"])
    caller = Caller(board(*(folder("Old", folder_id=str(first + number)) for number in range(5))))
    ids = []
    for _ in range(3):
        ids.append(caller.post("/pin-categories", {"title": "New"}).json["data"]["category_id"])
        caller.delete(f"/pin-categories/{ids[-1]}")
    assert len(set(ids)) == 3


def test_an_id_that_is_sent_as_a_number_is_refused() -> None:
    caller = Caller(board(folder("A", folder_id="12"), chats=["11"]))
    assert caller.post("/chats/11/pins", {"category_id": 12}).verdict == "chat_operation_failed"
    assert caller.put("12", chat_ids=[11], last_sync_time=NOW).verdict == "operation_failed"
    assert caller.put("12", chat_id=11, last_sync_time=NOW).verdict == "operation_failed"


def test_a_wrong_id_can_look_like_a_missing_scope() -> None:
    said = Caller(unknown_folder="401").put(NOWHERE, title="x")
    assert (said.status, said.code) == (401, "oauthtoken_scope_invalid")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"5", b'"x"', b"{", b"title=x", b"\xff", b"\xef\xbb\xbf{}"])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    caller = Caller()
    before = caller.board
    send = {
        operation: caller.send(method, f"{BASE}{path}", body, authorization=caller.authorization)
        for operation, (method, path, json) in RIGHT.items()
        if json is not msgspec.UNSET
    }
    assert send.pop("createPinCategory").verdict == "param_missing"
    pinned = send.pop("pinChat")
    assert {said.verdict for said in send.values()} == {"operation_failed"}
    if body:
        assert pinned.verdict == "chat_operation_failed"
        assert caller.board == before
    else:
        assert pinned.json["data"]["category_id"] == "default"


def test_deleting_a_folder_takes_its_chats_out_of_no_other_folder() -> None:
    both = board(folder("A", "c1", "c2", folder_id=WORK), folder("B", "c1", folder_id=PEOPLE))
    caller = Caller(both, pin_elsewhere="moves")
    assert caller.delete(f"/pin-categories/{WORK}").status == 204
    assert (caller.chats(PEOPLE), caller.chats("default")) == ("c1", "c1 c2")
