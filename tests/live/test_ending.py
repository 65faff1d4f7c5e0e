"""What a run leaves, however it ends: the board as it was or word of what is left, and the user's own untouched."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
from msgspec.structs import replace

from cliq_pins.http import wsgi_transport
from cliq_pins.simulator import PROFILES
from cliq_pins.testing import folder

from . import table
from .guard import PREFIX
from .journal import Began, Journal, Wanted
from .leftovers import NOT_THEIRS
from .run import CANNOT_BEGIN, DONE, INCOMPLETE, INTERRUPTED, LEFTOVERS
from .simulated import CHATS, FEW, THEIRS, Service


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def test_a_folder_that_is_in_no_journal_stays_as_it_is_whatever_its_title(journal: Path) -> None:
    service = Service()
    board = service.simulator.board()
    own = folder(f"{PREFIX}my own notes", THEIRS[0], folder_id="31")
    of_another_run = folder(f"{PREFIX}0123456789ab 1", THEIRS[1], folder_id="32")
    service.simulator.fill(replace(board, folders=(*board.folders, own, of_another_run)))
    before = service.layout()
    assert service.run(journal, **FEW)[0] == DONE
    assert service.run(journal, "--clean", **FEW)[0] == DONE
    assert service.layout() == before


def test_a_test_chat_in_a_folder_that_is_in_no_journal_stays_there(journal: Path) -> None:
    service = Service()
    board = service.simulator.board()
    service.simulator.fill(replace(board, folders=(*board.folders, folder(f"{PREFIX}x", CHATS[1], folder_id="31"))))
    before = service.layout()
    assert service.run(journal, "--clean")[0] == CANNOT_BEGIN
    assert "no. 2 is in a folder" in service.said
    assert "--by-title" in service.said
    assert service.layout() == before


def test_what_cannot_be_removed_is_told_and_removed_the_next_time(journal: Path) -> None:
    service = Service()
    before = service.layout()
    fail = {"phase": "before", "action": "status", "args": {"status": 500}, "every": 1, "count": 1000}
    service.simulator.script({"on": "deletePinCategory", **fail})
    code, printed = service.run(journal)
    assert code == LEFTOVERS
    assert "not all is as it was" in service.said
    assert "our default" in printed, "what was found out is told all the same"
    assert any(one.title.startswith(PREFIX) for one in service.simulator.board().folders)
    service.simulator.script()
    assert service.run(journal, "--clean") == (DONE, "")
    assert "removed" in service.said
    assert service.layout() == before


def test_a_chat_that_the_user_put_into_a_folder_of_ours_is_not_lost(journal: Path) -> None:
    service = Service()
    before = service.layout()
    board = service.simulator.board()
    service.simulator.fill(replace(board, folders=(*board.folders, folder(f"{PREFIX}left", THEIRS[0], folder_id="31"))))
    service.journal(journal).add(Wanted(f"{PREFIX}left"))
    assert service.run(journal, "--clean", **FEW)[0] == DONE
    my_pins, *folders = service.layout()
    assert folders == before[1:]
    assert my_pins.chats == (*before[0].chats, THEIRS[0])


class Interrupted:
    """A user who is tired of it, after so many requests."""

    def __init__(self, service: Service, *after: int) -> None:
        self._inner = wsgi_transport(service.simulator.wsgi())
        self._after = after
        self._sent = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self._sent += 1
        if self._sent in self._after:
            raise KeyboardInterrupt
        answer: httpx2.Response = self._inner.handle_request(request)
        return answer

    def close(self) -> None:
        self._inner.close()


@pytest.mark.parametrize("after", [1, 20, 90])
def test_ctrl_c_leaves_the_board_as_it_was(after: int, journal: Path) -> None:
    service = Service(PROFILES["lenient"])
    before = service.layout()
    assert service.run(journal, transport=Interrupted(service, after)) == (INTERRUPTED, "")
    assert service.layout() == before
    assert bool(Journal(journal).readings) == (after == 90)


def test_where_nothing_was_touched_nothing_is_to_be_put_back(journal: Path) -> None:
    """It would only fail where the service does not answer any more."""
    service = Service()
    dead = Interrupted(service, *range(1, 9))
    assert service.run(journal, transport=dead) == (INTERRUPTED, "")
    assert service.said == ""


def test_ctrl_c_where_something_is_left_says_so(journal: Path) -> None:
    service = Service(PROFILES["lenient"])
    before = service.layout()
    assert service.run(journal, transport=Interrupted(service, 90, 91, 92)) == (LEFTOVERS, "")
    assert "not all is as it was" in service.said
    assert service.layout() != before
    assert service.run(journal, "--clean")[0] == DONE
    assert service.layout() == before


def test_where_nobody_can_be_told_any_more_the_board_is_left_as_it_was(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(PROFILES["lenient"])
    before = service.layout()
    monkeypatch.setattr(table, "sys", SimpleNamespace(stderr=Broken(32, "Broken pipe")))
    assert service.run(journal, out=Broken(32, "Broken pipe"), **FEW) == (INCOMPLETE, "")
    assert service.layout() == before


class Broken(StringIO):
    """What cannot be written to."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__()
        self._error = OSError(number, why)

    def write(self, text: str) -> int:
        raise self._error


@pytest.mark.parametrize("left", [False, True])
def test_an_error_of_this_machine_is_told_in_a_line_and_hides_nothing_that_is_left(left: bool, journal: Path) -> None:
    service = Service(PROFILES["lenient"])
    before = service.layout()
    fail = {"phase": "before", "action": "status", "args": {"status": 500}, "every": 1, "count": 1000}
    service.simulator.script(*([{"on": "deletePinCategory", **fail}] if left else []))
    full = Broken(28, "No space left on device")
    assert service.run(journal, out=full, **FEW) == (LEFTOVERS if left else INCOMPLETE, "")
    assert service.said.splitlines()[-1] == "live: it ended too early: No space left on device"
    assert "Traceback" not in service.said
    assert (service.layout() == before) is not left


def test_what_is_left_of_a_run_that_could_not_begin_is_told_by_the_exit_code(journal: Path) -> None:
    service = Service(PROFILES["lenient"])
    before = service.layout()
    refusal = {"status": 400, "body": {"json": {"code": "operation_not_allowed"}}}
    always = {"phase": "before", "action": "status", "args": refusal, "every": 1, "count": 1000}
    service.simulator.script({"on": "pinChat", **always})
    assert service.run(journal, **FEW) == (LEFTOVERS, ""), "one that was in My Pins cannot be pinned there again"
    assert "live: cannot begin: pinning test chat no. 1 was refused: 400" in service.said
    service.simulator.script()
    assert service.run(journal, "--clean", **FEW) == (DONE, "")
    assert service.layout() == before


class Keeping:
    """A way to a service that refuses to unpin, from some request on."""

    def __init__(self, service: Service, after: int, status: int, code: str = "operation_not_allowed") -> None:
        self._inner = wsgi_transport(service.simulator.wsgi())
        self._left = after
        self._answer = status, {"code": code}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self._left -= 1
        unpins = request.method == "DELETE" and request.url.path.endswith(("/pins", "/pin-categories"))
        if self._left < 0 and unpins:
            return httpx2.Response(self._answer[0], json=self._answer[1])
        answer: httpx2.Response = self._inner.handle_request(request)
        return answer

    def close(self) -> None:
        self._inner.close()


@pytest.mark.parametrize(
    ("profile", "after", "status"),
    [("lenient", 0, 400), ("lenient", 60, 403), ("documented", 0, 403), ("documented", 60, 400)],
)
def test_a_chat_that_cannot_be_unpinned_is_told_and_unpinned_the_next_time(
    profile: str, after: int, status: int, journal: Path
) -> None:
    """My Pins lists its chats only in the first."""
    service = Service(PROFILES[profile])
    before = service.layout()
    assert service.run(journal, transport=Keeping(service, after, status), **FEW)[0] == LEFTOVERS
    assert f"test chats was refused: {status} operation_not_allowed\n" in service.said
    assert service.layout() != before
    assert Journal(journal).chats
    assert service.run(journal, "--clean", **FEW) == (DONE, "")
    assert service.layout() == before
    assert Journal(journal).chats == {}


@pytest.mark.parametrize(("profile", "code"), [("lenient", "operation_not_allowed"), ("documented", NOT_THEIRS)])
def test_a_chat_that_is_pinned_nowhere_need_not_be_unpinned(profile: str, code: str, journal: Path) -> None:
    """The board says so, whatever a service answers to those who unpin it; or else the answer does."""
    service = Service(PROFILES[profile])
    before = service.layout()
    service.journal(journal).add(Began(CHATS[:3], ()))
    assert service.run(journal, "--clean", transport=Keeping(service, 0, 400, code), **FEW) == (DONE, ""), service.said
    assert (service.layout(), Journal(journal).chats) == (before, {})


def test_to_clean_is_to_look_at_the_board_where_nothing_was_left(journal: Path) -> None:
    """Test chats need not be there any more, nor be such that they may be pinned."""
    service = Service(PROFILES["lenient"])
    service.run(journal, **FEW)
    before, sent = service.layout(), len(service.simulator.log)
    assert service.run(journal, "--clean", CLIQ_TEST_CHATS=",".join(["7999999999999999999", *CHATS])) == (DONE, "")
    assert [one.operation for one in list(service.simulator.log)[sent:]] == ["token", "getPinCategories"]
    assert service.layout() == before
