"""Each service and user has one journal, and one run at a time goes by it."""

from __future__ import annotations

from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit
from typing import Any

import msgspec
import pytest

from cliq_pins.simulator import PROFILES
from latency import Line

from . import settings
from .journal import Began, Journal, Of, Wanted
from .run import CANNOT_BEGIN, DONE
from .simulated import CHATS, FEW, THEIRS, Service


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.mark.parametrize(
    "content", [b"garbage\n", b"garbage", b'{"type":"Nothing"}\n', b'{"type":"Made","id":"5"}\n', b"\xff\n", None]
)
def test_a_journal_that_is_none_is_told_and_left_alone(content: bytes | None, journal: Path) -> None:
    if content is None:
        journal.mkdir()
    else:
        journal.write_bytes(content)
    service = Service()
    sent = len(service.simulator.log)
    assert service.run(journal) == (CANNOT_BEGIN, "")
    assert f"the journal {journal} cannot be used: " in service.said
    assert service.said.count("\n") == 1
    assert len(service.simulator.log) == sent
    assert content is None or journal.read_bytes() == content


@pytest.mark.parametrize(
    "other",
    [
        {"CLIQ_CLIENT_ID": "1000.OF.SOMEBODY.ELSE"},
        {"CLIQ_BASE_URL": "http://127.0.0.2/api/v3"},
        {"CLIQ_TOKEN": "1000.a.b", "CLIQ_CLIENT_ID": "", "CLIQ_CLIENT_SECRET": "", "CLIQ_REFRESH_TOKEN": ""},
    ],
    ids=["user", "service", "a token's"],
)
def test_what_another_users_run_left_is_not_mended_on_this_ones_board(other: dict[str, str], journal: Path) -> None:
    """Both may be in a chat, and have it pinned."""
    service = Service(PROFILES["lenient"])
    service.journal(journal, **other).add(Began(THEIRS[3:], ()))
    content, sent, before = journal.read_bytes(), len(service.simulator.log), service.layout()
    for given in ((), ("--clean",), ("--clean", "--by-title")):
        assert service.run(journal, *given, **FEW) == (CANNOT_BEGIN, "")
        assert service.said == f"live: the journal {journal} cannot be used: it is of another user or service\n"
    assert (journal.read_bytes(), len(service.simulator.log), service.layout()) == (content, sent, before)


def test_the_first_line_says_whose_it_is_and_no_secret(journal: Path) -> None:
    service = Service()
    for _ in range(2):
        assert service.run(journal, "--clean", **FEW) == (DONE, "")
    first, *others = journal.read_bytes().splitlines()
    assert msgspec.json.decode(first, type=Of) == Of(settings.place(service.environ()).key)
    assert not [line for line in others if b'"Of"' in line]
    assert not [one for one in service.secrets() if one.encode() in first]


def test_a_line_that_finds_no_room_leaves_nothing_of_it_behind(journal: Path) -> None:
    """Where there is room again, the next line is not appended to half of one."""
    own = Service().journal(journal)
    own.add(Wanted("one"))
    whole, limits = journal.read_bytes(), getrlimit(RLIMIT_FSIZE)
    setrlimit(RLIMIT_FSIZE, (len(whole) + 5, limits[1]))
    try:
        for _ in range(2):
            with pytest.raises(OSError, match=r"No space|too large"):
                own.add(Wanted("two"))
            assert journal.read_bytes() == whole
    finally:
        setrlimit(RLIMIT_FSIZE, limits)
    assert own.wanted == {"one"}
    own.add(Wanted("three"))
    assert Journal(journal).wanted == {"one", "three"}


def test_a_first_line_that_was_cut_off_is_written_again(journal: Path) -> None:
    service = Service()
    service.journal(journal)
    whole = journal.read_bytes()
    for end in range(1, len(whole)):
        journal.write_bytes(whole[:end])
        service.journal(journal)
        assert journal.read_bytes() == whole


@pytest.mark.parametrize("chats", [CHATS, CHATS[:5]])
def test_two_runs_at_a_time_are_one_too_many_whatever_their_chats_are(chats: tuple[str, ...], tmp_path: Path) -> None:
    service = Service()
    first, second = tmp_path / "first", tmp_path / "else" / "second"
    environ: dict[str, Any] = {settings.FOLDER: str(tmp_path / "folder"), "CLIQ_TEST_CHATS": ",".join(chats)}
    seen: list[tuple[int, str]] = []

    def meanwhile() -> None:
        if not seen:
            seen.append(service.run(second, **environ))
            seen.append((CANNOT_BEGIN, service.said))

    line = Line(service.simulator, lambda: 0, meanwhile)
    service.run(first, "--clean", transport=line, **{**environ, **FEW})
    assert [code for code, _ in seen] == [CANNOT_BEGIN, CANNOT_BEGIN]
    assert "another run of this user is on its way" in seen[1][1]
    assert not second.exists()


def test_each_service_and_user_has_a_journal_of_its_own_whatever_the_test_chats_are(
    tmp_path: Path,
) -> None:
    environ = {**Service().environ(), settings.FOLDER: str(tmp_path)}
    others = [
        {**environ, "CLIQ_BASE_URL": "http://127.0.0.2/api/v3"},
        {**environ, "CLIQ_CLIENT_ID": "1000.OF.SOMEBODY.ELSE"},
        {**environ, "CLIQ_TEST_CHATS": ",".join(CHATS[:6])},
    ]
    places = [settings.place(one) for one in (environ, *others)]
    own, *paths = (one.journal(settings.Asked()) for one in places)
    assert [path == own for path in paths] == [False, False, True]
    lock, *locks = (one.lock for one in places)
    assert [path == lock for path in locks] == [False, False, True]
    assert {own.parent, lock.parent} == {tmp_path}


def test_a_folder_that_cannot_be_used_is_told_in_a_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    service = Service()
    assert service.run(tmp_path / "journal", **{settings.FOLDER: str(file)}) == (CANNOT_BEGIN, "")
    assert service.said.startswith(f"live: the lock {file}/run-")
    assert service.said.count("\n") == 1
    assert service.run(file / "journal", **{settings.FOLDER: str(tmp_path)}) == (CANNOT_BEGIN, "")
    assert service.said.startswith(f"live: the journal {file}/journal cannot be used: ")
    assert not (tmp_path / "journal").exists()
