"""A sign-in that is not taken is told in a line, by the variable that it comes from and with what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from cliq_pins.simulator import Behaviour

from .journal import MISSED, UNASKED, Journal
from .run import CANNOT_BEGIN, DONE, INCOMPLETE
from .signing_in import SCOPES
from .simulated import CHATS, FEW, Service, users_board

ELSEWHERE = "look at CLIQ_BASE_URL, CLIQ_DATA_CENTRE and CLIQ_NETWORK: is the API there?"
LONG = 10**6
"""Seconds for which a token lives that is still good at the end."""


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("CLIQ_REFRESH_TOKEN", "1000.wrong.wrong", "[200, invalid_code]; look at CLIQ_REFRESH_TOKEN"),
        ("CLIQ_CLIENT_SECRET", "1000.wrong.wrong", "[200, invalid_client_secret]; look at CLIQ_CLIENT_SECRET"),
        ("CLIQ_CLIENT_ID", "1000.WRONG", "[200, invalid_client]; look at CLIQ_CLIENT_ID"),
        ("CLIQ_REFRESH_TOKEN", "a b", "credentials: CLIQ_REFRESH_TOKEN is no text"),
        ("CLIQ_CLIENT_SECRET", "a b", "credentials: CLIQ_CLIENT_SECRET is no text"),
        ("CLIQ_CLIENT_ID", "a b", "credentials: CLIQ_CLIENT_ID is no text"),
        ("CLIQ_NARROW_TOKEN", "Bearer 1000.a.b", "CLIQ_NARROW_TOKEN: this is no access token: give it without"),
        ("CLIQ_BASE_URL", "ftp://x", "CLIQ_BASE_URL: 'ftp://x' is"),
        ("CLIQ_BASE_URL", "https://base_url/ client_id's", 'CLIQ_BASE_URL: "https://base_url/ client_id\'s" is'),
        ("CLIQ_BASE_URL", "https://my_url.example/ '\"base_url", "'https://my_url.example/ \\'\"base_url' is no"),
    ],
)
def test_credentials_that_are_not_taken(variable: str, value: str, told: str, journal: Path) -> None:
    service, wrong = Service(), {variable: value}
    assert service.run(journal, **wrong) == (CANNOT_BEGIN, "")  # type: ignore[arg-type]  # it is of the environment
    assert told in service.said
    assert service.said.count("\n") == 1


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("1000.a.b", "401 oauthtoken_invalid; look at CLIQ_TOKEN: it lives for an hour: get a new one"),
        ("Bearer 1000.a.b", "CLIQ_TOKEN: this is no access token: give it without the word before it"),
    ],
)
def test_a_token_that_is_not_taken(token: str, told: str, journal: Path) -> None:
    service = Service()
    assert service.run(journal, **{**service.with_token(), "CLIQ_TOKEN": token}) == (CANNOT_BEGIN, "")
    assert told in service.said
    assert service.said.count("\n") == 1


def test_a_token_that_comes_of_the_credentials_and_is_not_taken(journal: Path) -> None:
    service = Service()
    dead = {"status": 401, "body": {"json": {"code": "oauthtoken_invalid"}}}
    service.simulator.script(
        {"on": "getPinCategories", "phase": "before", "action": "status", "args": dead, "every": 1, "count": 9}
    )
    assert service.run(journal) == (CANNOT_BEGIN, "")
    assert "look at CLIQ_REFRESH_TOKEN: is it of this data centre?" in service.said


@pytest.mark.parametrize(
    ("status", "said", "told"),
    [
        (500, {"code": "operation_failed"}, "getPinCategories: server (500)\n"),
        (400, {"code": "operation_failed"}, "reading the board was refused: 400 operation_failed\n"),
        (404, {}, f"reading the board was refused: 404; {ELSEWHERE}\n"),
        (302, {}, f"reading the board was refused: 302; {ELSEWHERE}\n"),
        (400, {"code": "Ada"}, "reading the board was refused: 400 …\n"),
        (401, {}, "reading the board was refused: 401; look at CLIQ_REFRESH_TOKEN: is it of this data centre?\n"),
    ],
)
def test_what_a_service_says_in_its_own_words_is_not_told(
    status: int, said: dict[str, str], told: str, journal: Path
) -> None:
    service = Service()
    body = {"json": {"message": f"chat {CHATS[0]} of Ada", **said}}
    answer = {"phase": "before", "action": "status", "args": {"status": status, "body": body}}
    service.simulator.script({"on": "getPinCategories", **answer, "every": 1, "count": 9})
    assert service.run(journal) == (CANNOT_BEGIN, "")
    assert service.said.endswith(f"live: cannot begin: {told}")
    assert "Ada" not in service.said
    assert CHATS[0] not in service.said


def test_a_url_without_the_path_of_the_api_is_told_by_its_variable(journal: Path) -> None:
    service = Service()
    assert service.run(journal, CLIQ_BASE_URL="http://127.0.0.1") == (CANNOT_BEGIN, "")
    assert service.said.splitlines()[-1].endswith(f"; {ELSEWHERE}")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("Access Denied", "auth_refresh (400); too many access tokens were asked for: wait ten minutes\n"),
        ("Ada", "auth_refresh (400)\n"),
        ("invalid_thing", "it says 'invalid_thing' [400, invalid_thing]\n"),
    ],
)
def test_what_the_accounts_server_says_is_told_if_it_is_a_word(word: str, told: str, journal: Path) -> None:
    service = Service()
    inner = httpx2.MockTransport(lambda request: httpx2.Response(400, json={"error": word}))
    assert service.run(journal, transport=inner) == (CANNOT_BEGIN, "")
    assert service.said.endswith(told)
    assert service.said.startswith("live: cannot begin: ")


@pytest.mark.parametrize("scope", ["READ", "UPDATE", "DELETE", "CREATE"])
def test_a_scope_that_is_missing_is_found_before_anything_is_made(scope: str, journal: Path) -> None:
    service = Service()
    token = service.simulator.token(scopes=[one for one in SCOPES if not one.endswith(scope)], seconds=LONG)
    before = service.layout()
    code, _ = service.run(journal, **{**service.with_token(), "CLIQ_TOKEN": token})
    assert code == (INCOMPLETE if scope == "CREATE" else CANNOT_BEGIN)
    assert "oauthtoken_scope_invalid" in service.said
    assert scope == "CREATE" or f"CLIQ_TOKEN needs the scopes {','.join(SCOPES)}" in service.said
    assert Journal(journal).made == set()
    assert service.layout() == before


def narrow(service: Service, journal: Path, token: str) -> tuple[int, dict[str, Any]]:
    """How a run with a narrow token ends, and what it tells of the switch that the token is for."""
    code, printed = service.run(journal, "--json", **{**FEW, "CLIQ_NARROW_TOKEN": token})
    rows = {one["switch"]: one for one in msgspec.json.decode(printed)["readings"]}
    return code, rows["missing_scope_status"]


def test_a_narrow_token_is_not_wanted_unless_it_is_given(journal: Path) -> None:
    code, row = narrow(Service(), journal, "")
    assert (code, row["observed"], row["lack"]) == (DONE, None, UNASKED)
    assert "CLIQ_NARROW_TOKEN" in row["evidence"]


def test_what_makes_a_run_incomplete_is_named_in_the_last_line(journal: Path) -> None:
    environ: dict[str, Any] = {**FEW, "CLIQ_NARROW_TOKEN": "1000.a.b"}
    code, printed = Service().run(journal, **environ)
    assert code == INCOMPLETE
    assert (
        printed.splitlines()[-1] == "16 of 23 observed; all of them as our default; not observed: missing_scope_status"
    )


READ = {"scopes": ["ZohoCliq.Chats.READ"], "seconds": LONG}


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (None, "is not taken (401 oauthtoken_invalid): it is wrong or has expired: make a new one"),
        ({**READ, "seconds": 0}, "is not taken (401 oauthtoken_invalid): it is wrong or has expired: make a new one"),
        ({**READ, "scopes": ["ZohoCliq.Chats.CREATE"]}, "is not taken (403 oauthtoken_scope_invalid)"),
        ({"seconds": LONG}, "has the scope to change folders: make a new one"),
        ({**READ, "user": "zoe"}, "is of another user: make a new one"),
    ],
    ids=["wrong", "expired", "may not read", "may all", "of somebody else"],
)
def test_a_narrow_token_that_is_of_no_use_is_told_by_its_name(
    kind: dict[str, Any] | None, told: str, journal: Path
) -> None:
    service = Service(Behaviour(missing_scope_status="403"))
    service.simulator.load(service.simulator.state.with_board("zoe", "", users_board()))
    code, row = narrow(service, journal, "1000.a.b" if kind is None else service.simulator.token(**kind))
    assert (code, row["observed"], row["lack"]) == (INCOMPLETE, None, MISSED)
    assert f"CLIQ_NARROW_TOKEN {told}" in row["evidence"]
    assert "the scope ZohoCliq.Chats.READ alone" in row["evidence"]
