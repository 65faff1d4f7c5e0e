"""What is classed and what is caught, kind by kind, as plain data; run as a script, over every instance there is.

`python -m drift.figures` prints a table and exits 1 where a figure is not what it has to be.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from contract.changes.change import TOLERATED
from drift.benign import EDITS
from drift.detectors import SCRIPTS, SELF_CHECK, found, usual
from drift.drifted import Drift, DriftedSimulator
from drift.explained import changes, is_prose, is_right
from drift.kind import Instance, Kind
from drift.kinds import KINDS
from drift.published import edited
from drift.story import converse, full_board

Choice: TypeAlias = Callable[[Kind], Iterable[Instance]]

WANTED = 0.98
"""How much of the drift that matters has to be caught."""
UNSEEN = {
    "path parameter renamed": "the name of a path parameter is not on the wire",
    "error-response.message": "the documented service says a code and no message",
    "updatePinCategory CATEGORY_ID": "the ids of folders are digits, which an integer is too",
    "reorderCategory CATEGORY_ID2": "the ids of folders are digits, which an integer is too",
}
"""Kinds and instances that no check of a service can notice, and why."""
ALONE = {"by self-check alone": {SELF_CHECK, SCRIPTS}, "by scripts alone": {SCRIPTS}}
"""What is caught by nothing but these detectors is counted on its own."""

NEEDED = (
    *(f"{name}-response.data" for name in ("get-pin-categories", "create-pin-category", "pin-chat", "unpin-chat")),
    *("pin-category.category_id", "pin-category.chats", "pinned-chat.chat_id"),
)
"""What calls are made for: where it is null there is nothing to give, and a call fails in so many words."""


def unseen(instance: Instance) -> str | None:
    """Why no check can notice an instance; `None` if one should."""
    return UNSEEN.get(instance.kind.name) or UNSEEN.get(instance.name)


def every(kind: Kind) -> Iterable[Instance]:
    """All instances of a kind."""
    return kind.instances


def ends(kind: Kind) -> Iterable[Instance]:
    """The first and the last instance of a kind."""
    return dict.fromkeys((kind.instances[0], kind.instances[-1]))


def classed(choice: Choice = every) -> dict[str, Any]:
    """For each kind: how many instances there are, and which of those chosen are not classed right."""
    rows: dict[str, Any] = {}
    for kind in KINDS:
        row = rows[kind.name] = {
            "impact": kind.impact,
            "instances": len(kind.instances),
            "compared": 0,
            "prose only": 0,
            "wrong": [],
        }
        for instance in choice(kind):
            document = instance.document()
            row["compared"] += 1
            row["prose only"] += is_prose(document)
            if not is_right(instance, document, changes(document)):
                row["wrong"].append(instance.name)
    return rows


def caught(choice: Choice = every) -> dict[str, Any]:
    """For each kind: how many of the chosen instances are caught in a service that follows them, and by which detector.

    What is not caught is named under `survivors` with the reason. Where drift is to be tolerated, `broken` names the
    steps of the client that failed because of it; there must be none.
    """
    rows: dict[str, Any] = {}
    for kind in KINDS:
        by: Counter[str] = Counter()
        row = rows[kind.name] = {
            "impact": kind.impact,
            "tried": 0,
            "caught": 0,
            **dict.fromkeys(ALONE, 0),
            "by": by,
            "survivors": {},
            "broken": [],
        }
        for instance in choice(kind):
            drift = Drift(instance.document())
            detectors = found(drift)
            row["tried"] += 1
            row["caught"] += bool(detectors)
            by.update(detectors.keys())
            for name, alone in ALONE.items():
                row[name] += bool(detectors) and detectors.keys() <= alone
            if not detectors:
                row["survivors"][instance.name] = unseen(instance)
            if kind.impact == TOLERATED and not is_needed(instance):
                row["broken"] += [f"{instance.name}: {step}" for step in broken(drift)]
    return rows


def is_needed(instance: Instance) -> bool:
    """Whether an instance may take away what calls are made for."""
    return instance.kind.silent and instance.name in NEEDED


def broken(drift: Drift) -> list[str]:
    """The steps of the conversation that fail and should not."""
    outcomes = converse(DriftedSimulator(full_board(), drift=drift)).outcomes
    return [name for name, end in outcomes.items() if _fails(end) and not _fails(usual().outcomes[name])]


def _fails(end: object) -> bool:
    return isinstance(end, str) and end.startswith("!")


def raised() -> dict[str, int]:
    """How much each benign edit brings up: changes of the document, and findings in a service that follows it."""
    counted: dict[str, int] = {}
    for name, edit in EDITS.items():
        document = edited(edit)
        counted[name] = len(changes(document)) + sum(map(len, found(Drift(document)).values()))
    return counted


def figures(compared: Choice = every, tried: Choice = every) -> dict[str, Any]:
    """All figures of drift."""
    by_class, by_catch, benign = classed(compared), caught(tried), raised()
    matter = [row for row in by_catch.values() if row["impact"] != TOLERATED]
    return {
        "kinds": {name: {**by_class[name], **by_catch[name]} for name in by_class},
        "instances": sum(row["instances"] for row in by_class.values()),
        "compared": sum(row["compared"] for row in by_class.values()),
        "wrong": sum(len(row["wrong"]) for row in by_class.values()),
        "benign": len(benign),
        "benign raised": sum(map(bool, benign.values())),
        "matter": sum(row["tried"] for row in matter),
        "caught": sum(row["caught"] for row in matter),
        **{name: sum(row[name] for row in matter) for name in ALONE},
        "broken": sum(len(row["broken"]) for row in by_catch.values()),
    }


def main() -> int:
    """Print every figure as JSON; 1 where one is not as it has to be."""
    made = figures()
    print(json.dumps(made, indent=2))
    good = made["wrong"] == made["benign raised"] == made["broken"] == 0
    return 0 if good and made["caught"] >= WANTED * made["matter"] else 1


if __name__ == "__main__":
    sys.exit(main())
