"""Every flow is played from its cassette, by both clients, and a cassette cannot be played by a client that errs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest
import yaml
from vcr.errors import CannotOverwriteExistingCassetteException
from vcr.request import Request

from contract_schemas import DOCUMENTED_CODES, DOCUMENTED_STATUSES
from flows import FLOWS, Flow, Stage
from flows.blocking import Blocker
from service import OPERATIONS, RIGHT

from .library import LIVE_SLACK_MS, meaning
from .provenance import load, path_of, recorded
from .replaying import replay
from .sanitise.requests import SEGMENTS, read

CASSETTES = recorded()


def last_answer(path: Path) -> tuple[int, str | None]:
    """The status of a cassette's last answer, and its code."""
    response = load(path)["interactions"][-1]["response"]
    said = read(response["body"]["string"])
    return response["status"]["code"], said.get("code") if isinstance(said, dict) else None


def test_every_flow_has_a_cassette_and_every_cassette_a_flow() -> None:
    assert CASSETTES.keys() == FLOWS.keys()


def test_every_documented_code_and_status_of_every_operation_has_a_cassette() -> None:
    had = {(name.partition("/")[0], *last_answer(path)) for name, path in CASSETTES.items()}
    assert DOCUMENTED_CODES - {(operation, code) for operation, status, code in had if status == 400} == set()
    assert DOCUMENTED_STATUSES - {(operation, status) for operation, status, _ in had} == set()


@pytest.mark.parametrize("name", CASSETTES)
def test_a_cassette_holds_the_answer_that_it_is_named_after(name: str) -> None:
    operation, _, answer = name.partition("/")
    if operation != "flows":
        status, code = last_answer(CASSETTES[name])
        assert f"{status}-{code}" if status == 400 else f"{status}" == answer


@pytest.mark.parametrize("name", CASSETTES)
def test_a_flow_is_played_from_its_cassette(name: str, blocker: Blocker | None) -> None:
    replay(FLOWS[name], CASSETTES[name], blocker=blocker)


def sends(name: str, change: Callable[[Any], Any]) -> Flow:
    """A flow whose client changes what it sends."""

    def play(stage: Stage) -> None:
        send = stage.pins.send
        stage.pins.send = lambda call, **options: send(change(call), **options)
        FLOWS[name].play(stage)

    return Flow(name=name, play=play)


@pytest.mark.parametrize(
    "change",
    [
        {"content": b'{"last_sync_time":1767225604001}'},
        {"content": b'{"last_sync_time":1767225604000,"pin_above":"80000000000000002"}'},
        {"content": b'{"last_sync_time":"1767225604000"}'},
        {"content": b"{}"},
        {"content": None},
        {"method": "POST"},
        {"query": "unpin_all="},
        {"path": "/pin-categories/80000000000000002"},
    ],
    ids=str,
)
def test_another_request_is_not_answered(change: dict[str, Any]) -> None:
    name = "reorderCategory/204"
    replay(sends(name, lambda call: call), path_of(name))
    with pytest.raises(CannotOverwriteExistingCassetteException, match="no recorded interaction matches"):
        replay(sends(name, lambda call: msgspec.structs.replace(call, **change)), path_of(name))


IDS = {"category_id", "chat_id", "chat_ids", "pin_above"}


def in_path(call: Any, stranger: str) -> dict[str, Any]:
    return {"path": "/".join(part if part in SEGMENTS else stranger for part in call.path.split("/"))}


def in_query(call: Any, stranger: str) -> dict[str, Any]:
    return {"query": urlencode([(name, stranger if name in IDS else one) for name, one in parse_qsl(call.query)])}


def in_body(call: Any, stranger: str) -> dict[str, Any]:
    body = msgspec.json.decode(call.content)
    strange = {key: [stranger] if isinstance(body[key], list) else stranger for key in IDS & body.keys()}
    return {"content": msgspec.json.encode({**body, **strange})}


def with_ids() -> Iterator[tuple[str, Callable[[Any, str], dict[str, Any]]]]:
    """Each operation's call that succeeds, and each part of it that has ids."""
    for operation, (_, path, json) in RIGHT.items():
        name = f"{operation}/{min(OPERATIONS[operation].statuses)}"
        if "{" in OPERATIONS[operation].path:
            yield name, in_path
        if "?" in path:
            yield name, in_query
        if isinstance(json, dict) and IDS & json.keys():
            yield name, in_body


@pytest.mark.parametrize("stranger", ["4711", "total-nonsense", "CT_22_64"])
@pytest.mark.parametrize(("name", "where"), [*with_ids()])
def test_an_id_that_is_not_on_the_cassette_is_not_answered(
    name: str, where: Callable[[Any, str], dict[str, Any]], stranger: str
) -> None:
    """Not even one that no cassette would hold: it must not become one that this cassette holds."""
    with pytest.raises(CannotOverwriteExistingCassetteException, match="no recorded interaction matches"):
        replay(sends(name, lambda call: msgspec.structs.replace(call, **where(call, stranger))), path_of(name))


def test_the_same_json_in_other_words_is_the_same_request() -> None:
    name = "reorderCategory/204"
    spelt = b'{ "last_sync_time" : 1767225604000 }'
    replay(sends(name, lambda call: msgspec.structs.replace(call, content=spelt)), path_of(name))


@pytest.mark.parametrize(
    ("recorded_at", "sent_at", "same"),
    [
        (1767225604000, 1767225604000 + LIVE_SLACK_MS, True),
        (1767225604000, 1767225604001 + LIVE_SLACK_MS, False),
        ("2026-01-01T00:00:04Z", "2026-01-01T00:00:04.200Z", True),
        ("2026-01-01T00:00:04Z", "2026-01-01T00:00:05Z", False),
        (1767225604000, "1767225604000", False),
        ("yesterday", "yesterday", True),
        ("yesterday", "tomorrow", False),
        ("yesterday", "1970-01-01T00:00:00Z", False),
        (None, None, True),
        ([1], [2], False),
        (True, False, False),
    ],
)
def test_on_a_live_cassette_a_time_is_the_same_if_it_is_close(recorded_at: Any, sent_at: Any, same: bool) -> None:
    on_tape, sent = ({"last_sync_time": one, "pin_above": "1"} for one in (recorded_at, sent_at))
    matches = meaning(LIVE_SLACK_MS)
    assert matches(*(Request("PUT", "/", msgspec.json.encode(one), {}) for one in (sent, on_tape))) is same
    assert not matches(*(Request("PUT", "/", msgspec.json.encode(one), {}) for one in (sent, {**on_tape, "title": ""})))


def changed(path: Path, folder: Path, change: Callable[[list[Any]], None]) -> Path:
    """A copy of a cassette with other interactions."""
    data = load(path)
    change(data["interactions"])
    made = folder / "changed.yaml"
    made.write_text(yaml.safe_dump(data), encoding="utf-8")
    return made


def test_what_is_left_on_a_cassette_is_an_error(tmp_path: Path) -> None:
    more = changed(path_of("pinChat/200"), tmp_path, lambda all_of_them: all_of_them.append(all_of_them[0]))
    with pytest.raises(AssertionError, match="played 1 of 2"):
        replay(FLOWS["pinChat/200"], more)


def test_an_answer_is_played_once(tmp_path: Path) -> None:
    name = "flows/create_to_delete"
    fewer = changed(path_of(name), tmp_path, lambda all_of_them: all_of_them.pop())
    with pytest.raises(CannotOverwriteExistingCassetteException):
        replay(FLOWS[name], fewer)
