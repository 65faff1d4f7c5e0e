"""How a service does not fit the contract is told at the end of a run, each way once, and without ids."""

from __future__ import annotations

import gzip
import re
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from drift.drifted import Drift, DriftedSimulator
from drift.kinds import KINDS

from .drift import in_exchange, in_sign_in
from .guarded import BASE, TITLE, Guarded, guard
from .journal import Drifted, Journal, Line
from .run import CANNOT_BEGIN
from .simulated import CHATS, FEW, Service

BOARD: dict[str, Any] = {"data": [{"category_id": "default"}]}
GRANTED = {"access_token": "t", "token_type": "Bearer", "expires_in": 3600}
JSON = "application/json"


class DriftedService(Service):
    """A service that follows a changed contract."""

    def __init__(self, kind: str, *names: str) -> None:
        instances = [one for which in KINDS if which.name == kind for one in which.instances if one.name in names]
        assert [one.name for one in instances] == list(names)
        document = instances[0].document()
        for one in instances[1:]:
            one.edit(document)
        self.make = partial(DriftedSimulator, drift=Drift(document))
        super().__init__()


DRIFTED: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "properties": (
        ("answer property new", "pin-category", "pin-chat-response.data"),
        {
            "createPinCategory 200: $.data.x: not in the contract",
            "getPinCategories 200: $.data[*].x: not in the contract",
            "pinChat 200: $.data.x: not in the contract",
        },
    ),
    "a code": (
        ("code renamed", "reorderChatInCategory operation_failed"),
        {"reorderChatInCategory 400: the code operation_failed_x is not documented"},
    ),
    "a type": (
        ("answer property retyped", "pinned-chat.is_pinned"),
        {"getPinCategories 200: $.data[*].chats[*].is_pinned: not of type boolean or null"},
    ),
    "a status": (("status of other refusals", "getPinCategories 401"), set()),
}
"""Changes of a service, and what a run tells of them; the last meets none of the run's calls."""


@pytest.mark.parametrize("what", DRIFTED)
def test_a_run_tells_how_a_service_does_not_fit_the_contract(what: str, tmp_path: Path) -> None:
    change, wanted = DRIFTED[what]
    service = DriftedService(*change)
    before, secrets = service.layout(), service.secrets()
    _, printed = service.run(tmp_path / "journal", "--json", **FEW)
    told: dict[str, int] = msgspec.json.decode(printed)["drift"]
    assert told.keys() == wanted
    assert service.layout() == before
    assert [one for one in secrets | service.secrets() if one in printed] == []


def test_people_are_told_each_way_in_a_line_beneath_the_table(tmp_path: Path) -> None:
    change, wanted = DRIFTED["properties"]
    code, printed = DriftedService(*change).run(tmp_path / "journal", **FEW)
    lines = [line for line in printed.splitlines() if line.startswith("drift: ")]
    assert [re.sub(r"\d+×", "N×", line) for line in lines] == [f"drift: {one} (N×)" for one in sorted(wanted)]
    usual, printed = Service().run(tmp_path / "undrifted", **FEW)
    assert code == usual, "it is a finding, and no failure"
    assert printed.splitlines()[-2] == "drift: none"


def test_what_was_told_is_told_again_by_the_next_run_until_it_is_to_be_forgotten(tmp_path: Path) -> None:
    """As are the readings, which it does not look for again."""
    journal, (change, wanted) = tmp_path / "journal", DRIFTED["properties"]
    runs = [DriftedService(*change), Service(), Service()]
    given: tuple[tuple[str, ...], ...] = ((), (), ("--fresh",))
    printed = [one.run(journal, "--json", *more, **FEW)[1] for one, more in zip(runs, given, strict=True)]
    first, again, forgotten = (msgspec.json.decode(one)["drift"] for one in printed)
    assert (again, forgotten) == (first, {})
    assert first.keys() == wanted


def test_a_service_with_which_a_run_cannot_begin_is_told_for_it(tmp_path: Path) -> None:
    service = DriftedService("answer property retyped", "pin-chat-response.type")
    assert service.run(tmp_path / "journal", **FEW) == (CANNOT_BEGIN, "")
    assert "drift: pinChat 200: $.type: not of type string or null (" in service.said


def test_nothing_of_the_users_board_is_told_of_an_answer_that_cannot_be_read(tmp_path: Path) -> None:
    service = DriftedService("answer property retyped", "get-pin-categories-response.type")
    assert service.run(tmp_path / "journal", **FEW) == (CANNOT_BEGIN, "")
    assert "live: cannot begin: getPinCategories: schema (200" in service.said
    assert [one.title for one in service.layout() if one.title and one.title in service.said] == []
    assert [one for one in service.secrets() if one in service.said] == []


def answer(said: object, status: int = 200, **headers: str) -> httpx2.Response:
    body = said if isinstance(said, bytes) else msgspec.json.encode(said)
    given = {"content-type": JSON, **{name.replace("_", "-"): one for name, one in headers.items()}}
    return httpx2.Response(status, headers=given, stream=httpx2.ByteStream(body))


def listed(said: object, status: int = 200, query: str = "", **headers: str) -> tuple[str, ...]:
    request = httpx2.Request("GET", f"{BASE}/pin-categories{query}")
    return in_exchange(request, f"/pin-categories{query}", answer(said, status, **headers))


def test_what_is_packed_is_read() -> None:
    extra = msgspec.json.encode({**BOARD, "more": 1})
    told = ("getPinCategories 200: $.more: not in the contract",)
    assert listed(extra) == listed(gzip.compress(extra), content_encoding="gzip") == told
    assert listed(extra, content_encoding="gzip") == told, "it says that it is packed, and is not"
    assert listed(b"\x1f\x8bx", content_encoding="gzip") == ("getPinCategories 200: it is no JSON",)


def test_what_is_not_allowed_is_told_only_if_it_was_done() -> None:
    """Flows ask for it on purpose, to be refused."""
    assert listed({"code": "operation_failed"}, 400, "?include_fields=nothing") == ()
    not_allowed = "getPinCategories: query.include_fields[*]: not of enum chats or "
    (told,) = listed(BOARD, 200, "?include_fields=nothing")
    assert told.startswith(not_allowed)
    told, _ = listed(b"", 302, "?include_fields=nothing")
    assert told.startswith(not_allowed), "it was not refused"


def test_what_is_no_operation_is_told_even_if_it_is_refused() -> None:
    request = httpx2.Request("GET", f"{BASE}/buddies")
    assert in_exchange(request, "/buddies", answer({}, 404)) == ("no operation is GET /…",)


def test_no_id_is_told() -> None:
    told = listed({"data": [{"category_id": int(CHATS[0]), CHATS[1]: 1, "chats": [{"chat_id": [CHATS[2]]}]}]})
    assert [one for one in CHATS if any(one in line for line in told)] == []
    assert len(told) == 3


@pytest.mark.parametrize(
    ("said", "status", "told"),
    [
        (GRANTED, 200, []),
        ({"error": "invalid_code"}, 200, []),
        ({**GRANTED, "expires_in": "3600"}, 200, ["$.expires_in: not of type integer"]),
        ({"error": "invalid_code"}, 401, ["the status is not documented"]),
        (b"<p>", 200, ["it is no JSON"]),
    ],
)
def test_the_accounts_server_is_held_to_what_is_known_of_it(said: object, status: int, told: list[str]) -> None:
    assert in_sign_in(answer(said, status)) == [f"sign-in {status}: {one}" for one in told]


def test_what_was_made_is_known_though_drift_cannot_be_noted(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as on a disk that is full, where a short line finds room."""
    write = guarded.journal.add

    def add(line: Line) -> None:
        if isinstance(line, Drifted):
            raise OSError(28, "No space left on device")
        write(line)

    monkeypatch.setattr(guarded.journal, "add", add)
    body = {"json": {"type": "pin_categories", "data": {"category_id": "77"}, "more": 1}}
    fault = {"phase": "before", "action": "status", "args": {"status": 200, "body": body}}
    guarded.service.simulator.script({"on": "createPinCategory", **fault})
    with pytest.raises(OSError, match="No space"):
        guarded.guard.handle_request(httpx2.Request("POST", f"{BASE}/pin-categories", json={"title": TITLE}))
    assert "77" in guarded.journal.made


def test_the_guard_counts_what_does_not_fit_and_hands_the_answer_on(guarded: Guarded, tmp_path: Path) -> None:
    assert guarded.journal.drift == {}
    inner = httpx2.MockTransport(lambda request: answer({**BOARD, "more": 1}))
    journal = Journal(tmp_path / "other")
    one = guard(inner, journal, lambda: 0.0)
    for query in ("", "?include_fields=chats"):
        said = one.handle_request(httpx2.Request("GET", f"{BASE}/pin-categories{query}"))
        said.read()
        assert said.json() == {**BOARD, "more": 1}
    one.handle_request(httpx2.Request("POST", "http://127.0.0.1/oauth/v2/token"))
    assert journal.drift == Journal(tmp_path / "other").drift
    assert journal.drift == {
        "getPinCategories 200: $.more: not in the contract": 2,
        "sign-in 200: $.error: missing": 1,
        "sign-in 200: $.data: not in the contract": 1,
        "sign-in 200: $.more: not in the contract": 1,
    }
