"""The flows of the tests, played on a service as on a live one: under the real host names, and never commanded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cassettes.provenance import load, path_of, provenance, recorded
from cassettes.replaying import replay
from cliq_pins.simulator import PROFILES, SimulatorServer
from flows import FLOWS, Flow, Stage
from flows.blocking import Blocker

from . import playing
from .journal import Journal
from .probes.probe import SWITCHES
from .run import DONE, INCOMPLETE
from .simulated import FEW, Service
from .test_kill import Filmed, go_back

BY_DATA_CENTRE: dict[str, Any] = {"CLIQ_BASE_URL": "", "CLIQ_ACCOUNTS_URL": ""}
PLAYED = {name for name, flow in FLOWS.items() if not flow.simulated_because}
GUARDED = playing.STOPPED.keys()


def granted(service: Service) -> dict[str, Any]:
    """A grant code in the environment."""
    return {"CLIQ_GRANT_CODE": service.simulator.sign_up(client_id=service.client["client_id"])["code"]}


def test_what_is_recorded_is_from_the_live_service_and_replays(tmp_path: Path) -> None:
    service, cassettes = Service(), tmp_path / "cassettes"
    before, secrets = service.layout(), service.secrets()
    given = ("--cassettes", str(cassettes))
    code, printed = service.run(tmp_path / "journal", *given, **BY_DATA_CENTRE, **granted(service))
    assert code == DONE, service.said
    assert recorded(cassettes).keys() == PLAYED - GUARDED
    assert f"{len(PLAYED - GUARDED)} of {len(PLAYED)} flows recorded" in printed
    assert {line.partition(": not played: ")[0] for line in printed.splitlines()[-len(GUARDED) :]} == GUARDED
    assert "\ndrift: none\n" in printed
    for name, path in recorded(cassettes).items():
        assert provenance(path).recorded_from == "live"
        assert len(load(path)["interactions"]) == len(load(path_of(name))["interactions"])
        replay(FLOWS[name], path)
        with Blocker() as blocker:
            replay(FLOWS[name], path, blocker=blocker)
    everything = "".join(path.read_text() for path in recorded(cassettes).values())
    names = {folder.title for folder in before if folder.title}
    assert [one for one in secrets | service.secrets() | names if one in everything or one in service.said] == []
    assert service.layout() == before


@pytest.mark.parametrize(
    ("profile", "failed"),
    [("observed", {"deletePinCategory/400-operation_failed", "pinChat/400-chat_operation_failed"})],
)
def test_where_a_service_answers_otherwise_the_flow_says_so(profile: str, failed: set[str], tmp_path: Path) -> None:
    service, cassettes = Service(PROFILES[profile]), tmp_path / "cassettes"
    before = service.layout()
    with SimulatorServer(service.simulator) as server:
        code, printed = service.run(tmp_path / "journal", "--cassettes", str(cassettes), origin=server.urls.origin)
    assert code == INCOMPLETE
    assert [one for one in service.simulator.log if "too many calls" in (one.reason or "")] == []
    assert {line.partition(": failed: ")[0] for line in printed.splitlines() if ": failed: " in line} == failed
    assert "flows/first_sign_in: not played: CLIQ_GRANT_CODE is not set" in printed
    assert recorded(cassettes).keys() == PLAYED - GUARDED - failed - {"flows/first_sign_in"}
    assert service.layout() == before


def test_a_grant_code_that_is_not_taken_is_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "flows/first_sign_in"
    monkeypatch.setattr(playing, "FLOWS", {name: FLOWS[name]})
    given = ("--cassettes", str(tmp_path / "cassettes"))
    code, printed = Service().run(tmp_path / "journal", *given, **FEW, CLIQ_GRANT_CODE="1000.used.already")
    assert code == INCOMPLETE
    assert f"{name}: failed: CLIQ_GRANT_CODE is not taken: it is good once and for minutes: make a new one" in printed


def test_what_is_not_played_would_be_stopped_and_what_is_stopped_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flow that the guard stops for a reason that nobody looked at is no flow that cannot be played."""
    monkeypatch.setattr(playing, "FLOWS", {name: FLOWS[name] for name in GUARDED})
    monkeypatch.setattr(playing, "STOPPED", {})
    service = Service()
    before = service.layout()
    code, printed = service.run(tmp_path / "journal", "--cassettes", str(tmp_path / "cassettes"), **FEW)
    assert code == INCOMPLETE
    stopped = {line.partition(": failed: the guard lets nothing pass ")[0] for line in printed.splitlines()[-5:]}
    assert stopped == GUARDED
    assert service.layout() == before


def test_a_run_that_is_killed_in_a_flow_is_cleared_away_and_goes_on(tmp_path: Path) -> None:
    journal, cassettes = tmp_path / "journal", tmp_path / "cassettes"
    service = Service(PROFILES["lenient"])
    before = service.layout()
    journal.touch()
    film = Filmed(service, journal)
    given = ("--cassettes", str(cassettes))
    _, printed = service.run(journal, *given, transport=film, **FEW)
    in_flows = [one for one in film.distinct() if one.journal.count(b'"Saw"') == len(SWITCHES) - 4]
    assert len(in_flows) > 200
    for moment in in_flows[::29]:
        go_back(service, moment, journal)
        assert service.run(journal, "--clean", **FEW)[0] == DONE
        assert service.layout() == before, f"killed at {moment.asked}"
    go_back(service, in_flows[len(in_flows) // 2], journal)
    played = set(Journal(journal).played)
    assert 10 < len(played) < len(PLAYED)
    assert service.run(journal, *given, **FEW)[1] == printed
    again = {line.partition(":")[0] for line in service.said.splitlines()} & PLAYED
    assert again & played <= GUARDED | {"reorderChatInCategory/400-operation_failed"}, (
        "what is recorded is played again"
    )
    assert again >= PLAYED - played


def test_a_flow_that_meets_a_limit_is_played_again_when_the_limit_is_over(tmp_path: Path) -> None:
    journal, cassettes = tmp_path / "journal", tmp_path / "cassettes"
    service = Service()
    service.run(journal, **FEW)
    begun = len(FEW["CLIQ_TEST_CHATS"].split(",")) - 1
    busy = {"phase": "before", "action": "status", "args": {"status": 429}}
    service.simulator.script({"on": "unpinChat", "nth": begun + 1, **busy})
    before = service.simulator.clock.now_ms
    _, printed = service.run(journal, "--cassettes", str(cassettes), **FEW)
    assert service.simulator.unused_faults() == []
    assert ": failed: " not in printed
    assert "unpinChat/400-chat_access_denied" in recorded(cassettes)
    assert service.simulator.clock.now_ms - before > 300_000


def test_a_flow_that_ends_in_whatever_error_does_not_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def play(stage: Stage) -> None:
        stage.make("Work")
        raise KeyError(stage.chats[0])

    good = FLOWS["flows/everything_of_a_board"]
    monkeypatch.setattr(playing, "FLOWS", {"flows/odd": Flow(name="flows/odd", play=play), good.name: good})
    service, cassettes = Service(), tmp_path / "cassettes"
    before = service.layout()
    code, printed = service.run(tmp_path / "journal", "--cassettes", str(cassettes), **FEW)
    assert code == INCOMPLETE
    assert "flows/odd: failed: KeyError in test_playing.py, line " in printed
    assert recorded(cassettes).keys() == {good.name}
    assert [one for one in service.secrets() if one in printed + service.said] == []
    assert service.layout() == before
