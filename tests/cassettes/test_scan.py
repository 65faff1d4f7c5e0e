"""The scan of cassettes finds what is planted on disk, in the index and anywhere in the history, and never shows it."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from .planting import FORMER, GOOD, HERE, LEAKING, OWN, PLANTED, Repository
from .provenance import FOLDER
from .scan import FOUND, UNABLE, findings, main, told
from .versions import ROOT, GitError, Version, committed, is_shallow, on_disk, staged

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    for name in os.environ.keys() - OWN.keys():
        monkeypatch.delenv(name)
    return Repository(tmp_path)


def found(found_in: Iterable[Version]) -> list[str]:
    return [line for one in found_in for line in told(one)]


def stray(what: bytes, content: bytes = GOOD) -> str:
    """That what is in this line is no sanitiser's work."""
    return f"line {content[: content.index(what)].count(10) + 1} is not as the sanitisers leave it"


STRAY = stray(b"chat.pin")
TOKEN = f"a token in {STRAY.partition(' is')[0]}"
FOUND_ON = f"{HERE}/pinChat/200.yaml"
NONE = "it is no cassette"


def test_what_is_staged_is_looked_at_and_not_what_is_on_disk(repository: Repository) -> None:
    repository.commit(GOOD)
    repository.write(LEAKING)
    assert found(staged(repository.root)) == []
    assert found(on_disk([repository.root / HERE], repository.root)) == [
        f"{FOUND_ON} (on disk): {what}" for what in (TOKEN, STRAY)
    ]
    repository.git("add", "--all")
    repository.write(GOOD)
    assert found(on_disk([repository.root / HERE], repository.root)) == []
    assert found(staged(repository.root)) == [f"{FOUND_ON} (staged): {what}" for what in (TOKEN, STRAY)]


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (GOOD.replace(b"chat.pin", b"Ada Byron"), STRAY),
        (GOOD + b"# Ada Byron\n", stray(b"# Ada", GOOD + b"# Ada")),
        (GOOD.replace(b"    body:\n", b"    user: Ada Byron\n    body:\n"), stray(b"    body:\n")),
        (GOOD.replace(b"work: '80000000000000001'", b"work: Ada Byron"), stray(b"work:")),
        (GOOD.replace(b"given:", b"by: Ada Byron\n  given:"), NONE),
        (GOOD.replace(b"interactions:", b"interactions: Ada\nothers:"), NONE),
        (GOOD.replace(b"    headers:", b"    heads:"), NONE),
        (b"'" + GOOD, NONE),
        (b"\xff" + GOOD, NONE),
        (GOOD.replace(b"version: 1", b"version: 2024-13-45"), NONE),
        (GOOD.replace(b"version: 1", b"version: !!int Ada"), NONE),
        (GOOD.replace(b"version: 1", b"version: &a [*a]"), stray(b"version: 1")),
        (GOOD.replace(b"method: GET", b"method: Ada Byron"), NONE),
    ],
    ids=[
        *("value", "comment", "property", "given", "metadata", "interactions", "headers"),
        *("no YAML", "no text", "no date", "no number", "endless", "method"),
    ],
)
def test_nothing_may_be_there_that_the_sanitisers_would_not_leave(content: bytes, finding: str) -> None:
    assert [*findings(Version("", content))] == [finding]


@pytest.mark.parametrize(
    "content",
    [
        LEAKING,
        GOOD + f"# {PLANTED}\n".encode(),
        b"'" + LEAKING,
        GOOD + f"---\n{PLANTED}\n".encode(),
        f"version: {PLANTED}\n".encode() + GOOD,
        GOOD
        + b"more: !!binary |\n  "
        + b"\n  ".join(re.findall(rb".{1,6}", base64.b64encode(PLANTED.encode())))
        + b"\n",
        LEAKING.decode().encode("utf-16"),
    ],
    ids=["value", "comment", "no YAML", "document", "the same key again", "binary", "UTF-16"],
)
@pytest.mark.parametrize("former", [False, True])
def test_a_token_is_found_wherever_it_is(content: bytes, former: bool) -> None:
    assert any(one.startswith("a token in line ") for one in findings(Version("", content, former=former)))


def test_a_name_that_is_odd_is_told_in_one_line(repository: Repository) -> None:
    odd = os.fsdecode(b"a\tb\n\xff\xe2\x80\xa8.yaml")
    repository.git("config", "core.quotePath", "false")
    repository.commit(LEAKING, repository.root / HERE / odd)
    shown = ascii(f"{HERE}/{odd}")[1:-1]
    on = on_disk([repository.root / HERE], repository.root)
    for name, versions in (
        ("staged", staged(repository.root)),
        ("commit", committed(repository.root)),
        ("on disk", on),
    ):
        assert [one.startswith(f"{shown} ({name}") and one.isprintable() for one in found(versions)] == [True, True]


@pytest.mark.parametrize("name", [PLANTED, base64.b64encode(PLANTED.encode()).decode(), "ada%40example.org"])
def test_a_name_with_a_secret_is_found_and_not_shown(repository: Repository, name: str) -> None:
    repository.commit(GOOD)
    repository.commit(GOOD, repository.root / HERE / name / "200.yaml")
    where = ["commit ", "on disk", "staged"]
    every = *committed(repository.root), *on_disk([repository.root / HERE]), *staged(repository.root)
    for line, place in zip(found(every), where, strict=True):
        assert line.startswith(f"a cassette ({place}")
        assert line.endswith(" in its name")


def test_above_what_is_looked_at_names_are_the_users(tmp_path: Path) -> None:
    cassette = tmp_path / "ada@example.org" / "200.yaml"
    cassette.parent.mkdir()
    cassette.write_bytes(GOOD)
    assert found(on_disk([cassette, cassette.parent])) == []


def test_what_was_committed_is_found_when_it_is_gone(repository: Repository) -> None:
    repository.commit(GOOD)
    leaking = repository.commit(LEAKING)
    copy = f"{HERE}/pinChat/201.yaml"
    again = repository.commit(LEAKING, repository.root / copy)
    repository.commit(GOOD)
    repository.git("rm", "--quiet", "-r", ".")
    repository.commit(b"", repository.root / "README")
    assert len([*committed(repository.root)]) == 3, "what is the same under the same name once"
    assert found(committed(repository.root)) == [
        f"{name} (commit {commit[:10]}): {what}"
        for name, commit in ((FOUND_ON, leaking), (copy, again))
        for what in (TOKEN, STRAY)
    ]


def first(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--orphan", "first")
    repository.commit(LEAKING)
    repository.git("rm", "--quiet", "-r", ".")
    repository.commit(GOOD)


def elsewhere(repository: Repository) -> None:
    repository.commit(LEAKING, repository.root / "spec" / HERE.name / "a.json")


def beside(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--create", "beside")
    repository.commit(LEAKING)
    repository.git("switch", "--quiet", "main")


def tagged(repository: Repository) -> None:
    beside(repository)
    repository.git("tag", "kept", "beside")
    repository.git("branch", "--quiet", "--delete", "--force", "beside")


def merged(repository: Repository) -> None:
    """Not on either side, but in the merge itself."""
    repository.git("switch", "--quiet", "--create", "beside")
    repository.commit(GOOD + b"# beside\n")
    repository.git("switch", "--quiet", "main")
    repository.commit(GOOD + b"# main\n")
    repository.git("merge", "--quiet", "--strategy=ours", "--no-commit", "beside")
    repository.commit(LEAKING)
    repository.commit(GOOD)


@pytest.mark.parametrize("way", [first, elsewhere, beside, tagged, merged])
def test_what_any_commit_has_is_found(repository: Repository, way: Callable[[Repository], None]) -> None:
    repository.commit(GOOD)
    way(repository)
    assert any(TOKEN in one for one in found(committed(repository.root)))


def test_what_former_sanitisers_left_may_be_in_the_history_alone(repository: Repository) -> None:
    repository.commit(FORMER)
    assert found(committed(repository.root)) == []
    for now in (staged(repository.root), on_disk([repository.cassette], repository.root)):
        assert any("an id in line " in one for one in found(now))


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (b"7000000000000000001", b"7000000000000001001", "an id in line "),
        (b'"chat.pin"', b'"x","client_secret":"5ec4e7abcdef"', "a key by its name in line "),
        (b'"chat.pin"', b'"\\u0061da@example.org"', "an address in line "),
        (b"given:\n", b"given:\n    client_secret: 5ec4e7abcdef\n", "a key by its name in line "),
        (b"given:\n", b"given:\n    'client_id': 'abcdef'\n", "a key by its name in line "),
    ],
)
def test_former_sanitisers_left_no_secret_either(old: bytes, new: bytes, finding: str) -> None:
    assert old in FORMER
    assert any(one.startswith(finding) for one in findings(Version("", FORMER.replace(old, new), former=True)))


def test_a_finding_does_not_show_what_was_found(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.write(LEAKING)
    assert main([str(repository.cassette)]) == FOUND
    said = capsys.readouterr()
    assert said.out == "".join(f"{repository.cassette} (on disk): {what}\n" for what in (TOKEN, STRAY))
    assert said.err == "1 versions of cassettes looked through: 2 found\n"


def test_a_clone_that_lacks_the_history_is_not_taken_for_clean(repository: Repository, tmp_path: Path) -> None:
    repository.commit(LEAKING)
    repository.commit(GOOD)
    repository.git("clone", "--quiet", "--depth=1", f"file://{tmp_path}", f"{tmp_path}/shallow")
    with pytest.raises(GitError, match="shallow"):
        committed(tmp_path / "shallow")


def test_objects_that_are_lost_are_not_taken_for_clean(repository: Repository) -> None:
    repository.commit(GOOD)
    blob = repository.git("rev-parse", f"HEAD:{HERE.as_posix()}/pinChat/200.yaml")
    (repository.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GitError, match=r"200\.yaml .*: the repository lacks it"):
        [*committed(repository.root)]


def test_where_nothing_can_be_looked_at_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "none.yaml")]) == UNABLE
    assert main([str(tmp_path)]) == UNABLE
    assert f"no cassette is in {tmp_path}" in capsys.readouterr().err
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(GitError, match="not a git repository"):
        staged(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--staged"]) == UNABLE
    assert "git is not installed" in capsys.readouterr().err


@pytest.fixture
def hooked(repository: Repository) -> Repository:
    """With the hooks as they are, in a copy of what they need, and a cassette."""
    for one in (".github/hooks", "tests"):
        shutil.copytree(ROOT / one, repository.root / one, ignore=shutil.ignore_patterns("__pycache__", FOLDER.name))
    repository.write(b"__pycache__\n.nox\n", repository.root / ".gitignore")
    (repository.root / ".nox").mkdir()
    (repository.root / ".nox" / "scan").symlink_to(sys.prefix)
    repository.commit(GOOD)
    repository.git("config", "core.hooksPath", ".github/hooks")
    return repository


def test_a_commit_with_a_secret_is_refused(hooked: Repository) -> None:
    before = hooked.git("rev-parse", "HEAD")
    hooked.write(LEAKING)
    with pytest.raises(subprocess.CalledProcessError) as refused:
        hooked.git("commit", "--all", "--message=x")
    assert f"{FOUND_ON} (staged): {TOKEN}" in refused.value.stdout + refused.value.stderr
    assert PLANTED not in refused.value.stdout + refused.value.stderr
    assert hooked.git("rev-parse", "HEAD") == before
    hooked.git("commit", "--allow-empty", "--message=what is staged is clean")
    assert hooked.git("rev-parse", "HEAD") != before


def test_a_merge_that_brings_a_secret_is_refused(hooked: Repository) -> None:
    hooked.git("checkout", "--quiet", "-b", "side")
    hooked.write(LEAKING)
    hooked.git("commit", "--all", "--no-verify", "--message=x")
    hooked.git("checkout", "--quiet", "main")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        hooked.git("merge", "--no-ff", "side")
    assert f"{FOUND_ON} (staged): {TOKEN}" in refused.value.stdout + refused.value.stderr


def test_where_there_is_no_cassette_any_commit_passes(hooked: Repository) -> None:
    hooked.git("rm", "--quiet", "-r", HERE.as_posix())
    hooked.git("commit", "--message=without any")
    assert hooked.git("ls-files", HERE.as_posix()) == ""


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="these tests are in no git repository")
def test_no_version_of_a_cassette_that_git_has_holds_a_secret() -> None:
    """Of those that are in what is checked out, and before it; `nox -s scan -- --history` looks at the rest."""
    if is_shallow(ROOT):
        pytest.skip("the clone is shallow, and lacks the history")
    every = [*committed(ROOT, "HEAD")]
    assert every
    assert found(every) == []
