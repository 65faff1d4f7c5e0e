"""A service that answers in a way that nobody foresaw is told, and costs the user nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import httpx2
import msgspec
import pytest
from msgspec.structs import replace

from cliq_pins.http import wsgi_transport
from cliq_pins.layout import DEFAULT
from cliq_pins.simulator import PROFILES

from .journal import MISSED, Began, Journal, Made
from .run import CANNOT_BEGIN, DONE, INCOMPLETE, LEFTOVERS
from .simulated import CHATS, FEW, Service

Alter: TypeAlias = Callable[[httpx2.Request, Any], Any]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


class Altered:
    """A way to a service on which what it answers becomes something else."""

    def __init__(self, service: Service, alter: Alter) -> None:
        self._inner = wsgi_transport(service.simulator.wsgi())
        self._alter = alter

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer: httpx2.Response = self._inner.handle_request(request)
        content = b"".join(answer.stream)  # type: ignore[arg-type]  # it is the blocking one
        if content and request.url.path.startswith("/api/"):
            content = msgspec.json.encode(self._alter(request, msgspec.json.decode(content)))
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        return httpx2.Response(answer.status_code, headers=headers, content=content)

    def close(self) -> None:
        self._inner.close()


def each_folder(change: Callable[[dict[str, Any]], object]) -> Alter:
    """Let a listing have other folders."""

    def alter(request: httpx2.Request, said: Any) -> Any:
        for one in said["data"] if request.method == "GET" and isinstance(said.get("data"), list) else ():
            change(one)
        return said

    return alter


@pytest.mark.parametrize("data", [{"category_id": 5}, {"category_id": "the user's"}, {}, None])
def test_an_odd_answer_is_in_the_table_and_the_run_goes_on(data: Any, journal: Path) -> None:
    service = Service()
    before = service.layout()
    body = {"json": {"data": data}}
    if data == {"category_id": "the user's"}:
        body["json"]["data"] = {"category_id": before[1].id}
    odd = {"phase": "after", "action": "status", "args": {"status": 200, "body": body}}
    service.simulator.script({"on": "createPinCategory", "nth": 5, **odd})
    code, printed = service.run(journal, "--json", **FEW)
    rows = {one["switch"]: one for one in msgspec.json.decode(printed)["readings"]}
    missed = {name for name, one in rows.items() if one["lack"] == MISSED}
    assert (code, missed) == (INCOMPLETE, {"unknown_folder"})
    assert rows["unknown_folder"]["evidence"]
    assert [one for one in service.secrets() if one in printed + service.said] == []
    assert service.layout() == before


def test_a_folder_of_the_users_that_each_create_names_stays_as_it_is(journal: Path) -> None:
    service = Service()
    before, theirs = service.layout(), service.simulator.board().folders[0].id

    def alter(request: httpx2.Request, said: Any) -> Any:
        if request.method == "POST" and request.url.path.endswith("/pin-categories") and "data" in said:
            said["data"]["category_id"] = theirs
        return said

    code, printed = service.run(journal, "--json", transport=Altered(service, alter), **FEW)
    rows = {one["switch"]: one for one in msgspec.json.decode(printed)["readings"]}
    assert (code, rows["new_folder_goes"]["observed"]) == (INCOMPLETE, None)
    assert rows["new_folder_goes"]["evidence"] == "a create names a folder that it cannot have made"
    assert service.layout() == before
    assert Journal(journal).made - {theirs} == Journal(journal).made


def test_a_folder_of_the_users_that_has_the_id_of_one_that_was_deleted_stays_as_it_is(journal: Path) -> None:
    service = Service()
    before = service.layout()
    for one in service.simulator.board().folders:
        service.journal(journal).add(Made(one.id))
    for given in (("--clean",), ("--clean", "--by-title"), ()):
        assert service.run(journal, *given, **FEW)[0] == DONE
        assert service.layout() == before


def test_titles_need_not_be_listed(journal: Path) -> None:
    service = Service(PROFILES["lenient"])
    before = service.layout()
    altered = Altered(service, each_folder(lambda one: one.pop("title", None)))
    assert service.run(journal, transport=altered, **FEW)[0] == DONE
    assert service.layout() == before


BLIND: dict[str, Callable[[dict[str, Any]], object]] = {
    "null": lambda one: one.update({"chats": None}),
    "absent": lambda one: one.pop("chats", None),
    "under other names": lambda one: one.update({"chats": [{"id": chat["chat_id"]} for chat in one.get("chats", ())]}),
}


def put_into_the_users_folder(service: Service, chat: str) -> None:
    board = service.simulator.board()
    first, *others = board.folders
    service.simulator.fill(replace(board, folders=(replace(first, chats=(*first.chats, chat)), *others)))


@pytest.mark.parametrize("chats", BLIND)
@pytest.mark.parametrize("given", [(), ("--clean",), ("--clean", "--by-title")])
def test_where_it_cannot_be_seen_what_is_in_the_users_folders_nothing_is_unpinned(
    given: tuple[str, ...], chats: str, journal: Path
) -> None:
    service = Service()
    put_into_the_users_folder(service, CHATS[2])
    before = service.layout()
    assert service.run(journal, *given, transport=Altered(service, each_folder(BLIND[chats])), **FEW) == (
        CANNOT_BEGIN,
        "",
    )
    assert "cannot see what is in your folders" in service.said
    assert service.said.splitlines()[-1].startswith("live: ")
    assert service.layout() == before


def test_where_it_cannot_be_seen_what_is_in_the_users_folders_no_chat_of_a_killed_run_is_unpinned(
    journal: Path,
) -> None:
    service = Service()
    put_into_the_users_folder(service, CHATS[9])
    before = service.layout()
    service.journal(journal).add(Began((CHATS[9],), ()))
    blind = Altered(service, each_folder(BLIND["null"]))
    assert service.run(journal, "--clean", transport=blind, **FEW) == (LEFTOVERS, "")
    assert service.said.count("cannot see what is in your folders") == 2
    assert (service.layout(), Journal(journal).chats) == (before, {CHATS[9]: False})


def test_a_folder_of_ours_without_an_id_is_left_and_told_by_the_exit_code(journal: Path) -> None:
    service = Service(PROFILES["lenient"])
    before = service.layout()

    def alter(request: httpx2.Request, said: Any) -> Any:
        folders = said.get("data", [])
        for one in folders if isinstance(folders, list) else [folders]:
            if one.get("category_id") != DEFAULT:
                one["category_id"] = ""
        return said

    assert service.run(journal, transport=Altered(service, alter), **FEW)[0] == LEFTOVERS
    assert "folders could not be deleted" in service.said
    assert service.layout() != before
    assert service.run(journal, "--clean", **FEW)[0] == DONE
    assert service.layout() == before


def test_a_code_that_is_no_word_is_not_told(journal: Path) -> None:
    """It may be an id or a title."""

    def alter(request: httpx2.Request, said: Any) -> Any:
        return said | {"code": "Family matters"} if "code" in said else said

    service = Service(PROFILES["strict"])
    _, printed = service.run(journal, transport=Altered(service, alter), **FEW)
    assert "Family" not in printed + service.said
    assert "400 …" in printed
    assert b"Family" not in journal.read_bytes()


def test_my_pins_that_are_not_listed_at_all_are_no_reading(journal: Path) -> None:
    def alter(request: httpx2.Request, said: Any) -> Any:
        if request.method == "GET" and isinstance(said.get("data"), list):
            said["data"] = [one for one in said["data"] if one["category_id"] != DEFAULT]
        return said

    service = Service(PROFILES["lenient"])
    code, printed = service.run(journal, "--json", transport=Altered(service, alter), **FEW)
    rows = {one["switch"]: one for one in msgspec.json.decode(printed)["readings"]}
    assert code != DONE
    assert rows["default_folder_lists_chats"]["lack"] == MISSED
