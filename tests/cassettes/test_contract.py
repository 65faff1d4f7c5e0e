"""Every cassette fits the contract, says where it comes from, and holds nothing but what the sanitisers leave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flows import FLOWS

from .provenance import CONTRACT, Provenance, load, path_of, provenance, recorded, source_of
from .resanitising import unsanitised
from .sanitise import VERSION
from .sanitise.requests import read
from .scanning import suspicious
from .validation import problems

CASSETTES = recorded()


@pytest.mark.parametrize("name", CASSETTES)
def test_a_cassette_fits_the_contract(name: str) -> None:
    found = [problems(exchange) for exchange in load(CASSETTES[name])["interactions"]]
    assert [problem for _, answered in found for problem in answered] == []
    asked = [problem for asked, _ in found for problem in asked]
    assert bool(asked) == FLOWS[name].breaks_contract, asked


def test_the_readme_says_from_what_they_were_recorded() -> None:
    sources = [source_of(path) for path in CASSETTES.values()]
    said = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    assert f"**All {len(sources)} were recorded from the simulator. None was recorded from the live service" in said
    assert set(sources) == {"simulator"}, "there is a live one: say so, here and in the README"


@pytest.mark.parametrize("name", CASSETTES)
def test_a_cassette_says_where_it_comes_from(name: str) -> None:
    said = provenance(CASSETTES[name])
    assert said.sanitiser == VERSION
    assert said.date.utcoffset() is not None
    assert said.answered_ms == sorted(said.answered_ms)
    assert min(said.answered_ms) >= 0
    assert len(said.answered_ms) == len(load(CASSETTES[name])["interactions"])
    if said.recorded_from == "simulator":  # what was recorded live cannot be recorded anew with every change
        assert said.contract == CONTRACT, "record it again: nox -s record"


@pytest.mark.parametrize(
    "wrong",
    [{"recorded_from": "somewhere"}, {"date": "yesterday"}, {"sanitiser": None}, {"more": 1}, {"contract": "nonsense"}],
    ids=str,
)
def test_a_cassette_that_does_not_say_it_right_is_found(wrong: dict[str, Any]) -> None:
    said = load(path_of("pinChat/200"))["metadata"]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**said, **wrong}, Provenance)


@pytest.mark.parametrize("name", CASSETTES)
def test_a_cassette_holds_nothing_that_looks_like_a_secret(name: str) -> None:
    assert suspicious(CASSETTES[name].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", CASSETTES)
def test_sanitising_a_cassette_again_changes_nothing(name: str) -> None:
    assert unsanitised(CASSETTES[name].read_bytes()) is None


def body_of(data: Any) -> Any:
    return read(data["interactions"][0]["response"]["body"]["string"])


def test_a_pseudonym_is_the_same_all_over_a_cassette() -> None:
    made, *between, read_again = load(path_of("flows/conflict_and_rebase"))["interactions"]
    folder = read(made["response"]["body"]["string"])["data"]["category_id"]
    asked = [one["request"]["uri"] for one in (made, *between, read_again)]
    listed = [one["category_id"] for one in read(read_again["response"]["body"]["string"])["data"]]
    assert folder in listed
    assert {one.rpartition("/")[2] for one in asked if "/pin-categories/" in one} == {folder}


def body(old: str, new: str, part: str = "response") -> Callable[[Any], None]:
    """A change of what a body says."""

    def change(one: Any) -> None:
        where, key = (one["response"]["body"], "string") if part == "response" else (one["request"], "body")
        assert old in where[key]
        where[key] = where[key].replace(old, new)

    return change


CHANGES: dict[str, Any] = {
    "property renamed": body("category_id", "folder_id"),
    "property retyped": lambda one: one["response"]["body"].update(string='{"url":1,"data":[]}'),
    "no JSON": lambda one: one["response"]["body"].update(string="<p>"),
    "status": lambda one: one["response"]["status"].update(code=204),
    "content type": lambda one: one["response"]["headers"].update({"content-type": ["text/html"]}),
    "path": lambda one: one["request"].update(uri="https://cliq.zoho.com/api/v3/folders"),
    "method": lambda one: one["request"].update(method="PATCH"),
    "parameter": lambda one: one["request"].update(uri="https://cliq.zoho.com/api/v3/pin-categories?fields=chats"),
    "value": lambda one: one["request"].update(uri="https://cliq.zoho.com/api/v3/pin-categories?include_fields=all"),
    "parameter twice": lambda one: one["request"].update(
        uri="https://cliq.zoho.com/api/v3/pin-categories?include_fields=chats&include_fields=chats"
    ),
    "base within the path": lambda one: one["request"].update(uri="https://cliq.zoho.com/pin-categories/api/v3"),
    "body": lambda one: one["request"].update(body="{}"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_does_not_fit_the_contract_is_found(what: str) -> None:
    (exchange,) = load(path_of("getPinCategories/200"))["interactions"]
    assert problems(exchange) == ([], [])
    CHANGES[what](exchange)
    assert problems(exchange) != ([], [])


SIGN_IN_CHANGES: dict[str, Any] = {
    "method": lambda one: one["request"].update(method="GET"),
    "query": lambda one: one["request"].update(uri=one["request"]["uri"] + "?code=code-1"),
    "other path": lambda one: one["request"].update(uri=one["request"]["uri"] + "/revoke"),
    "field missing": body("client_secret=client_secret-1&", "", "request"),
    "field twice": body("grant_type=", "client_id=client_id-1&grant_type=", "request"),
    "field added": body("grant_type=", "access_type=offline&grant_type=", "request"),
    "grant type": body("grant_type=", "grant_type=client_", "request"),
    "status": lambda one: one["response"]["status"].update(code=401),
    "content type": lambda one: one["response"]["headers"].update({"content-type": ["text/html"]}),
    "property missing": body('"access_token":', '"token":'),
    "property retyped": body('"expires_in":3600', '"expires_in":"3600"'),
    "property added": body('"expires_in":', '"user":"name-1","expires_in":'),
    "granted and denied": body('"expires_in":', '"error":"invalid_code","expires_in":'),
}


@pytest.mark.parametrize("what", SIGN_IN_CHANGES)
@pytest.mark.parametrize("number", [0, 2], ids=["exchange", "refresh"])
def test_what_the_accounts_server_does_not_take_or_say_is_found(number: int, what: str) -> None:
    changed = load(path_of("flows/first_sign_in"))["interactions"][number]
    assert problems(changed) == ([], [])
    SIGN_IN_CHANGES[what](changed)
    assert problems(changed) != ([], [])


@pytest.mark.parametrize(
    ("status", "code", "fits"),
    [
        (401, "oauthtoken_invalid", True),
        (401, "oauthtoken_scope_invalid", True),
        (403, "oauthtoken_scope_invalid", True),
        (403, "inactive_appaccount_user", True),
        (404, "request_url_invalid", True),
        (401, "request_limit_exceeded", False),
        (429, "request_limit_exceeded", False),
        (403, "operation_not_allowed", False),
        (429, "oauthtoken_invalid", False),
        (500, "operation_failed", False),
        (403, "never_seen", False),
    ],
)
def test_a_code_stands_beside_a_message_only_where_the_contract_adds_it(status: int, code: str, fits: bool) -> None:
    (exchange,) = load(path_of(f"getPinCategories/{status}"))["interactions"]
    exchange["response"]["body"]["string"] = f'{{"message":"message-1","code":"{code}"}}'
    assert (problems(exchange) == ([], [])) is fits
