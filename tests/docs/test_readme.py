"""The README: its examples are run as they stand, on the simulated service; its tables and its demo are true."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cliq_pins import errors, http, setup
from cliq_pins.cli import main
from cliq_pins.simulator import Simulator
from cliq_pins.testing import board, folder
from readme import printed, with_demo

README_PATH = Path(__file__).parents[2] / "README.md"
README = README_PATH.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
SUITES = [block for block in BLOCKS if "def test_" in block]
EXAMPLES = [block for block in BLOCKS if block not in SUITES]


CHATS = ("CT_2230642524712404875_64396981", "CT_2230642524712404875_64396982")


def service() -> Simulator:
    return Simulator(board(folder("Work", "C1"), folder("Play", "C2"), chats=CHATS))


@pytest.mark.parametrize("source", EXAMPLES, ids=[f"example {number}" for number in range(1, len(EXAMPLES) + 1)])
def test_an_example_runs(
    source: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    simulator = service()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(http, "transport", lambda *_: http.wsgi_transport(simulator.wsgi()))
    monkeypatch.setattr(http, "async_transport", lambda *_: http.asgi_transport(simulator.asgi()))
    token = simulator.token()
    exec(compile(source.replace("1000.abc.def", token), "README.md", "exec"), {"__name__": "readme"})  # noqa: S102
    assert capsys.readouterr().out.strip()
    assert {one.status for one in simulator.log} <= {200, 204}


def test_the_ten_lines_do_what_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    simulator = service()
    monkeypatch.setattr(http, "transport", lambda *_: http.wsgi_transport(simulator.wsgi()))
    exec(EXAMPLES[0].replace("1000.abc.def", simulator.token()), {})  # noqa: S102  # the README's own code
    now = {one.title: one.chats for one in simulator.board().folders}
    assert now == {"Play": ("C2",), "Work": ("C1", CHATS[0]), "Later": (CHATS[1],)}
    assert list(now) == ["Play", "Work", "Later"]


def test_every_error_is_in_the_table() -> None:
    table = README.partition("## Errors")[2].partition("## Limits")[0]
    named = set(
        re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `")))
    )
    assert named == {one.__name__ for one in errors.CliqError.__subclasses__()} | {
        "RefreshError",
        "AccessDenied",
        "DeadlineExceeded",
        "OperationFailed",
    }


def test_the_variables_are_those_that_are_read() -> None:
    assert set(re.findall(r"`(CLIQ_\w+)`", README)) == set(setup.VARIABLES)


def test_the_demo_in_the_readme_is_what_it_prints() -> None:
    text = README_PATH.read_text(encoding="utf-8")
    assert with_demo(text, printed()) == text


def test_a_readme_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="are missing"):
        with_demo("no marks", "demo")


def test_the_demo_takes_less_than_ten_seconds_and_speaks_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--json"]) == 0
    steps = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["step"] for one in steps] == list(range(1, 9))
    assert "locked out: 0 times" in steps[6]["shows"][0]
    assert [one.get("title") for one in steps[7]["shows"][0]["data"]][1:] == ["People", "Work (60)", "Later", "Travel"]


def test_the_suite_of_the_readme_passes(pytester: pytest.Pytester) -> None:
    (suite,) = SUITES
    pytester.makepyfile(suite)
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=2)


def test_the_readme_has_examples_and_its_two_commands_come_first() -> None:
    assert len(EXAMPLES) >= 3
    commands = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert len(commands) == 2
    ci = (Path(__file__).parents[2] / ".ci" / "run").read_text(encoding="utf-8")
    assert commands[1] in ci.replace(" --disable-pip-version-check", "")
