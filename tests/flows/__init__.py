"""Scenarios that hold on the simulator, on a cassette, and on the live service alike."""

from __future__ import annotations

from .answers import ANSWERS
from .flow import Flow
from .scenarios import SCENARIOS
from .stage import Stage

FLOWS: dict[str, Flow] = {one.name: one for one in (*ANSWERS, *SCENARIOS)}
"""Every flow by its name, which is also its cassette's: `createPinCategory/400-max_folders_error`."""

__all__ = ["FLOWS", "Flow", "Stage"]
