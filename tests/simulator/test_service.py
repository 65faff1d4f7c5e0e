"""The simulated API: who may call, what is refused, what is answered, how calls are counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from itertools import combinations
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from service import (
    BASE,
    CHANGED,
    NOW,
    NOWHERE,
    PEOPLE,
    RIGHT,
    STALE,
    WORK,
    Caller,
    Said,
    repeat,
    small_board,
    throttled,
)

from cliq_pins.simulator import Behaviour, Request, Simulator, State, User, VirtualClock, machine
from cliq_pins.simulator.api.contract import contract
from cliq_pins.simulator.api.service import Rules
from cliq_pins.testing import board, chat, folder
from cliq_pins_client import operation_table
from contract_schemas import DOCUMENT, SCHEMAS, bodies, named

OPERATIONS = operation_table()
SCOPES = sorted({scope for one in OPERATIONS.values() for scopes in one.scopes for scope in scopes})
PATHS: dict[str, set[str]] = {
    path.format(category_id=WORK, chat_id="c1"): {method.upper() for method in item}
    for path, item in DOCUMENT["paths"].items()
}
"""A path of each template, with the methods that it takes."""
HOSTS = {one["url"].split("/")[2].removesuffix("{network}"): one["x-data-centre"] for one in DOCUMENT["servers"]}


# Who may call


@pytest.mark.parametrize("authorization", ["", "Zoho-oauthtoken", "Zoho-oauthtoken ", "Basic dTpw", "{secret}"])
def test_a_call_without_a_token_gets_a_blank_page(authorization: str) -> None:
    caller = Caller()
    secret = caller.authorization.partition(" ")[2]
    said = caller.get(authorization=authorization.format(secret=secret))
    assert (said.status, said.body) == (401, b"")
    assert said.header("content-type") == "text/html;charset=UTF-8"


def test_a_call_without_any_header_gets_a_blank_page() -> None:
    assert Caller().send("GET", f"{BASE}/pin-categories").body == b""


def test_an_unknown_token_is_dead() -> None:
    said = Caller().get(authorization="Zoho-oauthtoken 1000.a.b")
    assert (said.status, said.code) == (401, "oauthtoken_invalid")
    assert said.header("content-type") == "application/json;charset=UTF-8"


def test_a_token_is_dead_after_its_time() -> None:
    caller = Caller().be(seconds=3600)
    caller.later(3599.999)
    assert caller.get().status == 200
    caller.later(0.001)
    assert caller.get().code == "oauthtoken_invalid"


@pytest.mark.parametrize("scheme", ["Zoho-oauthtoken", "zoho-oauthtoken", "Bearer", "bearer", "BEARER"])
def test_a_token_is_taken_under_either_scheme(scheme: str) -> None:
    caller = Caller()
    secret = caller.authorization.partition(" ")[2]
    assert caller.get(authorization=f"{scheme} {secret}").status == 200


@pytest.mark.parametrize("operation", RIGHT)
def test_an_operation_needs_its_own_scope_and_no_other(operation: str) -> None:
    (needed,) = OPERATIONS[operation].scopes
    caller = Caller()
    without = caller.be(scopes=set(SCOPES) - needed).right(operation)
    assert (without.status, without.code) == (401, "oauthtoken_scope_invalid")
    assert caller.be(scopes=needed).right(operation).status in (200, 204)


def test_a_token_of_one_user_shows_that_users_board() -> None:
    caller = Caller({"ada": small_board(), "grace": board(folder("Hers"))})
    assert "Work" in caller.get().body.decode()
    assert [one.get("title") for one in caller.be("grace").get().json["data"]] == [None, "Hers"]


def a_bound_token(caller: Caller, data_centre: str) -> str:
    """A token got from the accounts server for a grant of a data centre."""
    client = caller.simulator.sign_up(data_centre=data_centre)
    form = "&".join(f"{key}={value}" for key, value in {**client, "grant_type": "authorization_code"}.items())
    return f"Bearer {caller.send('POST', '/oauth/v2/token', form.encode()).json['access_token']}"


@pytest.mark.parametrize("data_centre", HOSTS.values())
def test_a_token_holds_in_its_data_centre_only(data_centre: str) -> None:
    caller = Caller()
    authorization = a_bound_token(caller, data_centre)
    heard = {there: caller.get(authorization=authorization, host=host) for host, there in HOSTS.items()}
    assert {there for there, said in heard.items() if said.status == 200} == {data_centre}
    assert {said.code for there, said in heard.items() if there != data_centre} == {"oauthtoken_invalid"}


def test_a_host_is_compared_without_its_port_and_case() -> None:
    caller = Caller()
    authorization = a_bound_token(caller, "eu")
    hosts = ("cliq.zoho.eu:443", "CLIQ.zoho.EU", "cliq.zoho.com:443", "CLIQ.zoho.COM")
    assert [caller.get(authorization=authorization, host=host).status for host in hosts] == [200, 200, 401, 401]


def test_a_bound_token_holds_under_a_host_that_is_no_data_centre() -> None:
    caller = Caller()
    authorization = a_bound_token(caller, "eu")
    assert caller.get(authorization=authorization, host="127.0.0.1:8080").status == 200


def test_a_token_that_was_handed_out_holds_in_every_data_centre() -> None:
    caller = Caller()
    assert {caller.get(host=host).status for host in HOSTS} == {200}


# Network accounts


def in_network(*users: str) -> Caller:
    boards = {"": small_board(), "acme": board(folder("Acme's", "c1", folder_id=WORK))}
    return Caller(State(users={user: User(boards=boards) for user in users} | {"guest": User(boards={"": board()})}))


def test_a_network_account_has_its_own_board() -> None:
    caller = in_network("ada")
    assert [one.get("title") for one in caller.get(network="acme").json["data"]] == [None, "Acme's"]
    assert caller.call("PUT", f"/pin-categories/{WORK}", {"title": "New"}, network="acme").status == 204
    assert (caller.titles, caller.simulator.board(network="acme").folders[0].title) == ("Work People", "New")


@pytest.mark.parametrize("operation", RIGHT)
def test_a_user_who_is_not_in_a_network_is_refused(operation: str) -> None:
    caller = in_network("ada").be("guest")
    method, path, json = RIGHT[operation]
    for network in ("acme", "nowhere"):
        said = caller.call(method, path, json, network=network)
        assert (said.status, said.code) == (403, "inactive_appaccount_user")
        assert said.json["message"]


def test_the_name_of_a_network_may_be_encoded() -> None:
    assert in_network("ada").get(network="%61cme").status == 200


# What is there


@pytest.mark.parametrize(
    "target",
    [
        "",
        "/",
        "/api/v3",
        "/api/v3/",
        "/api/v2/pin-categories",
        "/api/v3/pin-categories/",
        "/api/v3//pin-categories",
        "/api/v3/Pin-Categories",
        f"/api/v3/pin-categories/{WORK}/",
        f"/api/v3/pin-categories/{WORK}/chats",
        "/api/v3/chats//pins",
        "/api/v3/chats/c1",
        "/api/v3/chats/c1/pins/",
        "/network/api/v3/pin-categories",
        "/network//api/v3/pin-categories",
        "/network/a/b/api/v3/pin-categories",
        "/x/api/v3/pin-categories",
        "/oauth/v2",
        "/oauth/v2/token/",
        "*",
        "https://cliq.zoho.com/api/v3/pin-categories",
    ],
)
def test_nothing_is_at_another_path_whoever_asks(target: str) -> None:
    caller = Caller()
    for authorization in (caller.authorization, ""):
        said = caller.send("GET", target, authorization=authorization)
        assert (said.status, said.code, said.answer.operation) == (404, "request_url_invalid", None)
        assert said.json["message"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "method", ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "QUERY", "CONNECT", "get", "", "É"]
)
def test_a_path_takes_its_methods_and_names_them_to_others(path: str, method: str) -> None:
    for network in ("", "acme"):
        said = Caller().call(method, path, network=network)
        if method in PATHS[path]:
            assert said.status != 405
        else:
            assert (said.status, said.code) == (405, None)
            assert set(str(said.header("allow")).split(", ")) == PATHS[path]
            assert said.json["message"]


@pytest.mark.parametrize("path", PATHS)
def test_only_a_wrong_method_is_answered_with_those_that_are_allowed(path: str) -> None:
    assert Caller().delete(path).header("allow") is None


@pytest.mark.parametrize(
    ("accept", "fits"),
    [
        (None, True),
        ("*/*", True),
        ("application/*", True),
        ("application/json", True),
        ("Application/JSON", True),
        ("application/json; charset=utf-8", True),
        ("text/html, application/json;q=0.9", True),
        ("text/html,*/*;q=0.1", True),
        ("application/json;q=0.001", True),
        ("application/xml;q=0, */*", True),
        ("*/*;q=0, application/json", True),
        ("application/*;q=0, application/json", True),
        ("text/html", False),
        ("text/*, image/png", False),
        ("application/xml", False),
        ("application/json;q=0", False),
        ("application/json; q=0.000", False),
        ("application/json ; Q=0.0", False),
        ("application/json;\tq=0", False),
        ("application/json;charset=utf-8;q=0", False),
        ("*/*;q=0", False),
        ("application/*;q=0", False),
        ("application/*;q=0, */*", False),
        ("application/json;q=0, application/*", False),
        ("application/json;q=0, */*;q=1", False),
    ],
)
def test_the_caller_says_what_it_accepts(accept: str | None, fits: bool) -> None:
    caller = Caller()
    said = caller.get() if accept is None else caller.get(accept=accept)
    assert said.status == (200 if fits else 406)
    if not fits:
        assert said.json["message"]
        assert said.header("content-type") == "application/json;charset=UTF-8"


def test_what_is_wrong_first_is_said_first() -> None:
    """Path, method, form, token, scope, network, limit, input: each wrong call is wrong in all that follows, too."""
    caller = Caller(limits=True)
    bad: dict[str, Any] = {"accept": "text/html", "authorization": "Bearer dead"}
    verdicts = [
        caller.call("PATCH", "/nowhere?x=1", **bad).verdict,
        caller.call("PATCH", "/pin-categories?x=1", **bad).verdict,
        caller.get("/pin-categories?x=1", **bad).verdict,
        caller.get("/pin-categories?x=1", authorization="Bearer dead", network="no").verdict,
        caller.be(scopes=[]).get("/pin-categories?x=1", network="no").verdict,
        caller.be().get("/pin-categories?x=1", network="no").verdict,
    ]
    verdicts.append(caller.get("/pin-categories?x=1").verdict)
    repeat(lambda: caller.get("/pin-categories?x=1"), throttled)
    assert verdicts == [
        "request_url_invalid",
        405,
        406,
        "oauthtoken_invalid",
        "oauthtoken_scope_invalid",
        "inactive_appaccount_user",
        "extra_param_found",
    ]


@pytest.mark.parametrize(
    "call",
    [
        lambda caller: caller.get(),
        lambda caller: caller.put(WORK, title="x"),
        lambda caller: caller.put(WORK, titel="x"),
        lambda caller: caller.get(authorization=""),
        lambda caller: caller.get(authorization="Bearer dead"),
        lambda caller: caller.get("/nowhere"),
        lambda caller: caller.call("PATCH", "/pin-categories"),
        lambda caller: caller.get(accept="text/html"),
        lambda caller: caller.get(network="no"),
        lambda caller: caller.send("POST", "/oauth/v2/token"),
        lambda caller: caller.send("GET", "/oauth/v2/token"),
    ],
)
def test_every_answer_says_the_clocks_time(call: Callable[[Caller], Said]) -> None:
    caller = Caller()
    caller.later(86_400 * 40 + 1.999)
    date = call(caller).header("date")
    assert date == "Tue, 10 Feb 2026 00:00:01 GMT"
    assert parsedate_to_datetime(date).timestamp() == caller.simulator.clock.now_ms // 1000


# What is listed

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


# What may be sent


@pytest.mark.parametrize(
    ("operation", "query"),
    [
        ("getPinCategories", "?include_field=chats"),
        ("getPinCategories", "?include_fields=chats&unpin_all=true"),
        ("getPinCategories", "?"),
        ("createPinCategory", "?title=x"),
        ("removeChatsAcrossCategories", "&x"),
        ("updatePinCategory", "?title=x"),
        ("bulkUpdateChatsInCategory", "?chat_ids=c1"),
        ("deletePinCategory", "?unpin_all=true&force=true"),
        ("pinChat", f"?category_id={WORK}"),
        ("unpinChat", f"?category_id={WORK}"),
    ],
)
def test_a_query_parameter_that_the_operation_does_not_have_is_refused(operation: str, query: str) -> None:
    caller, (method, path, json) = Caller(), RIGHT[operation]
    before = caller.board
    expected = 200 if query == "?" else "extra_param_found"
    assert caller.call(method, path + query, json).verdict == expected
    assert caller.board == before


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/pin-categories?include_fields=chats&include_fields=chats", "operation_failed"),
        ("GET", "/pin-categories?include_fields=chats,", "operation_failed"),
        ("GET", "/pin-categories?include_fields=Chats", "operation_failed"),
        ("GET", "/pin-categories?include_fields=chats,recipients", "operation_failed"),
        ("DELETE", "/pin-categories", "operation_failed"),
        ("DELETE", "/pin-categories?chat_ids=", "operation_failed"),
        ("DELETE", "/pin-categories?chat_ids=c1,,c2", "operation_failed"),
        ("DELETE", "/pin-categories?chat_ids=c1&chat_ids=c2", "operation_failed"),
        ("DELETE", f"/pin-categories/{WORK}?unpin_all=", "operation_failed"),
        ("DELETE", f"/pin-categories/{WORK}?unpin_all=1", "operation_failed"),
        ("DELETE", f"/pin-categories/{WORK}?unpin_all=True", "operation_failed"),
        ("DELETE", f"/pin-categories/{WORK}?unpin_all=false&unpin_all=true", "operation_failed"),
    ],
)
def test_a_query_that_is_not_as_the_contract_has_it_is_refused(method: str, path: str, code: str) -> None:
    caller = Caller()
    before = caller.board
    assert caller.call(method, path).verdict == code
    assert caller.board == before


@pytest.mark.parametrize(
    ("path", "gone"),
    [("?chat_ids=c1%2Cc4", "c1 c4"), ("?chat_ids=%63%31", "c1"), ("?chat_ids=c1,c4", "c1 c4")],
)
def test_a_query_is_decoded(path: str, gone: str) -> None:
    caller = Caller()
    assert caller.delete(f"/pin-categories{path}").status == 204
    assert [caller.holders(one) for one in gone.split()] == [""] * len(gone.split())


def test_an_id_in_a_path_is_decoded() -> None:
    assert Caller().post("/chats/%635/pins").json["data"]["chat_id"] == "c5"


@pytest.mark.parametrize(
    ("operation", "key"),
    [(operation, key) for operation in RIGHT if RIGHT[operation][2] is not msgspec.UNSET for key in ("x", "Title", "")],
)
def test_a_property_that_no_operation_of_the_endpoint_has_is_refused(operation: str, key: str) -> None:
    caller, (method, path, json) = Caller(), RIGHT[operation]
    before = caller.board
    assert isinstance(json, dict)
    said = caller.call(method, path, {**json, key: None})
    assert (said.code, said.answer.operation) == ("extra_key_found", operation)
    assert caller.board == before


VALUES = {
    "title": "x",
    "symbol": ":x:",
    "state": "collapsed",
    "chat_id": "c1",
    "chat_ids": ["c1"],
    "pin_above": "c2",
    "last_sync_time": NOW,
}


@pytest.mark.parametrize("keys", [keys for count in range(1, 8) for keys in combinations(VALUES, count)], ids="+".join)
def test_the_properties_of_a_put_say_what_it_is_and_may_not_be_mixed(keys: tuple[str, ...]) -> None:
    """Every set of the seven documented properties, held against the contract's table of them."""
    said = Caller().put(WORK, **{key: VALUES[key] for key in keys})
    has, rules = set(keys), SCHEMAS["UpdatePinCategoryBody"]["x-discriminator"]
    rule = next(one for one in rules if set(one["has"]) <= has)
    schema = SCHEMAS[rule["schema"]["$ref"].rpartition("/")[2]]
    assert said.answer.operation == rule["operationId"]
    if has - set(schema["properties"]):
        assert said.verdict == "invalid_inputs"
    elif set(schema.get("required", ())) - has:
        assert said.verdict == "operation_failed"
    elif keys == ("pin_above", "last_sync_time"):
        assert said.verdict == "operation_failed", "c2 is no folder"
    else:
        assert said.verdict == 204


@settings(max_examples=60, deadline=None)
@given(
    bodies(
        "UpdatePinCategoryDetailsRequest",
        "ReorderChatInCategoryRequest",
        "ReorderCategoryRequest",
        "BulkUpdateChatsInCategoryRequest",
    )
)
def test_a_put_that_is_done_is_one_that_the_contract_allows(body: dict[str, Any]) -> None:
    said = Caller().put(WORK, **body)
    assert said.status in (204, 400)
    if not named("UpdatePinCategoryBody").is_valid(body):
        assert said.status == 400


@settings(max_examples=60, deadline=None)
@given(bodies("CreatePinCategoryRequest"))
def test_a_folder_that_is_made_is_one_that_the_contract_allows(body: dict[str, Any]) -> None:
    said = Caller().post("/pin-categories", body)
    assert said.status in (200, 400)
    if not named("CreatePinCategoryRequest").is_valid(body):
        assert said.status == 400


def bounded() -> Iterator[tuple[str, str, str, int]]:
    """Operation, where, name and bound of everything that the contract bounds."""
    for path in DOCUMENT["paths"].values():
        for endpoint in path.values():
            for one in endpoint.get("parameters", ()):
                if "maxItems" in one["schema"]:
                    yield endpoint["operationId"], "query", one["name"], one["schema"]["maxItems"]
            if "requestBody" not in endpoint:
                continue
            whole = {"operationId": endpoint["operationId"], **endpoint["requestBody"]["content"]["application/json"]}
            for shape in endpoint.get("x-shapes", [whole]):
                schema = SCHEMAS[shape["schema"]["$ref"].rpartition("/")[2]]
                for name, value in schema["properties"].items():
                    if most := value.get("maxLength", value.get("maxItems")):
                        yield shape["operationId"], value["type"], name, most


BOUNDED = list(bounded())


def test_the_bounds_are_found() -> None:
    assert {(operation, name) for operation, _, name, _ in BOUNDED} == {
        ("createPinCategory", "title"),
        ("createPinCategory", "symbol"),
        ("createPinCategory", "chat_ids"),
        ("removeChatsAcrossCategories", "chat_ids"),
        ("updatePinCategory", "title"),
        ("updatePinCategory", "symbol"),
        ("bulkUpdateChatsInCategory", "chat_ids"),
    }


@pytest.mark.parametrize(("operation", "kind", "name", "most"), BOUNDED)
@pytest.mark.parametrize("over", [0, 1], ids=["at the bound", "beyond it"])
def test_what_is_sent_may_be_as_long_as_the_contract_says(
    operation: str, kind: str, name: str, most: int, over: int
) -> None:
    ids = [f"many-{number}" for number in range(most + over)]
    caller = Caller(board(folder("Work", folder_id=WORK), chats=ids), max_pins=len(ids))
    method, path, json = RIGHT[operation]
    if kind == "query":
        said = caller.call(method, f"{path.partition('?')[0]}?{name}={','.join(ids)}")
    else:
        assert isinstance(json, dict)
        said = caller.call(method, path, {**json, name: ids if kind == "array" else "😀" * len(ids)})
    assert said.verdict == ("operation_failed" if over else min(OPERATIONS[operation].statuses))


# When the caller last looked


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


# The traps


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


# How calls are counted

LIMITED = {operation: OPERATIONS[operation].rate_limits[0] for operation in RIGHT}


def until_locked(caller: Caller, operation: str) -> int:
    """How many calls pass before one is refused."""
    return repeat(lambda: caller.right(operation), throttled)[0]


@pytest.mark.parametrize("operation", RIGHT)
def test_an_operation_takes_as_many_calls_as_the_contract_says(operation: str) -> None:
    assert until_locked(Caller(limits=True), operation) == LIMITED[operation].requests


@pytest.mark.parametrize("operation", RIGHT)
def test_a_lock_is_as_long_as_the_contract_says(operation: str) -> None:
    caller = Caller(limits=True)
    until_locked(caller, operation)
    caller.later((LIMITED[operation].lock_seconds or 0) - 0.001)
    assert throttled(caller.right(operation))
    caller.later(0.001)
    assert until_locked(caller, operation) == LIMITED[operation].requests


@pytest.mark.parametrize("operation", RIGHT)
def test_the_code_for_too_many_calls_is_the_one_that_the_contract_has(operation: str) -> None:
    caller = Caller(limits=True, throttle_answer="400_code")
    method, path, json = RIGHT[operation]
    template = next(one for one in DOCUMENT["paths"] if OPERATIONS[operation].path == one)
    added = DOCUMENT["paths"][template][method.lower()]["responses"]["400"]["x-added-codes"]
    codes = {caller.call(method, path, json).code for _ in range(LIMITED[operation].requests + 1)}
    assert {one["code"] for one in added if one["meaning"] == "throttled"} <= codes


def test_the_window_slides() -> None:
    limit = LIMITED["getPinCategories"]
    caller = Caller(limits=True)
    caller.get()
    caller.later(limit.seconds / 2)
    assert [caller.get().status for _ in range(limit.requests - 1)] == [200] * (limit.requests - 1)
    caller.later(limit.seconds / 2)
    assert [caller.get().status for _ in range(2)] == [200, 429]


def test_a_call_counts_until_its_window_is_over() -> None:
    limit = LIMITED["getPinCategories"]
    caller = Caller(limits=True)
    for _ in range(limit.requests):
        caller.get()
    caller.later(limit.seconds - 0.001)
    assert throttled(caller.get())


def test_the_four_shapes_of_a_put_share_a_counter() -> None:
    shapes = [one for one in RIGHT if RIGHT[one][0] == "PUT"]
    caller = Caller(limits=True)
    most = LIMITED[shapes[0]].requests
    assert not any(throttled(caller.right(shapes[number % len(shapes)])) for number in range(most))
    assert all(throttled(caller.right(shape)) for shape in shapes)


def test_every_other_endpoint_has_its_own_counter() -> None:
    others = [one for one in RIGHT if RIGHT[one][0] != "PUT"]
    for operation in others:
        caller = Caller(limits=True)
        until_locked(caller, operation)
        assert not any(throttled(caller.right(other)) for other in RIGHT if other != operation)


def test_every_user_and_every_account_has_its_own_counter() -> None:
    caller = Caller(in_network("ada", "grace").simulator.start, limits=True)
    until_locked(caller, "getPinCategories")
    assert caller.get(network="acme").status == 200
    assert throttled(caller.get())
    assert caller.be("grace").get().status == 200


def test_two_tokens_of_a_user_share_a_counter() -> None:
    caller = Caller(limits=True)
    until_locked(caller, "getPinCategories")
    assert throttled(caller.be().get())


def test_calls_that_fail_count_and_calls_that_reach_no_operation_do_not() -> None:
    most = LIMITED["getPinCategories"].requests
    caller = Caller(limits=True)
    for _ in range(most):
        caller.get(authorization="Bearer dead")
        caller.get(authorization="")
        caller.get(accept="text/html")
        caller.get(network="no")
    caller.be(scopes=[]).get()
    caller.be()
    assert [caller.get("/pin-categories?x=1").status for _ in range(most)] == [400] * most
    assert throttled(caller.get())


def test_a_call_too_many_changes_nothing() -> None:
    caller = Caller(limits=True)
    until_locked(caller, "createPinCategory")
    before = caller.board
    caller.right("createPinCategory")
    assert caller.board == before


@pytest.mark.parametrize("passed", [0, 0.5, 1, 299.999])
def test_the_wait_that_is_named_is_long_enough_and_less_than_a_second_too_long(passed: float) -> None:
    caller = Caller(limits=True, throttle_answer="429_retry_after")
    until_locked(caller, "getPinCategories")
    caller.later(passed)
    wait = int(str(caller.get().header("retry-after")))
    left = (LIMITED["getPinCategories"].lock_seconds or 0) - passed
    assert left <= wait < left + 1


def test_counters_of_many_users_come_and_go_and_a_lock_stays() -> None:
    users = [f"user-{number}" for number in range(100)]
    caller = Caller(dict.fromkeys(users, small_board()), limits=True)
    until_locked(caller, "getPinCategories")
    locked = caller.authorization
    for user in users[1:]:
        caller.be(user).get()
    caller.later(LIMITED["getPinCategories"].seconds)
    caller.be(users[1]).get()
    assert len(caller.simulator.state.usage) == 2
    assert throttled(caller.get(authorization=locked))


def test_without_limits_nothing_is_counted() -> None:
    caller = Caller(limits=False)
    for operation in RIGHT:
        assert not any(throttled(caller.right(operation)) for _ in range(LIMITED[operation].requests + 1))
    assert caller.simulator.state.usage == {}


# Purity


FAULTS = (
    {"on": "*", "phase": "after", "action": "meanwhile", "args": {"method": "DELETE", "target": "/chats/c3/pins"}},
    {"on": "*", "phase": "after", "action": "expire", "nth": 2},
    {"on": "*", "phase": "before", "action": "status", "nth": 3, "args": {"status": 500}},
)


@pytest.mark.parametrize("operation", [*RIGHT, "token", "revoke"])
@pytest.mark.parametrize("script", [(), FAULTS], ids=["plain", "faulty"])
def test_the_same_input_gives_the_same_output_and_is_left_as_it_was(operation: str, script: tuple[Any, ...]) -> None:
    caller = Caller(limits=True)
    client = caller.simulator.sign_up()
    caller.simulator.script(*script)
    form = "&".join(f"{key}={value}" for key, value in {**client, "grant_type": "authorization_code"}.items())
    secret = caller.authorization.partition(" ")[2]
    accounts = {
        "token": ("POST", "/oauth/v2/token", form.encode()),
        "revoke": ("POST", f"/oauth/v2/token/revoke?token={secret}", b""),
    }
    method, path, json = RIGHT.get(operation, ("", "", None))
    method, target, body = accounts.get(operation, (method, BASE + path, msgspec.json.encode(json) if json else b""))
    request = Request(method, target, (("authorization", caller.authorization),), body)
    rules = Rules(contract(), Behaviour())
    state = caller.simulator.state
    for _ in range(3):
        before = msgspec.json.encode(state, order="deterministic")
        first = machine.step(rules, state, request, NOW)
        again = machine.step(rules, state, request, NOW)
        assert first == again
        assert msgspec.json.encode(state, order="deterministic") == before
        kept = msgspec.json.decode(before, type=State)
        assert machine.step(rules, kept, request, NOW) == first, "all that matters is in what is kept"
        state = first[0]


def test_a_simulator_of_nothing_has_an_empty_board_and_a_clock_of_ones_own_is_read() -> None:
    simulator = Simulator(clock=VirtualClock(0))
    headers = (("authorization", f"Bearer {simulator.token()}"),)
    answer = simulator.handle(Request("GET", f"{BASE}/pin-categories", headers))
    assert msgspec.json.decode(answer.body)["data"] == [{"category_id": "default"}]
    assert dict(answer.headers)["date"] == "Thu, 01 Jan 1970 00:00:00 GMT"


def test_a_reset_goes_back_to_the_start() -> None:
    caller = Caller(limits=True)
    start = caller.simulator.start
    caller.simulator.sign_up()
    caller.right("createPinCategory")
    caller.simulator.script(*FAULTS)
    caller.simulator.reset()
    assert caller.simulator.state == start
    assert list(caller.simulator.log) == []
    assert caller.get().code == "oauthtoken_invalid"


def test_the_log_says_what_was_asked_and_why_it_was_refused_and_no_secret() -> None:
    caller = Caller()
    caller.put(WORK, title=5)
    caller.get("/nowhere", authorization="")
    wrong, lost = caller.simulator.log
    assert (wrong.method, wrong.target, wrong.operation) == (
        "PUT",
        f"{BASE}/pin-categories/{WORK}",
        "updatePinCategory",
    )
    assert (wrong.status, wrong.code, wrong.body, wrong.number) == (400, "operation_failed", '{"title":5}', 1)
    assert "title" in str(wrong.reason)
    assert (lost.operation, lost.status, lost.token, lost.number) == (None, 404, "", 2)
    assert caller.authorization.partition(" ")[2] not in repr(caller.simulator.log)
