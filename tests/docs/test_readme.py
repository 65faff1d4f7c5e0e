"""The examples of the README, run as they stand; only the network is replaced."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2
import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
SUITES = [block for block in BLOCKS if "def test_" in block]
EXAMPLES = [block for block in BLOCKS if block not in SUITES]


def answer(request: httpx2.Request) -> httpx2.Response:
    assert request.headers["authorization"].startswith("Zoho-oauthtoken ")
    if request.method == "GET":
        folder = {"category_id": "4000000020001", "title": "Cliq!", "chats": [{"chat_id": "1"}]}
        return httpx2.Response(200, json={"data": [{"category_id": "default"}, folder]})
    assert request.read() == b'{"last_sync_time":"2026-01-01T12:00:00Z"}'
    return httpx2.Response(204)


@pytest.mark.parametrize("source", EXAMPLES, ids=[f"example {number}" for number in range(1, len(EXAMPLES) + 1)])
def test_an_example_runs(source: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("HTTPTransport", "AsyncHTTPTransport"):
        monkeypatch.setattr(httpx2, name, lambda: httpx2.MockTransport(answer))
    exec(compile(source, "README.md", "exec"), {"__name__": "readme"})  # noqa: S102  # the README's own code
    assert capsys.readouterr().out.strip()


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
