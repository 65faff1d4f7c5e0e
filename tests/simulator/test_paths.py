"""The simulated API: what is there, and in which form."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from contract_schemas import DOCUMENT
from service import WORK, Caller, Said, repeat, throttled

PATHS: dict[str, set[str]] = {
    path.format(category_id=WORK, chat_id="c1"): {method.upper() for method in item}
    for path, item in DOCUMENT["paths"].items()
}
"""A path of each template, with the methods that it takes."""


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
