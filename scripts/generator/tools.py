"""The tools that write code: which versions, and one way to run them."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from contract.errors import ContractError

TOOLS = ("datamodel-code-generator", "openapi-python-client", "ruff")
"""The tools whose versions decide the bytes of the generated package."""

_FORMAT = ("--isolated", "--line-length", "120", "--target-version", "py311")


def versions() -> dict[str, str]:
    """The installed version of each tool."""
    return {name: version(name) for name in TOOLS}


def run(*arguments: str) -> None:
    """Run a Python module as a command. Raises `ContractError` with what it said."""
    done = subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ContractError(f"{arguments[0]} failed: {(done.stderr or done.stdout).strip()[-600:]}")


def tidy(folder: Path) -> None:
    """Sort imports, drop unused ones and format, whatever configuration lies nearby."""
    run("ruff", "check", "--quiet", "--no-cache", *_FORMAT, "--select", "I,F401,UP", "--fix", str(folder))
    run(
        "ruff",
        "format",
        "--quiet",
        "--no-cache",
        *_FORMAT,
        "--config",
        "format.skip-magic-trailing-comma=true",
        str(folder),
    )
