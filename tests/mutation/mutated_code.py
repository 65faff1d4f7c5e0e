"""Runs mutmut over one group of modules, in a folder of its own: it wants sources below `src/` and changes them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from groups import LEFT_OUT, Group
from wording import differs_in_wording
from workplace import ENVIRONMENT, NEEDED, PYTEST, build

SETTINGS = f"""\
{PYTEST}
[tool.mutmut]
source_paths = ["src"]
only_mutate = {{modules}}
do_not_mutate = {{left_out}}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-x", "-q"]
pytest_add_cli_args_test_selection = {{tests}}
also_copy = {{needed}}
"""
ATTEMPTS = 3
"""How often mutmut is begun: CPython 3.11 crashes in it now and then, and it goes on where it was."""
FOUND = ("killed", "timeout", "segfault", "suspicious")
"""A mutant that hangs has been noticed, too."""
LEFT = ("survived", "no tests")
NAME = re.compile(r"(?P<module>[\w.]+)\.(?:x_|xǁ(?P<owner>\w+)ǁ)(?P<function>\w+)__mutmut_\d+$")


@dataclass(frozen=True)
class Mutant:
    """A change that no test noticed."""

    where: str
    """Module and function, without the package."""
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.where}\n    - {self.was}\n    + {self.now}"

    @property
    def is_wording(self) -> bool:
        """Whether only a text for people differs."""
        return differs_in_wording(self.was, self.now)


@dataclass
class Result:
    """What became of a group's mutants."""

    total: int
    left: list[Mutant]


def run(folder: Path, group: Group, others: Iterable[Group], listed: set[Mutant]) -> Result:
    """Mutate a group's modules; mutants that are listed are not run with the thorough tests."""
    build(folder)
    if group.modules:
        modules, left_out = [f"src/cliq_pins/{one}" for one in group.modules], []
    else:
        modules = ["src/cliq_pins/*"]
        left_out = [f"src/cliq_pins/{one}" for other in others for one in other.modules]
        left_out += [f"src/cliq_pins/{one}" for one in LEFT_OUT]
    statuses = _mutmut(folder, modules, left_out, group.quick)
    left = {name: mutant for name in _left(statuses) for mutant in [_mutant(folder, name)]}
    again = [name for name, mutant in left.items() if mutant not in listed and not mutant.is_wording]
    if again and group.thorough:
        later = _mutmut(folder, modules, left_out, group.thorough, again)
        left = {name: mutant for name, mutant in left.items() if name not in again or later.get(name) not in FOUND}
    return Result(len(statuses), sorted(left.values(), key=str))


def _mutmut(
    folder: Path, modules: list[str], left_out: list[str], tests: tuple[str, ...], names: Iterable[str] = ()
) -> dict[str, str]:
    """Run mutants, all of them or those named, and give what became of each."""
    lists = {
        "modules": json.dumps(modules),
        "left_out": json.dumps(left_out),
        "tests": json.dumps([f"tests/{one}" for one in tests]),
        "needed": json.dumps(NEEDED),
    }
    (folder / "pyproject.toml").write_text(SETTINGS.format(**lists), encoding="utf-8")
    with (folder / "mutmut.log").open("ab") as log:
        for attempt in range(ATTEMPTS):
            command = [sys.executable, "-m", "mutmut", "run", *names]
            code = subprocess.run(command, cwd=folder, env=ENVIRONMENT, stdout=log, stderr=log, check=False).returncode
            if code == 0:
                break
            if code > 0 or attempt == ATTEMPTS - 1:
                raise RuntimeError(f"mutmut ended with {code}; see {folder / 'mutmut.log'}")
    lines = _said(folder, "results", "--all", "true").splitlines()
    return dict(line.strip().split(": ", 1) for line in lines if ": " in line)


def _said(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def _left(statuses: dict[str, str]) -> list[str]:
    unknown = {status for status in statuses.values() if status not in (*FOUND, *LEFT)}
    if unknown:
        raise RuntimeError(f"mutmut says {', '.join(sorted(unknown))} of a mutant: did it end early?")
    return [name for name, status in statuses.items() if status in LEFT]


def _mutant(folder: Path, name: str) -> Mutant:
    lines = _said(folder, "show", name).splitlines()
    was = [line[1:].strip() for line in lines if line.startswith("-") and not line.startswith("---")]
    now = [line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++")]
    parts = NAME.fullmatch(name)
    assert parts is not None, name
    where = ".".join(filter(None, (parts["module"].removeprefix("cliq_pins."), parts["owner"], parts["function"])))
    return Mutant(where, " ".join(was), " ".join(now))
