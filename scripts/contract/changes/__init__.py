"""What changed between two contracts, and whom it concerns."""

from __future__ import annotations

from contract.changes.change import CLASSES, Change
from contract.changes.operations import compare

__all__ = ["CLASSES", "Change", "compare"]
