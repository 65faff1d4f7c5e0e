"""The figures of the report: cassettes by source, probes, and what the scanner finds of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from contract_schemas import DOCUMENTED_CODES, DOCUMENTED_STATUSES

from .measuring import everywhere, in_words
from .probes import NO_CELL, PROBES, TEXT
from .provenance import load, recorded, source_of
from .sanitise import EVERY
from .telling import SECRETS


def figures() -> dict[str, Any]:
    """Everything that is counted here, by what it is; takes some seconds."""
    cassettes = recorded().values()
    on_tape = [probe for probe in PROBES if probe.position != TEXT]
    errors, rest = in_words()
    return {
        "cassettes": len(cassettes),
        "cassettes by source": dict(Counter(source_of(path) for path in cassettes)),
        "interactions": sum(len(load(path)["interactions"]) for path in cassettes),
        "documented codes": len(DOCUMENTED_CODES),
        "documented statuses": len(DOCUMENTED_STATUSES),
        "bytes": sum(path.stat().st_size for path in cassettes),
        "sanitisers": len(EVERY),
        "probes": len(PROBES),
        "cells that cannot be": {" / ".join(cell): why for cell, why in NO_CELL.items()},
        "probes on cassettes": len(on_tape),
        "found on cassettes": len(everywhere()),
        "found on cassettes without sanitisers": len(everywhere(without=EVERY)),
        "found in logs, hooks and reprs": len(rest),
        "secrets found in errors": sorted(f"{one.kind}, {one.encoding}" for one in errors if one.kind in SECRETS),
    }
