"""A run that is killed at any moment: the next one leaves the board as it was before, and knows what is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from msgspec import Struct
from msgspec.structs import replace

from cliq_pins.http import wsgi_transport
from cliq_pins.simulator import PROFILES, Behaviour, State
from cliq_pins.testing import folder

from .guard import PREFIX
from .journal import Journal
from .probes.probe import SWITCHES
from .run import DONE, LEFTOVERS
from .simulated import ASKED_OF_FEW, CHATS, FEW, Service, judge


class Moment(Struct, frozen=True):
    """All that is left if a run is killed now."""

    state: State
    now_ms: int
    journal: bytes
    asked: str
    """What was asked for last."""


class Filmed:
    """A way to a simulator that notes all that there is before each request and after its answer."""

    def __init__(self, service: Service, journal: Path) -> None:
        self._service = service
        self._journal = journal
        self._inner = wsgi_transport(service.simulator.wsgi())
        self.moments: list[Moment] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self._note(request)
        answer = self._inner.handle_request(request)
        self._note(request)
        return answer

    def close(self) -> None:
        self._inner.close()

    def _note(self, request: httpx2.Request) -> None:
        simulator = self._service.simulator
        asked = f"{request.method} {request.url.path}"
        self.moments.append(Moment(simulator.state, simulator.clock.now_ms, self._journal.read_bytes(), asked))

    def distinct(self) -> Iterator[Moment]:
        """The moments at which something else is left than at the one before; that a call was counted is not enough."""
        last: tuple[object, bytes] | None = None
        for one in self.moments:
            if last != (one.state.users, one.journal):
                last = (one.state.users, one.journal)
                yield one


def filmed(behaviour: Behaviour, journal: Path) -> tuple[Service, Filmed]:
    service = Service(behaviour)
    journal.touch()
    film = Filmed(service, journal)
    service.run(journal, *ASKED_OF_FEW, transport=film, **FEW)
    return service, film


def go_back(service: Service, moment: Moment, journal: Path) -> None:
    """Let everything be as it was at a moment of the film."""
    service.simulator.state = moment.state
    service.simulator.clock.now_ms = moment.now_ms  # type: ignore[misc]  # a virtual clock can be set
    journal.write_bytes(moment.journal)


@pytest.mark.parametrize("profile", ["strict", "lenient"])
def test_whenever_it_is_killed_cleaning_leaves_the_board_as_it_was(profile: str, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    before = Service(PROFILES[profile]).layout()
    service, film = filmed(PROFILES[profile], journal)
    left = 0
    for moment in film.distinct():
        go_back(service, moment, journal)
        left += service.layout() != before
        code, printed = service.run(journal, "--clean", **FEW)
        assert (code, printed) == (DONE, ""), f"killed at {moment.asked}: {service.said}"
        assert service.layout() == before, f"killed at {moment.asked}"
    assert left > 50, "hardly anything is left behind: the film shows no run"


def test_the_next_run_goes_on_where_the_killed_one_was(tmp_path: Path) -> None:
    journal, behaviour = tmp_path / "journal", PROFILES["lenient"]
    before = Service(behaviour).layout()
    service, film = filmed(behaviour, journal)
    for moment in film.moments[::131]:
        go_back(service, moment, journal)
        known = set(Journal(journal).readings)
        again = Filmed(service, journal)
        _, printed = service.run(journal, *ASKED_OF_FEW, "--json", transport=again, **FEW)
        assert judge(printed, behaviour).wrong == {}
        assert service.layout() == before
        probed = {line.split(":")[0] for line in service.said.splitlines()}
        assert probed & SWITCHES.keys() >= SWITCHES.keys() - known
        alone = {"staleness_resolution", "staleness_comparison"}  # found together
        assert not probed & (known - alone), "what is known is probed again"


def test_folders_of_a_lost_journal_are_removed_by_their_titles_if_that_is_asked_for(tmp_path: Path) -> None:
    journal, behaviour = tmp_path / "journal", PROFILES["documented"]
    before = Service(behaviour).layout()
    service, film = filmed(behaviour, journal)
    for moment in list(film.distinct())[::17]:
        go_back(service, moment, journal)
        journal.unlink()
        left = service.simulator.board().folders
        service.run(journal, "--clean", **FEW)
        assert service.simulator.board().folders == left
        assert service.run(journal, "--clean", "--by-title", **FEW)[0] == DONE
        assert service.layout() == before


def test_what_is_not_removed_by_its_title_is_told_by_the_exit_code_and_removed_the_next_time(tmp_path: Path) -> None:
    """The chat that is in My Pins since the first of two folders is deleted is not taken for the user's own then."""
    journal, service = tmp_path / "journal", Service(PROFILES["lenient"])
    before, board = service.layout(), service.simulator.board()
    left = [folder(f"{PREFIX}{number}", CHATS[number], folder_id=f"{number}") for number in (1, 2)]
    service.simulator.fill(replace(board, folders=(*board.folders, *left)))
    fail = {"on": "deletePinCategory", "phase": "before", "action": "status", "args": {"status": 500}}
    service.simulator.script({**fail, "nth": 2}, {**fail, "nth": 3})
    assert service.run(journal, "--clean", "--by-title", **FEW)[0] == LEFTOVERS
    assert service.simulator.board().default.chats == (*before[0].chats, CHATS[1])
    assert service.run(journal, "--clean", **FEW) == (DONE, "")
    assert service.layout() == before


@pytest.mark.parametrize("given", [["--by-title"], ["--by-title", "--no-flows"]])
def test_to_go_by_titles_is_no_part_of_a_run(given: list[str], tmp_path: Path) -> None:
    service = Service()
    with pytest.raises(SystemExit):
        service.run(tmp_path / "journal", *given)


def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    service, _ = filmed(PROFILES["documented"], journal)
    whole = journal.read_bytes()
    for cut in (len(whole) - 1, whole.rfind(b"\n", 0, -1) + 1, 1):
        journal.write_bytes(whole[:cut])
        lines = whole[:cut].count(b"\n")
        assert service.run(journal, "--clean", **FEW)[0] == DONE
        assert journal.read_bytes().splitlines(keepends=True)[:lines] == whole.splitlines(keepends=True)[:lines]
        Journal(journal)
