"""The pytest plugin, as the suites of users meet it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cliq_pins.testing import Simulator, VirtualClock, board, folder

SUITE = """
from cliq_pins.testing import Behaviour, Fault, Simulator, VirtualClock, board, chat, folder

def test_fixtures(cliq_simulator, cliq_clock):
    assert isinstance(cliq_simulator, Simulator)
    assert cliq_simulator.clock is cliq_clock
    assert cliq_simulator.board().folders
    cliq_clock.advance(1.5)
    assert cliq_clock.now.isoformat() == "2026-01-01T00:00:01.500000+00:00"

def test_nothing_is_left_of_the_test_before(cliq_simulator, cliq_clock):
    assert cliq_clock.now.second == 0
    assert not cliq_simulator.log
    assert not cliq_simulator.state.access_tokens

def test_builders():
    made = board(
        folder("Work", "C1", "C2", symbol=":razz:"),
        folder("Later", state="collapsed", folder_id="F9"),
        my_pins=["C3"],
        chats=[chat("C1", "Launch", people=["Ada"], last_message="Hi"), "C4"],
        unpinnable=["C5"],
    )
    assert [one.title for one in made.folders] == ["Work", "Later"]
    assert made.folders[1].id == "F9"
    assert sorted(made.chats) == ["C1", "C2", "C3", "C4", "C5"]
    assert made.default.chats == ("C3",)
    assert Simulator(made).board() == made
"""


def test_the_plugin_serves_a_suite(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=3)


def test_a_suite_that_does_not_use_it_does_not_pay_for_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing_of_it_is_imported():
            assert "cliq_pins.pytest_plugin" in sys.modules
            assert not {"jsonschema", "h11", "cliq_pins.simulator"} & sys.modules.keys()
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize("missing", ["h11", "jsonschema"])
def test_without_the_extra_the_simulator_says_what_to_install(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; import cliq_pins.simulator"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"cliq_pins.simulator needs {missing}: pip install 'cliq-pins[simulator]'" in done.stderr


def test_what_is_no_id_is_refused_by_the_builders() -> None:
    for wrong in (
        lambda: board(my_pins="C1"),
        lambda: board(unpinnable="C1"),
        lambda: folder("A", ["C1"]),  # type: ignore[arg-type]  # that is the point
    ):
        with pytest.raises(ValueError, match="ids of chats"):
            wrong()


def test_a_simulator_says_what_it_cannot_take() -> None:
    simulator = Simulator()
    with pytest.raises(KeyError):
        simulator.fill(board(), user="user1")
    with pytest.raises(ValueError, match="give a list"):
        simulator.token(scopes="ZohoCliq.Chats.READ")
    with pytest.raises(ValueError, match="a token lives for"):
        simulator.token(seconds=float("nan"))
    with pytest.raises(ValueError, match="its own"):
        Simulator(simulator.state, seed=7)
    with pytest.raises(ValueError, match="a clock shows"):
        VirtualClock(10**18)
