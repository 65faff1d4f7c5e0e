"""Makes the report: `python -m report STEPS`, where STEPS is what the machines have written down of their steps.

Exit code 1 where a figure is not what it has to be; the report is made all the same, and says so.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from drift.figures import WANTED

from .counting import counted, ran
from .page import found_unhidden, page

FIGURES = Path(__file__).parent / "figures.json"
PAGE = Path(__file__).parents[1] / "REPORT.md"


def is_good(figures: dict[str, Any]) -> bool:
    """Whether every figure is what it has to be."""
    tapes, live, drift = (figures["ran"][name] for name in ("cassettes", "live", "drift"))
    leaks = tapes["found on cassettes"] + tapes["found in errors, logs and reprs"]
    return bool(
        leaks == live["readings_wrong"] == drift["wrong"] == drift["benign raised"] == drift["broken"] == 0
        and found_unhidden(tapes) >= 0.99 * tapes["probes"]
        and drift["caught"] >= WANTED * drift["matter"]
        and sum(figures["ran"]["steps"].values()) >= 10_000
    )


def main() -> int:
    """Run it all, and write the figures and the page."""
    figures = {"counted": counted(), "ran": ran(Path(sys.argv[1]))}
    text = json.dumps(figures, indent=1)
    FIGURES.write_text(text + "\n", encoding="utf-8")
    PAGE.write_text(page(json.loads(text)), encoding="utf-8")
    return 0 if is_good(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
