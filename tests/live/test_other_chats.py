"""The list of test chats changes after a run was killed: what it left is removed, and its pins are put back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cliq_pins.simulator import PROFILES
from latency import Foreigner

from .journal import Journal
from .run import CANNOT_BEGIN, DONE, LEFTOVERS
from .simulated import CHATS, FEW, THEIRS, Service
from .test_kill import Filmed, Moment, filmed, go_back

PINNED = CHATS[-1]
"""The test chat that is in My Pins before the first run."""


def chats(*ids: str) -> dict[str, Any]:
    return {"CLIQ_TEST_CHATS": ",".join(ids)}


OTHERS = {
    "none of them": chats(*CHATS[5:10]),
    "some of them": chats(*CHATS[2:8]),
    "one more": chats(*CHATS[:4], *CHATS[-2:]),
}


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Service, list[Moment]]:
    """A service, and the moments of a run against it at which its test chat is not in My Pins, as the user has it."""
    service, film = filmed(PROFILES["lenient"], tmp_path_factory.mktemp("filmed") / "journal")
    lost = [one for one in film.distinct() if PINNED not in one.state.board("user-1", "").default.chats]
    assert len(lost) > 50
    return service, lost


@pytest.fixture
def service(killed: tuple[Service, list[Moment]], journal: Path) -> Service:
    """The service as a killed run left it."""
    service, lost = killed
    go_back(service, lost[40], journal)
    return service


@pytest.mark.parametrize("others", OTHERS)
def test_whenever_it_is_killed_a_run_with_other_test_chats_leaves_the_board_as_it_was(
    others: str, killed: tuple[Service, list[Moment]], journal: Path
) -> None:
    before = Service(PROFILES["lenient"]).layout()
    service, lost = killed
    for moment in lost[::15]:
        go_back(service, moment, journal)
        assert service.run(journal, "--clean", **OTHERS[others]) == (DONE, ""), service.said
        assert service.layout() == before, f"killed at {moment.asked}"
        assert Journal(journal).chats == {}


def test_a_run_that_is_killed_while_it_mends_what_a_killed_one_left_is_mended_by_the_next(
    service: Service, journal: Path
) -> None:
    before = Service(PROFILES["lenient"]).layout()
    film, seen = Filmed(service, journal), journal.read_bytes().count(b'"Saw"')
    service.run(journal, transport=film, **OTHERS["some of them"])
    moments = [one for one in film.distinct() if one.journal.count(b'"Saw"') == seen]
    assert len(moments) > 10
    for moment in moments[::2]:
        go_back(service, moment, journal)
        assert service.run(journal, "--clean", **OTHERS["none of them"]) == (DONE, ""), service.said
        assert service.layout() == before, f"killed at {moment.asked}"


def test_what_was_found_out_with_other_test_chats_is_not_probed_again(journal: Path) -> None:
    service = Service(PROFILES["strict"])
    _, first = service.run(journal, "--json", **FEW)
    made = len(Journal(journal).made)
    code, again = service.run(journal, "--json", **OTHERS["none of them"])
    assert (code, again) == (DONE, first)
    assert len(Journal(journal).made) - made <= 2, "but for what could not be told, which is looked for again"


def test_a_test_chat_of_a_killed_run_that_the_user_put_into_a_folder_since_stays_there(
    service: Service, journal: Path
) -> None:
    user, board = Foreigner(service.simulator), service.simulator.board()
    work = board.folders[[one.title for one in board.folders].index("Family matters")]
    user.put(work.id, chat_ids=[PINNED])
    assert service.run(journal, "--clean", **OTHERS["none of them"])[0] == DONE
    after = service.simulator.board()
    assert [one.chats for one in after.folders if one.id == work.id] == [(PINNED,)]
    assert after.default.chats == THEIRS[3:]
    user.call("DELETE", f"/chats/{PINNED}/pins")
    assert service.run(journal, "--clean", **OTHERS["none of them"])[0] == DONE
    assert service.simulator.board().default.chats == (*THEIRS[3:], PINNED), "it is not forgotten"


def test_a_test_chat_of_a_killed_run_that_is_the_users_no_more_is_told_and_lets_the_next_run_be(
    service: Service, journal: Path
) -> None:
    board = service.simulator.board()
    without = {one: chat for one, chat in board.chats.items() if one != PINNED}
    folders = tuple(replace(one, chats=tuple(chat for chat in one.chats if chat != PINNED)) for one in board.folders)
    service.simulator.fill(replace(board, chats=without, folders=folders))
    assert service.run(journal, "--clean", **OTHERS["none of them"])[0] == DONE
    assert "live: 1 test chats that were in My Pins are the user's no more\n" in service.said
    assert Journal(journal).chats == {}


def test_a_pin_of_a_killed_run_that_is_refused_is_told_and_put_back_the_next_time(
    service: Service, journal: Path
) -> None:
    before = Service(PROFILES["lenient"]).layout()
    refusal = {"status": 400, "body": {"json": {"code": "operation_not_allowed"}}}
    fault = {"on": "pinChat", "phase": "before", "action": "status", "args": refusal}
    service.simulator.script({**fault, "nth": 1}, {**fault, "nth": 2})
    assert service.run(journal, "--clean", **OTHERS["none of them"])[0] == LEFTOVERS
    assert service.said.count("pinning 1 test chats in My Pins again was refused: 400 operation_not_allowed\n") == 2
    assert Journal(journal).chats == {PINNED: True}
    assert service.run(journal, "--clean", **OTHERS["none of them"])[0] == DONE
    assert service.layout() == before


def test_with_a_token_the_test_chats_of_a_killed_run_have_to_be_named(service: Service, journal: Path) -> None:
    """It may be another user's, who has the chats pinned as well."""
    before = Service(PROFILES["lenient"]).layout()
    left, sent = service.layout(), len(service.simulator.log)
    token = service.with_token()
    of_credentials = journal.read_bytes().partition(b"\n")[2]
    journal.unlink()
    service.journal(journal, **token)
    journal.write_bytes(journal.read_bytes() + of_credentials)
    assert service.run(journal, "--clean", **token, **OTHERS["some of them"]) == (CANNOT_BEGIN, "")
    assert (
        f"a run was killed that had 3 more test chats, in {journal}: name them in CLIQ_TEST_CHATS too" in service.said
    )
    assert service.said.count("\n") == 1
    assert (service.layout(), len(service.simulator.log)) == (left, sent)
    assert service.run(journal, "--clean", **token, **chats(*CHATS[2:8], *CHATS[:4], PINNED))[0] == DONE
    assert service.layout() == before
    assert service.run(journal, "--clean", **token, **OTHERS["some of them"])[0] == DONE, "it is settled"
