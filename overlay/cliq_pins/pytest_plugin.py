"""The pytest plugin: fixtures for a simulated service. It is loaded by pytest wherever the package is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # the simulator is imported only by tests that use it
    from cliq_pins import CliqPins
    from cliq_pins.simulator import Simulator, VirtualClock


@pytest.fixture
def cliq_clock() -> VirtualClock:
    """The clock of `cliq_simulator`: it begins at 2026-01-01T00:00:00Z and stands still until it is advanced."""
    from cliq_pins.simulator import VirtualClock

    return VirtualClock()


@pytest.fixture
def cliq_simulator(cliq_clock: VirtualClock) -> Simulator:
    """A simulated service with the documented readings and a sample board, ready to be called or filled anew."""
    from cliq_pins.simulator import Simulator
    from cliq_pins.simulator.builders import sample

    return Simulator(sample(), clock=cliq_clock)


@pytest.fixture
def cliq_client(cliq_simulator: Simulator) -> Iterator[CliqPins]:
    """A client of `cliq_simulator`, signed in as its first user; its waits advance `cliq_clock`."""
    from cliq_pins.testing import connect

    with connect(cliq_simulator) as client:
        yield client
