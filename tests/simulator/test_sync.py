"""The simulated API: when the caller last looked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from service import CHANGED, NOW, PEOPLE, RIGHT, STALE, WORK, Caller, Said


def iso(ms: int, **keywords: int) -> str:
    zone = timezone(timedelta(**keywords))
    return datetime.fromtimestamp(ms / 1000, zone).isoformat(timespec="milliseconds")


FORMS: dict[str, Callable[[int], object]] = {
    "ISO with Z": lambda ms: iso(ms).replace("+00:00", "Z"),
    "ISO with an offset": lambda ms: iso(ms, hours=5, minutes=30),
    "ISO with a negative offset": lambda ms: iso(ms, hours=-8),
    "naive ISO, in UTC": lambda ms: iso(ms).removesuffix("+00:00"),
    "ISO with a blank": lambda ms: iso(ms).replace("T", " "),
    "ISO without fractions": lambda ms: datetime.fromtimestamp(ms // 1000, UTC).isoformat(),
    "seconds": lambda ms: ms // 1000,
    "whole seconds as a float": lambda ms: float(ms // 1000),
    "milliseconds": lambda ms: ms,
    "milliseconds as a float": float,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("resolution", ["1s", "1ms"])
def test_a_sync_time_is_understood_in_every_form(form: str, resolution: str) -> None:
    caller = Caller(staleness_resolution=resolution)
    at = FORMS[form]
    assert caller.put(WORK, chat_id="c1", last_sync_time=at(CHANGED - 1000)).verdict == "client_not_synced"
    assert caller.put(WORK, chat_id="c1", last_sync_time=at(CHANGED)).verdict == 204


@pytest.mark.parametrize(
    "nonsense",
    [
        *(
            "",
            "yesterday",
            "0",
            str(NOW),
            "2026-13-01T00:00:00Z",
            "2026-01-01T00:00:00+25:00",
            "Thu, 01 Jan 2026",
            "\0",
        ),
        *(None, True, False, [], {}, [NOW], NOW / 1000 + 0.5),
    ],
    ids=repr,
)
@pytest.mark.parametrize("operation", ["reorderChatInCategory", "reorderCategory", "bulkUpdateChatsInCategory"])
def test_a_sync_time_that_is_none_is_refused(operation: str, nonsense: object) -> None:
    caller, (method, path, json) = Caller(), RIGHT[operation]
    before = caller.board
    assert isinstance(json, dict)
    assert caller.call(method, path, {**json, "last_sync_time": nonsense}).verdict == "operation_failed"
    assert caller.board == before


def test_a_number_is_in_seconds_up_to_the_year_5138_and_in_milliseconds_from_1973_on() -> None:
    caller = Caller()
    assert caller.put(WORK, last_sync_time=10**11 - 1).verdict == 204
    assert caller.put(WORK, last_sync_time=10**11).verdict == "client_not_synced"


@pytest.mark.parametrize("number", [0, -1, -(10**30)])
def test_a_sync_time_of_long_ago_is_stale(number: int) -> None:
    assert Caller().put(WORK, last_sync_time=number).verdict == "client_not_synced"


def test_a_sync_time_ahead_of_the_clock_is_not_stale() -> None:
    assert Caller().put(WORK, last_sync_time=10**30).verdict == 204


CHANGES: dict[str, Callable[[Caller], Said]] = {
    "rename": lambda caller: caller.put(WORK, title="x"),
    "replace": lambda caller: caller.put(WORK, chat_ids=["c1"], last_sync_time=NOW + 10**9),
    "reorder a chat": lambda caller: caller.put(WORK, chat_id="c1", last_sync_time=NOW + 10**9),
    "move": lambda caller: caller.put(WORK, last_sync_time=NOW + 10**9),
    "pin": lambda caller: caller.post("/chats/c5/pins", {"category_id": WORK}),
    "unpin": lambda caller: caller.delete("/chats/c1/pins"),
    "remove": lambda caller: caller.delete("/pin-categories?chat_ids=c1"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_a_folder_makes_what_was_read_before_it_stale(change: str) -> None:
    caller = Caller()
    before = caller.later(10)
    after = caller.later(10)
    assert CHANGES[change](caller).status in (200, 204)
    assert caller.put(WORK, chat_ids=[], last_sync_time=before).verdict == "client_not_synced"
    assert caller.put(WORK, chat_ids=[], last_sync_time=after).verdict == 204


def test_deleting_a_folder_changes_my_pins_only_if_chats_come_to_it() -> None:
    for chats, verdict in (["c4"], 204), (["c4", "c5"], "client_not_synced"):
        caller = Caller()
        caller.put(WORK, chat_ids=chats, last_sync_time=NOW)
        before = caller.later(10)
        caller.later(10)
        caller.delete(f"/pin-categories/{WORK}")
        assert caller.put("default", chat_ids=[], last_sync_time=before).verdict == verdict


@pytest.mark.parametrize(
    "call",
    [
        lambda caller: caller.get(),
        lambda caller: caller.post("/chats/c1/pins", {"category_id": WORK}),
        lambda caller: caller.delete("/chats/c5/pins"),
        lambda caller: caller.delete("/pin-categories?chat_ids=c5,c99"),
        lambda caller: caller.put(WORK, title=""),
        lambda caller: caller.put(WORK, state="open"),
        lambda caller: caller.put(WORK, last_sync_time=STALE),
        lambda caller: caller.post("/pin-categories", {"title": "New"}),
        lambda caller: caller.delete(f"/pin-categories/{PEOPLE}?unpin_all=true"),
    ],
)
def test_what_does_not_change_a_folder_leaves_what_was_read_before_it_good(call: Callable[[Caller], Said]) -> None:
    caller = Caller(details_count_as_change=False)
    before = caller.later(10)
    caller.later(10)
    call(caller)
    assert caller.put(WORK, chat_ids=[], last_sync_time=before).verdict == 204


@pytest.mark.parametrize("text", ["1771052200000", "1771992200000", "20260101T000000Z", "2026-W01-1", str(NOW)])
def test_a_number_in_quotes_is_no_time(text: str) -> None:
    """Python reads some of them as a date of another century, and the answer would look like a conflict."""
    assert Caller().put(WORK, last_sync_time=text).code == "operation_failed"
