"""Changes the client's code and tables, one place at a time, and says which changes no test notices.

    python tests/mutation/run.py [--only NAME]...

NAME is a group of `groups.py`, or `tables`. Exit code 0: what must be found was found; 1: not; 2: bad usage. The
folders that it works in stand in `build/mutation` and can be looked at afterwards.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable

import click
import mutated_code
import mutated_tables
from groups import GROUPS, OVERALL
from mutated_code import Mutant, Result
from workplace import ROOT

WORK = ROOT / "build" / "mutation"
REVIEWED = ROOT / "tests" / "mutation" / "equivalents.toml"
TABLES = "tables"


@click.command()
@click.option("--only", "names", multiple=True, type=click.Choice([*GROUPS, TABLES]), help="One part; repeatable.")
def main(names: tuple[str, ...]) -> None:
    """Find the changes that no test notices."""
    chosen = names or (*GROUPS, TABLES)
    listed = tomllib.loads(REVIEWED.read_text("utf-8"))["mutant"]
    reviewed = {Mutant(one["in"], one["was"], one["now"]) for one in listed if one["why"]}
    good, results = [], []
    for name in chosen:
        if name in GROUPS:
            result = mutated_code.run(WORK / name, GROUPS[name], GROUPS.values(), reviewed)
            good.append(report(name, result, reviewed, GROUPS[name].least))
            results.append(result)
    if len(results) == len(GROUPS):
        good.append(report_all(results))
        good.append(report_unused(reviewed, results))
    if TABLES in chosen:
        good.append(report_tables())
    sys.exit(0 if all(good) else 1)


def report(name: str, result: Result, reviewed: set[Mutant], least: float) -> bool:
    """Say what became of a group's mutants, and whether enough of them were found."""
    listed = [one for one in result.left if one in reviewed]
    wording = [one for one in result.left if one not in reviewed and one.is_wording]
    missed = [one for one in result.left if one not in reviewed and not one.is_wording]
    found = result.total - len(result.left)
    percent = 100 * found / (found + len(missed))
    print(
        f"{name}: {result.total} mutants, {found} found, {len(listed)} reviewed and left, {len(wording)} of wording, "
        f"{len(missed)} missed: {percent:.1f} %"
    )
    for one in missed:
        print(f"  {one}")
    return percent >= least


def report_all(results: list[Result]) -> bool:
    """Say how much of all was found; what was reviewed, and wording, counts as not found here."""
    total = sum(one.total for one in results)
    found = total - sum(len(one.left) for one in results)
    print(f"overlay: {total} mutants, {found} found: {100 * found / total:.1f} %")
    return 100 * found / total >= OVERALL


def report_unused(reviewed: Iterable[Mutant], results: list[Result]) -> bool:
    """Name what was reviewed and is found now, or is no mutant any more: the list is to be short."""
    left = {one for result in results for one in result.left}
    unused = [one for one in reviewed if one not in left]
    for one in unused:
        print(f"in equivalents.toml for nothing: {one}")
    return not unused


def report_tables() -> bool:
    """Say what became of the tables' mutants."""
    total, left = mutated_tables.run(WORK / TABLES)
    print(f"tables: {total} mutants, {total - len(left)} found, {len(left)} missed")
    for one in left:
        print(f"  {one.where}: {one.what}")
    return not left


if __name__ == "__main__":
    main()
