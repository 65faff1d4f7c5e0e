"""A flow is played from its cassette, by a client that thinks that it speaks to the service."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from vcr.cassette import Cassette

from cliq_pins import AsyncCliqPins, CliqPins
from cliq_pins.limits import MemoryStore
from cliq_pins.simulator import VirtualClock
from cliq_pins.testing import SimulatedClock
from flows import Flow, Stage
from flows.blocking import Blocker
from flows.simulated import USER

from .library import LIVE_SLACK_MS, library
from .provenance import Provenance, provenance


class TapeClock(VirtualClock):
    """A clock that waits advance, and that is never behind what the recording's showed when an answer was there."""

    def __init__(self, tape: Cassette, said: Provenance) -> None:
        self._start = self._own = round(said.date.timestamp() * 1000)
        super().__init__(self._start)
        self._tape = tape
        self._answered = [0, *said.answered_ms]

    @property
    def now_ms(self) -> int:
        """The time in epoch milliseconds."""
        self._own = max(self._own, self._start + self._answered[self._tape.play_count])
        return self._own

    @now_ms.setter
    def now_ms(self, value: int) -> None:
        self._own = value


def replay(flow: Flow, path: Path, *, blocker: Blocker | None = None) -> None:
    """Play a flow from a cassette, which must hold every request that it makes and no other."""
    said = provenance(path)
    slack = LIVE_SLACK_MS if said.recorded_from == "live" else 0
    with library(slack_ms=slack).use_cassette(path, record_mode="none") as tape:
        clock = TapeClock(tape, said)
        shared = {"token": "replayed", "limits": MemoryStore(), "user": USER, "data_centre": "us", "trust_env": False}

        def client(**arguments: Any) -> Any:
            own = {**shared, "clock": SimulatedClock(clock), "random": Random(0), **arguments}
            if "credentials" in own:
                del own["token"]
            return CliqPins(**own) if blocker is None else blocker.client(AsyncCliqPins(**own))

        stage = Stage(connect=client, now_ms=lambda: clock.now_ms, wait=clock.advance)
        stage.given = lambda make: dict(said.given)
        flow.play(stage)
        stage.close()
    assert tape.all_played, f"{path}: played {tape.play_count} of {len(tape)}"
