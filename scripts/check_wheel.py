"""Check a built wheel from outside: what it holds, what it needs, and that it works where it is installed.

Exit codes: 0 all is well, 1 something is missing or too much.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.metadata import requires, version
from pathlib import Path

WANTED = (
    "cliq_pins/__init__.py",
    "cliq_pins/cli/__init__.py",
    "cliq_pins/py.typed",
    "cliq_pins/pytest_plugin.py",
    "cliq_pins/simulator/__init__.py",
    "cliq_pins_client/__init__.py",
    "cliq_pins_client/contract.json",
    "cliq_pins_client/operations/__init__.py",
    "cliq_pins_client/py.typed",
)
ALLOWED = ("cliq_pins/", "cliq_pins_client/", "cliq_pins-")


def problems(wheel: Path) -> list[str]:
    """What is wrong with the wheel and its installation."""
    names = zipfile.ZipFile(wheel).namelist()
    found = [f"the wheel lacks {name}" for name in WANTED if name not in names]
    found += [f"the wheel has {name}" for name in names if not name.startswith(ALLOWED)]
    needed = sorted(one.partition(">")[0] for one in requires("cliq-pins") or [] if "extra" not in one)
    if needed != ["httpx2", "msgspec"]:
        found.append(f"it needs {needed}, not httpx2 and msgspec alone")
    import cliq_pins
    import cliq_pins_client

    for package in (cliq_pins, cliq_pins_client):
        if "site-packages" not in str(package.__file__):
            found.append(f"{package.__name__} comes from {package.__file__}, not from the wheel")
    if len(cliq_pins_client.operation_table()) != 10:
        found.append("the contract in it does not have ten operations")
    if "httpx2" in sys.modules:
        found.append("importing cliq_pins_client imports an HTTP library")
    command = Path(sys.executable).with_name("cliq-pins")
    said = subprocess.run([command, "serve"], capture_output=True, text=True, check=False).stderr
    if not said.endswith("pip install 'cliq-pins[cli]'\n") or said.count("\n") != 1:
        found.append(f"without its extra, the command does not say what to install but: {said}")
    return found


def main() -> int:
    """Print what is wrong, or what is right."""
    wheel = Path(sys.argv[1])
    found = problems(wheel)
    print(
        "\n".join(found) or f"{wheel.name} ({version('cliq-pins')}): {wheel.stat().st_size:,} bytes, both packages work"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
