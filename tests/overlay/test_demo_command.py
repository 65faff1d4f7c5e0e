"""`cliq-pins demo` where its output goes somewhere odd, or is not wanted any more."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cliq_pins import cli

COMMAND = [sys.executable, "-c", "import sys; from cliq_pins.cli import main; sys.exit(main())", "demo"]


def demo(*options: str, stdout: Any = subprocess.PIPE, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # the interpreter that runs the tests
        [*COMMAND, *options],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_what_a_terminal_cannot_show_is_no_error() -> None:
    done = demo(PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert "8. The board at the end." in done.stdout


def test_json_is_ascii_and_one_line_a_step() -> None:
    done = demo("--json", PYTHONIOENCODING="ascii")
    assert [json.loads(line)["step"] for line in done.stdout.splitlines()] == list(range(1, 9))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_told_in_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = demo(stdout=full)
    assert (done.returncode, done.stderr) == (1, "cliq-pins: standard output: No space left on device\n")


def test_a_reader_that_has_seen_enough_is_told_in_one_line() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = demo(stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "cliq-pins: standard output was closed\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are other ones there")
def test_ctrl_c_ends_it_without_a_traceback() -> None:
    with subprocess.Popen(
        COMMAND,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
    assert running.returncode in (0, 130), "it may have ended before"
    assert b"Traceback" not in said


def test_ctrl_c_has_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("cliq_pins.cli.commands.run", interrupted)
    assert cli.main(["demo"]) == 130
