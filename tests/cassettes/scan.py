"""Looks for what must not be in a cassette: `python -m cassettes.scan`, with `tests` on the path.

Without arguments: in the cassettes on disk and in those that are staged. What is found is never shown. Exit code 0:
nothing was found; 1: something was; 2: it could not be looked for.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from .provenance import FOLDER, NoCassetteError, parsed
from .resanitising import unsanitised
from .sanitise import VERSION
from .scanning import FORMER_SUSPECTS, SUSPECTS, kinds, suspicious
from .versions import GitError, Version, committed, on_disk, staged

FOUND, UNABLE = 1, 2
IN_NAME = " in its name"


def findings(version: Version) -> Iterator[str]:
    """What looks like a secret; and what the sanitisers would not leave, if they are those that have made it."""
    forms = FORMER_SUSPECTS if version.former else SUSPECTS
    yield from (f"{kind}{IN_NAME}" for kind in kinds(os.fsencode(version.path), forms))
    yield from suspicious(version.content, forms)
    if not version.former or _sanitiser(version.content) == VERSION:
        wrong = unsanitised(version.content)
        yield from [wrong] if wrong else []


def told(version: Version) -> Iterator[str]:
    """The findings in a line each, without the name if that is one of them."""
    found = list(findings(version))
    shown = f"a cassette ({version.place})" if any(one.endswith(IN_NAME) for one in found) else version.name
    yield from (f"{shown}: {one}" for one in found)


def _sanitiser(content: bytes) -> object:
    try:
        return parsed(content)["metadata"].get("sanitiser")
    except NoCassetteError:
        return None


def wanted(options: argparse.Namespace) -> Iterator[Version]:
    """The versions that are asked for."""
    if options.history:
        yield from committed()
        return
    if not options.staged:
        yield from on_disk(options.files or [FOLDER])
    if not options.files:
        yield from staged()


def main(arguments: Sequence[str] | None = None) -> int:
    """Say what is found, a line each."""
    parser = argparse.ArgumentParser(prog="python -m cassettes.scan", description=(__doc__ or "").partition("\n")[0])
    what = parser.add_mutually_exclusive_group()
    what.add_argument("files", nargs="*", type=Path, default=[], help="cassettes, or folders of them")
    what.add_argument("--staged", action="store_true", help="only what the next commit will have")
    what.add_argument("--history", action="store_true", help="what any commit of any branch or tag has")
    options = parser.parse_args(arguments)
    try:
        versions = list(wanted(options))
        if not versions and not options.staged:
            raise FileNotFoundError(f"no cassette is in {' '.join(map(str, options.files)) or FOLDER}, and none in git")
    except (GitError, OSError) as error:
        print(f"cassettes.scan: {error}", file=sys.stderr)
        return UNABLE
    found = [line for one in versions for line in told(one)]
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(versions)} versions of cassettes looked through: {len(found) or 'nothing'} found", file=sys.stderr)
    return FOUND if found else 0


if __name__ == "__main__":
    sys.exit(main())
