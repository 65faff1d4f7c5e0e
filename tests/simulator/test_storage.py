"""State files: what is written can be read, and nothing is lost by what cannot."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import msgspec
import pytest

from cliq_pins.simulator import Simulator
from cliq_pins.simulator.storage import Saved, StateFileError, load, save
from cliq_pins.testing import board, chat, folder


def a_state() -> Saved:
    simulator = Simulator(
        board(folder("A", "C1", symbol="🎉"), chats=[chat("C1", people=["Ada"], last_message="Hi")], unpinnable=["C2"]),
        seed=7,
    )
    simulator.token()
    simulator.sign_up()
    simulator.script({"on": "*", "phase": "before", "action": "slow", "every": 2, "args": {"ms": 1}})
    return Saved(ahead_ms=5, state=simulator.state)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    save(tmp_path / "s", a_state())
    assert load(tmp_path / "s") == a_state()


def test_a_file_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert load(tmp_path / "s") is None


def test_a_state_file_is_for_its_owner_and_nothing_else_is_left(tmp_path: Path) -> None:
    save(tmp_path / "s", a_state())
    save(tmp_path / "s", a_state())
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["s"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    save(tmp_path / "link", a_state())
    assert (tmp_path / "link").is_symlink()
    assert load(tmp_path / "target") == a_state()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "s", a_state())
    before = (tmp_path / "s").read_bytes()

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StateFileError, match=r"s: cannot be written: No space left on device$"):
        save(tmp_path / "s", msgspec.structs.replace(a_state(), ahead_ms=9))
    assert (tmp_path / "s").read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["s"]


FOREIGN = {
    "nothing": b"",
    "no JSON": b"\x00\xff",
    "other JSON": b'{"a": 1}',
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "a later version": b'{"format": "cliq-pins simulator state", "version": 2, "state": {}}',
    "another format": b'{"format": "something else", "version": 1, "state": {}}',
    "no users": b'{"format": "cliq-pins simulator state", "version": 1, "state": {}}',
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_file_is_refused_in_one_line_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s").write_bytes(content)
    with pytest.raises(StateFileError) as caught:
        load(tmp_path / "s")
    assert str(caught.value).startswith(f"{tmp_path / 's'}: is no state file of this simulator: ")
    assert "\n" not in str(caught.value)
    assert (tmp_path / "s").read_bytes() == content


CONTRADICTIONS = {
    "a chat that is not described": ('"chats": [\n', '"chats": [\n"C9",'),
    "a chat twice": ('"chats": [\n', '"chats": [\n"C1",'),
    "a folder called as My Pins": ('"id": "4000000000000020000"', '"id": "default"'),
    "a chat under another id": ('"chat_id": "C1"', '"chat_id": "C3"'),
    "an unpinnable chat that is not described": ('"unpinnable": [\n', '"unpinnable": [\n"C9",'),
    "a token of nobody": ('"user": "user-1"', '"user": "nobody"'),
}


@pytest.mark.parametrize("change", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_state_that_contradicts_itself_is_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    save(tmp_path / "s", a_state())
    text = (tmp_path / "s").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "s").write_text(text.replace(change[0], change[1], 1), encoding="utf-8")
    json.loads((tmp_path / "s").read_text(encoding="utf-8"))
    with pytest.raises(StateFileError):
        load(tmp_path / "s")


def test_a_state_is_written_in_the_same_bytes_and_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    save(tmp_path / "s", a_state())
    tokens = json.loads((tmp_path / "s").read_bytes())["state"]["access_tokens"].values()
    assert all(one["scopes"] == sorted(one["scopes"]) for one in tokens)
    (tmp_path / "folder").mkdir()
    with pytest.raises(StateFileError, match="cannot be written"):
        save(tmp_path / "folder", a_state())
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "s"]


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        with pytest.raises(StateFileError, match="is no file"):
            load(tmp_path / name)


def test_a_time_that_no_calendar_has_is_refused(tmp_path: Path) -> None:
    saved = json.loads(msgspec.json.encode(a_state()))
    (tmp_path / "s").write_text(json.dumps({**saved, "ahead_ms": 10**18}))
    with pytest.raises(StateFileError, match="ahead_ms"):
        load(tmp_path / "s")
