"""The admin API: what it shows, what it changes, what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cliq_pins.simulator import PROFILES, Behaviour, Request, Simulator, covering_set, readings
from cliq_pins.simulator.faults import ARGUMENTS
from cliq_pins.simulator.faults.catalogue import catalogue
from cliq_pins.testing import board, folder


class Admin:
    def __init__(self, simulator: Simulator | None = None) -> None:
        self.simulator = simulator or Simulator(board(folder("A", "C1", folder_id="F1")))

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.simulator.handle(Request(method, f"/_sim/{path}", (), content))
        return answer.status, json.loads(answer.body)

    def ok(self, method: str, path: str, body: object = None) -> Any:
        status, said = self.call(method, path, body)
        assert status == 200, said
        return said

    def api(self, token: str) -> int:
        headers = (("authorization", f"Zoho-oauthtoken {token}"),)
        return self.simulator.handle(Request("GET", "/api/v3/pin-categories", headers)).status


@pytest.fixture
def admin() -> Admin:
    return Admin()


def test_the_index_names_every_path_that_answers(admin: Admin) -> None:
    index = admin.ok("GET", "")
    assert len(index) >= 14
    for line in index:
        method, _, path = line.partition(" /_sim/")
        status, _ = admin.call(method, path, b"" if method in ("POST", "PUT") else None)
        assert status in (200, 400), line


def test_a_state_taken_out_can_be_put_back(admin: Admin) -> None:
    before = admin.ok("GET", "state")
    admin.simulator.fill(board())
    assert admin.ok("GET", "state") != before
    admin.ok("PUT", "state", before)
    assert admin.ok("GET", "state") == before
    assert [one.title for one in admin.simulator.board().folders] == ["A"]


def test_what_is_shown_is_as_the_schema_says(admin: Admin) -> None:
    admin.simulator.token()
    admin.simulator.script({"on": "*", "phase": "before", "action": "close"})
    schema = admin.ok("GET", "schema")
    for path, form in (("state", "State"), ("clock", "Time"), ("switches", "Switches")):
        Draft202012Validator({**schema, "$ref": f"#/$defs/{form}"}).validate(admin.ok("GET", path))
    check = Draft202012Validator({**schema, "$ref": "#/$defs/ArmedFault"})
    for one in admin.ok("GET", "faults"):
        check.validate(one)
    admin.ok("DELETE", "faults")
    admin.api("nonsense")
    check = Draft202012Validator({**schema, "$ref": "#/$defs/LogEntry"})
    (entry,) = admin.ok("GET", "log")
    check.validate(entry)
    assert not check.is_valid({**entry, "status": "401"})


ARGS: dict[str, tuple[str, Any, bool]] = {
    "a list": ("interim", {"statuses": [103]}, True),
    "one of a few": ("truncate", {"framing": "chunked"}, True),
    "none of them": ("truncate", {"framing": "lumps"}, False),
    "another action's": ("skew", {"status": 503}, False),
    "none where one is needed": ("status", None, False),
    "none where none is needed": ("close", None, True),
    "some where there are none": ("expire", {"ms": 1}, False),
    "a content": ("garbage", {"base64": "AAAA"}, True),
    "a content in a content": ("body", {"content": {"repeat": ["x"]}}, False),
}


@pytest.mark.parametrize("name", ARGS)
def test_the_schema_takes_the_arguments_that_the_service_takes(admin: Admin, name: str) -> None:
    action, args, good = ARGS[name]
    fault = {"on": "*", "phase": "before", "action": action} | ({} if args is None else {"args": args})
    check = Draft202012Validator({**admin.ok("GET", "schema"), "$ref": "#/$defs/Fault"})
    assert check.is_valid(fault) == good
    assert admin.call("PUT", "faults", [fault])[0] == (200 if good else 400)


def test_the_schema_has_the_arguments_of_every_action_with_what_they_mean(admin: Admin) -> None:
    defs = admin.ok("GET", "schema")["$defs"]
    rules = {one["if"]["properties"]["action"]["const"]: one["then"] for one in defs["Fault"]["allOf"]}
    assert rules.keys() == ARGUMENTS.keys() == set(defs["Fault"]["properties"]["action"]["enum"])
    for action, form in ARGUMENTS.items():
        described = defs[rules[action]["properties"]["args"]["$ref"].removeprefix("#/$defs/")]
        assert described["properties"].keys() == set(form.__struct_fields__)
    assert defs["Truncate"]["properties"]["at"]["description"] == "After the status line, or within the body."


def test_the_catalogue_can_be_fetched_and_armed(admin: Admin) -> None:
    entries = admin.ok("GET", "catalogue?on=createPinCategory")
    assert entries.keys() == catalogue().keys()
    assert {fault["on"] for one in entries.values() for fault in one["script"] if "on" in fault} == {
        "createPinCategory",
        "connection",
        "token",
    }
    check = Draft202012Validator({**admin.ok("GET", "schema"), "$ref": "#/$defs/Entry"})
    for number, entry in entries.items():
        check.validate(entry)
        armed = admin.ok("PUT", "faults", entry["script"])
        assert tuple(one["fault"] for one in armed) == tuple(entry["script"])
        assert entry["says"] == catalogue()[number].says
    everywhere = [fault for one in admin.ok("GET", "catalogue").values() for fault in one["script"]]
    assert {fault.get("on", "*") for fault in everywhere} == {"*", "connection", "token"}
    assert admin.call("GET", "catalogue?on=nothing")[0] == 400


def test_the_schema_says_what_each_switch_and_each_part_of_a_fault_means(admin: Admin) -> None:
    defs = admin.ok("GET", "schema")["$defs"]
    switches = defs["Behaviour"]["properties"]
    assert switches.keys() == set(Behaviour.__struct_fields__)
    assert [name for name, one in switches.items() if not one.get("description")] == []
    assert switches["pin_elsewhere"]["description"].startswith(
        "What becomes of a chat that is put into a second folder"
    )


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("state", b"{", "truncated"),
        ("state", {"colour": "red"}, "colour"),
        ("state", {"users": {}}, "no users"),
        (
            "state",
            {"users": {"u": {"boards": {"": {"folders": [{"id": "1", "chats": ["C9"]}]}}}}},
            "user 'u': folder '1' has chat 'C9', which is not described",
        ),
        ("faults", {"on": "*"}, "array"),
        ("faults", [{"on": "*", "phase": "before", "action": "explode"}], "explode"),
        ("faults", [{"on": "*", "phase": "during", "action": "close"}], "`$.phase`; it is one of after, before"),
        (
            "faults",
            [{"on": "*", "phase": "after", "action": "truncate", "args": {"framing": "lumps"}}],
            "fault truncate: args: Invalid enum value 'lumps' - at `$.framing`; it is one of chunked, close, length",
        ),
        (
            "faults",
            [{"on": "*", "phase": "after", "action": "redirect", "args": {"location": "/", "status": 300}}],
            "`$.status`; it is one of 301, 302, 303, 307, 308",
        ),
        ("faults", [{"on": "*", "phase": "before", "action": "slow", "args": {"speed": 1}}], "speed"),
        ("switches", {"profile": "nope"}, "unknown profile 'nope'; there are documented"),
        ("switches", {"unknown_folder": "418"}, "'418' - at `$.unknown_folder`; it is one of 400, 401, 404"),
        ("switches", {"unknown_switch": 1}, "unknown_switch"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line_and_changes_nothing(
    admin: Admin, path: str, body: object, said: str
) -> None:
    before = admin.ok("GET", "state"), admin.simulator.behaviour
    status, answer = admin.call("PUT", path, body)
    assert status == 400
    assert said in answer["error"]
    assert "\n" not in answer["error"]
    assert (admin.ok("GET", "state"), admin.simulator.behaviour) == before


def test_the_clock_goes_forward_only(admin: Admin) -> None:
    assert admin.ok("GET", "clock") == {"now": "2026-01-01T00:00:00Z", "now_ms": 1767225600000}
    assert admin.ok("POST", "clock", {"advance_seconds": 300.25})["now_ms"] == 1767225900250
    status, said = admin.call("POST", "clock", {"advance_seconds": -1})
    assert (status, said["error"]) == (400, "a clock goes forward by 0 to 1e9 seconds, not by -1.0")


def test_faults_are_armed_reported_and_disarmed(admin: Admin) -> None:
    script = [{"on": "getPinCategories", "phase": "before", "action": "status", "nth": 2, "args": {"status": 503}}]
    assert [one["used"] for one in admin.ok("PUT", "faults", script)] == [0]
    token = admin.ok("POST", "tokens")["token"]
    assert [admin.api(token) for _ in range(3)] == [200, 503, 200]
    (report,) = admin.ok("GET", "faults")
    assert (report["met"], report["used"], report["fault"]) == (3, 1, script[0])
    assert admin.ok("DELETE", "faults") == []


def test_switches_are_a_profile_with_changes(admin: Admin) -> None:
    shown = admin.ok("GET", "switches")
    assert shown["profiles"] == [*PROFILES, *covering_set()]
    assert {name: tuple(values) for name, values in shown["readings"].items()} == readings()
    admin.ok("PUT", "switches", {"profile": "strict", "max_folders": 3})
    behaviour = admin.simulator.behaviour
    assert (behaviour.max_folders, behaviour.unknown_folder) == (3, PROFILES["strict"].unknown_folder)
    admin.ok("PUT", "switches", {"unknown_folder": "404"})
    assert admin.simulator.behaviour == Behaviour(unknown_folder="404"), "what is not named is the profile's"
    admin.ok("PUT", "switches", {})
    assert admin.simulator.behaviour == PROFILES["documented"]


def test_the_log_tells_what_came_but_no_token(admin: Admin) -> None:
    token = admin.ok("POST", "tokens")["token"]
    admin.api(token)
    admin.api("nonsense")
    first, second = admin.ok("GET", "log")
    assert (first["operation"], first["status"], second["status"]) == ("getPinCategories", 200, 401)
    assert (second["code"], first["token"] != second["token"]) == ("oauthtoken_invalid", True)
    assert token not in json.dumps([first, second])
    assert [one["number"] for one in admin.ok("GET", "log?after=1")] == [2]
    assert admin.call("GET", "log?after=x")[0] == 400
    admin.ok("DELETE", "log")
    assert admin.ok("GET", "log") == []


def test_tokens_are_of_a_user_for_scopes_and_a_time(admin: Admin) -> None:
    lacking = admin.ok("POST", "tokens", {"scopes": ["ZohoCliq.Chats.CREATE"]})["token"]
    brief = admin.ok("POST", "tokens", {"seconds": 5})["token"]
    assert (admin.api(lacking), admin.api(brief)) == (401, 200)
    admin.ok("POST", "clock", {"advance_seconds": 5})
    assert admin.api(brief) == 401
    assert admin.call("POST", "tokens", {"user": "nobody"}) == (400, {"error": "unknown user or client 'nobody'"})


def test_a_client_gets_a_code_that_can_be_exchanged(admin: Admin) -> None:
    client = admin.ok("POST", "clients")
    form = "&".join(f"{key}={value}" for key, value in {**client, "grant_type": "authorization_code"}.items())
    answer = admin.simulator.handle(Request("POST", "/oauth/v2/token", (), form.encode()))
    assert admin.api(json.loads(answer.body)["access_token"]) == 200
    assert admin.call("POST", "clients", {"user": "nobody"}) == (400, {"error": "unknown user or client 'nobody'"})


def test_reset_goes_back_to_the_first_state(admin: Admin) -> None:
    start = admin.ok("GET", "state")
    token = admin.ok("POST", "tokens")["token"]
    admin.api(token)
    admin.simulator.fill(board())
    admin.ok("POST", "reset")
    assert admin.ok("GET", "state")["users"] == start["users"]
    assert admin.ok("GET", "log") == []
    assert admin.api(token) == 200, "whoever is signed in stays so"


def test_a_reset_leaves_no_token_of_a_user_that_it_takes_away(admin: Admin) -> None:
    start = admin.ok("GET", "state")
    known = admin.ok("POST", "tokens")["token"]
    admin.ok("PUT", "state", {**admin.ok("GET", "state"), "users": {"bob": {"boards": {"": {}}}, **start["users"]}})
    client = admin.ok("POST", "clients", {"user": "bob"})
    form = "&".join(f"{key}={value}" for key, value in {**client, "grant_type": "authorization_code"}.items())
    said = json.loads(admin.simulator.handle(Request("POST", "/oauth/v2/token", (), form.encode())).body)
    admin.ok("POST", "clients", {"user": "bob"})
    tokens = [said["access_token"], admin.ok("POST", "tokens", {"user": "bob"})["token"]]
    admin.ok("POST", "reset")
    assert [admin.api(one) for one in tokens] == [401, 401]
    refresh = f"{form}&grant_type=refresh_token&refresh_token={said['refresh_token']}"
    answer = admin.simulator.handle(Request("POST", "/oauth/v2/token", (), refresh.encode()))
    assert json.loads(answer.body) == {"error": "invalid_code"}
    assert admin.api(known) == 200
    admin.ok("PUT", "state", admin.ok("GET", "state"))


def test_a_state_that_is_put_back_has_the_same_first_user() -> None:
    admin = Admin(Simulator({"zoe": board(), "adam": board(folder("A"))}))
    before = admin.simulator.board()
    admin.ok("PUT", "state", admin.ok("GET", "state"))
    assert admin.simulator.board() == before


def test_what_is_not_there_is_told(admin: Admin) -> None:
    assert admin.call("GET", "nope") == (404, {"error": "nothing is at /_sim/nope; GET /_sim/ lists what there is"})
    status, said = admin.call("PATCH", "state")
    assert (status, said) == (405, {"error": "/_sim/state takes GET, PUT only"})


def test_faults_and_limits_do_not_touch_the_admin_api(admin: Admin) -> None:
    admin.simulator.script({"on": "*", "phase": "before", "action": "reset", "every": 1})
    for _ in range(60):
        admin.ok("GET", "state")
    assert admin.simulator.faults[0].met == 0


def test_the_clock_keeps_to_the_calendar(admin: Admin) -> None:
    token = admin.ok("POST", "tokens", {"seconds": 1e11})["token"]
    for _ in range(300):
        before = admin.ok("GET", "clock")
        status, said = admin.call("POST", "clock", {"advance_seconds": 1e9})
        if status != 200:
            break
    assert status == 400
    assert "a clock shows" in said["error"]
    assert admin.ok("GET", "clock") == before, "what is refused changes nothing"
    assert admin.api(token) in (200, 401)


@pytest.mark.parametrize("seconds", [-1, 1e12, 1e308])
def test_a_life_that_is_none_is_refused(admin: Admin, seconds: float) -> None:
    status, said = admin.call("POST", "tokens", {"seconds": seconds})
    assert (status, "a token lives for" in said["error"]) == (400, True)


def test_what_is_sent_without_a_body_is_told_so(admin: Admin) -> None:
    assert admin.call("PUT", "switches")[1]["error"].startswith("no body")


def test_a_state_whose_token_is_nobodys_is_refused(admin: Admin) -> None:
    admin.ok("POST", "tokens")
    state = admin.ok("GET", "state")
    (token,) = state["access_tokens"].values()
    token["user"] = ""
    assert admin.call("PUT", "state", state) == (400, {"error": "a token is of the unknown user ''"})


def test_a_client_of_no_data_centre_is_refused(admin: Admin) -> None:
    assert admin.call("POST", "clients", {"data_centre": "mars"}) == (400, {"error": "data_centre: there is no 'mars'"})


def test_the_path_without_its_last_slash_is_the_admin_apis_too(admin: Admin) -> None:
    answer = admin.simulator.handle(Request("GET", "/_sim"))
    assert (answer.status, b"GET /_sim/ lists what there is" in answer.body) == (404, True)


def test_the_same_state_is_shown_in_the_same_bytes(admin: Admin) -> None:
    admin.ok("POST", "tokens")
    state = json.loads(json.dumps(admin.ok("GET", "state")))
    (token,) = state["access_tokens"].values()
    assert token["scopes"] == sorted(token["scopes"])
