"""A copy of what tests need, in which code may be changed: the packages stand below `src/`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("overlay/cliq_pins", "generated/cliq_pins_client")
NEEDED = (".ci", "tests", "scripts", "spec", "README.md")
"""What tests read, beside the packages."""
PYTEST = """\
[tool.pytest.ini_options]
pythonpath = ["src", "scripts", "tests"]
addopts = ["-p", "pytester"]
filterwarnings = ["error"]
"""
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""That of the tests: many processes import the same modules."""


def build(folder: Path) -> None:
    """Copy the packages and their tests to a folder, in place of what is there."""
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", ".hypothesis", "mutation")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / "src" / Path(package).name, ignore=ignored)
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder / name)
