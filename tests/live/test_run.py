"""A run as a whole: what it needs, how it ends, what it keeps, what it shows, and what it leaves."""

from __future__ import annotations

import re
import socket
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from threading import Thread

import httpx2
import pytest
from msgspec.structs import replace

from cliq_pins.http import wsgi_transport
from cliq_pins.simulator import PROFILES, Behaviour

from .figures import figures
from .journal import Began, Journal
from .probes.probe import NUMBERS, SWITCHES
from .run import CANNOT_BEGIN, DONE
from .simulated import ASKED, CHATS, FEW, THEIRS, Service, judge
from .testbed import AT_ONCE


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def test_a_run_that_cannot_begin_leaves_the_pins_as_they_were(journal: Path) -> None:
    service = Service(Behaviour(default_folder_lists_chats=True))
    before = service.simulator.board()
    assert CHATS[-1] in before.default.chats
    assert service.run(journal, CLIQ_TEST_CHATS=",".join([CHATS[-1], *CHATS[:3], "nobody"]))[0] == CANNOT_BEGIN
    assert service.simulator.board().default.chats == before.default.chats


@pytest.mark.parametrize("chat", [THEIRS[0], "7999999999999999999"])
def test_a_chat_that_is_the_users_or_nobodys_is_not_taken(chat: str, journal: Path) -> None:
    service = Service()
    before = service.layout()
    assert service.run(journal, CLIQ_TEST_CHATS=",".join([*CHATS[:5], chat]))[0] == CANNOT_BEGIN
    assert "no. 6" in service.said
    assert chat not in service.said
    assert service.layout() == before


def test_where_my_pins_are_not_listed_the_test_chats_lose_theirs(journal: Path) -> None:
    service = Service(Behaviour(default_folder_lists_chats=False))
    theirs, *folders = service.layout()
    service.simulator.state = Service(PROFILES["lenient"]).simulator.state  # there one is in My Pins
    service.run(journal, **service.with_token())
    assert service.layout() == [theirs, *folders]


def test_what_is_known_is_not_probed_again_until_it_is_to_be(journal: Path) -> None:
    service = Service(PROFILES["observed"])
    _, first = service.run(journal, "--json")
    made = len(Journal(journal).made)
    code, again = service.run(journal, "--json")
    assert (code, again, len(Journal(journal).made)) == (DONE, first, made)
    service.simulator.behave(PROFILES["lenient"])
    assert service.run(journal, "--json")[1] == first, "it goes by the journal"
    code, fresh = service.run(journal, "--json", "--fresh")
    assert code == DONE
    assert fresh != first


def test_a_test_chat_that_is_in_my_pins_already_may_be_refused_in_any_way(journal: Path) -> None:
    service = Service(PROFILES["lenient"])
    before = service.layout()
    refusal = {"status": 400, "body": {"json": {"code": "operation_not_allowed"}}}
    begun = len(FEW["CLIQ_TEST_CHATS"].split(","))
    service.simulator.script({"on": "pinChat", "nth": begun, "phase": "before", "action": "status", "args": refusal})
    assert service.run(journal, **FEW)[0] == DONE
    assert service.layout() == before


def test_more_test_chats_than_go_at_once_are_unpinned_in_several_calls(journal: Path) -> None:
    service = Service()
    board = service.simulator.board()
    more = [f"71000000000000001{number:02}" for number in range(AT_ONCE + 1)]
    chats = {one: replace(board.chats[CHATS[0]], chat_id=one) for one in more}
    service.simulator.fill(replace(board, chats={**board.chats, **chats}))
    service.journal(journal).add(Began(tuple(more), ()))
    assert service.run(journal, "--clean", CLIQ_TEST_CHATS=",".join(more))[0] == DONE
    removals = [one for one in service.simulator.log if one.operation == "removeChatsAcrossCategories"]
    assert [len(re.findall("71[0-9]{17}", one.target)) for one in removals] == [AT_ONCE, 1]
    assert {one.status for one in removals} == {204}


def test_a_proxy_of_the_environment_is_gone_by(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        asked: list[bytes] = []

        def answer() -> None:
            connection, _ = proxy.accept()
            with connection:
                asked.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n")

        thread = Thread(target=answer)
        thread.start()
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        assert Service().run(journal, "--clean", origin="http://cliq.test")[0] == CANNOT_BEGIN
        socket.create_connection(proxy.getsockname()).close()  # ends the thread if nobody came
        thread.join()
    assert asked[0].startswith(b"POST http://cliq.test/oauth/v2/token HTTP/1.1\r\n")


def test_a_lock_that_is_there_already_is_waited_out(journal: Path) -> None:
    service = Service(PROFILES["strict"])
    token = service.simulator.token(seconds=10**6)
    pins = httpx2.Client(
        transport=wsgi_transport(service.simulator.wsgi()), headers={"authorization": f"Zoho-oauthtoken {token}"}
    )
    while pins.get("http://127.0.0.1/api/v3/pin-categories").status_code == 200:
        pass
    code, _ = service.run(journal, "--clean")
    assert code == DONE


def test_a_terminal_gets_a_table_in_colour_and_a_pipe_plain_text(journal: Path) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    service = Service(PROFILES["observed"])
    _, plain = service.run(journal)
    _, shown = service.run(journal, out=Terminal())
    lines = plain.splitlines()
    assert [line.split()[0] for line in lines[1:-3]] == [*SWITCHES, *NUMBERS]
    assert all("\x1b" not in line and line == line.rstrip() for line in lines)
    (marked,) = [line for line in lines if "≠" in line and "summary" not in line and line != lines[-1]]
    assert marked.split()[:4] == ["unknown_folder", "401", "≠", "400"]
    assert lines[-2:] == ["drift: none", "17 of 23 observed; not as our default (≠): unknown_folder"]
    assert [line.split()[1:4] for line in lines if line.startswith("max_pins")] == [["not", "asked", "for"]]
    assert "unknown_folder" in shown
    assert "│" in shown


def test_a_terminal_that_has_no_such_character_gets_another(journal: Path) -> None:
    shown = TextIOWrapper(BytesIO(), encoding="ascii")
    assert Service(PROFILES["observed"]).run(journal, out=shown, **FEW)[0] == DONE
    shown.seek(0)
    assert "unknown_folder" in shown.read()


def test_the_figures_of_the_report() -> None:
    assert figures({"strict": PROFILES["strict"]}) == {
        "profiles": 1,
        "switches": 21,
        "readings_named": 21 - 1,
        "readings_that_mean_the_same": 1,
        "readings_wrong": 0,
    }


def test_a_table_of_another_service_is_all_wrong(journal: Path) -> None:
    _, printed = Service(PROFILES["observed"]).run(journal, *ASKED, "--json")
    wrong = judge(printed, PROFILES["lenient"]).wrong.keys()
    readings = {name: [getattr(PROFILES[one], name) for one in ("observed", "lenient")] for name in SWITCHES}
    assert wrong == {name for name, (observed, lenient) in readings.items() if observed != lenient}
