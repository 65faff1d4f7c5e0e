"""The command `cliq-pins serve`, run as users run it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cliq_pins import CliqPins, Credentials, RateLimited
from cliq_pins.cli import main
from cliq_pins.limits import MemoryStore
from cliq_pins.limits.limiter import SPARE
from cliq_pins.simulator.api.accounts import TOKEN_PATH
from cliq_pins.simulator.storage import load
from cliq_pins_client import operation_table

COMMAND = [sys.executable, "-c", "import sys; from cliq_pins.cli import main; sys.exit(main())", "serve"]

Serve = Callable[..., tuple[subprocess.Popen[str], dict[str, str]]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers; those that still run at the end are ended."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
        process = subprocess.Popen(  # the interpreter that runs the tests
            [*COMMAND, "--json", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr and process.stderr.read()
        return process, json.loads(line)

    yield start
    for process in started:
        process.kill()
        process.communicate()


def call(urls: dict[str, str], method: str, path: str, body: object = None) -> httpx2.Response:
    headers = {"authorization": f"Zoho-oauthtoken {urls['token']}"}
    with httpx2.Client(headers=headers, trust_env=False) as client:
        return (
            client.request(method, urls["base_url"] + path, json=body)
            if body
            else client.request(method, urls["base_url"] + path)
        )


def titles(urls: dict[str, str]) -> list[Any]:
    return [one.get("title") for one in call(urls, "GET", "/pin-categories").json()["data"]]


def end(process: subprocess.Popen[str], by: signal.Signals = signal.SIGINT) -> tuple[int, str]:
    process.send_signal(by)
    _, errors = process.communicate(timeout=10)
    return process.returncode, errors


def test_it_prints_one_line_of_json_that_suffices_to_begin(serve: Serve) -> None:
    _, urls = serve()
    assert list(urls) == ["base_url", "token", "token_url", "admin_url"]
    assert all(urls[name].startswith("http://127.0.0.1:") for name in ("base_url", "token_url", "admin_url"))
    assert titles(urls)[0] is None
    assert httpx2.get(urls["admin_url"] + "state", trust_env=False).status_code == 200
    assert httpx2.post(urls["token_url"], trust_env=False).json() == {"error": "invalid_client"}


def test_a_client_signs_in_by_the_token_url_without_its_path_and_counts_its_calls(serve: Serve) -> None:
    _, urls = serve("--no-limits")
    code = httpx2.post(urls["admin_url"] + "clients", trust_env=False).json()
    most = operation_table()["getPinCategories"].rate_limits[0].requests - SPARE
    with CliqPins(
        credentials=Credentials(**code),
        base_url=urls["base_url"],
        accounts_url=urls["token_url"].removesuffix(TOKEN_PATH),
        limits=MemoryStore(),
        max_wait=0,
        trust_env=False,
    ) as pins:
        for _ in range(most):
            pins.board()
        with pytest.raises(RateLimited) as caught:
            pins.board()
    assert caught.value.attempts == 0, "it was not sent"


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(serve: Serve, by: signal.Signals) -> None:
    process, urls = serve()
    with socket.create_connection(("127.0.0.1", int(urls["base_url"].split(":")[2].split("/")[0]))):
        assert end(process, by) == (0, "")


def test_the_state_outlives_the_server(serve: Serve, tmp_path: Path) -> None:
    first, urls = serve("--state", str(tmp_path / "s"))
    call(urls, "POST", "/pin-categories", {"title": "Kept"})
    time.sleep(0.5)  # the clock is kept even if it alone has changed since the last write
    httpx2.post(urls["admin_url"] + "clock", json={"advance_seconds": 3600}, trust_env=False)
    assert end(first) == (0, "")
    _, again = serve("--state", str(tmp_path / "s"))
    assert again["token"] == urls["token"]
    assert titles(again)[-1] == "Kept"
    ahead = httpx2.get(again["admin_url"] + "clock", trust_env=False).json()["now_ms"] / 1000 - time.time()
    assert 3500 < ahead < 3700


def test_a_killed_server_has_kept_what_it_answered_a_moment_ago(serve: Serve, tmp_path: Path) -> None:
    process, urls = serve("--state", str(tmp_path / "s"))
    call(urls, "POST", "/pin-categories", {"title": "Kept"})
    for _ in range(50):
        saved = load(tmp_path / "s")
        assert saved is not None, "the file is whole at any moment"
        if saved.state.board("user-1", "").folders[-1].title == "Kept":
            break
        time.sleep(0.1)
    process.kill()
    _, again = serve("--state", str(tmp_path / "s"))
    assert titles(again)[-1] == "Kept"


def test_seeds_profiles_and_limits_are_as_asked(serve: Serve) -> None:
    _, one = serve("--seed", "1", "--profile", "strict", "--no-limits")
    _, same = serve("--seed", "1")
    _, other = serve("--seed", "2")
    assert one["token"] == same["token"] != other["token"]
    switches = httpx2.get(one["admin_url"] + "switches", trust_env=False).json()["behaviour"]
    assert switches["unknown_folder"] == "404"
    assert {call(one, "GET", "/pin-categories").status_code for _ in range(25)} == {200}
    assert 429 in {call(same, "GET", "/pin-categories").status_code for _ in range(25)}


def problem(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    """The exit code and the one line of a call that cannot begin."""
    code = main(["serve", *options])
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("cliq-pins: ")
    assert said.err.count("\n") == 1
    return code, said.err


def test_a_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, said = problem(capsys, "--port", port)
    assert (code, port in said, "is in use" in said) == (1, True, True)


def test_a_foreign_state_file_is_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "s").write_text('{"precious": true}')
    code, said = problem(capsys, "--state", str(tmp_path / "s"))
    assert (code, "is no state file" in said) == (1, True)
    assert (tmp_path / "s").read_text() == '{"precious": true}'


def test_a_state_file_that_cannot_be_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert problem(capsys, "--state", str(tmp_path / "folder"))[0] == 2
    assert problem(capsys, "--state", str(tmp_path / "none" / "s"))[0] == 1
    assert not (tmp_path / "none").exists()


def test_two_servers_do_not_share_a_state_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, serve: Serve
) -> None:
    serve("--state", str(tmp_path / "s"))
    code, said = problem(capsys, "--state", str(tmp_path / "s"))
    assert (code, "another server" in said) == (1, True)


def test_a_seed_against_that_of_the_file(capsys: pytest.CaptureFixture[str], tmp_path: Path, serve: Serve) -> None:
    process, _ = serve("--state", str(tmp_path / "s"), "--seed", "3")
    end(process)
    code, said = problem(capsys, "--state", str(tmp_path / "s"), "--seed", "4")
    assert (code, "made with seed 3" in said) == (1, True)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--profile", "nope"], 1, "unknown profile 'nope'; there are documented, observed"),
        (["--port", "70000"], 2, "70000"),
        (["--port", "x"], 2, "'x'"),
        (["--seed", "-1"], 2, "-1"),
        (["--bogus"], 2, "--bogus"),
        (["extra"], 2, "extra"),
    ],
)
def test_what_makes_no_sense(capsys: pytest.CaptureFixture[str], options: list[str], code: int, said: str) -> None:
    exit_code, line = problem(capsys, *options)
    assert exit_code == code
    assert said in line


def test_without_the_extra_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("cliq_pins.cli.commands", "cliq_pins.cli.serve"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "click", None)
    assert main(["serve"]) == 1
    assert capsys.readouterr().err == "cliq-pins: click is missing; install it with: pip install 'cliq-pins[cli]'\n"


def test_help_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--help"]) == 0
    assert "--no-limits" in capsys.readouterr().out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_an_output_that_is_full_is_told_in_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(COMMAND, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "cliq-pins: standard output: No space left on device\n")


def closed(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the command with its standard output closed, as `>&-` does."""
    code = f"import os, sys; os.close(1); os.execv(sys.executable, {[*COMMAND, *options]!r})"
    return subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, timeout=30, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are not inherited there")
def test_it_does_not_serve_where_nobody_can_read_how_to_reach_it(tmp_path: Path) -> None:
    for options in ((), ("--json",), ("--state", str(tmp_path / "s"))):
        done = closed(*options)
        assert (done.returncode, done.stderr) == (1, "cliq-pins: standard output is closed\n")


def test_a_reader_that_is_gone_is_told_in_one_line() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(COMMAND, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "cliq-pins: standard output was closed\n")


def test_the_help_says_what_the_commands_are_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "simulated" in capsys.readouterr().out.partition("Options:")[0]


def test_a_file_that_cannot_be_written_for_a_while_is_written_later(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    process, urls = serve("--state", str(tmp_path / "kept" / "s"))
    (tmp_path / "kept").rename(tmp_path / "away")
    call(urls, "POST", "/pin-categories", {"title": "Kept"})
    time.sleep(0.5)
    assert titles(urls)[-1] == "Kept", "it serves on"
    (tmp_path / "away").rename(tmp_path / "kept")
    code, errors = end(process)
    assert (code, errors.count("\n"), "cannot be written" in errors) == (0, 1, True)
    saved = load(tmp_path / "kept" / "s")
    assert saved is not None
    assert saved.state.board("user-1", "").folders[-1].title == "Kept"


def test_two_names_of_one_state_file_are_one(serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    serve("--state", str(tmp_path / "s"))
    (tmp_path / "link").symlink_to(tmp_path / "s")
    assert main(["serve", "--state", str(tmp_path / "link")]) == 1
    assert "another server keeps its state there" in capsys.readouterr().err


def test_a_state_that_is_no_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert main(["serve", "--state", str(tmp_path / "pipe")]) == 1
    assert capsys.readouterr().err == f"cliq-pins: {tmp_path / 'pipe'}: is no file\n"
    assert [one.name for one in tmp_path.iterdir()] == ["pipe"]


def test_the_token_of_the_greeting_outlives_a_reset(serve: Serve) -> None:
    _, urls = serve()
    with httpx2.Client(trust_env=False) as client:
        client.post(urls["admin_url"] + "reset")
    assert call(urls, "GET", "/pin-categories").status_code == 200
