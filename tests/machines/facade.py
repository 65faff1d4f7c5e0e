"""A client of a simulator, blocking or awaiting, called in one way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from cliq_pins.simulator import Simulator
from cliq_pins.testing import connect, connect_async


class Facade:
    """Rules cannot be coroutines: an awaiting client runs in a loop of the machine's own, one call at a time."""

    def __init__(self, simulator: Simulator, runner: asyncio.Runner | None, **arguments: Any) -> None:
        self.runner = runner
        self.pins: Any = (connect if runner is None else connect_async)(simulator, **arguments)

    def do(self, act: Callable[[Any], Any]) -> Any:
        """What a call gives."""
        result = act(self.pins)
        return result if self.runner is None else self.runner.run(result)
