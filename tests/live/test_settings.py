"""What a run is given is checked before anything is sent: one line says what is missing or makes no sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from . import settings
from .run import CANNOT_BEGIN, DONE
from .simulated import CHATS, FEW, Service


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ({"CLIQ_REFRESH_TOKEN": ""}, "set CLIQ_TOKEN, or CLIQ_REFRESH_TOKEN"),
        ({"CLIQ_ACCOUNTS_URL": ""}, "CLIQ_ACCOUNTS_URL is not"),
        ({"CLIQ_TEST_CHATS": ""}, "set CLIQ_TEST_CHATS to the ids of at least 5 chats, with commas between; it has 0"),
        ({"CLIQ_TEST_CHATS": f"{CHATS[0]},{CHATS[0]}, {CHATS[1]}"}, "it has 2"),
        ({"CLIQ_TEST_CHATS": ",".join([*CHATS[:5], ".."])}, "CLIQ_TEST_CHATS: no. 6 is no id of a chat"),
        ({"CLIQ_DATA_CENTRE": "xx"}, "xx"),
        ({"CLIQ_BASE_URL": "http://[::1"}, "CLIQ_BASE_URL is no URL"),
        ({"CLIQ_BASE_URL": "http://0127.0.0.1:1/api/v3"}, "CLIQ_BASE_URL is no URL"),
        ({"CLIQ_ACCOUNTS_URL": "http://[::1"}, "CLIQ_ACCOUNTS_URL is no URL"),
    ],
)
def test_without_what_it_needs_it_says_so_in_a_line(missing: dict[str, Any], told: str, journal: Path) -> None:
    service = Service()
    sent = len(service.simulator.log)
    assert service.run(journal, **missing) == (CANNOT_BEGIN, "")
    assert told in service.said
    assert service.said.count("\n") == 1
    assert len(service.simulator.log) == sent


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--max-folders", "-3"), "argument --max-folders: '-3' is no number from 0, which leaves it, to 1000"),
        (("--max-pins", "-1"), "argument --max-pins: '-1' is"),
        (("--max-folders", "1001"), "argument --max-folders: '1001' is"),
        (("--max-pins", "many"), "argument --max-pins: 'many' is"),
        (("--max-pins", "2.5"), "argument --max-pins: '2.5' is"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(given: tuple[str, str], told: str, journal: Path) -> None:
    service = Service()
    sent = len(service.simulator.log)
    with pytest.raises(SystemExit) as ended:
        service.run(journal, *given)
    assert ended.value.code == CANNOT_BEGIN
    assert told in service.said.splitlines()[-1]
    assert len(service.simulator.log) == sent


def test_more_pins_than_test_chats_cannot_be_asked_for(journal: Path) -> None:
    service = Service()
    sent = len(service.simulator.log)
    assert service.run(journal, "--max-pins", "6", **FEW) == (CANNOT_BEGIN, "")
    assert service.said == "live: --max-pins 6 needs as many test chats; CLIQ_TEST_CHATS has 5\n"
    assert len(service.simulator.log) == sent
    assert service.run(journal, "--max-pins", "5", "--max-folders", "0", "--clean", **FEW)[0] == DONE


@pytest.mark.parametrize("between", [",", " ", ", ", "\n"])
def test_chats_are_told_apart_by_commas_or_blanks(between: str) -> None:
    assert settings.test_chats({settings.CHATS: between.join(CHATS)}) == tuple(CHATS)
