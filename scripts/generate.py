"""Make the generated package from the normalised contract.

Everything is made in a temporary folder and swapped in whole. `--check` makes it and compares files and bytes.

Exit codes: 0 done, 1 with --check where a file differs, 3 bad input or usage (nothing is written).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import normalise
from contract.cli import ROOT, Parser, run, shown, write
from contract.document import Document
from contract.errors import ContractError
from contract.source import read
from generator.models import write_models
from generator.operations import write_operations
from generator.tools import tidy, versions

TARGET = ROOT / "generated" / "cliq_pins_client"
LOCK = ROOT / "spec" / "lock.json"

_MADE_BY = "Made by scripts/generate.py from spec/normalised.yaml; do not edit."
_AGAIN = "Make it again: python scripts/generate.py"
_HEADER = f"# {_MADE_BY}\n# {_AGAIN}"


def main() -> int:
    parser = Parser(prog="generate.py", description=str(__doc__).partition("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if the package is not what would be made"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="generate-") as name:
        work = Path(name)
        made = work / TARGET.name
        made.mkdir()
        build(read(str(normalise.NORMALISED)), made, work)
        lock = _lock(made)
        if arguments.check:
            return _check(made, lock)
        _swap(made)
        write(LOCK, lock)
    return 0


def build(document: Document, made: Path, work: Path) -> None:
    """Make the package of a normalised contract in an empty folder. Raises `ContractError`."""
    write_operations(document, made, _HEADER)
    write_models(document, made / "models.py", _HEADER, work)
    contract = {"x-made-by": f"{_MADE_BY} {_AGAIN}", **document}
    (made / "contract.json").write_text(
        json.dumps(contract, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )
    (made / "py.typed").write_text(_HEADER + "\n", encoding="utf-8")
    (made / "README.md").unlink(missing_ok=True)
    tidy(made)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): b"a link" if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if (path.is_file() and path.suffix != ".pyc") or path.is_symlink()
    }


def _lock(made: Path) -> str:
    """The hashes of inputs and outputs and the versions of the tools, as JSON."""
    sources = [*sorted((ROOT / "spec" / "published").glob("*.yaml")), normalise.CORRECTIONS, normalise.NORMALISED]
    scripts = [path for path in sorted((ROOT / "scripts").rglob("*")) if _shapes_output(path)]
    outputs = {f"{shown(TARGET)}/{name}": content for name, content in _files(made).items()}
    content = {
        "inputs": {shown(path): _hash(path.read_bytes()) for path in [*sources, *scripts]},
        "tools": versions(),
        "outputs": {name: _hash(content) for name, content in outputs.items()},
    }
    return json.dumps(content, indent=2) + "\n"


def _shapes_output(path: Path) -> bool:
    """Whether a file of the scripts has a part in what is made."""
    place = path.relative_to(ROOT / "scripts")
    if place.parts[0] == "contract":
        return path.suffix == ".py" and "changes" not in place.parts
    return path.suffix in (".py", ".jinja", ".jinja2") and (
        place.parts[0] in ("generator", "templates") or path.name in ("normalise.py", "generate.py")
    )


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _check(made: Path, lock: str) -> int:
    """Compare the set of files and their bytes with what is there; name each that differs."""
    there, wanted = _files(TARGET), _files(made)
    problems = [f"{name} is missing" for name in wanted.keys() - there.keys()]
    problems += [f"{name} is not generated" for name in there.keys() - wanted.keys()]
    problems += [f"{name} differs" for name in wanted.keys() & there.keys() if wanted[name] != there[name]]
    if not LOCK.is_file() or LOCK.read_bytes() != lock.encode():
        problems.append(f"{shown(LOCK)} differs")
    for problem in sorted(problems):
        print(f"{problem}; run python scripts/generate.py")
    return 1 if problems else 0


def _swap(made: Path) -> None:
    """Put the package in place; the old one goes only once the new one is beside it."""
    try:
        TARGET.parent.mkdir(exist_ok=True)
        new, old = TARGET.with_name(f".{TARGET.name}.new"), TARGET.with_name(f".{TARGET.name}.old")
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)
        shutil.copytree(made, new)
        if TARGET.exists():
            TARGET.rename(old)
        try:
            new.rename(TARGET)
        except OSError:
            if old.exists():
                old.rename(TARGET)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise ContractError(f"{shown(TARGET)}: cannot be written: {error}") from error


if __name__ == "__main__":
    run(main)
