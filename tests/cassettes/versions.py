"""Every version of the cassettes: those on disk, those that are staged, and those in the history of a repository."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from .provenance import FOLDER

ROOT = Path(__file__).parents[2]
RECORDED = f":(top,glob)**/{FOLDER.name}/**"
"""Where cassettes are or ever were, whatever the folders above were called."""
CHANGES = ["diff-tree", "--stdin", "--root", "-r", "-m", "--raw", "-z", "--no-abbrev"]
"""What each commit changed; a merge, against every parent."""
NOTHING = "0"
"""What an object that is not there is called, over and over."""


class GitError(Exception):
    """The repository does not say."""


class Version(Struct, frozen=True):
    """What a cassette is, or was."""

    name: str
    """The cassette, and where this version of it is."""
    content: bytes
    former: bool = False
    """Whether it is in the history, and may be what former sanitisers have left."""


def on_disk(paths: Iterable[Path], root: Path = ROOT) -> Iterator[Version]:
    """Files as they are, and those in folders; `OSError` where there is none."""
    for path in paths:
        for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if not one.is_dir():
                shown = one.relative_to(root) if one.is_relative_to(root) else one
                yield Version(f"{_shown(str(shown))} (on disk)", one.read_bytes())


def staged(root: Path = ROOT) -> Iterator[Version]:
    """Cassettes as the next commit will have them."""
    names = dict[str, str]()
    for line in _parts(_git(root, "ls-files", "--stage", "-z", "--", RECORDED)):
        entry, _, path = line.partition("\t")
        names.setdefault(entry.split()[1], f"{_shown(path)} (staged)")
    return _contents(root, names, former=False)


def committed(root: Path = ROOT, revisions: str = "--all") -> Iterator[Version]:
    """Cassettes as any commit has them that can be reached; by the first one, where several have the same."""
    if is_shallow(root):
        raise GitError("the clone is shallow, and lacks the history: git fetch --unshallow")
    commits = _git(root, "rev-list", "--topo-order", "--reverse", revisions)
    names, commit = dict[str, str](), ""
    parts = _parts(_git(root, *CHANGES, "--", RECORDED, given=commits))
    for part in parts:
        if not part.startswith(":"):
            commit = part[:10]
            continue
        blob, path = part.split()[3], next(parts)
        if blob.strip(NOTHING):
            names.setdefault(blob, f"{_shown(path)} (commit {commit})")
    return _contents(root, names, former=True)


def is_shallow(root: Path = ROOT) -> bool:
    """Whether a clone lacks what was before."""
    return _git(root, "rev-parse", "--is-shallow-repository").strip() == b"true"


def _contents(root: Path, names: Mapping[str, str], *, former: bool) -> Iterator[Version]:
    """What blobs hold, all from one process."""
    rest = _git(root, "cat-file", "--batch", given="".join(f"{blob}\n" for blob in names).encode())
    for name in names.values():
        head, _, rest = rest.partition(b"\n")
        if not head.rpartition(b" ")[2].isdigit():
            raise GitError(f"{name}: the repository lacks it")
        size = int(head.rpartition(b" ")[2])
        yield Version(name, rest[:size], former)
        rest = rest[size + 1 :]


def _parts(said: bytes) -> Iterator[str]:
    """What git says with NUL behind each part."""
    return (os.fsdecode(one) for one in said.split(b"\0") if one)


def _shown(path: str) -> str:
    """A path in one line that can be printed, whatever it is."""
    return ascii(path)[1:-1]


def _git(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    try:
        command = ["git", "--no-replace-objects", "-C", str(root), *arguments]
        return subprocess.run(command, input=given, capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise GitError("git is not installed") from None
    except subprocess.CalledProcessError as error:
        raise GitError(error.stderr.decode(errors="replace").strip()) from None
