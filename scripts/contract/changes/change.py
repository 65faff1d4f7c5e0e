"""One change, and the classes that changes fall into."""

from __future__ import annotations

from dataclasses import dataclass

BREAKS_WIRE = "breaks-wire"
"""A client made from the old contract sends what the new one refuses, or cannot read what it answers."""
BREAKS_TYPES = "breaks-types"
"""Such a client still talks to the service, but code written against it does not fit what is generated now."""
TOLERATED = "tolerated"
"""Neither notices."""
POLICY = "policy"
"""Not the messages but the terms: limits, locks, scopes, addresses, retry classes."""

CLASSES = (BREAKS_WIRE, BREAKS_TYPES, POLICY, TOLERATED)
"""Every class, the gravest first."""


@dataclass(frozen=True)
class Change:
    """One change in words, with its class and the operation that it concerns (empty for the whole contract)."""

    impact: str
    operation: str
    where: str
    kind: str
    text: str
