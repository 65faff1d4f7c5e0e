"""What holds exchanges to the contract takes what the contract allows, finds what it does not, and tells no values."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from contract_schemas import DOCUMENTED_STATUSES, ENDPOINTS, SCHEMAS, added_codes, answers, closed, resolved, with_body
from held_to_contract import answered, asked, below_base, exchange, told_apart
from schema_problems import COMPONENTS, against, shown
from schema_strategies import anything, matching
from service import OPERATIONS, RIGHT

JSON = "application/json"
FOLDER = "/pin-categories/1"
BOARD: Any = SCHEMAS["GetPinCategoriesResponse"]["example"]
HIDDEN = "4000000000000010001 Ada"


def send(method: str, target: str, body: object = None, content_type: str | None = None) -> tuple[str, ...]:
    """What is wrong with a request."""
    content = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
    kind = content_type if content_type is not None else JSON if content else ""
    return asked(method, target, body=content, content_type=kind).problems


def say(operation: str, status: int, said: object, content_type: str = f"{JSON};charset=UTF-8") -> list[str]:
    """What is wrong with an answer."""
    body = said if isinstance(said, bytes) else msgspec.json.encode(said)
    return answered(operation, status, body=body, content_type=content_type)


@pytest.mark.parametrize("operation", RIGHT)
def test_the_right_call_of_each_operation_fits_and_is_told_from_the_others(operation: str) -> None:
    method, path, body = RIGHT[operation]
    content = b"" if body is msgspec.UNSET else msgspec.json.encode(body)
    read = asked(method, path, body=content, content_type=JSON if content else "")
    assert (read.operation, read.problems) == (operation, ())
    assert read.template == OPERATIONS[operation].path


def test_a_request_is_read_in_its_parts() -> None:
    read = asked("DELETE", "/pin-categories/a%2Fb%2B%20+?unpin_all=true", body=b"", content_type="")
    assert (read.ids, read.query) == ({"category_id": "a/b+ +"}, {"unpin_all": True})
    listed = asked("DELETE", "/pin-categories?chat_ids=a%20b,c+d,%2B", body=b"", content_type="")
    assert (listed.query, listed.problems) == ({"chat_ids": ["a b", "c d", "+"]}, ())


REQUESTS: dict[str, tuple[tuple[Any, ...], list[str]]] = {
    "path": (("GET", f"/folders/{HIDDEN}"), ["no operation is GET /…/…"]),
    "method": (("PATCH", "/pin-categories"), ["no operation is PATCH /pin-categories"]),
    "id not UTF-8": (("DELETE", "/pin-categories/%ff"), ["path.category_id: no UTF-8"]),
    "parameter unknown": (("GET", "/pin-categories?fields=chats"), ["query.fields: not in the contract"]),
    "parameter no name": (("GET", f"/pin-categories?{HIDDEN}"), ["query.…: not in the contract"]),
    "parameter missing": (("DELETE", "/pin-categories"), ["query.chat_ids: missing"]),
    "parameter twice": (("DELETE", "/pin-categories?chat_ids=1&chat_ids=2"), ["query.chat_ids: more than once"]),
    "parameter twice, encoded": (
        ("DELETE", f"{FOLDER}?unpin_all=true&unpin%5Fall=true"),
        ["query.unpin_all: more than once"],
    ),
    "first of two wrong": (
        ("DELETE", f"{FOLDER}?unpin_all=yes&unpin_all=true"),
        ["query.unpin_all: more than once", "query.unpin_all: not of type boolean"],
    ),
    "a comma in an item": (("DELETE", "/pin-categories?chat_ids=1%2C2"), ["query.chat_ids[*]: not of pattern ^[^,]+$"]),
    "an empty list": (("DELETE", "/pin-categories?chat_ids="), ["query.chat_ids: not of minItems 1"]),
    "body missing": (("POST", "/pin-categories"), ["body: missing"]),
    "body where none is": (("GET", "/pin-categories", {}), ["body: not in the contract"]),
    "body no JSON": (("POST", "/pin-categories", b"{"), ["body: no JSON"]),
    "body no object": (("POST", "/pin-categories", []), ["body: not of type object"]),
    "body of another type": (("POST", "/pin-categories", {"title": ""}, "text/plain"), ["body: it is text/plain"]),
    "body of no type": (("POST", "/pin-categories", {"title": ""}, ""), ["body: it is of no type"]),
    "type of no body": (("GET", "/pin-categories", None, JSON), ["body: none, but a content type"]),
    "property missing": (("POST", "/pin-categories", {}), ["body.title: missing"]),
    "property unknown": (("POST", "/pin-categories", {"title": "", "x": 1}), ["body.x: not in the contract"]),
    "value too long": (("PUT", FOLDER, {"title": "x" * 256}), ["body.title: not of maxLength 255"]),
    "value not listed": (("PUT", FOLDER, {"state": "open"}), ["body.state: not of enum expanded or collapsed"]),
    "of no shape": (("PUT", FOLDER, {"title": "x", "last_sync_time": 1}), ["body.title: not in the contract"]),
}


@pytest.mark.parametrize("what", REQUESTS)
def test_what_may_not_be_asked_is_found(what: str) -> None:
    given, told = REQUESTS[what]
    assert list(send(*given)) == told


def with_folder(**more: object) -> Any:
    return {**BOARD, "data": [{**BOARD["data"][-1], **more}] * 2}


ANSWERS: dict[str, tuple[tuple[Any, ...], list[str]]] = {
    "status": (("getPinCategories", 204, b""), ["the status is not documented"]),
    "status of another": (("unpinChat", 204, b""), ["the status is not documented"]),
    "content type": (("getPinCategories", 200, BOARD, "text/html"), ["it is text/html"]),
    "no content type": (("getPinCategories", 200, BOARD, ""), ["it is of no type"]),
    "no JSON": (("getPinCategories", 200, b"<p>"), ["it is no JSON"]),
    "no UTF-8": (("getPinCategories", 200, b'"\xff"'), ["it is no JSON"]),
    "too many levels": (("getPinCategories", 200, b"[" * 10**5), ["it is no JSON"]),
    "body where none is": (("deletePinCategory", 204, b"{}", JSON), ["it has a body"]),
    "content type and no body": (("deletePinCategory", 204, b"", JSON), ["it has no body, but a content type"]),
    "another form": (("getPinCategories", 200, []), ["$: not of type object"]),
    "property, in each of many": (
        ("getPinCategories", 200, with_folder(colour=1)),
        ["$.data[*].colour: not in the contract"],
    ),
    "properties by ids": (("getPinCategories", 200, with_folder(**{HIDDEN: 1})), ["$.data[*].…: not in the contract"]),
    "property in one of several forms": (
        ("createPinCategory", 200, {"data": {"colour": 1, "title": 1}}),
        ["$.data.title: not of type string or null", "$.data.colour: not in the contract"],
    ),
    "of no form": (("createPinCategory", 200, {"data": 1}), ["$.data: in none of the contract's forms"]),
    "code": (("getPinCategories", 400, {"code": "max_pins_error"}), ["the code max_pins_error is not documented"]),
    "code that is none": (("getPinCategories", 400, {"code": HIDDEN}), ["the code … is not documented"]),
    "code beside a message": (("getPinCategories", 500, {"message": "", "code": "x"}), ["$.code: not in the contract"]),
    "code of another status": (
        ("getPinCategories", 403, {"message": "", "code": "oauthtoken_invalid"}),
        ["$.code: not in the contract"],
    ),
    "code that is no text": (("getPinCategories", 401, {"code": ["x"]}), ["$.code: not in the contract"]),
    "refusal": (("getPinCategories", 400, {"error": {"code": "x"}}), ["$.error: not in the contract"]),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_what_may_not_be_answered_is_found(what: str) -> None:
    given, told = ANSWERS[what]
    assert say(*given) == told


@pytest.mark.parametrize(("operation", "status"), sorted(DOCUMENTED_STATUSES))
def test_every_documented_answer_fits(operation: str, status: int) -> None:
    content = answers(ENDPOINTS[operation], status).get("content")
    if content is None:
        assert say(operation, status, b"", "") == []
        return
    media = content[JSON]
    documented = OPERATIONS[operation].error_codes if status == 400 else ()
    for code in (*documented, *added_codes(ENDPOINTS[operation], status)):
        assert say(operation, status, {"code": code}) == []
    assert say(operation, status, resolved(media["schema"]["$ref"]).get("example", {})) == []


def test_an_exchange_says_of_what_each_thing_is_said() -> None:
    read = asked("GET", "/pin-categories?x=1", body=b"", content_type="")
    assert exchange(read, 418, body=b"", content_type="") == [
        "getPinCategories: query.x: not in the contract",
        "getPinCategories 418: the status is not documented",
    ]
    nowhere = asked("GET", "/", body=b"", content_type="")
    assert exchange(nowhere, 200, body=b"", content_type="") == ["no operation is GET /"]


@pytest.mark.parametrize(
    ("target", "below"),
    [
        ("/api/v3/chats/1/pins?x=/api/v3/y", "/chats/1/pins?x=/api/v3/y"),
        ("/network/acme/api/v3/pin-categories", "/pin-categories"),
        ("/api/v30/pin-categories", "/api/v30/pin-categories"),
        ("/pin-categories/api/v3/", "/pin-categories/api/v3/"),
    ],
)
def test_the_base_is_what_a_path_begins_with(target: str, below: str) -> None:
    assert below_base(target) == below


@given(st.sampled_from([one for one in with_body() if one.status < 300]), st.data())
def test_it_says_what_json_schema_says(documented: Any, data: st.DataObject) -> None:
    """Of any JSON as of what is allowed: something is wrong with it if and only if it is not valid."""
    schema = data.draw(st.sampled_from([documented.schema, *SCHEMAS.values()]))
    value = data.draw(matching({**schema}) | anything)
    strict = Draft202012Validator({**closed(schema), "components": COMPONENTS})
    assert (against(schema, value, "$") == []) == strict.is_valid(value)


@given(anything, st.sampled_from(sorted(SCHEMAS)))
def test_no_value_is_told(value: Any, name: str) -> None:
    marked = mark(value)
    for one in against(SCHEMAS[name], marked, "$"):
        assert HIDDEN not in one


def mark(value: Any) -> Any:
    """The same JSON with a secret in every text and name."""
    if isinstance(value, dict):
        return {f"{name}{HIDDEN}": mark(one) for name, one in value.items()}
    if isinstance(value, list):
        return [mark(one) for one in value]
    return value + HIDDEN if isinstance(value, str) else value


@pytest.mark.parametrize("name", ["category_id", "lastName", "x", "line2", "URL_LIMIT"])
def test_a_word_is_shown(name: str) -> None:
    assert shown(name) == name


@pytest.mark.parametrize("name", ["CT_2230642524712404875_64396981", "4000000010001", "Ada", "a b", "u12345", "", "é"])
def test_what_may_be_an_id_or_a_name_is_not_shown(name: str) -> None:
    assert shown(name) == "…"


def test_a_body_that_has_several_tells_is_the_first_of_the_rules() -> None:
    rules = [{"has": ["a"], "operationId": "one"}, {"has": [], "operationId": "two"}]
    assert [told_apart(rules, body)["operationId"] for body in ({"a": 1}, {"b": 1}, [], None)] == [
        "one",
        "two",
        "two",
        "two",
    ]
