"""What the command lines of the scripts share: exit codes, one-line errors, and files written whole or not at all."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from contract.errors import ContractError, ContractWarning

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""

BAD_INPUT = 3
"""The exit code for input or usage that cannot be used."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose usage errors have the same exit code as other bad input."""

    def error(self, message: str) -> NoReturn:
        """Exit with what is wrong, in one line."""
        self.exit(BAD_INPUT, f"error: {message}; see {self.prog} --help\n")


def run(main: Callable[[], int]) -> NoReturn:
    """Run a script: warnings and errors become one line each on standard error, errors exit 3."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", ContractWarning)
        warnings.showwarning = _show
        try:
            code = main()
        except ContractError as error:
            print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
            code = BAD_INPUT
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
    sys.exit(code)


def _show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
    label = "warning" if issubclass(category, ContractWarning) else category.__name__
    print(f"{label}: {' '.join(str(message).split())}", file=sys.stderr)


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises `ContractError` where the folder cannot be written."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink()
            raise
    except OSError as error:
        raise ContractError(f"{path}: cannot be written: {error.strerror or error}") from error


def shown(path: Path) -> str:
    """A path as a reader of this project knows it."""
    resolved = path.resolve()
    return resolved.relative_to(ROOT).as_posix() if resolved.is_relative_to(ROOT) else str(path)
