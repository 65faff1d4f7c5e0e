"""One function for each open reading of the contract, or for some that are seen together. Each tells it by answers."""

from __future__ import annotations

from . import folders, pins, sync, throttle
from .probe import Probe

PROBES: tuple[Probe, ...] = (*folders.PROBES, *pins.PROBES, *sync.PROBES, *throttle.PROBES)
"""In the order in which they run: what locks an endpoint comes last."""
