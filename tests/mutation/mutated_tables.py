"""Changes tables, which mutmut leaves as they are: each entry of the constants of a module, one at a time."""

from __future__ import annotations

import ast
import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeAlias

from groups import CONTRACT, CONTRACT_TESTS, TABLES
from wording import WORDS
from workplace import ENVIRONMENT, PYTEST, ROOT, build

CHANGED = "changed"
Change: TypeAlias = tuple[str, Callable[[], None]]
"""What is changed, and what does it."""
CLASSES = ("safe", "idempotent", "guarded", "create")
PASSED, FAILED, INTERRUPTED, NOT_STARTED = 0, 1, 2, 4
"""Pytest's exit codes; a module that cannot be imported interrupts it, or keeps it from starting."""


@dataclass(frozen=True)
class TableMutant:
    """One change of one table."""

    file: str
    """Its path in the repository."""
    where: str
    what: str
    source: str
    """The whole file with the change in it."""
    tests: tuple[str, ...]


def run(folder: Path) -> tuple[int, list[TableMutant]]:
    """Change the tables; gives how many mutants there were, and those that no test noticed."""
    mutants = [one for table in TABLES for one in _of_module(table.module, table.names, table.tests)]
    mutants += _of_contract()
    places: SimpleQueue[Path] = SimpleQueue()
    for number in range(os.cpu_count() or 1):
        place = folder / str(number)
        build(place)
        (place / "pyproject.toml").write_text(PYTEST, encoding="utf-8")
        places.put(place)
    tests = sorted({one for mutant in mutants for one in mutant.tests})
    if _pytest(place, tests) != PASSED:
        raise RuntimeError(f"the tests fail before anything is changed; see for yourself in {place}")

    def is_left(mutant: TableMutant) -> bool:
        place = places.get()
        try:
            return _passes(place, mutant)
        finally:
            places.put(place)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        left = [mutant for mutant, survived in zip(mutants, pool.map(is_left, mutants), strict=True) if survived]
    return len(mutants), left


def _passes(place: Path, mutant: TableMutant) -> bool:
    """Whether the tests pass with a mutant in its place."""
    target = place / "src" / Path(mutant.file).relative_to(Path(mutant.file).parts[0])
    before = target.read_text(encoding="utf-8")
    target.write_text(mutant.source, encoding="utf-8")
    try:
        return _pytest(place, mutant.tests) == PASSED
    finally:
        target.write_text(before, encoding="utf-8")


def _pytest(place: Path, tests: Iterable[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *(f"tests/{one}" for one in tests)]
    environment = {**ENVIRONMENT, "PYTHONPATH": str(place / "src")}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (PASSED, FAILED, INTERRUPTED, NOT_STARTED):
        raise RuntimeError(f"pytest ended with {done.returncode}: {done.stdout[-500:]}{done.stderr[-500:]}")
    return done.returncode


def _of_contract() -> Iterator[TableMutant]:
    """Every change of what the operation table takes from the contract."""
    text = (ROOT / CONTRACT).read_text(encoding="utf-8")
    for number in range(len(list(_contract_changes(json.loads(text))))):
        changed = json.loads(text)
        what, change = list(_contract_changes(changed))[number]
        change()
        yield TableMutant(CONTRACT, "the operation table", what, json.dumps(changed), CONTRACT_TESTS)


def _contract_changes(document: dict[str, Any]) -> Iterator[Change]:
    for whole in (whole for item in document["paths"].values() for whole in item.values()):
        for response in whole["responses"].values():
            for place, added in enumerate(response.get("x-added-codes", [])):
                change = _deletion(response["x-added-codes"], place=place)
                yield f"{whole['operationId']} without {added['code']}", change
        for own in whole.get("x-shapes", [whole]):
            yield from _policy_changes(own["operationId"], own, own if "x-retry-class" in own else whole)


def _policy_changes(name: str, own: dict[str, Any], classed: dict[str, Any]) -> Iterator[Change]:
    for limit in own["x-rate-limit"]:
        for key in ("requests", "seconds", "lock_seconds"):
            yield f"{name}: {key} {limit[key] + 1}", _entry(limit, key, limit[key] + 1)
    for place, code in enumerate(own["x-error-codes"]):
        yield f"{name} without {code['code']}", _deletion(own["x-error-codes"], place=place)
    for other in CLASSES:
        if other != classed["x-retry-class"]:
            yield f"{name} is {other}", _entry(classed, "x-retry-class", other)
    for option in own["security"]:
        for scheme, scopes in option.items():
            yield f"{name} needs {CHANGED}", _entry(option, scheme, [*scopes, CHANGED])
    for place, status in enumerate(own.get("statuses", [])):
        yield f"{name} without {status}", _deletion(own["statuses"], place=place)


def _entry(holder: dict[str, Any], key: str, value: Any) -> Callable[[], None]:
    def change() -> None:
        holder[key] = value

    return change


def _of_module(file: str, names: tuple[str, ...], tests: tuple[str, ...]) -> Iterator[TableMutant]:
    """Every change of the named constants of a module; a name that it does not have is an error."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    for name in names:
        for number in range(len(list(_changes(_table(tree, name))))):
            changed = copy.deepcopy(tree)
            what, change = list(_changes(_table(changed, name)))[number]
            change()
            source = ast.unparse(ast.fix_missing_locations(changed))
            yield TableMutant(file, f"{Path(file).stem}.{name}", what, source, tests)


def _table(tree: ast.Module, name: str) -> list[ast.expr]:
    """The values that are assigned to a name, or the defaults of a class."""
    values = []
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=known)], value=value) if known == name:
                values.append(value)
            case ast.AnnAssign(target=ast.Name(id=known), value=ast.expr() as value) if known == name:
                values.append(value)
            case ast.Assign(targets=[ast.Tuple(elts=several)], value=value) if any(
                isinstance(one, ast.Name) and one.id == name for one in several
            ):
                values.append(value)
            case ast.ClassDef(name=known, body=body) if known == name:
                values += [one.value for one in body if isinstance(one, ast.Assign | ast.AnnAssign) and one.value]
    if not values:
        raise LookupError(f"tables.py: no {name} to change")
    return values


def _changes(table: list[ast.expr]) -> Iterator[Change]:
    """What can be changed in a table."""
    for node in (node for value in table for node in ast.walk(value)):
        if isinstance(node, ast.Dict):
            yield from _of_mapping(node)
        elif isinstance(node, ast.Set | ast.List) or (isinstance(node, ast.Tuple) and node in table):
            for place, entry in enumerate(node.elts):
                yield f"without {ast.unparse(entry)}", _deletion(node.elts, place=place)
        elif isinstance(node, ast.Constant):
            other = _another(node.value)
            if other is not None:
                yield f"{node.value!r} becomes {other!r}", _change(node, other)


def _of_mapping(node: ast.Dict) -> Iterator[Change]:
    for place, key in enumerate(node.keys):
        if key is not None:
            yield f"without {ast.unparse(key)}", _deletion(node.keys, node.values, place=place)
            before = node.values[place - 1]
            if ast.unparse(node.values[place]) != ast.unparse(before):
                yield f"{ast.unparse(key)} means {ast.unparse(before)}", _replacement(node.values, place, before)


def _another(value: object) -> object:
    """Another value of the same type."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value * 2 + 1
        case str():
            return None if WORDS.search(value) else value + CHANGED  # a text for people may be worded in another way
        case bytes():
            return value + CHANGED.encode()
    return None


def _replacement(values: list[ast.expr], place: int, value: ast.expr) -> Callable[[], None]:
    def change() -> None:
        values[place] = value

    return change


def _deletion(*lists: list[ast.expr] | list[ast.expr | None], place: int) -> Callable[[], None]:
    def delete() -> None:
        for one in lists:
            del one[place]

    return delete


def _change(node: ast.Constant, value: object) -> Callable[[], None]:
    def change() -> None:
        node.value = value  # type: ignore[assignment]

    return change
