"""Turn a published contract into the one document that everything else is made from.

Reads OpenAPI 3.0 or 3.1 as the vendor publishes it, runs the passes of `contract.passes`, applies the corrections and
writes OpenAPI 3.1. What the document leaves unclear is a warning on standard error.

Exit codes: 0 done, 1 with --check where the output file differs, 3 bad input or usage (nothing is written).
"""

from __future__ import annotations

from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

from contract import overlay
from contract.cli import ROOT, Parser, run, shown, write
from contract.document import Document, dump, parse
from contract.errors import ContractError
from contract.passes import normalise
from contract.passes.tidy import order_keys
from contract.source import read

PUBLISHED = ROOT / "spec" / "published" / "mypins.yaml"
CORRECTIONS = ROOT / "spec" / "corrections.yaml"
NORMALISED = ROOT / "spec" / "normalised.yaml"

HEADER = """Made by scripts/normalise.py; do not edit.
`python scripts/normalise.py` makes spec/normalised.yaml from spec/published/mypins.yaml and spec/corrections.yaml."""


def main() -> int:
    parser = Parser(prog="normalise.py", description=str(__doc__).partition("\n")[0])
    parser.add_argument(
        "source", nargs="?", default=str(PUBLISHED), metavar="SOURCE", help="a path or an https URL (default: ours)"
    )
    parser.add_argument(
        "--output", type=Path, default=NORMALISED, metavar="FILE", help="where to write (default: spec/normalised.yaml)"
    )
    corrected = parser.add_mutually_exclusive_group()
    corrected.add_argument(
        "--corrections", type=Path, default=CORRECTIONS, metavar="FILE", help="an OpenAPI Overlay (default: ours)"
    )
    corrected.add_argument("--no-corrections", action="store_true", help="run the passes alone")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if FILE is not what would be written"
    )
    arguments = parser.parse_args()
    corrections: Path | None = None if arguments.no_corrections else arguments.corrections
    text = built(arguments.source, corrections)
    if arguments.check:
        return check(arguments.output, text)
    write(arguments.output, text)
    return 0


def built(source: str, corrections: Path | None) -> str:
    """The text of the normalised document. Raises `ContractError`."""
    normalised = document(source, corrections)
    problem = next(iter(OpenAPIV31SpecValidator(normalised).iter_errors()), None)
    if problem is not None:
        where = "/".join(str(part) for part in problem.absolute_path)
        raise ContractError(
            f"{source}: what the passes make of it is no valid OpenAPI: {where}: {problem.message[:200]}"
        )
    return dump(normalised, HEADER)


def document(source: str, corrections: Path | None) -> Document:
    """The normalised document. Raises `ContractError`."""
    normalised = normalise(read(source))
    if corrections is None:
        return normalised
    try:
        text = corrections.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f"{corrections}: cannot be read: {error}") from error
    return order_keys(overlay.apply(normalised, parse(text, corrections.name), corrections.name))


def check(path: Path, text: str) -> int:
    """Say whether the file holds the text."""
    if path.is_file() and path.read_bytes() == text.encode():
        return 0
    print(f"{shown(path)} is not what its source makes; run python scripts/normalise.py")
    return 1


if __name__ == "__main__":
    run(main)
