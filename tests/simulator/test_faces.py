"""The WSGI and ASGI faces give what the simulator says, and nothing that is sent to them breaks it."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cliq_pins.simulator import Request
from cliq_pins.testing import board
from cliq_pins_client import operation_table
from contract_schemas import DOCUMENT
from service import BASE, PEOPLE, RIGHT, WORK, Caller, Said

HOST = "https://cliq.zoho.com"
STATUSES = {status for one in operation_table().values() for status in one.statuses} | {404, 405}
METHODS = ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "TRACE", "PATCH", "QUERY"]

Call = tuple[str, str, bytes, dict[str, str]]
Face = Callable[[Caller, Call], httpx2.Response]


def by_wsgi(caller: Caller, call: Call) -> httpx2.Response:
    method, target, content, headers = call
    with httpx2.Client(transport=httpx2.WSGITransport(caller.simulator.wsgi()), base_url=HOST) as client:
        return client.request(method, target, content=content, headers=headers)


def by_asgi(caller: Caller, call: Call) -> httpx2.Response:
    async def send() -> httpx2.Response:
        method, target, content, headers = call
        transport = httpx2.ASGITransport(caller.simulator.asgi())
        async with httpx2.AsyncClient(transport=transport, base_url=HOST) as client:
            return await client.request(method, target, content=content, headers=headers)

    return asyncio.run(send())


FACES: dict[str, Face] = {"WSGI": by_wsgi, "ASGI": by_asgi}


def direct(caller: Caller, call: Call) -> Said:
    method, target, content, headers = call
    return caller.send(method, target, content, **{"host": "cliq.zoho.com", **headers})


def looks(said: Said | httpx2.Response) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body; the length, which only a face adds, is checked and left out."""
    if isinstance(said, Said):
        return said.status, dict(said.answer.headers), said.body
    headers = dict(said.headers.items())
    assert headers.pop("content-length", "") == ("" if said.status_code == 204 else str(len(said.content)))
    return said.status_code, headers, said.content


def made(method: str, path: str, json_body: object = None, **headers: str) -> Call:
    content = b"" if json_body is None else json.dumps(json_body).encode()
    return method, BASE + path, content, headers


CALLS: dict[str, Call] = {
    **{
        operation: made(method, path, json_body if isinstance(json_body, dict) else None)
        for operation, (method, path, json_body) in RIGHT.items()
    },
    "all fields": made("GET", "/pin-categories?include_fields=chats,recipients_summary,last_message_info"),
    "encoded query": made("DELETE", "/pin-categories?chat_ids=c1%2Cc%34"),
    "plus in the query": made("DELETE", "/pin-categories?chat_ids=c1+c2"),
    "unicode": made("PUT", f"/pin-categories/{WORK}", {"title": "Wörk 🎉\0"}),
    "refused": made("PUT", f"/pin-categories/{WORK}", {"titel": "x"}),
    "no token": made("GET", "/pin-categories", authorization=""),
    "dead token": made("GET", "/pin-categories", authorization="Bearer x"),
    "not acceptable": made("GET", "/pin-categories", accept="text/html"),
    "no network": ("GET", f"/network/acme{BASE}/pin-categories", b"", {}),
    "nowhere": ("GET", "/", b"", {}),
    "no method": made("PATCH", "/pin-categories"),
    "options": made("OPTIONS", "/chats/c1/pins"),
    "another data centre": made("GET", "/pin-categories", host="cliq.zoho.eu"),
    "encoded id": made("POST", "/chats/%635/pins"),
    "id in another script": made("POST", "/chats/%E2%82%AC/pins"),
    "id that is no UTF-8": made("POST", "/chats/%ff/pins"),
    "id with a percent sign": made("POST", "/chats/%25c5/pins"),
    "id with a null byte": made("POST", "/chats/c%005/pins"),
    "id with a question mark": made("POST", "/chats/c5%3F/pins"),
    "id with a line break": made("POST", "/chats/c5%0D%0Ax/pins"),
    "id with signs": made("POST", "/chats/c5!$&'()*+,;=:@~-._/pins"),
    "encoded letter in the path": made("GET", "/p%69n-categories"),
    "encoded dash in the path": made("GET", "/pin%2Dcategories"),
    "letter encoded twice": made("GET", "/p%2569n-categories"),
    "token": ("POST", "/oauth/v2/token?grant_type=x", b"client_id=y", {}),
}


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("name", CALLS)
def test_a_face_gives_what_the_simulator_says(name: str, face: str) -> None:
    method, target, content, headers = CALLS[name]
    expected, faced = Caller(), Caller()
    call = method, target, content, {"authorization": expected.authorization, **headers}
    assert looks(FACES[face](faced, call)) == looks(direct(expected, call))
    assert faced.board == expected.board
    assert faced.simulator.log[0].operation == expected.simulator.log[0].operation


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("chat", ["é", "€", "%", "c?", "a b", "日本", "%41"])
def test_an_id_in_other_letters_reaches_its_chat(face: str, chat: str) -> None:
    caller = Caller(board(chats=[chat]))
    call = made("POST", f"/chats/{quote(chat)}/pins", authorization=caller.authorization)
    assert FACES[face](caller, call).json() == {"type": "chat.pin", "data": {"chat_id": chat, "category_id": "default"}}


def test_an_encoded_slash_is_part_of_an_id_save_in_wsgi_which_does_not_see_it() -> None:
    caller = Caller(board(chats=["a/b"]))
    call = made("POST", "/chats/a%2Fb/pins", authorization=caller.authorization)
    assert [looks(FACES[face](caller, call))[0] for face in ("ASGI", "WSGI")] == [200, 404]


@pytest.mark.parametrize("face", FACES)
def test_a_header_that_comes_twice_counts_as_one_list(face: str) -> None:
    caller = Caller()
    headers = [("authorization", caller.authorization), ("accept", "text/html"), ("accept", "application/json")]
    call: Any = ("GET", f"{BASE}/pin-categories", b"", headers)
    assert FACES[face](caller, call).status_code == 200


@pytest.mark.parametrize("face", FACES)
def test_the_answer_to_head_has_no_body(face: str) -> None:
    caller = Caller()
    method = "HEAD"
    said = FACES[face](caller, made(method, "/pin-categories", authorization=caller.authorization))
    assert (said.status_code, said.content) == (405, b"")
    assert said.headers["allow"] == "GET, POST, DELETE"


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_every_path_is_answered(face: str, method: str) -> None:
    for path, item in DOCUMENT["paths"].items():
        target = BASE + path.format(category_id=WORK, chat_id="c1")
        said = FACES[face](Caller(), (method, target, b"", {"authorization": "Bearer x"}))
        assert said.status_code == (401 if method.lower() in item else 405)


# Raw faces


def wsgi(caller: Caller, environ: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    """Call the WSGI application as a server does."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    body = caller.simulator.wsgi()(environ, lambda status, headers: started.append((status, headers)))
    ((status, headers),) = started
    return status, dict(headers), b"".join(body)


def environ(method: str, path: bytes, query: str = "", **extra: Any) -> dict[str, Any]:
    native = path.decode("latin-1")
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": native,
        **({"QUERY_STRING": query} if query else {}),
        "wsgi.input": io.BytesIO(b"following request"),
        **extra,
    }


def asgi(caller: Caller, scope: dict[str, Any], *received: dict[str, Any]) -> list[dict[str, Any]]:
    """Call the ASGI application as a server does; what it sent."""
    sent: list[dict[str, Any]] = []
    waiting = list(received) or [{"type": "http.request"}]

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    application: Callable[..., Awaitable[None]] = caller.simulator.asgi()
    asyncio.run(application(scope, receive, send))  # type: ignore[arg-type]  # a coroutine
    return sent


def scope(method: str, raw_path: bytes, query: bytes = b"", **extra: Any) -> dict[str, Any]:
    return {"type": "http", "method": method, "raw_path": raw_path, "query_string": query, "headers": [], **extra}


def test_wsgi_reads_no_more_than_the_length_and_takes_its_variables() -> None:
    caller = Caller()
    said = wsgi(
        caller,
        environ(
            "POST",
            b"/chats/c5/pins",
            SCRIPT_NAME=BASE,
            CONTENT_LENGTH="2",
            CONTENT_TYPE="text/plain",
            HTTP_AUTHORIZATION=caller.authorization,
            **{"wsgi.input": io.BytesIO(b"{}{}")},
        ),
    )
    assert said[0] == "200 OK"
    assert said[1]["content-length"] == str(len(said[2]))
    assert [(one.body, one.operation) for one in caller.simulator.log] == [("{}", "pinChat")]


def test_wsgi_without_a_length_reads_no_body() -> None:
    caller = Caller()
    said = wsgi(caller, environ("POST", b"/api/v3/chats/c5/pins", HTTP_AUTHORIZATION=caller.authorization))
    assert said[0] == "200 OK"
    assert caller.simulator.log[0].body == ""


def test_wsgi_without_a_path_is_nowhere() -> None:
    caller = Caller()
    said = wsgi(caller, {"REQUEST_METHOD": "GET", "SCRIPT_NAME": BASE, "wsgi.input": io.BytesIO()})
    assert said[0] == "404 Not Found"
    assert caller.simulator.log[0].target == BASE


def test_asgi_takes_a_body_in_parts() -> None:
    caller = Caller()
    parts = [
        {"type": "http.request", "body": b'{"title"', "more_body": True},
        {"type": "http.request", "more_body": True},
        {"type": "http.request", "body": b':"New"}'},
    ]
    headers = [(b"Authorization", caller.authorization.encode())]
    start, body = asgi(caller, scope("POST", b"/api/v3/pin-categories", headers=headers), *parts)
    assert (start["type"], start["status"], body["type"]) == ("http.response.start", 200, "http.response.body")
    assert caller.titles == "Work People New"


def test_asgi_makes_do_with_a_decoded_path() -> None:
    caller = Caller()
    asked = {"type": "http", "method": "GET", "path": "/api/v3/pin-categories", "headers": []}
    assert asgi(caller, asked)[0]["status"] == 401


def test_a_call_that_its_caller_did_not_finish_is_none() -> None:
    caller = Caller()
    gone = [{"type": "http.request", "body": b"", "more_body": True}, {"type": "http.disconnect"}]
    headers = [(b"authorization", caller.authorization.encode())]
    assert asgi(caller, scope("POST", b"/api/v3/chats/c5/pins") | {"headers": headers}, *gone) == []
    assert caller.holders("c5") == ""
    assert list(caller.simulator.log) == []


def test_asgi_without_a_raw_path_encodes_the_path() -> None:
    caller = Caller(board(chats=["é", "a%20b"]))
    headers = [(b"authorization", caller.authorization.encode())]
    for name in ("é", "a%20b"):
        given = {**scope("POST", b""), "raw_path": None, "path": f"/api/v3/chats/{name}/pins", "headers": headers}
        assert asgi(caller, given)[0]["status"] == 200
    assert caller.chats("default") == "é a%20b"


@pytest.mark.parametrize("face", FACES)
def test_an_answer_with_lengths_of_its_own_gets_no_other(face: str) -> None:
    caller = Caller()
    caller.simulator.script(
        {"on": "getPinCategories", "phase": "after", "action": "headers", "args": {"set": {"content-length": "3"}}}
    )
    said = FACES[face](caller, made("GET", "/pin-categories", authorization=caller.authorization))
    assert said.headers.get_list("content-length") == ["3"]


def test_asgi_starts_up_and_shuts_down() -> None:
    sent = asgi(Caller(), {"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    assert [one["type"] for one in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_asgi_speaks_no_other_protocol() -> None:
    with pytest.raises(RuntimeError, match="HTTP only, not websocket"):
        asgi(Caller(), {"type": "websocket"})


# Odd bytes

SEGMENTS = st.one_of(
    st.sampled_from(["pin-categories", "chats", "pins", WORK, "c1", "default", "network", "api", "v3", "", ".", ".."]),
    st.sampled_from(
        ["%2F", "%00", "%ff", "%", "%zz", "%e2%82%ac", "%0a", "a%2", "\\", "\n", "\r\n", "é", "€", " ", "#"]
    ),
    st.text(max_size=5),
    st.binary(max_size=4).map(lambda raw: "".join(f"%{byte:02x}" for byte in raw)),
)
PATHS = st.one_of(
    st.lists(SEGMENTS, max_size=5).map(lambda parts: "/" + "/".join(parts)),
    st.lists(SEGMENTS, min_size=1, max_size=3).map(lambda parts: f"{BASE}/" + "/".join(parts)),
    SEGMENTS.map(lambda part: f"{BASE}/chats/{part}/pins"),
    SEGMENTS.map(lambda part: f"{BASE}/pin-categories/{part}"),
    SEGMENTS.map(lambda part: f"/network/{part}{BASE}/pin-categories"),
    st.text(max_size=20),
)
QUERIES = st.one_of(
    st.just(""),
    st.text(max_size=10),
    st.lists(st.tuples(st.sampled_from(["include_fields", "chat_ids", "unpin_all", "x"]), SEGMENTS), max_size=3).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
    ),
)
ODD = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def answered(caller: Caller, status: int) -> None:
    """The call was answered with a status of the contract, and can be shown in a log."""
    assert status in STATUSES
    assert len(caller.simulator.log) == 1
    assert caller.board.everything()[0].id == "default"


@ODD
@given(st.sampled_from(METHODS), PATHS, QUERIES)
def test_every_target_is_answered(method: str, path: str, query: str) -> None:
    caller = Caller()
    if not path.startswith("/_sim/"):
        said = caller.send(method, f"{path}?{query}", b"{}", authorization=caller.authorization)
        answered(caller, said.status)


@ODD
@given(st.sampled_from(METHODS), PATHS, QUERIES)
def test_every_target_is_answered_through_wsgi(method: str, path: str, query: str) -> None:
    caller = Caller()
    raw = unquote_to_bytes(path)
    if not raw.startswith(b"/_sim/"):
        native = query.encode().decode("latin-1")
        status, _, _ = wsgi(caller, environ(method, raw, native, HTTP_AUTHORIZATION=caller.authorization))
        answered(caller, int(status[:3]))


@ODD
@given(st.sampled_from(METHODS), PATHS, QUERIES)
def test_every_target_is_answered_through_asgi(method: str, path: str, query: str) -> None:
    caller = Caller()
    raw = path.encode()
    if not raw.startswith(b"/_sim/"):
        headers = [(b"authorization", caller.authorization.encode())]
        start, _ = asgi(caller, scope(method, raw, query.encode(), headers=headers, path=path))
        answered(caller, start["status"])


@ODD
@given(st.dictionaries(st.sampled_from(["authorization", "accept", "host", "content-type", "x"]), st.text(max_size=20)))
def test_every_header_is_answered(headers: dict[str, str]) -> None:
    caller = Caller()
    said = caller.send("GET", f"{BASE}/pin-categories", **headers)
    answered(caller, said.status)


# Odd bodies

DEEP = 100_000
BODIES: dict[str, bytes] = {
    "empty": b"",
    "cut": b'{"title": "x',
    "two": b"{}{}",
    "form": b"title=x",
    "Latin-1": b'{"title": "\xe9"}',
    "UTF-16": '{"title": "x"}'.encode("utf-16"),
    "NaN": b'{"title": NaN}',
    "NaN as the sync time": b'{"last_sync_time": NaN}',
    "infinity as the sync time": b'{"last_sync_time": 1e400}',
    "deep list": b'{"title": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep object": b'{"title": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "unclosed": b"[" * DEEP,
    "long integer": b'{"last_sync_time": ' + b"9" * 5000 + b"}",
    "long integer elsewhere": b'{"title": ' + b"9" * 4300 + b"}",
    "lone surrogate": b'{"title": "\\ud83d"}',
    "lone surrogate as a key": b'{"\\udfff": 1}',
    "fraction as the sync time": b'{"last_sync_time": 1.5}',
    "null": b"null",
    "null bytes": b"\0" * 100,
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("face", FACES)
def test_a_body_that_means_nothing_is_refused(face: str, name: str) -> None:
    for method, path in (("PUT", f"/pin-categories/{WORK}"), ("POST", "/pin-categories")):
        caller = Caller()
        before = caller.board
        said = FACES[face](caller, (method, BASE + path, BODIES[name], {"authorization": caller.authorization}))
        assert (said.status_code, said.json().keys()) == (400, {"code"})
        assert caller.board == before


@pytest.mark.parametrize("number", [10**20, 10**400, -(10**400), 1e308])
def test_a_huge_number_is_a_time(number: float) -> None:
    assert Caller().put(WORK, last_sync_time=number).verdict == (204 if number > 0 else "client_not_synced")


def test_of_two_equal_keys_the_last_counts() -> None:
    caller = Caller()
    for body in (b'{"title":"a","title":"b"}', b'{"title":5,"title":"b"}'):
        said = caller.send("PUT", f"{BASE}/pin-categories/{WORK}", body, authorization=caller.authorization)
        assert (said.status, caller.titles) == (204, "b People")


def test_every_depth_of_nesting_is_refused() -> None:
    """Between what can be read and what cannot, there are depths that can be read and not be worked on."""
    caller = Caller()
    for depth in (*range(1, 900, 50), *range(900, 1600)):
        for opens, closes in ((b"[", b"]"), (b'{"a":', b"}")):
            body = b'{"title":' + opens * depth + b"1" + closes * depth + b"}"
            said = caller.send("PUT", f"{BASE}/pin-categories/{WORK}", body, authorization=caller.authorization)
            assert said.code == "operation_failed"


@ODD
@given(st.sampled_from([one for one in RIGHT if RIGHT[one][0] != "GET"]), st.binary(max_size=30))
def test_any_bytes_are_a_body_that_is_answered(operation: str, body: bytes) -> None:
    caller, (method, path, _) = Caller(), RIGHT[operation]
    said = caller.send(method, BASE + path, body, authorization=caller.authorization)
    answered(caller, said.status)


@ODD
@given(st.binary(max_size=60), st.text(max_size=20))
def test_any_bytes_are_a_form_that_is_answered(body: bytes, query: str) -> None:
    for path in ("/oauth/v2/token", "/oauth/v2/token/revoke"):
        caller = Caller()
        assert caller.simulator.handle(Request("POST", f"{path}?{query}", (), body)).status == 200


def test_calls_from_many_threads_are_made_one_after_the_other() -> None:
    caller = Caller()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: caller.right("createPinCategory"), range(90)))
    assert len({said.json["data"]["category_id"] for said in answers}) == 90
    assert len(caller.board.folders) == 92
    assert [one.number for one in caller.simulator.log] == list(range(1, 91))


# Broken connections


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"phase": "before", "action": "close"}, ConnectionResetError),
        ({"phase": "after", "action": "reset"}, ConnectionResetError),
        ({"phase": "before", "action": "reset", "args": {"at": "body"}}, ConnectionResetError),
        ({"phase": "after", "action": "hang"}, TimeoutError),
        ({"phase": "before", "action": "hang", "args": {"ms": 1}}, TimeoutError),
        ({"phase": "after", "action": "truncate"}, RuntimeError),
        ({"phase": "after", "action": "slow"}, RuntimeError),
    ],
    ids=lambda one: f"{one['action']} {one['phase']}" if isinstance(one, dict) else one.__name__,
)
def test_a_broken_connection_raises_in_process(face: str, fault: dict[str, Any], error: type[Exception]) -> None:
    caller = Caller()
    caller.simulator.script(fault)
    call = made("POST", "/chats/c5/pins", {"category_id": PEOPLE}, authorization=caller.authorization)
    with pytest.raises(error, match=str(fault["action"])):
        FACES[face](caller, call)
    assert caller.chats(PEOPLE) == ("c3 c5" if fault["phase"] == "after" else "c3")
    assert caller.simulator.unused_faults() == []
    assert FACES[face](caller, call).status_code == 200
