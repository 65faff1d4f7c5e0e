"""The switches: each reading of each shows itself on the same calls, and the sets of readings hold what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations, product
from typing import Any, TypeAlias

import msgspec
import pytest
from msgspec import Struct

from cliq_pins.simulator import PROFILES, Behaviour, Simulator, covering_set, readings
from cliq_pins_client import operation_table
from service import NOW, NOWHERE, PEOPLE, STALE, WORK, Caller, repeat, small_board

Run: TypeAlias = Callable[..., object]


class Scenario(Struct, frozen=True):
    """Calls whose outcome depends on one switch."""

    switch: str
    run: Run
    """Makes the calls with the readings that it is given; the outcome."""
    outcomes: dict[Any, object]
    """The outcome of each reading."""


SCENARIOS: list[Scenario] = []


def shows(switch: str, outcomes: dict[Any, object]) -> Callable[[Run], Run]:
    """Register a scenario of a switch, with the outcome under each of its readings."""

    def register(run: Run) -> Run:
        SCENARIOS.append(Scenario(switch, run, outcomes))
        return run

    return register


@shows("staleness_scope", {"folder": 204, "user": "client_not_synced"})
def another_folder_changed(**readings: Any) -> object:
    caller = Caller(**readings)
    before = caller.later(10)
    caller.later(10)
    caller.put(PEOPLE, title="Changed")
    return caller.put(WORK, chat_ids=[], last_sync_time=before).verdict


@shows("staleness_scope", {"folder": 204, "user": "client_not_synced"})
def my_pins_changed(**readings: Any) -> object:
    caller = Caller(**readings)
    before = caller.later(10)
    caller.later(10)
    caller.post("/chats/c5/pins")
    return caller.put(WORK, last_sync_time=before).verdict


@shows("staleness_scope", {"folder": 204, "user": "client_not_synced"})
def another_folder_was_deleted(**readings: Any) -> object:
    caller = Caller(**readings)
    before = caller.later(10)
    caller.later(10)
    caller.delete(f"/pin-categories/{PEOPLE}?unpin_all=true")
    return caller.put(WORK, last_sync_time=before).verdict


@shows("staleness_comparison", {"<": 204, "<=": "client_not_synced"})
def the_sync_time_is_that_of_the_last_change(**readings: Any) -> object:
    caller = Caller(**readings)
    changed = caller.later(10)
    caller.put(WORK, title="Changed")
    return caller.put(WORK, chat_id="c1", last_sync_time=changed).verdict


@shows("staleness_comparison", {"<": 204, "<=": 204})
def the_sync_time_is_after_the_last_change(**readings: Any) -> object:
    caller = Caller(**readings)
    caller.put(WORK, title="Changed")
    return caller.put(WORK, chat_id="c1", last_sync_time=caller.later(1)).verdict


@shows("staleness_resolution", {"1s": 204, "1ms": "client_not_synced"})
def the_change_was_later_in_the_same_second(**readings: Any) -> object:
    caller = Caller(**readings)
    before = caller.later(10.2)
    caller.later(0.3)
    caller.put(WORK, title="Changed")
    return caller.put(WORK, chat_ids=[], last_sync_time=before).verdict


@shows("details_count_as_change", {True: "client_not_synced", False: 204})
def the_folder_got_a_new_title(**readings: Any) -> object:
    caller = Caller(**readings)
    before = caller.later(10)
    caller.later(10)
    caller.put(WORK, title="Changed")
    return caller.put(WORK, chat_ids=[], last_sync_time=before).verdict


@shows("details_count_as_change", {True: "client_not_synced", False: 204})
def another_folder_was_collapsed(**readings: Any) -> object:
    caller = Caller(staleness_scope="user", **readings)
    before = caller.later(10)
    caller.later(10)
    caller.put(PEOPLE, state="collapsed")
    return caller.put(WORK, chat_ids=[], last_sync_time=before).verdict


LIMIT = operation_table()["getPinCategories"].rate_limits[0]
LOCK = LIMIT.lock_seconds or 0


def locked(**readings: Any) -> Caller:
    """A client whose GET is locked."""
    caller = Caller(limits=True, **readings)
    repeat(caller.get)
    return caller


@shows(
    "throttle_answer",
    {
        "429_message": (429, None, True, None),
        "429_retry_after": (429, None, True, str(LOCK - 100)),
        "400_code": (400, "request_limit_exceeded", True, None),
    },
)
def a_call_comes_during_the_lock(**readings: Any) -> object:
    caller = locked(**readings)
    caller.later(100)
    said = caller.get()
    return said.status, said.code, "message" in said.json, said.header("retry-after")


@shows("throttle_trips_at", {"after_nth": LIMIT.requests, "nth": LIMIT.requests - 1})
def calls_until_one_is_refused(**readings: Any) -> object:
    return len(locked(**readings).simulator.log) - 1


@shows("calls_while_locked", {"ignored": 200, "lengthen": 429})
def the_lock_is_called_into_and_then_runs_out(**readings: Any) -> object:
    caller = locked(**readings)
    caller.later(LOCK - 1)
    assert caller.get().status == 429
    caller.later(1)
    return caller.get().status


@shows("calls_while_locked", {"ignored": 200, "lengthen": 200})
def a_lengthened_lock_runs_out_as_well(**readings: Any) -> object:
    caller = locked(**readings)
    caller.later(LOCK - 1)
    caller.get()
    caller.later(LOCK)
    return caller.get().status


@shows("limit_counted_per", {"endpoint": 429, "folder": 204})
def another_folder_is_changed_during_the_lock(**readings: Any) -> object:
    caller = Caller(limits=True, **readings)
    repeat(lambda: caller.put(WORK, title="x"))
    return caller.put(PEOPLE, title="x").status


@shows("limit_counted_per", {"endpoint": 429, "folder": 200})
def another_chat_is_pinned_during_the_lock(**readings: Any) -> object:
    caller = Caller(limits=True, **readings)
    repeat(lambda: caller.post("/chats/c5/pins"))
    return caller.post("/chats/c1/pins").status


@shows("pin_elsewhere", {"adds": "Work People", "moves": "People"})
def a_pinned_chat_is_pinned_into_another_folder(**readings: Any) -> object:
    caller = Caller(**readings)
    assert caller.post("/chats/c1/pins", {"category_id": PEOPLE}).status == 200
    return caller.holders("c1")


@shows("pin_elsewhere", {"adds": "- Work", "moves": "-"})
def a_pinned_chat_is_pinned_into_my_pins(**readings: Any) -> object:
    caller = Caller(**readings)
    assert caller.post("/chats/c1/pins").status == 200
    return caller.holders("c1")


@shows("pin_elsewhere", {"adds": "Work New", "moves": "New"})
def a_folder_is_made_with_a_pinned_chat(**readings: Any) -> object:
    caller = Caller(**readings)
    assert caller.post("/pin-categories", {"title": "New", "chat_ids": ["c1"]}).status == 200
    return caller.holders("c1")


@shows("pin_elsewhere", {"adds": "- Work", "moves": "Work"})
def a_folder_is_filled_with_a_pinned_chat(**readings: Any) -> object:
    caller = Caller(**readings)
    assert caller.put(WORK, chat_ids=["c1", "c4"], last_sync_time=NOW).status == 204
    return caller.holders("c4")


@shows("pin_elsewhere", {"adds": "Work People", "moves": "People"})
def a_reorder_adds_a_pinned_chat(**readings: Any) -> object:
    caller = Caller(chat_not_in_folder="added", **readings)
    assert caller.put(PEOPLE, chat_id="c1", last_sync_time=NOW).status == 204
    return caller.holders("c1")


@shows("pin_again", {"accepted": (200, "c1 c2"), "refused": ("chat_operation_failed", "c1 c2")})
def a_chat_is_pinned_where_it_is(**readings: Any) -> object:
    caller = Caller(**readings)
    return caller.post("/chats/c1/pins", {"category_id": WORK}).verdict, caller.chats(WORK)


@shows("duplicate_chat_ids", {"collapsed": (204, "c2 c1"), "refused": ("operation_failed", "c1 c2")})
def a_folder_is_filled_with_a_chat_twice(**readings: Any) -> object:
    caller = Caller(**readings)
    said = caller.put(WORK, chat_ids=["c2", "c1", "c2"], last_sync_time=NOW)
    return said.verdict, caller.chats(WORK)


@shows("duplicate_chat_ids", {"collapsed": (200, "Work New"), "refused": ("operation_failed", "Work")})
def a_folder_is_made_with_a_chat_twice(**readings: Any) -> object:
    caller = Caller(**readings)
    said = caller.post("/pin-categories", {"title": "New", "chat_ids": ["c1", "c1"]})
    return said.verdict, caller.holders("c1")


@shows("duplicate_chat_ids", {"collapsed": (204, "c2"), "refused": ("operation_failed", "c1 c2")})
def a_chat_is_removed_twice_in_one_call(**readings: Any) -> object:
    caller = Caller(**readings)
    return caller.delete("/pin-categories?chat_ids=c1,c1").verdict, caller.chats(WORK)


UNKNOWN_FOLDER: dict[Any, object] = {
    "400": (400, "operation_failed"),
    "404": (404, None),
    "401": (401, "oauthtoken_scope_invalid"),
}


@shows("unknown_folder", UNKNOWN_FOLDER)
def a_folder_that_is_not_there_is_renamed(**readings: Any) -> object:
    said = Caller(**readings).put(NOWHERE, title="x")
    return said.status, said.code


@shows("unknown_folder", UNKNOWN_FOLDER)
def a_folder_that_is_not_there_is_filled(**readings: Any) -> object:
    said = Caller(**readings).put(NOWHERE, chat_ids=[], last_sync_time=STALE)
    return said.status, said.code


@shows("unknown_folder", UNKNOWN_FOLDER)
def a_folder_that_is_not_there_is_deleted(**readings: Any) -> object:
    said = Caller(**readings).delete(f"/pin-categories/{NOWHERE}")
    return said.status, said.code


@shows("unknown_folder", {**UNKNOWN_FOLDER, "400": (400, "chat_operation_failed")})
def a_chat_is_pinned_into_a_folder_that_is_not_there(**readings: Any) -> object:
    said = Caller(**readings).post("/chats/c5/pins", {"category_id": NOWHERE})
    return said.status, said.code


@shows("unknown_chats_removed", {"ignored": (204, "c2"), "refused": ("operation_failed", "c1 c2")})
def a_chat_that_is_not_there_is_removed_with_one_that_is(**readings: Any) -> object:
    caller = Caller(**readings)
    return caller.delete("/pin-categories?chat_ids=c1,c999").verdict, caller.chats(WORK)


@shows("unknown_chats_removed", {"ignored": (204, ""), "refused": (204, "")})
def chats_that_are_there_are_removed(**readings: Any) -> object:
    caller = Caller(**readings)
    return caller.delete("/pin-categories?chat_ids=c1,c2,c5").verdict, caller.chats(WORK)


@shows("new_folder_goes", {"last": "- Work People New", "first": "- New Work People"})
def a_folder_is_made(**readings: Any) -> object:
    caller = Caller(**readings)
    caller.post("/pin-categories", {"title": "New"})
    return " ".join(one.get("title", "-") for one in caller.get().json["data"])


@shows("default_folder_lists_chats", {False: {"category_id"}, True: {"category_id", "chats"}})
def folders_are_listed_with_their_chats(**readings: Any) -> object:
    return set(Caller(**readings).get("/pin-categories?include_fields=chats").json["data"][0])


@shows("symbol_on_create", {"optional": (200, 200), "required": ("param_missing", 200)})
def a_folder_is_made_without_a_symbol_and_with_an_empty_one(**readings: Any) -> object:
    caller = Caller(**readings)
    without = caller.post("/pin-categories", {"title": "New"}).verdict
    return without, caller.post("/pin-categories", {"title": "New", "symbol": ""}).verdict


@shows("guarded_put_on_default", {"allowed": (204, "c5"), "refused": ("operation_not_allowed", "c4")})
def my_pins_is_filled(**readings: Any) -> object:
    caller = Caller(**readings)
    said = caller.put("default", chat_ids=["c5"], last_sync_time=NOW)
    return said.verdict, caller.chats("default")


@shows("guarded_put_on_default", {"allowed": (204, "c5 c4"), "refused": ("operation_not_allowed", "c4 c5")})
def a_chat_of_my_pins_is_moved(**readings: Any) -> object:
    caller = Caller(**readings)
    caller.post("/chats/c5/pins")
    said = caller.put("default", chat_id="c4", last_sync_time=NOW)
    return said.verdict, caller.chats("default")


@shows("bad_pin_above", {"refused": ("operation_failed", "c1 c2"), "end": (204, "c2 c1")})
def a_chat_goes_above_one_of_another_folder(**readings: Any) -> object:
    caller = Caller(**readings)
    return caller.put(WORK, chat_id="c1", pin_above="c3", last_sync_time=NOW).verdict, caller.chats(WORK)


@shows("bad_pin_above", {"refused": ("operation_failed", "c1 c2"), "end": (204, "c2 c1")})
def a_chat_goes_above_itself(**readings: Any) -> object:
    caller = Caller(**readings)
    return caller.put(WORK, chat_id="c1", pin_above="c1", last_sync_time=NOW).verdict, caller.chats(WORK)


@shows("bad_pin_above", {"refused": ("operation_failed", "Work People"), "end": (204, "People Work")})
def a_folder_goes_above_one_that_is_not_there(**readings: Any) -> object:
    caller = Caller(**readings)
    return caller.put(WORK, pin_above=NOWHERE, last_sync_time=NOW).verdict, caller.titles


@shows("bad_pin_above", {"refused": ("operation_failed", "Work People"), "end": (204, "People Work")})
def a_folder_goes_above_itself(**readings: Any) -> object:
    caller = Caller(**readings)
    return caller.put(WORK, pin_above=WORK, last_sync_time=NOW).verdict, caller.titles


@shows("bad_pin_above", {"refused": ("operation_failed", "Work People"), "end": (204, "People Work")})
def a_folder_goes_above_my_pins(**readings: Any) -> object:
    caller = Caller(**readings)
    return caller.put(WORK, pin_above="default", last_sync_time=NOW).verdict, caller.titles


@shows("chat_not_in_folder", {"refused": ("operation_failed", "c1 c2"), "added": (204, "c1 c5 c2")})
def a_chat_is_moved_in_a_folder_that_does_not_have_it(**readings: Any) -> object:
    caller = Caller(**readings)
    return caller.put(WORK, chat_id="c5", pin_above="c2", last_sync_time=NOW).verdict, caller.chats(WORK)


@shows("chat_not_in_folder", {"refused": "operation_failed", "added": "operation_failed"})
def a_chat_that_cannot_be_pinned_is_moved(**readings: Any) -> object:
    caller = Caller(**readings)
    return caller.put(WORK, chat_id="c6", last_sync_time=NOW).verdict


@shows("unpin_all_reaches", {"everywhere": ("", ""), "folder": ("- People", "")})
def a_folder_is_deleted_with_its_pins(**readings: Any) -> object:
    caller = Caller(**readings)
    caller.post("/chats/c1/pins")
    caller.post("/chats/c1/pins", {"category_id": PEOPLE})
    assert caller.delete(f"/pin-categories/{WORK}?unpin_all=true").status == 204
    return caller.holders("c1"), caller.holders("c2")


@shows("missing_scope_status", {"401": (401, "oauthtoken_scope_invalid"), "403": (403, "oauthtoken_scope_invalid")})
def a_token_lacks_the_scope(**readings: Any) -> object:
    said = Caller(**readings).be(scopes=[]).get()
    return said.status, said.code


@shows("max_folders", {0: (0, 2), 3: (1, 3), 5: (3, 5)})
def folders_are_made_until_one_is_refused(**readings: Any) -> object:
    caller = Caller(**readings)
    made, said = repeat(lambda: caller.post("/pin-categories", {"title": "New"}))
    assert said.code == "max_folders_error"
    return made, len(caller.board.folders)


@shows("max_pins", {0: "max_pins_error", 2: "max_pins_error", 3: 200})
def a_chat_is_pinned_into_a_folder_of_two(**readings: Any) -> object:
    return Caller(**readings).post("/chats/c5/pins", {"category_id": WORK}).verdict


@shows("max_pins", {0: "max_pins_error", 1: "max_pins_error", 2: 200})
def a_chat_is_pinned_into_my_pins_which_has_one(**readings: Any) -> object:
    return Caller(**readings).post("/chats/c5/pins").verdict


@shows("max_pins", {1: "operation_failed", 2: 200})
def a_folder_is_made_with_two_chats(**readings: Any) -> object:
    return Caller(**readings).post("/pin-categories", {"title": "New", "chat_ids": ["c1", "c5"]}).verdict


@shows("max_pins", {2: "operation_failed", 3: 204})
def a_folder_is_filled_with_three_chats(**readings: Any) -> object:
    caller = Caller(**readings)
    return caller.put(WORK, chat_ids=["c1", "c2", "c3"], last_sync_time=NOW).verdict


@shows("max_pins", {2: "operation_failed", 3: 204})
def a_reorder_adds_to_a_folder_of_two(**readings: Any) -> object:
    caller = Caller(chat_not_in_folder="added", **readings)
    return caller.put(WORK, chat_id="c5", last_sync_time=NOW).verdict


@shows("max_pins", {0: (204, "c4 c1 c2"), 3: (204, "c4 c1 c2")})
def a_folder_is_deleted_and_its_chats_crowd_my_pins(**readings: Any) -> object:
    caller = Caller(**readings)
    return caller.delete(f"/pin-categories/{WORK}").verdict, caller.chats("default")


NUMBERS = {"max_folders", "max_pins"}
FIELDS = {field.name for field in msgspec.structs.fields(Behaviour)}


@pytest.mark.parametrize(
    ("scenario", "reading"),
    [
        pytest.param(scenario, reading, id=f"{scenario.switch}={reading}-{scenario.run.__name__}")
        for scenario in SCENARIOS
        for reading in scenario.outcomes
    ],
)
def test_a_reading_shows_itself(scenario: Scenario, reading: object) -> None:
    assert scenario.run(**{scenario.switch: reading}) == scenario.outcomes[reading]


@pytest.mark.parametrize("switch", sorted(FIELDS))
def test_every_two_readings_of_a_switch_differ_in_a_scenario(switch: str) -> None:
    outcomes = [one.outcomes for one in SCENARIOS if one.switch == switch]
    assert any(len({repr(one) for one in shown.values()}) == len(shown) > 1 for shown in outcomes)


def test_every_scenario_is_of_a_switch_and_has_all_of_its_readings() -> None:
    assert {one.switch for one in SCENARIOS} == FIELDS
    for scenario in SCENARIOS:
        if scenario.switch not in NUMBERS:
            assert set(scenario.outcomes) == set(readings()[scenario.switch]), scenario.run.__name__


def test_the_readings_are_those_of_the_switches_with_the_default_first() -> None:
    assert set(readings()) == FIELDS - NUMBERS
    for name, (first, *others) in readings().items():
        assert first == getattr(Behaviour(), name)
        assert others
        assert first not in others


def test_every_reading_can_be_taken_and_no_other() -> None:
    for name, values in readings().items():
        for value in values:
            assert getattr(msgspec.convert({name: value}, Behaviour), name) == value
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({name: "no such reading"}, Behaviour)


@pytest.mark.parametrize("wrong", [{"max_folders": -1}, {"max_pins": -1}, {"max_pins": "1"}, {"unknown": True}])
def test_a_switch_that_is_not_there_and_a_number_below_zero_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Behaviour)


def test_every_two_readings_of_every_two_switches_meet_in_the_covering_set() -> None:
    rows = covering_set().values()
    missed = [
        f"{one}={first!r}, {two}={second!r}"
        for one, two in combinations(readings(), 2)
        for first, second in product(readings()[one], readings()[two])
        if not any(getattr(row, one) == first and getattr(row, two) == second for row in rows)
    ]
    assert missed == []


def test_the_covering_set_is_small_and_names_its_members_in_order() -> None:
    assert len(covering_set()) <= 16
    assert list(covering_set()) == [f"pairwise-{number:02}" for number in range(1, len(covering_set()) + 1)]


def test_the_covering_set_is_the_same_in_every_process() -> None:
    program = "import msgspec, cliq_pins.simulator as s; print(msgspec.json.encode(s.covering_set()).decode())"
    for seed in ("1", "2"):
        printed = subprocess.run(  # the interpreter that runs the tests
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert msgspec.json.decode(printed, type=dict[str, Behaviour]) == covering_set()


def test_the_profiles_differ_and_are_valid() -> None:
    assert len(set(PROFILES.values())) == len(PROFILES)
    for profile in PROFILES.values():
        assert msgspec.convert(msgspec.to_builtins(profile), Behaviour) == profile
    assert PROFILES["documented"] == Behaviour()
    assert PROFILES.keys().isdisjoint(covering_set())


@pytest.mark.parametrize("name", [*PROFILES, *covering_set()])
def test_every_set_of_readings_answers(name: str) -> None:
    caller = Caller()
    caller.simulator.behave({**PROFILES, **covering_set()}[name])
    assert caller.post("/pin-categories", {"title": "New", "symbol": ":x:", "chat_ids": ["c5"]}).status == 200
    assert "c5" in caller.get("/pin-categories?include_fields=chats").body.decode()


def test_other_readings_hold_from_the_next_call_on_and_for_one_simulator() -> None:
    caller, other = Caller(), Simulator(small_board())
    assert caller.put(NOWHERE, title="x").status == 400
    caller.simulator.behave(Behaviour(unknown_folder="404"))
    assert caller.put(NOWHERE, title="x").status == 404
    assert (caller.simulator.behaviour.unknown_folder, other.behaviour.unknown_folder) == ("404", "400")


@pytest.mark.parametrize("wrong", [{"unknown_folder": 404}, {"missing_scope_status": "teapot"}, {"max_folders": "5"}])
def test_a_reading_that_there_is_not_is_refused_when_it_is_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(wrong))}: "):
        Behaviour(**wrong)
