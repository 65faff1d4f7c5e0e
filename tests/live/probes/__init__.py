"""One function for each open reading of the contract, or for some that are seen together. Each tells it by answers."""

from __future__ import annotations

from . import folders, pins, sync, throttle
from .probe import Probe

QUIET: tuple[Probe, ...] = (*folders.PROBES, *pins.PROBES, *sync.PROBES)
"""Those that keep to the limits."""
LOCKING: tuple[Probe, ...] = throttle.PROBES
"""Those that lock an endpoint; they run last."""
PROBES = (*QUIET, *LOCKING)
