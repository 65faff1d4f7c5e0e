"""The simulated accounts server: grant codes and refresh tokens become access tokens, as often as they may."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from msgspec.structs import replace

from cliq_pins.simulator.api.accounts import (
    GRANT_SECONDS,
    LIFE_SECONDS,
    LIVE_TOKENS,
    REFRESH_TOKENS,
    TOKENS_PER_WINDOW,
    WINDOW_MS,
)
from cliq_pins.simulator.state import State
from contract_schemas import DOCUMENT
from service import RIGHT, Caller, Said, repeat, small_board

WINDOW = WINDOW_MS // 1000
ACCOUNTS = {one["x-data-centre"]: one["x-accounts-url"].rpartition("/")[2] for one in DOCUMENT["servers"]}
API = {one["x-data-centre"]: one["url"].split("/")[2].removesuffix("{network}") for one in DOCUMENT["servers"]}

CODE_REFUSED, CLIENT_REFUSED, SECRET_REFUSED = (
    (200, {"error": error}) for error in ("invalid_code", "invalid_client", "invalid_client_secret")
)


class App:
    """An OAuth client of a user of the simulated service."""

    def __init__(self, caller: Caller | None = None, user: str | None = None, **grant: Any) -> None:
        self.caller = caller or Caller()
        self.client = self.caller.simulator.sign_up(user, **grant)
        self.code = self.client.pop("code")

    def ask(self, path: str = "/oauth/v2/token", *, host: str = "", **form: str) -> Said:
        """Ask the accounts server; the client's id and secret are in the form, unless others are given."""
        return self.caller.send("POST", path, urlencode({**self.client, **form}).encode(), host=host)

    def exchange(self, **form: str) -> Said:
        return self.ask(**{"grant_type": "authorization_code", "code": self.code, **form})

    def refresh(self, refresh_token: str, **form: str) -> Said:
        return self.ask(grant_type="refresh_token", refresh_token=refresh_token, **form)

    def revoke(self, token: str) -> Said:
        return self.caller.send("POST", "/oauth/v2/token/revoke", f"token={token}".encode())

    def refresh_token(self) -> str:
        return str(self.exchange().json["refresh_token"])

    def new_code(self) -> str:
        """Give the client another grant of the same user."""
        again = self.caller.simulator.sign_up(client_id=self.client["client_id"])
        assert again["client_secret"] == self.client["client_secret"]
        return again["code"]

    def holds(self, access_token: str, host: str = "") -> bool:
        """Whether the API takes an access token."""
        return self.caller.get(authorization=f"Zoho-oauthtoken {access_token}", host=host).status == 200


def answer(said: Said) -> tuple[int, object]:
    return said.status, said.json


def test_the_numbers_are_those_that_are_known() -> None:
    """They stand in no contract: the vendor's help pages have them."""
    assert (GRANT_SECONDS, LIFE_SECONDS, WINDOW) == (600, 3600, 600)
    assert (TOKENS_PER_WINDOW, LIVE_TOKENS, REFRESH_TOKENS) == (10, 15, 20)


# Grant codes


def test_a_grant_code_becomes_a_token_that_holds_and_one_that_gets_others() -> None:
    app = App()
    said = app.exchange()
    assert said.status == 200
    assert said.header("content-type") == "application/json;charset=UTF-8"
    assert said.json.keys() == {"access_token", "refresh_token", "scope", "token_type", "expires_in"}
    assert (said.json["expires_in"], said.json["token_type"]) == (3600, "Bearer")
    assert app.holds(said.json["access_token"])
    assert not app.holds(said.json["refresh_token"])
    assert "access_token" in app.refresh(said.json["refresh_token"]).json


def test_a_token_has_the_scopes_of_its_grant_and_the_rights_of_its_user() -> None:
    caller = Caller({"ada": small_board(), "grace": small_board()})
    app = App(caller, "grace", scopes=["ZohoCliq.Chats.READ", "ZohoCliq.Chats.CREATE"])
    said = app.exchange().json
    assert said["scope"] == "ZohoCliq.Chats.CREATE ZohoCliq.Chats.READ"
    caller.authorization = f"Bearer {said['access_token']}"
    assert caller.right("createPinCategory").status == 200
    assert caller.right("updatePinCategory").code == "oauthtoken_scope_invalid"
    assert [len(caller.simulator.board(user).folders) for user in ("ada", "grace")] == [2, 3]


def test_a_grant_for_a_user_who_is_not_there_is_not_given() -> None:
    caller = Caller()
    with pytest.raises(KeyError, match="nobody"):
        caller.simulator.sign_up("nobody")
    with pytest.raises(KeyError, match="nobody"):
        caller.simulator.token("nobody")


def test_a_grant_code_is_used_once() -> None:
    app = App()
    app.exchange()
    assert answer(app.exchange()) == CODE_REFUSED


@pytest.mark.parametrize(("seconds", "refused"), [(GRANT_SECONDS - 0.001, False), (GRANT_SECONDS, True)])
def test_a_grant_code_expires(seconds: float, refused: bool) -> None:
    app = App()
    app.caller.later(seconds)
    assert (answer(app.exchange()) == CODE_REFUSED) == refused


@pytest.mark.parametrize("code", ["", "1000.a.b", "{code}0"])
def test_an_unknown_grant_code_is_refused(code: str) -> None:
    app = App()
    assert answer(app.exchange(code=code.format(code=app.code))) == CODE_REFUSED


def test_a_grant_code_of_another_client_is_refused_and_stays_good() -> None:
    app = App()
    other = App(app.caller)
    assert answer(other.exchange(code=app.code)) == CODE_REFUSED
    assert "access_token" in app.exchange().json


def test_a_wrong_secret_does_not_use_up_the_code() -> None:
    app = App()
    for secret in ("", "wrong", App(app.caller).client["client_secret"]):
        assert answer(app.exchange(client_secret=secret)) == SECRET_REFUSED
    assert answer(app.exchange(client_id="1000.UNKNOWN")) == CLIENT_REFUSED
    assert "access_token" in app.exchange().json


def test_a_client_that_says_nothing_is_refused() -> None:
    for body in (b"", b"{}", b"\xff\x00=%zz&&==", b'{"grant_type":"refresh_token"}'):
        assert answer(Caller().send("POST", "/oauth/v2/token", body)) == CLIENT_REFUSED


@pytest.mark.parametrize("grant_type", ["", "password", "Refresh_Token"])
def test_another_grant_type_is_refused(grant_type: str) -> None:
    assert answer(App().exchange(grant_type=grant_type)) == (200, {"error": "unsupported_grant_type"})


def test_a_user_and_client_have_twenty_refresh_tokens_and_then_the_oldest_dies() -> None:
    app = App()
    first = app.exchange().json
    second = app.exchange(code=app.new_code()).json["refresh_token"]
    for _ in range(REFRESH_TOKENS - 2):
        app.exchange(code=app.new_code())
    assert "access_token" in app.refresh(first["refresh_token"]).json
    assert app.holds(first["access_token"])
    app.exchange(code=app.new_code())
    assert answer(app.refresh(first["refresh_token"])) == CODE_REFUSED
    assert not app.holds(first["access_token"])
    assert "access_token" in app.refresh(second).json


def test_another_client_of_the_user_does_not_crowd_out_a_refresh_token() -> None:
    app = App()
    first = app.refresh_token()
    other = App(app.caller)
    for _ in range(REFRESH_TOKENS + 1):
        other.exchange(code=other.new_code())
    assert "access_token" in app.refresh(first).json


# Refresh tokens


def test_a_refresh_gives_an_access_token_and_no_refresh_token() -> None:
    app = App()
    said = app.refresh(app.refresh_token())
    assert said.json.keys() == {"access_token", "scope", "token_type", "expires_in"}
    assert app.holds(said.json["access_token"])


def test_every_token_is_another_one() -> None:
    app = App()
    said = app.exchange().json
    got = [said["access_token"], *(app.refresh(said["refresh_token"]).json["access_token"] for _ in range(5))]
    assert len({*got, said["refresh_token"], app.code, *app.client.values()}) == 10
    assert all(app.holds(one) for one in got)


@pytest.mark.parametrize("token", ["", "1000.a.b", "{code}", "{access_token}"])
def test_what_is_no_refresh_token_is_refused(token: str) -> None:
    app = App()
    wrong = token.format(code=app.code, access_token=app.caller.authorization.partition(" ")[2])
    assert answer(app.refresh(wrong)) == CODE_REFUSED


def test_a_refresh_token_of_another_client_is_refused() -> None:
    app = App()
    assert answer(App(app.caller).refresh(app.refresh_token())) == CODE_REFUSED


def test_a_refresh_with_a_wrong_secret_is_refused_and_does_not_count() -> None:
    app = App()
    token = app.refresh_token()
    for _ in range(TOKENS_PER_WINDOW):
        assert answer(app.refresh(token, client_secret="wrong")) == SECRET_REFUSED  # noqa: S106  # no secret
    assert "access_token" in app.refresh(token).json


def test_an_access_token_lives_for_as_long_as_it_says() -> None:
    app = App()
    token = app.exchange().json["access_token"]
    app.caller.later(LIFE_SECONDS - 0.001)
    assert app.holds(token)
    app.caller.later(0.001)
    assert not app.holds(token)


def test_a_refresh_token_does_not_expire() -> None:
    app = App()
    token = app.refresh_token()
    app.caller.later(10**8)
    assert "access_token" in app.refresh(token).json


def test_ten_tokens_in_ten_minutes_are_all() -> None:
    app = App()
    token = app.refresh_token()
    got = [app.refresh(token).json for _ in range(TOKENS_PER_WINDOW - 1)]  # the exchange gave one, too
    assert all("access_token" in one for one in got)
    said = app.refresh(token)
    assert (said.status, said.json["error"], said.code) == (400, "Access Denied", None)
    assert said.json["error_description"]


def test_the_ten_minutes_slide_and_refused_calls_do_not_count() -> None:
    app = App()
    token = app.refresh_token()
    app.caller.later(WINDOW / 2)
    for _ in range(TOKENS_PER_WINDOW - 1):
        app.refresh(token)
    app.caller.later(WINDOW / 2 - 0.001)
    assert [app.refresh(token).status for _ in range(3)] == [400] * 3
    app.caller.later(0.001)
    assert [app.refresh(token).status for _ in range(2)] == [200, 400]


def test_each_refresh_token_has_its_own_ten() -> None:
    app = App()
    first, second = app.refresh_token(), app.exchange(code=app.new_code()).json["refresh_token"]
    repeat(lambda: app.refresh(first))
    assert app.refresh(second).status == 200


def test_fifteen_tokens_live_and_then_the_oldest_dies() -> None:
    app = App()
    said = app.exchange().json
    live = [said["access_token"]]
    for number in range(1, LIVE_TOKENS):
        if number == TOKENS_PER_WINDOW:
            app.caller.later(WINDOW)
        live.append(app.refresh(said["refresh_token"]).json["access_token"])
    assert all(app.holds(one) for one in live)
    new = app.refresh(said["refresh_token"]).json["access_token"]
    assert [one for one in live if not app.holds(one)] == live[:1]
    assert app.holds(new)


def test_a_token_that_is_handed_out_may_live_for_less_than_a_second() -> None:
    app = App()
    token = app.caller.simulator.token(seconds=0.5)
    assert app.holds(token)
    app.caller.later(0.499)
    assert app.holds(token)
    app.caller.later(0.001)
    assert not app.holds(token)


def kept_as_json(app: App) -> None:
    """Let the service go on from its state as it is kept, where the names of an object are in their own order."""
    kept = msgspec.json.encode(app.caller.simulator.state, order="deterministic")
    app.caller.simulator.load(msgspec.json.decode(kept, type=State))


def test_the_oldest_dies_whatever_became_of_the_state_meanwhile() -> None:
    app = App()
    said = app.exchange().json
    live = [said["access_token"]]
    for _ in range(1, LIVE_TOKENS):
        app.caller.later(WINDOW // TOKENS_PER_WINDOW)
        live.append(app.refresh(said["refresh_token"]).json["access_token"])
    kept_as_json(app)
    app.caller.later(WINDOW // TOKENS_PER_WINDOW)
    app.refresh(said["refresh_token"])
    assert [one for one in live if not app.holds(one)] == live[:1]


def test_the_oldest_refresh_token_dies_whatever_became_of_the_state_meanwhile() -> None:
    app = App()
    live = [app.refresh_token()]
    for _ in range(1, REFRESH_TOKENS):
        app.caller.later(1)
        live.append(app.exchange(code=app.new_code()).json["refresh_token"])
    kept_as_json(app)
    app.exchange(code=app.new_code())
    assert [one for one in live if "error" in app.refresh(one).json] == live[:1]


def test_tokens_of_others_and_those_handed_out_crowd_no_one_out() -> None:
    app = App()
    token = app.exchange().json["access_token"]
    handed_out = [app.caller.simulator.token() for _ in range(LIVE_TOKENS + 1)]
    for _ in range(LIVE_TOKENS + 1):
        App(app.caller).exchange()
    assert all(app.holds(one) for one in [token, *handed_out])


def test_tokens_that_are_over_are_forgotten() -> None:
    app = App()
    app.exchange()
    app.caller.later(LIFE_SECONDS)
    token = app.caller.simulator.token()
    assert app.caller.simulator.state.access_tokens.keys() == {token}


# Revoking


def test_a_revoked_access_token_is_dead_and_its_refresh_token_is_not() -> None:
    app = App()
    said = app.exchange().json
    assert answer(app.revoke(said["access_token"])) == (200, {"status": "success"})
    assert not app.holds(said["access_token"])
    assert app.holds(app.refresh(said["refresh_token"]).json["access_token"])


def test_a_revoked_refresh_token_takes_its_access_tokens_with_it_and_no_others() -> None:
    app = App()
    said, other = app.exchange().json, App(app.caller).exchange().json
    later = app.refresh(said["refresh_token"]).json["access_token"]
    assert answer(app.revoke(said["refresh_token"])) == (200, {"status": "success"})
    assert answer(app.refresh(said["refresh_token"])) == CODE_REFUSED
    assert [app.holds(one) for one in (said["access_token"], later, other["access_token"])] == [False, False, True]


def test_a_token_that_is_not_known_cannot_be_revoked() -> None:
    app = App()
    token = app.exchange().json["access_token"]
    app.revoke(token)
    for unknown in ("", token, app.code):
        assert answer(app.revoke(unknown)) == CODE_REFUSED


# Clients without a user


@pytest.mark.parametrize("operation", RIGHT)
def test_a_token_of_no_user_is_given_and_then_refused(operation: str) -> None:
    app = App()
    said = app.ask(grant_type="client_credentials")
    assert said.json.keys() == {"access_token", "scope", "token_type", "expires_in"}
    assert said.json["expires_in"] == LIFE_SECONDS
    refused = app.caller.right(operation, authorization=f"Bearer {said.json['access_token']}")
    assert (refused.status, refused.code) == (401, "oauthtoken_scope_invalid")


# Data centres


@pytest.mark.parametrize("data_centre", ACCOUNTS)
def test_a_grant_is_good_in_its_data_centre_only(data_centre: str) -> None:
    app = App(data_centre=data_centre)
    elsewhere = [host + port for there, host in ACCOUNTS.items() if there != data_centre for port in ("", ":443")]
    assert all(answer(app.exchange(host=host)) == CODE_REFUSED for host in elsewhere)
    token = app.exchange(host=ACCOUNTS[data_centre]).json["refresh_token"]
    assert all(answer(app.refresh(token, host=host)) == CODE_REFUSED for host in elsewhere)
    access = app.refresh(token, host=f"{ACCOUNTS[data_centre]}:443").json["access_token"]
    assert {there for there, host in API.items() if app.holds(access, host)} == {data_centre}


def test_a_grant_of_no_data_centre_is_bound_to_the_one_that_exchanges_it() -> None:
    app = App()
    said = app.exchange(host=ACCOUNTS["eu"]).json
    assert {there for there, host in API.items() if app.holds(said["access_token"], host)} == {"eu"}
    assert answer(app.refresh(said["refresh_token"], host=ACCOUNTS["us"])) == CODE_REFUSED


def test_a_grant_of_no_data_centre_that_is_exchanged_on_another_host_is_good_everywhere() -> None:
    app = App()
    said = app.exchange(host="127.0.0.1:8080").json
    assert all(app.holds(said["access_token"], host) for host in API.values())
    assert all("access_token" in app.refresh(said["refresh_token"], host=host).json for host in ACCOUNTS.values())


# Its form


@pytest.mark.parametrize(
    ("query", "form"),
    [(("client", "grant", "code"), ()), ((), ("client", "grant", "code")), (("code", "client"), ("grant",))],
    ids=["query", "form", "both"],
)
def test_parameters_may_be_in_the_query_or_in_the_form(query: tuple[str, ...], form: tuple[str, ...]) -> None:
    app = App()
    parts = {"client": app.client, "grant": {"grant_type": "authorization_code"}, "code": {"code": app.code}}
    in_query, in_form = ("&".join(urlencode(parts[one]) for one in some) for some in (query, form))
    said = app.caller.send("POST", f"/oauth/v2/token?{in_query}", in_form.encode())
    assert app.holds(said.json["access_token"])


def test_a_token_to_revoke_may_be_in_the_query() -> None:
    app = App()
    token = app.exchange().json["access_token"]
    assert app.caller.send("POST", f"/oauth/v2/token/revoke?token={token}").json == {"status": "success"}
    assert not app.holds(token)


@pytest.mark.parametrize("path", ["/oauth/v2/token", "/oauth/v2/token/revoke"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "post"])
def test_only_post_is_taken(path: str, method: str) -> None:
    app = App()
    query = urlencode({**app.client, "grant_type": "authorization_code", "code": app.code})
    before = app.caller.simulator.state
    said = app.caller.send(method, f"{path}?{query}")
    assert (said.status, said.header("allow")) == (405, "POST")
    assert app.caller.simulator.state == before


def test_tokens_look_like_the_services_and_are_the_same_for_the_same_seed() -> None:
    first, again, other = (
        App(Caller(replace(Caller().simulator.start, seed=seed))).exchange().json for seed in (0, 0, 1)
    )
    assert first == again != other
    kind, _, rest = first["access_token"].partition(".")
    assert (kind, [len(part) for part in rest.split(".")]) == ("1000", [32, 32])


def test_the_log_names_the_operation_and_the_error() -> None:
    app = App()
    app.exchange()
    app.revoke("unknown")
    assert [(one.operation, one.status, one.code) for one in app.caller.simulator.log] == [
        ("token", 200, None),
        ("revoke", 200, "invalid_code"),
    ]


@pytest.mark.parametrize("path", ["/oauth/v2/token", "/oauth/v2/token/revoke", "/oauth/v2/%74oken"])
def test_the_log_keeps_no_secret_of_the_accounts_server(path: str) -> None:
    app = App()
    app.ask(f"{path}?code=in-the-query&token=t", code=app.code, refresh_token="in-the-form")  # noqa: S106  # a canary
    log = repr(app.caller.simulator.log)
    assert app.caller.simulator.log[-1].target == path.replace("%74", "t")
    for secret in (app.client["client_secret"], app.code, "in-the-query", "in-the-form"):
        assert secret not in log


def test_nobody_gets_a_code_for_a_client_that_is_not_there() -> None:
    with pytest.raises(KeyError, match="unregistered"):
        Caller().simulator.sign_up(client_id="unregistered")
