"""Say in words what changed between two contracts, and whom it breaks.

Each contract is a path or an https URL, in the published or the normalised form: both are normalised first, without
corrections, so that a limit in prose counts and the spelling of the document does not. Compare like with like: a
corrected contract with a published one differs by the corrections too.

Exit codes: 0 nothing changed, 1 changes but none breaks, 2 a change breaks, 3 bad input or usage.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from contract.changes import CLASSES, Change, compare
from contract.cli import Parser, run
from contract.passes import normalise
from contract.source import read


def main() -> int:
    parser = Parser(prog="explain_diff.py", description=str(__doc__).partition("\n")[0])
    parser.add_argument("old", metavar="OLD", help="the contract as it was: a path or an https URL")
    parser.add_argument("new", metavar="NEW", help="the contract as it is")
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text", help="default: text")
    arguments = parser.parse_args()
    changes = compare(normalise(read(arguments.old)), normalise(read(arguments.new)))
    print({"text": text, "json": as_json, "markdown": markdown}[arguments.format](changes))
    return exit_code(changes)


def exit_code(changes: Sequence[Change]) -> int:
    """The exit code for a list of changes."""
    if any(one.impact.startswith("breaks") for one in changes):
        return 2
    return 1 if changes else 0


def text(changes: Sequence[Change]) -> str:
    """One line a change, the gravest first."""
    if not changes:
        return "Nothing changed."
    return "\n".join(f"{one.impact:<12} {_sentence(one)}" for one in changes)


def markdown(changes: Sequence[Change]) -> str:
    """A section for each class that has changes."""
    if not changes:
        return "Nothing changed."
    sections = [(name, [one for one in changes if one.impact == name]) for name in CLASSES]
    return "\n\n".join(
        "\n".join([f"### {name}", "", *(f"- {_sentence(one, '`')}" for one in members)])
        for name, members in sections
        if members
    )


def as_json(changes: Sequence[Change]) -> str:
    """A JSON array of objects with `impact`, `operation`, `where`, `kind` and `text`."""
    return json.dumps([asdict(one) for one in changes], indent=2, ensure_ascii=False)


def _sentence(change: Change, quote: str = "") -> str:
    operation = f"{quote}{change.operation}{quote}" if change.operation else "the contract"
    return ": ".join(part for part in (operation, change.where, change.text) if part)


if __name__ == "__main__":
    run(main)
