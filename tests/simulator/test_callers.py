"""The simulated API: who may call."""

from __future__ import annotations

import pytest

from cliq_pins.testing import board, folder
from contract_schemas import DOCUMENT
from service import BASE, OPERATIONS, RIGHT, WORK, Caller, in_network, small_board

SCOPES = sorted({scope for one in OPERATIONS.values() for scopes in one.scopes for scope in scopes})
HOSTS = {one["url"].split("/")[2].removesuffix("{network}"): one["x-data-centre"] for one in DOCUMENT["servers"]}


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
    hosts = ("cliq.zoho.eu:443", "CLIQ.zoho.EU.", "cliq.zoho.com:443", "CLIQ.zoho.COM.:443")
    assert [caller.get(authorization=authorization, host=host).status for host in hosts] == [200, 200, 401, 401]


def test_a_bound_token_holds_under_a_host_that_is_no_data_centre() -> None:
    caller = Caller()
    authorization = a_bound_token(caller, "eu")
    assert caller.get(authorization=authorization, host="127.0.0.1:8080").status == 200


def test_a_token_that_was_handed_out_holds_in_every_data_centre() -> None:
    caller = Caller()
    assert {caller.get(host=host).status for host in HOSTS} == {200}


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
