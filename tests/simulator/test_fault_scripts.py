"""Fault scripts: which calls are struck, what becomes of their answers, and of the state."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from typing import Any

import httpx2
import msgspec
import pytest
from msgspec import Struct

from cliq_pins.simulator import Fault, Request, State, User
from cliq_pins.simulator.faults import ARGUMENTS, ON_THE_WIRE
from cliq_pins.testing import board, folder
from service import BASE, NOW, PEOPLE, RIGHT, WORK, Caller, small_board

GET, PUT, POST, MOVE = "getPinCategories", "updatePinCategory", "createPinCategory", "reorderCategory"


def fault(action: str, on: str = "*", phase: str = "after", **rest: Any) -> dict[str, Any]:
    """A fault in its JSON form; what is not its own are the action's arguments."""
    own = {key: rest.pop(key) for key in ("nth", "every", "count") if key in rest}
    return {"on": on, "phase": phase, "action": action, **own, "args": rest}


class Heard(Struct, frozen=True):
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes


class Faulty:
    """A simulated service with a script, called through its WSGI face."""

    def __init__(self, *script: Fault | dict[str, Any], limits: bool = False) -> None:
        self.caller = Caller(limits=limits)
        self.simulator = self.caller.simulator
        self.simulator.script(*script)
        self.client = httpx2.Client(
            transport=httpx2.WSGITransport(self.simulator.wsgi()),
            base_url=f"https://cliq.zoho.com{BASE}",
            headers={"authorization": self.caller.authorization},
        )

    def call(self, operation: str = GET, **headers: str) -> Heard:
        """Make an operation's right call."""
        method, path, json = RIGHT[operation]
        content = b"" if json is msgspec.UNSET else msgspec.json.encode(json)
        with self.client.stream(method, path, content=content, headers=headers) as response:
            return Heard(response.status_code, dict(response.headers.items()), b"".join(response.iter_raw()))

    def statuses(self, *operations: str) -> list[int]:
        return [self.call(one).status for one in operations]

    @property
    def struck(self) -> list[str]:
        """What struck each call, by the request log."""
        return [" ".join(one.faults) for one in self.simulator.log]


PLAIN = Faulty().call()
"""The answer that no fault strikes."""

# Which calls


@pytest.mark.parametrize(
    ("when", "struck"),
    [
        ({}, "1"),
        ({"nth": 1}, "1"),
        ({"nth": 3}, "3"),
        ({"every": 1}, "1 2 3 4 5 6 7"),
        ({"every": 3}, "3 6"),
        ({"every": 1, "count": 2}, "1 2"),
        ({"every": 2, "count": 2}, "2 4"),
        ({"nth": 2, "count": 5}, "2"),
        ({"nth": 9}, ""),
    ],
    ids=str,
)
def test_a_fault_strikes_the_calls_that_it_names(when: dict[str, int], struck: str) -> None:
    faulty = Faulty(fault("status", status=503, **when))
    statuses = faulty.statuses(*[GET] * 7)
    assert " ".join(str(number) for number, one in enumerate(statuses, start=1) if one == 503) == struck
    (armed,) = faulty.simulator.faults
    assert (armed.met, armed.used) == (7, len(struck.split()))


def test_a_fault_counts_the_calls_of_its_operation_only() -> None:
    faulty = Faulty(fault("status", on=PUT, nth=2, status=503))
    assert faulty.statuses(PUT, GET, MOVE, GET, PUT, PUT) == [204, 200, 204, 200, 503, 204]
    assert [one.met for one in faulty.simulator.faults] == [3]


def test_a_fault_on_everything_counts_every_call() -> None:
    faulty = Faulty(fault("status", nth=4, status=503))
    assert faulty.statuses(PUT, GET) == [204, 200]
    assert faulty.client.get("/nowhere").status_code == 404
    assert faulty.client.post("https://accounts.zoho.com/oauth/v2/token").status_code == 503


@pytest.mark.parametrize("operation", RIGHT)
def test_each_operation_can_be_struck_by_its_name(operation: str) -> None:
    faulty = Faulty(fault("status", on=operation, every=1, status=503))
    struck = {one for one in RIGHT if Faulty(fault("status", on=operation, status=503)).call(one).status == 503}
    assert struck == {operation}
    assert faulty.call(operation).status == 503


@pytest.mark.parametrize(("on", "path"), [("token", "/oauth/v2/token"), ("revoke", "/oauth/v2/token/revoke")])
def test_the_accounts_server_can_be_struck_by_name(on: str, path: str) -> None:
    faulty = Faulty(fault("status", on=on, status=503))
    paths = [f"https://accounts.zoho.com{one}" for one in ("/oauth/v2/token", "/oauth/v2/token/revoke")]
    assert {one: faulty.client.post(one).status_code for one in paths} == {
        one: 503 if one.endswith(path) else 200 for one in paths
    }


def test_a_fault_on_a_connection_strikes_a_call_in_process() -> None:
    """There, every call is on a connection of its own."""
    faulty = Faulty(fault("close", on="connection", phase="before", nth=2))
    assert faulty.statuses(GET) == [200]
    with pytest.raises(ConnectionResetError):
        faulty.call()
    assert faulty.statuses(GET) == [200]
    assert faulty.simulator.unused_faults() == []


@pytest.mark.parametrize(("action", "args"), [("length", {"by": 5}), ("gzip", {}), ("slow", {}), ("truncate", {})])
@pytest.mark.parametrize("phase", ["before", "after"])
def test_what_is_done_to_a_body_strikes_no_answer_without_one(action: str, args: dict[str, Any], phase: str) -> None:
    faulty = Faulty(fault(action, on=PUT, phase=phase, **args))
    assert faulty.statuses(PUT) == [204]
    assert [one.action for one in faulty.simulator.unused_faults()] == [action]
    assert faulty.simulator.board() != faulty.simulator.start.board("user-1", ""), "what is answered so was done"


def test_the_same_fault_twice_counts_twice() -> None:
    refused = Fault(on=GET, phase="before", action="meanwhile", args={"method": "GET", "target": "/nowhere"})
    faulty = Faulty(refused, refused)
    assert faulty.statuses(GET) == [200]
    assert [one.used for one in faulty.simulator.faults] == [0, 0]
    assert len(faulty.simulator.unused_faults()) == 2


def test_no_fault_keeps_anybody_from_the_admin_api() -> None:
    faulty = Faulty(
        fault("close", phase="before", every=1, at="body"),
        fault("reset", on="connection", phase="before", every=1, count=9),
    )
    with pytest.raises(ConnectionResetError):
        faulty.call()
    for method in ("GET", "DELETE"):
        assert faulty.simulator.handle(Request(method, "/_sim/faults")).status == 200
    assert faulty.statuses(GET) == [200]


@pytest.mark.parametrize("action", ["close", "reset", "hang", "garbage"])
def test_a_connection_can_be_struck_before_any_call(action: str) -> None:
    struck = Faulty(fault(action, on="connection", phase="before")).simulator.accept()
    assert struck is not None
    assert struck.action == action


def test_a_fault_on_everything_strikes_no_connection() -> None:
    faulty = Faulty(fault("close"), fault("reset", on="connection", phase="before", nth=2))
    taken = [faulty.simulator.accept() for _ in range(3)]
    assert [one and one.action for one in taken] == [None, "reset", None]
    assert [one.action for one in faulty.simulator.unused_faults()] == ["close"]


def test_a_refused_call_is_struck_as_well() -> None:
    faulty = Faulty(fault("headers", set={"x-struck": "yes"}))
    heard = faulty.call(authorization="Bearer dead")
    assert (heard.status, heard.headers["x-struck"]) == (401, "yes")


def test_faults_that_have_not_struck_are_told() -> None:
    faulty = Faulty(fault("status", on=GET, status=503), fault("skew", on=PUT, ms=1), fault("expire", nth=9))
    assert [one.action for one in faulty.simulator.unused_faults()] == ["status", "skew", "expire"]
    faulty.call()
    assert [one.action for one in faulty.simulator.unused_faults()] == ["skew", "expire"]


def test_a_new_script_takes_the_place_of_the_old_one_and_none_disarms() -> None:
    faulty = Faulty(fault("status", every=1, status=503))
    faulty.simulator.script(fault("status", every=1, status=502))
    assert faulty.statuses(GET) == [502]
    faulty.simulator.script()
    assert faulty.statuses(GET) == [200]
    assert faulty.simulator.unused_faults() == []


def test_the_log_says_what_struck_each_call() -> None:
    faulty = Faulty(fault("skew", nth=2, ms=1), fault("headers", every=2))
    faulty.statuses(GET, GET, GET)
    assert faulty.struck == ["", "skew headers", ""]


def test_the_log_has_the_status_that_was_sent_and_no_code_that_was_not() -> None:
    faulty = Faulty(fault("status", status=503))
    faulty.call(authorization="Bearer dead")
    assert [(one.status, one.code) for one in faulty.simulator.log] == [(503, None)]


def test_a_script_may_be_of_faults_as_well_as_of_their_json() -> None:
    one = Fault(on=GET, phase="before", action="status", args={"status": 503})
    faulty = Faulty(one, fault("status", on=GET, phase="before", nth=2, status=502))
    assert faulty.statuses(GET, GET, GET) == [503, 502, 200]
    assert msgspec.convert(msgspec.to_builtins(one), Fault) == one


# Before and after


@pytest.mark.parametrize(("phase", "done"), [("before", False), ("after", True)])
@pytest.mark.parametrize("operation", [one for one in RIGHT if one != GET])
def test_before_means_that_the_call_did_nothing_and_after_that_it_is_done(
    operation: str, phase: str, done: bool
) -> None:
    faulty = Faulty(fault("status", on=operation, phase=phase, status=500))
    before = faulty.caller.board
    assert faulty.call(operation).status == 500
    assert (faulty.caller.board != before) == done
    repeated = faulty.call(operation)
    assert done or repeated.status in (200, 204)


@pytest.mark.parametrize("action", ["close", "reset"])
def test_what_strikes_before_the_body_is_read_strikes_every_shape_of_its_endpoint_and_no_other(action: str) -> None:
    for operation in RIGHT:
        faulty = Faulty(fault(action, on=PUT, phase="before", at="body"))
        if RIGHT[operation][0] != "PUT":
            assert faulty.call(operation).status in (200, 204)
            continue
        before = faulty.caller.board
        with pytest.raises(ConnectionResetError):
            faulty.call(operation)
        assert faulty.caller.board == before
        assert faulty.struck == [action]


@pytest.mark.parametrize("operation", [one for one in RIGHT if RIGHT[one][0] == "PUT"])
def test_a_fault_of_one_shape_strikes_all_before_the_body_is_read(operation: str) -> None:
    faulty = Faulty(fault("close", on=operation, phase="before", at="body"))
    with pytest.raises(ConnectionResetError):
        faulty.call(PUT)


def test_what_strikes_before_and_after_the_body_is_read_is_counted_apart() -> None:
    faulty = Faulty(fault("status", status=503), fault("close", phase="before", at="body", nth=2))
    assert faulty.statuses(GET) == [503]
    with pytest.raises(ConnectionResetError):
        faulty.call()
    assert faulty.statuses(GET) == [200]
    assert [(one.met, one.used) for one in faulty.simulator.faults] == [(2, 1), (3, 1)]


def test_the_accounts_server_can_be_struck_before_the_body_is_read() -> None:
    faulty = Faulty(fault("reset", on="token", phase="before", at="body"))
    assert faulty.client.post("https://accounts.zoho.com/oauth/v2/token/revoke").status_code == 200
    with pytest.raises(ConnectionResetError):
        faulty.client.post("https://accounts.zoho.com/oauth/v2/token")


@pytest.mark.parametrize("action", ["close", "reset", "hang"])
@pytest.mark.parametrize(("phase", "titles"), [("before", "Work People"), ("after", "Work People New")])
def test_a_lost_answer_may_be_of_a_call_that_is_done(action: str, phase: str, titles: str) -> None:
    faulty = Faulty(fault(action, on=POST, phase=phase))
    with pytest.raises((ConnectionResetError, TimeoutError)):
        faulty.call(POST)
    assert faulty.caller.titles == titles


def test_an_answer_changed_before_the_change_is_still_the_calls_own() -> None:
    faulty = Faulty(fault("headers", phase="before", set={"x-struck": "yes"}))
    heard = faulty.call(POST)
    assert (heard.status, heard.headers["x-struck"], faulty.caller.titles) == (200, "yes", "Work People")


def test_a_call_that_did_nothing_uses_up_no_limit() -> None:
    for phase, passing in (("before", 20), ("after", 19)):
        faulty = Faulty(fault("status", phase=phase, status=500), limits=True)
        faulty.call()
        assert faulty.statuses(*[GET] * 21).count(200) == passing


def test_a_lost_token_answer_may_have_used_up_the_code() -> None:
    for phase, error in (("before", None), ("after", "invalid_code")):
        faulty = Faulty(fault("status", on="token", phase=phase, status=500))
        form = {**faulty.simulator.sign_up(), "grant_type": "authorization_code"}
        answers = [faulty.client.post("https://accounts.zoho.com/oauth/v2/token", data=form) for _ in range(2)]
        assert answers[0].status_code == 500
        assert answers[1].json().get("error") == error


# What becomes of the answer


def test_another_status_comes_with_nothing_but_what_is_said() -> None:
    heard = Faulty(fault("status", status=502)).call()
    assert (heard.status, heard.body) == (502, b"")
    assert heard.headers == {"date": PLAIN.headers["date"], "content-length": "0"}


def test_another_status_may_have_headers_and_a_body() -> None:
    heard = Faulty(
        fault("status", status=999, headers={"Retry-After": "5", "DATE": "never"}, body={"text": "ü"})
    ).call()
    assert (heard.status, heard.body) == (999, "ü".encode())
    assert heard.headers == {"retry-after": "5", "date": "never", "content-length": "2"}


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ({}, b""),
        ({"text": "<html>"}, b"<html>"),
        ({"text": ""}, b""),
        ({"text": "\ud83d"}, b"\xed\xa0\xbd"),
        ({"json": {"data": [1, "x", None]}}, b'{"data":[1,"x",null]}'),
        ({"json": []}, b"[]"),
        ({"json": False}, b"false"),
        ({"base64": "/wA="}, b"\xff\x00"),
        ({"base64": ""}, b""),
        ({"repeat": ["[", 100_000]}, b"[" * 100_000),
        ({"repeat": ["x", 0]}, b""),
    ],
    ids=lambda one: repr(one)[:30],
)
def test_a_body_may_be_said_in_each_form(content: dict[str, Any], body: bytes) -> None:
    heard = Faulty(fault("body", content=content)).call()
    assert (heard.status, heard.body) == (200, body)
    assert heard.headers == {**PLAIN.headers, "content-length": str(len(body))}


def test_a_body_may_have_another_type() -> None:
    heard = Faulty(fault("body", content={"text": "<p>"}, content_type="text/html")).call()
    assert (heard.status, heard.headers["content-type"]) == (200, "text/html")


def test_a_body_may_be_ended_by_the_connection_which_only_a_socket_shows() -> None:
    assert Faulty(fault("body", content={"text": "x"}, framing="close")).call().body == b"x"


def test_headers_can_be_set_added_removed_and_padded() -> None:
    faulty = Faulty(
        fault("headers", set={"Content-Type": "text/plain", "x-new": "1"}, remove=["DATE", "x-none"], pad=70_000)
    )
    heard = faulty.call()
    assert heard.body == PLAIN.body
    assert heard.headers == {
        "content-type": "text/plain",
        "x-new": "1",
        "x-padding": "x" * 70_000,
        "content-length": PLAIN.headers["content-length"],
    }


def test_headers_that_are_not_changed_stay() -> None:
    assert Faulty(fault("headers")).call() == PLAIN


def test_a_header_can_come_twice() -> None:
    faulty = Faulty(fault("headers", add=[["retry-after", "1"], ["retry-after", "2"]]))
    assert faulty.client.get("/pin-categories").headers.get_list("retry-after") == ["1", "2"]


def test_gzip_without_a_defect_is_the_same_answer_compressed() -> None:
    heard = Faulty(fault("gzip")).call()
    assert (heard.headers["content-encoding"], gzip.decompress(heard.body)) == ("gzip", PLAIN.body)
    assert Faulty(fault("gzip")).client.get("/pin-categories").json()["type"] == "pin_categories"


@pytest.mark.parametrize(
    ("defect", "error"), [("plain", gzip.BadGzipFile), ("truncated", EOFError), ("crc", gzip.BadGzipFile)]
)
def test_gzip_may_be_broken(defect: str, error: type[Exception]) -> None:
    heard = Faulty(fault("gzip", defect=defect)).call()
    assert heard.headers["content-encoding"] == "gzip"
    with pytest.raises(error):
        gzip.decompress(heard.body)


def test_plain_bytes_said_to_be_gzip_are_the_answer_itself() -> None:
    assert Faulty(fault("gzip", defect="plain")).call().body == PLAIN.body


def test_gzip_of_a_wrong_check_sum_is_right_in_all_else() -> None:
    right, wrong = Faulty(fault("gzip")).call().body, Faulty(fault("gzip", defect="crc")).call().body
    assert (wrong[:-8], wrong[-4:]) == (right[:-8], right[-4:])
    assert wrong[-8:-4] != right[-8:-4]


def test_truncated_gzip_begins_well() -> None:
    heard = Faulty(fault("gzip", defect="truncated")).call()
    assert PLAIN.body.startswith(zlib.decompressobj(31).decompress(heard.body))


@pytest.mark.parametrize("size", [1, 2**16, 10**6 + 1])
def test_a_bomb_is_small_until_it_is_unpacked(size: int) -> None:
    heard = Faulty(fault("gzip", defect="bomb", bytes=size)).call()
    assert len(heard.body) < 100 + size / 500
    assert gzip.decompress(heard.body) == b" " * size


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "expected"),
    [("https://elsewhere.invalid/x", "https://elsewhere.invalid/x"), ("self", f"{BASE}/pin-categories")],
)
def test_the_caller_can_be_sent_elsewhere(status: int, location: str, expected: str) -> None:
    heard = Faulty(fault("redirect", status=status, location=location)).call()
    assert (heard.status, heard.headers["location"], heard.body) == (status, expected, b"")
    assert "content-type" not in heard.headers


def test_a_redirect_to_itself_keeps_the_query() -> None:
    said = Faulty(fault("redirect", location="self")).client.get("/pin-categories?include_fields=chats")
    assert said.headers["location"] == f"{BASE}/pin-categories?include_fields=chats"


@pytest.mark.parametrize(
    ("ms", "date"),
    [
        (3_600_000, "Thu, 01 Jan 2026 01:00:00 GMT"),
        (-1, "Wed, 31 Dec 2025 23:59:59 GMT"),
        (999, "Thu, 01 Jan 2026 00:00:00 GMT"),
    ],
)
def test_the_date_can_be_wrong(ms: int, date: str) -> None:
    faulty = Faulty(fault("skew", ms=ms))
    heard = faulty.call()
    assert heard == Heard(200, {**PLAIN.headers, "date": date}, PLAIN.body)
    assert faulty.call().headers["date"] == PLAIN.headers["date"]


# What happens beside the call


def test_a_token_may_die_before_or_after_a_call() -> None:
    for phase, statuses in (("before", [401, 401]), ("after", [200, 401])):
        assert Faulty(fault("expire", phase=phase)).statuses(GET, GET) == statuses
    other = Faulty(fault("expire", phase="before"))
    token = other.simulator.token()
    other.call()
    assert other.call(authorization=f"Bearer {token}").status == 200


def test_a_call_whose_token_dies_after_it_is_done() -> None:
    faulty = Faulty(fault("expire", on=POST, phase="after"))
    assert faulty.call(POST).status == 200
    assert faulty.caller.titles == "Work People New"


RENAME = {"method": "PUT", "target": f"/pin-categories/{WORK}", "json": {"title": "Theirs"}}


def test_another_client_may_be_first_or_second() -> None:
    for phase, title in (("before", "Renamed"), ("after", "Theirs")):
        faulty = Faulty(fault("meanwhile", on=PUT, phase=phase, **RENAME))
        assert faulty.statuses(PUT) == [204]
        assert faulty.caller.board.folders[0].title == title


def test_another_client_may_make_its_call_at_the_same_path() -> None:
    faulty = Faulty(fault("meanwhile", phase="before", method="DELETE", target="self"))
    assert faulty.statuses(PUT) == [400]
    assert faulty.caller.titles == "People"


def test_a_change_of_another_client_makes_the_call_stale() -> None:
    faulty = Faulty(fault("meanwhile", on=MOVE, phase="before", **RENAME))
    faulty.caller.later(60)
    assert faulty.statuses(MOVE) == [400]
    assert faulty.caller.titles == "Theirs People"
    assert faulty.simulator.log[0].code == "client_not_synced"


def test_another_client_is_of_the_same_user() -> None:
    caller = Caller({"ada": small_board(), "grace": small_board()}).be("grace")
    caller.simulator.script(fault("meanwhile", **RENAME))
    caller.get()
    assert [caller.simulator.board(user).folders[0].title for user in ("ada", "grace")] == ["Work", "Theirs"]


def test_another_client_may_make_its_call_while_a_token_is_got() -> None:
    faulty = Faulty(fault("meanwhile", on="token", **RENAME))
    faulty.client.post("https://accounts.zoho.com/oauth/v2/token")
    assert faulty.caller.titles == "Theirs People"


def test_another_client_uses_up_none_of_this_ones_calls() -> None:
    faulty = Faulty(fault("meanwhile", phase="before", every=1, method="GET", target="/pin-categories"), limits=True)
    assert faulty.statuses(*[GET] * 21) == [200] * 20 + [429]


def test_another_client_makes_its_call_although_this_ones_is_lost() -> None:
    faulty = Faulty(
        fault("meanwhile", phase="before", **RENAME),
        fault("meanwhile", phase="after", method="DELETE", target=f"/pin-categories/{PEOPLE}"),
        fault("status", phase="before", status=500),
    )
    assert faulty.statuses(POST) == [500]
    assert faulty.caller.titles == "Theirs"


def test_another_client_has_a_token_of_its_own() -> None:
    for script in ([], [fault("expire", phase="before")]):
        caller = Caller().be(scopes=["ZohoCliq.Chats.READ"])
        caller.simulator.script(*script, fault("meanwhile", phase="before", **RENAME))
        caller.get()
        assert caller.titles == "Theirs People"


def test_another_client_in_a_network_account_calls_that_account() -> None:
    boards = {name: board(folder("Work", "c1", folder_id=WORK)) for name in ("", "acme")}
    caller = Caller(State(users={"ada": User(boards=boards)}))
    caller.simulator.script(fault("meanwhile", phase="before", **RENAME))
    assert caller.get(network="acme").json["data"][1]["title"] == "Theirs"
    assert caller.titles == "Work"


# Several at once


def test_all_faults_of_a_call_strike_in_the_order_of_the_script() -> None:
    faulty = Faulty(
        fault("status", status=503, headers={"x-first": "1", "x-last": "1"}, body={"text": "oops"}),
        fault("headers", set={"x-last": "2"}),
        fault("skew", ms=1000),
        fault("gzip"),
    )
    heard = faulty.call()
    assert (heard.status, gzip.decompress(heard.body)) == (503, b"oops")
    assert (heard.headers["x-first"], heard.headers["x-last"]) == ("1", "2")
    assert heard.headers["date"] == "Thu, 01 Jan 2026 00:00:01 GMT"
    assert faulty.struck == ["status headers skew gzip"]


def test_the_last_of_two_that_say_the_same_thing_holds() -> None:
    assert Faulty(fault("status", status=502), fault("status", status=503)).statuses(GET, GET) == [503, 200]


def test_one_that_strikes_before_the_change_keeps_all_from_it() -> None:
    faulty = Faulty(fault("headers"), fault("skew", phase="before", ms=1))
    assert faulty.statuses(POST) == [200]
    assert faulty.caller.titles == "Work People"


def test_of_two_that_break_the_connection_the_first_strikes_and_the_other_misses_its_turn() -> None:
    faulty = Faulty(fault("close"), fault("hang"), fault("reset", nth=2), fault("headers"))
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            faulty.call()
    assert faulty.statuses(GET) == [200]
    assert [one.action for one in faulty.simulator.unused_faults()] == ["hang"]
    assert faulty.struck == ["close headers", "reset", ""]


def test_two_scripts_of_two_simulators_do_not_meet() -> None:
    one, other = Faulty(fault("status", every=1, status=503)), Faulty()
    assert (one.statuses(GET), other.statuses(GET)) == ([503], [200])


def test_an_armed_script_goes_with_the_state() -> None:
    faulty = Faulty(fault("status", nth=2, status=503))
    faulty.call()
    kept = msgspec.json.decode(msgspec.json.encode(faulty.simulator.state), type=State)
    again = Faulty()
    again.simulator.load(kept)
    assert again.statuses(GET) == [503]


# What is no script

STATUS = {"on": "*", "phase": "before", "action": "status", "args": {"status": 503}}
WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "no object": (lambda: 5, "object"),
    "none": (lambda: None, "null"),
    "a list": (lambda: [STATUS], "array"),
    "nothing": (dict, "phase|action"),
    "no phase": (lambda: {"action": "close"}, "phase"),
    "no action": (lambda: {"phase": "before"}, "action"),
    "another phase": (lambda: {**STATUS, "phase": "during"}, "during"),
    "another action": (lambda: {**STATUS, "action": "explode"}, "explode"),
    "another key": (lambda: {**STATUS, "when": 1}, "when"),
    "an operation that there is not": (lambda: {**STATUS, "on": "getPinCategoriez"}, "getPinCategoriez"),
    "a number for an operation": (lambda: {**STATUS, "on": 5}, r"\$\.on"),
    "the zeroth": (lambda: {**STATUS, "nth": 0}, r"\$\.nth"),
    "every half": (lambda: {**STATUS, "every": 0.5}, r"\$\.every"),
    "no times": (lambda: {**STATUS, "count": 0}, r"\$\.count"),
    "nth and every": (lambda: {**STATUS, "nth": 1, "every": 1}, "nth or every, not both"),
    "no status": (lambda: {**STATUS, "args": {}}, "status: args: .*`status`"),
    "an interim status": (lambda: fault("status", status=103), r"\$\.status"),
    "a status of four digits": (lambda: fault("status", status=1000), r"\$\.status"),
    "an argument of another action": (lambda: {**STATUS, "action": "skew"}, "skew: args: .*(`status`|`ms`)"),
    "arguments of an action that takes none": (lambda: fault("expire", ms=1), "expire: args: .*`ms`"),
    "arguments that are no object": (lambda: {**STATUS, "args": [503]}, r"\$\.args"),
    "another defect": (lambda: fault("gzip", defect="wet"), "wet"),
    "a bomb of nothing": (lambda: fault("gzip", defect="bomb", bytes=0), r"\$\.bytes"),
    "a redirect to nowhere": (lambda: fault("redirect"), "location"),
    "a redirect that is none": (lambda: fault("redirect", location="self", status=200), "200"),
    "no base64": (lambda: fault("body", content={"base64": "%"}), "base64"),
    "two contents": (lambda: fault("body", content={"text": "x", "json": 1}), "content"),
    "too much to repeat": (lambda: fault("body", content={"repeat": ["x", 10**9]}), "repeat"),
    "a wait below zero": (lambda: fault("hang", ms=-1), r"\$\.ms"),
    "another client that asks for nothing": (lambda: fault("meanwhile", method="GET"), "target"),
    "a late break before the body": (lambda: fault("close", at="body"), "before the body"),
    "a date that no calendar has": (lambda: fault("skew", ms=10**18), "ms"),
    "a header that cannot be sent": (lambda: fault("headers", set={"x-odd": "€"}), "args"),
    "a header with a line break": (lambda: fault("headers", set={"x-odd": "a\r\nx-more: b"}), "args"),
    "a header with a line break at its end": (lambda: fault("headers", set={"x-odd": "a\n"}), "args"),
    "a header's name with a line break at its end": (lambda: fault("headers", add=[["x-odd\n", "a"]]), "args"),
    "a location with a line break at its end": (lambda: fault("redirect", location="self\n"), "args"),
    "every connection for ever": (
        lambda: {"on": "connection", "phase": "before", "action": "close", "every": 1},
        "a count",
    ),
    "a connection with a body": (
        lambda: {"on": "connection", "phase": "before", "action": "close", "args": {"at": "body"}},
        "no body to read",
    ),
    "a header that begins with a blank": (lambda: fault("headers", set={"x-odd": " a"}), "args"),
    "a body beyond any memory": (lambda: fault("body", content={"repeat": ["x" * 1000, 10**7]}), "at most"),
    "a length beyond any": (lambda: fault("length", by=10**30), "by"),
    "another client with an odd method": (lambda: fault("meanwhile", method="G T", target="/"), "method"),
    "another client with an odd target": (lambda: fault("meanwhile", method="GET", target="é"), "target"),
    "a connection that answers": (lambda: {**STATUS, "on": "connection"}, "connection"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_script_that_makes_no_sense_is_refused_in_one_line_and_changes_nothing(name: str) -> None:
    script, said = WRONG[name]
    faulty = Faulty(STATUS)
    with pytest.raises(ValueError, match=said) as caught:
        faulty.simulator.script(fault("skew", ms=1), script())  # type: ignore[arg-type]  # that is the point
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    assert [one.fault.action for one in faulty.simulator.faults] == ["status"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "explode"},
        {"phase": "during"},
        {"nth": 0},
        {"every": -1},
        {"count": 0},
        {"nth": "1"},
        {"count": True},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_when_it_is_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Fault(**{"phase": "before", "action": "close", **wrong})


@pytest.mark.parametrize("action", sorted(ON_THE_WIRE - {"close", "reset", "hang"}))
def test_what_only_a_socket_shows_says_so(action: str) -> None:
    required = {"length": {"by": 1}}.get(action, {})
    faulty = Faulty(fault(action, **required))
    with pytest.raises(RuntimeError, match=f"{action} needs a socket"):
        faulty.call()


def test_every_action_is_tried_here() -> None:
    here = {"status", "body", "headers", "gzip", "redirect", "skew", "expire", "meanwhile"}
    assert ARGUMENTS.keys() - ON_THE_WIRE == here


def test_another_client_that_is_refused_leaves_its_fault_unused() -> None:
    nowhere = {"method": "PUT", "target": "/pin-categories/1", "json": {"title": "x"}}
    faulty = Faulty(fault("meanwhile", **nowhere), fault("meanwhile", **RENAME))
    assert faulty.statuses(GET) == [200]
    assert [one.args for one in faulty.simulator.unused_faults()] == [nowhere]


def test_a_move_that_is_lost_after_it_is_done_looks_stale_when_repeated() -> None:
    faulty = Faulty(fault("reset", on=MOVE))
    faulty.caller.later(60)
    with pytest.raises(ConnectionResetError):
        faulty.call(MOVE)
    assert faulty.caller.titles == "People Work"
    assert faulty.statuses(MOVE) == [400]
    assert faulty.simulator.log[-1].code == "client_not_synced"
    assert faulty.caller.board.folders[-1].changed_ms == NOW + 60_000
