"""Recording: the same bytes each time, from either client, at any pace; and nothing half done is written."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from cliq_pins.simulator import Answer, Request, Simulator
from cliq_pins_client.operations import get_pin_categories
from flows import FLOWS, Flow, Stage
from flows.blocking import Blocker
from flows.simulated import SimulatedStage, users_board
from flows.stage import IDS

from . import recording
from .library import LeakError
from .provenance import load, path_of, recorded, source_of
from .record import from_simulator
from .recording import record
from .replaying import replay
from .sanitise import EVERY, Names, Sanitiser
from .scanning import suspicious

CASSETTES = recorded()
PLAYED_LIVE = [name for name, flow in FLOWS.items() if not flow.simulated_because]


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every flow recorded from the simulator anew."""
    folder = tmp_path_factory.mktemp("again")
    assert from_simulator(folder, FLOWS) == len(FLOWS)
    return folder


@pytest.mark.parametrize("name", CASSETTES)
def test_a_cassette_is_recorded_byte_by_byte_as_it_is(name: str, again: Path) -> None:
    skip_live(name)
    assert path_of(name, again).read_bytes() == path_of(name).read_bytes(), "record it again: nox -s record"


def skip_live(name: str) -> None:
    if source_of(path_of(name)) == "live":
        pytest.skip("it was recorded from the live service")


@pytest.mark.parametrize("name", CASSETTES)
def test_the_awaiting_client_records_the_same(name: str, again: Path, tmp_path: Path) -> None:
    skip_live(name)
    with Blocker() as blocker:
        stage = SimulatedStage(blocker=blocker)
        record(FLOWS[name], stage, path_of(name, tmp_path))
        stage.close()
    assert path_of(name, tmp_path).read_bytes() == path_of(name, again).read_bytes()


LIVE_CHATS = (
    "1488288613043522101",
    "1488288613043522102",
    "814788",
    "CT_2230642524712404875",
    "CT_22306425247_64396981",
)
LIVE_PREFIX = "cliq-pins live 7f3a"


class FarAway(Simulator):
    """A service behind a line: time passes on the way there, and on the way back."""

    def __init__(self, seed: int) -> None:
        super().__init__(users_board(LIVE_CHATS))
        self._random = Random(seed)

    def handle(self, request: Request) -> Answer:
        self.clock.advance(self._random.uniform(0.02, 0.6))
        answer = super().handle(request)
        self.clock.advance(self._random.uniform(0.02, 0.6))
        return answer


def as_live(name: str, path: Path, seed: int = 1) -> None:
    """Record a flow as it would be from the live service: with other chats and titles, elsewhere, at its own pace."""
    stage = SimulatedStage(FarAway(seed), chats=LIVE_CHATS, prefix=LIVE_PREFIX, data_centre="eu")
    record(FLOWS[name], stage, path, source="live")
    stage.close()


@pytest.mark.parametrize("name", PLAYED_LIVE)
def test_what_is_recorded_at_another_pace_replays_too(name: str, blocker: Blocker | None, tmp_path: Path) -> None:
    path = path_of(name, tmp_path)
    as_live(name, path)
    replay(FLOWS[name], path, blocker=blocker)
    text = path.read_text(encoding="utf-8")
    assert [one for one in (*LIVE_CHATS, LIVE_PREFIX, ".eu") if one in text] == []
    assert source_of(path) == "live"


def test_a_live_cassette_stays_if_nothing_but_time_went_by(tmp_path: Path) -> None:
    path = path_of("flows/everything_of_a_board", tmp_path)
    as_live("flows/everything_of_a_board", path, seed=1)
    before = path.read_bytes()
    as_live("flows/everything_of_a_board", path, seed=2)
    assert path.read_bytes() == before
    as_live("flows/everything_of_a_board", other := tmp_path / "other.yaml", seed=2)
    assert other.read_bytes() != before
    as_live("flows/first_sign_in", path, seed=2)
    assert path.read_bytes() != before


def test_a_live_cassette_is_not_recorded_over_from_the_simulator(tmp_path: Path) -> None:
    path = path_of("pinChat/200", tmp_path)
    as_live("pinChat/200", path)
    before = path.read_bytes()
    stray = path_of("pinChat/418", tmp_path)
    stray.write_bytes(before)
    flows = {name: FLOWS[name] for name in ("pinChat/200", "pinChat/401")}
    assert from_simulator(tmp_path, flows) == 1
    assert path.read_bytes() == before
    assert not stray.exists()


def test_recording_again_leaves_nothing_of_the_cassette_before(tmp_path: Path) -> None:
    path = path_of("pinChat/200", tmp_path)
    record(FLOWS["flows/create_to_delete"], SimulatedStage(), path)
    record(FLOWS["pinChat/200"], SimulatedStage(), path)
    assert path.read_bytes() == path_of("pinChat/200").read_bytes()


def failing(stage: Stage) -> None:
    stage.pins.send(get_pin_categories())
    raise AssertionError("it did not hold")


def test_a_flow_that_fails_leaves_no_cassette(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="did not hold"):
        record(Flow(name="failing", play=failing), SimulatedStage(), tmp_path / "failing.yaml")
    assert list(tmp_path.iterdir()) == []


def test_a_cassette_that_leaks_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "Sanitiser", lambda names: Sanitiser(names, without=EVERY))
    stage = SimulatedStage(chats=LIVE_CHATS)
    with pytest.raises(LeakError, match=r"first_sign_in\.yaml: not written: a header"):
        record(FLOWS["flows/first_sign_in"], stage, tmp_path / "first_sign_in.yaml")
    assert list(tmp_path.iterdir()) == []


def test_what_a_flow_starts_from_is_made_off_the_record() -> None:
    given, *rest = load(path_of("pinChat/200"))["interactions"]
    assert rest == []
    assert given["request"]["method"] == "POST"


def test_a_name_is_given_once_and_stays() -> None:
    names = Names({"real": "agreed"})
    first = names.ident("123456789")
    assert names.ident("CT_99") != first
    assert names.ident("123456789") == first
    assert names.ident(first) == first
    assert names.ident("real") == names.text("title", "real") == "agreed"
    assert names.text("title", "Work") == names.text("title", names.text("title", "Work"))


def test_there_are_names_for_however_many_values_there_are() -> None:
    """Each of them is known for what it is, and none is what the flows have agreed on."""
    names, fresh = Names(), Names()
    made = [names.ident(str(4_000_000_000_000_010_000 + number)) for number in range(1, 1200)]
    made += [names.ident(f"CT_{number}_1") for number in range(1, 1200)]
    assert len({*made, *IDS}) == len(made) + len(IDS)
    assert [fresh.ident(one) for one in (*made, *IDS)] == [*made, *IDS]
    assert suspicious("\n".join(f"- {one!r}" for one in (*made, *IDS))) == []
    titles = [names.text("title", f"{number} things") for number in range(1, 1200)]
    assert [fresh.text("title", one) for one in titles] == titles
