"""Makes the report: `python -m report`, after the machines have been run and recorded.

Exit code 1 where a figure is not what it has to be; the report is made all the same, and says so.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from drift.figures import WANTED

from .counting import counted, ran
from .page import page
from .records import kept
from .sums import odd

FIGURES = Path(__file__).parent / "figures.json"
PAGE = Path(__file__).parents[1] / "REPORT.md"


def is_good(figures: dict[str, Any]) -> bool:
    """Whether every figure is what it has to be."""
    counted, live, drift = figures["counted"], figures["ran"]["live"], figures["ran"]["drift"]
    probes = figures["ran"]["cassettes"].values()
    return bool(
        odd(figures) == []
        and live["readings_wrong"] == drift["wrong"] == drift["benign raised"] == drift["broken"] == 0
        and all((one["found"], one["found unhidden"]) == (0, one["probes"]) for one in probes)
        and all(counted[what]["had"] == counted[what]["documented"] for what in ("codes", "statuses"))
        and drift["caught"] >= WANTED * drift["matter"]
        and all(one["passed"] for one in (figures["ran"]["steps"], *figures["records"].values()))
    )


def main() -> int:
    """Run it all, and write the figures and the page."""
    before = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    figures = {"counted": counted(), "ran": ran(), "records": kept(before.get("records", {}))}
    text = json.dumps(figures, indent=1)
    FIGURES.write_text(text + "\n", encoding="utf-8")
    PAGE.write_text(page(json.loads(text)), encoding="utf-8")
    return 0 if is_good(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
