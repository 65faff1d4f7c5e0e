"""A flow is played from its cassette, by a client that thinks that it speaks to the service."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
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
from .provenance import provenance
from .sanitise import Sanitiser


class TapeClock(VirtualClock):
    """A clock that waits advance, and that is never behind the `Date` of an answer that was played."""

    def __init__(self, tape: Cassette, now_ms: int) -> None:
        super().__init__(now_ms)
        self._tape = tape
        self._played = 0

    @property
    def now_ms(self) -> int:
        """The time in epoch milliseconds."""
        if self._played != self._tape.play_count:
            self._played = self._tape.play_count
            dates = [dated for index in self._tape.play_counts if (dated := _date_ms(self._tape.responses[index]))]
            self._own = max([self._own, *dates])
        return self._own

    @now_ms.setter
    def now_ms(self, value: int) -> None:
        self._own = value


def _date_ms(response: Any) -> int:
    dates = response["headers"].get("date", [])
    return round(parsedate_to_datetime(dates[0]).timestamp() * 1000) if dates else 0


def replay(flow: Flow, path: Path, *, blocker: Blocker | None = None) -> None:
    """Play a flow from a cassette, which must hold every request that it makes and no other."""
    said = provenance(path)
    slack = LIVE_SLACK_MS if said.recorded_from == "live" else 0
    with library(Sanitiser(), slack_ms=slack).use_cassette(path, record_mode="none") as tape:
        clock = TapeClock(tape, round(said.date.timestamp() * 1000))
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
