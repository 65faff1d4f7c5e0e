"""The figures of the report: cassettes by source, probes, and what the scanner finds of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from contract_schemas import DOCUMENTED_CODES, DOCUMENTED_STATUSES

from .measuring import IN_WORDS, everywhere, in_words
from .probes import PROBES
from .provenance import load, recorded, source_of
from .sanitise import EVERY
from .telling import unconcealed


def figures() -> dict[str, Any]:
    """Everything that is counted here, by what it is; takes some seconds."""
    cassettes = recorded().values()
    leaks, _ = in_words()
    with unconcealed():
        _, quoted = in_words()
    return {
        "cassettes": len(cassettes),
        "cassettes by source": dict(Counter(source_of(path) for path in cassettes)),
        "interactions": sum(len(load(path)["interactions"]) for path in cassettes),
        "documented codes": len(DOCUMENTED_CODES),
        "documented statuses": len(DOCUMENTED_STATUSES),
        "bytes": sum(path.stat().st_size for path in cassettes),
        "sanitisers": len(EVERY),
        "probes": len(PROBES),
        "probes on cassettes": len(PROBES) - len(IN_WORDS),
        "found on cassettes": len(everywhere()),
        "found on cassettes without sanitisers": len(everywhere(without=EVERY)),
        "probes in errors, logs and reprs": len(IN_WORDS),
        "found in errors, logs and reprs": len(leaks),
        "found in errors, logs and reprs without concealing": len(quoted),
    }
