"""The command itself: a process of its own, on the machine's clock and over a socket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec
import pytest

from cliq_pins.simulator import Behaviour, SimulatorServer, WallClock

from .guard import PREFIX
from .journal import Reading, Saw
from .probes import QUIET
from .probes.probe import SWITCHES, default
from .run import DONE, INTERRUPTED
from .settings import FOLDER
from .simulated import FEW, Service

PYTHONPATH = str(Path(__file__).parents[1])
PATIENCE = 120
"""Seconds after which a process is taken for one that hangs; it takes one or two."""
WAITING = {
    *("pin_elsewhere", "duplicate_chat_ids", "guarded_put_on_default", "bad_pin_above", "chat_not_in_folder"),
    *("staleness_resolution", "staleness_comparison", "staleness_scope", "details_count_as_change"),
}
"""What is found out by sync times: that takes moments that are seconds apart, minutes in all."""


@contextmanager
def process(
    told: Path, *given: str, out: IO[bytes] | int = subprocess.PIPE, **environ: str
) -> Iterator[subprocess.Popen[bytes]]:
    """The command in a process; it tells into a file, which never fills up as a pipe would."""
    command = [sys.executable, "-m", "live", *given]
    with (
        told.open("wb") as file,
        subprocess.Popen(
            command, env={**os.environ, **environ, "PYTHONPATH": PYTHONPATH}, stdout=out, stderr=file
        ) as running,
    ):
        try:
            yield running
        finally:
            running.kill()


def wait_until(true: Callable[[], bool], running: subprocess.Popen[bytes], told: Path) -> None:
    """Wait for something that a process does."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert running.poll() is None, told.read_text()
        assert time.monotonic() < end, f"it hangs: {told.read_text()}"
        time.sleep(0.01)


def test_without_credentials_it_exits_with_2(tmp_path: Path) -> None:
    told = tmp_path / "told"
    with process(told) as running:
        out, _ = running.communicate(timeout=PATIENCE)
    missing = "CLIQ_CLIENT_ID and CLIQ_CLIENT_SECRET and CLIQ_REFRESH_TOKEN"
    assert (running.returncode, out, told.read_text()) == (2, b"", f"live: set CLIQ_TOKEN, or {missing}\n")


def test_a_run_on_the_machines_clock_comes_to_its_end(tmp_path: Path) -> None:
    """All but what takes minutes there: of that the journal says that it is known."""
    told, service = tmp_path / "told", Service(clock=WallClock(), limits=False)
    before = service.layout()
    with SimulatorServer(service.simulator) as server:
        journal = service.journal(tmp_path / "journal", **service.environ(server.urls.origin))
        for switch in WAITING:
            journal.add(Saw(switch, Reading(default(switch), "known before")))
        environ = {**service.environ(server.urls.origin), **FEW, FOLDER: str(tmp_path)}
        with process(told, "--journal", f"{tmp_path}/journal", "--no-flows", "--json", **environ) as running:
            out, _ = running.communicate(timeout=PATIENCE)
    assert running.returncode == DONE, told.read_text()
    rows = {one["switch"]: one["observed"] for one in msgspec.json.decode(out)["readings"]}
    probed = {line.partition(":")[0] for line in told.read_text().splitlines()}
    assert probed == {switch for one in QUIET if not one.option for switch in one.switches} - WAITING
    assert {switch: rows[switch] for switch in probed} == {one: getattr(Behaviour(), one) for one in probed}
    assert service.layout() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device here")
def test_what_finds_no_room_on_standard_output_is_told_and_ends_with_a_code_of_ours(tmp_path: Path) -> None:
    told, service = tmp_path / "told", Service(limits=False)
    with SimulatorServer(service.simulator) as server, Path("/dev/full").open("wb") as full:
        environ = {**service.environ(server.urls.origin), **FEW, FOLDER: str(tmp_path), "PYTHONUNBUFFERED": ""}
        journal = service.journal(tmp_path / "journal", **environ)
        for switch in SWITCHES:
            journal.add(Saw(switch, Reading(default(switch), "known before")))
        with process(told, "--journal", f"{tmp_path}/journal", "--no-flows", out=full, **environ) as running:
            running.wait(PATIENCE)
    assert (running.returncode, told.read_text()) == (1, "live: it ended too early: No space left on device\n")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_process_that_is_told_to_end_cleans_up(name: str, tmp_path: Path) -> None:
    if signal.getsignal(getattr(signal, name)) is signal.SIG_IGN:
        pytest.skip("it is to be ignored here, as nohup has it")
    told, service = tmp_path / "told", Service()
    before = service.layout()
    with SimulatorServer(service.simulator) as server:
        service.simulator.script({"on": "createPinCategory", "nth": 2, "phase": "after", "action": "hang"})
        environ = {**service.environ(server.urls.origin), **FEW, FOLDER: str(tmp_path)}
        with process(told, "--journal", str(tmp_path / "journal"), **environ) as running:
            wait_until(lambda: bool(_ours(service)) and not service.simulator.unused_faults(), running, told)
            running.send_signal(getattr(signal, name))
            assert running.wait(PATIENCE) == INTERRUPTED
    assert service.layout() == before


def test_what_a_killed_process_left_is_removed_by_the_next_run(tmp_path: Path) -> None:
    """It hangs in its third create, which was carried out, and gets SIGKILL."""
    journal, told = tmp_path / "journal", tmp_path / "told"
    service = Service()
    before = service.layout()
    script: dict[str, Any] = {"on": "createPinCategory", "nth": 3, "phase": "after", "action": "hang"}
    with SimulatorServer(service.simulator) as server:
        service.simulator.script(script)
        environ = {**service.environ(server.urls.origin), FOLDER: str(tmp_path)}
        with process(told, "--journal", str(journal), **environ) as running:
            wait_until(lambda: bool(_ours(service)) and not service.simulator.unused_faults(), running, told)
            running.kill()
        assert _ours(service), "nothing was left behind"
        assert service.run(journal, "--clean", origin=server.urls.origin)[0] == DONE
    assert service.layout() == before


def _ours(service: Service) -> list[str]:
    return [one.title for one in service.simulator.board().folders if one.title.startswith(PREFIX)]
