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

    path: str
    """The cassette's, below the folder."""
    content: bytes
    place: str = "on disk"
    """Where this version of it is."""
    former: bool = False
    """Whether it is in the history, and may be what former sanitisers have left."""
    folder: str = ""
    """What is above, whose name is the user's own affair; empty for the repository."""

    @property
    def name(self) -> str:
        """The cassette and the version in one line that can be printed, whatever they are."""
        return f"{ascii(str(Path(self.folder, self.path)))[1:-1]} ({self.place})"


def on_disk(paths: Iterable[Path], root: Path = ROOT) -> Iterator[Version]:
    """Files as they are, and those in folders; `OSError` where there is none."""
    for path in paths:
        above = root if path.is_relative_to(root) else path if path.is_dir() else path.parent
        folder = "" if above == root else str(above)
        for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if not one.is_dir():
                yield Version(str(one.relative_to(above)), one.read_bytes(), folder=folder)


def staged(root: Path = ROOT) -> Iterator[Version]:
    """Cassettes as the next commit will have them."""
    places = dict[tuple[str, str], str]()
    for line in _parts(_git(root, "ls-files", "--stage", "-z", "--", RECORDED)):
        entry, _, path = line.partition("\t")
        places[entry.split()[1], path] = "staged"
    return _contents(root, places, former=False)


def committed(root: Path = ROOT, revisions: str = "--all") -> Iterator[Version]:
    """Cassettes as any commit has them that can be reached; by the first one, where several have the same there."""
    if is_shallow(root):
        raise GitError("the clone is shallow, and lacks the history: git fetch --unshallow")
    commits = _git(root, "rev-list", "--topo-order", "--reverse", revisions)
    places, commit = dict[tuple[str, str], str](), ""
    parts = _parts(_git(root, *CHANGES, "--", RECORDED, given=commits))
    for part in parts:
        if not part.startswith(":"):
            commit = part[:10]
            continue
        blob, path = part.split()[3], next(parts)
        if blob.strip(NOTHING):
            places.setdefault((blob, path), f"commit {commit}")
    return _contents(root, places, former=True)


def is_shallow(root: Path = ROOT) -> bool:
    """Whether a clone lacks what was before."""
    return _git(root, "rev-parse", "--is-shallow-repository").strip() == b"true"


def _contents(root: Path, places: Mapping[tuple[str, str], str], *, former: bool) -> Iterator[Version]:
    """What blobs hold that have a path somewhere, all from one process."""
    rest = _git(root, "cat-file", "--batch", given="".join(f"{blob}\n" for blob, _ in places).encode())
    for (_, path), place in places.items():
        head, _, rest = rest.partition(b"\n")
        if not head.rpartition(b" ")[2].isdigit():
            raise GitError(f"{Version(path, b'', place).name}: the repository lacks it")
        size = int(head.rpartition(b" ")[2])
        yield Version(path, rest[:size], place, former)
        rest = rest[size + 1 :]


def _parts(said: bytes) -> Iterator[str]:
    """What git says with NUL behind each part."""
    return (os.fsdecode(one) for one in said.split(b"\0") if one)


def _git(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    try:
        command = ["git", "--no-replace-objects", "-C", str(root), *arguments]
        return subprocess.run(command, input=given, capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise GitError("git is not installed") from None
    except subprocess.CalledProcessError as error:
        raise GitError(error.stderr.decode(errors="replace").strip()) from None
