"""Token stores: what is kept, who may read it, and that one process at a time refreshes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.errors
import pytest
from rich.pretty import pretty_repr

from cliq_pins import ConfigurationError, FileTokenStore, KeyringTokenStore, MemoryTokenStore
from cliq_pins.simulator import Simulator
from cliq_pins.testing import connect
from cliq_pins.tokens import Credentials, StoredTokens, TokenStore

TOKENS = StoredTokens(access_token="a", expires=5.0, refresh_token="r", asked=(1.0, 2.0), scopes=("x",))  # noqa: S106


GIVEN = {"client_id": "1000.ID", "client_secret": "s3cret" * 4, "refresh_token": "1000.a.b"}


@pytest.mark.parametrize("bad", ["", "two words", "line\n", None, 5, "\u00e9"])
@pytest.mark.parametrize("name", ["client_id", "client_secret", "refresh_token", "code"])
def test_credentials_that_cannot_be_sent_are_named(name: str, bad: Any) -> None:
    given = {**GIVEN, name: bad}
    if name == "code":
        del given["refresh_token"]
    with pytest.raises(ConfigurationError) as caught:
        Credentials(**given)
    if bad is None and name in ("refresh_token", "code"):
        assert str(caught.value) == "credentials: give refresh_token or code, one of them"
    else:
        assert str(caught.value).startswith(f"credentials: {name} is no text, empty, or has characters")


def test_credentials_have_one_way_to_a_token() -> None:
    with pytest.raises(ConfigurationError, match="give refresh_token or code, one of them"):
        Credentials(**GIVEN, code="1000.a.b")


class Ring(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 1  # type: ignore[assignment]  # the library has it so
    broken = False

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        if self.broken:
            raise keyring.errors.KeyringLocked("it is locked")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.broken:
            raise keyring.errors.PasswordSetError("it is locked")
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


@pytest.fixture
def ring() -> Ring:
    ring, before = Ring(), keyring.get_keyring()
    keyring.set_keyring(ring)
    yield ring  # type: ignore[misc]  # a fixture
    keyring.set_keyring(before)


@pytest.fixture(params=["memory", "file", "keyring"])
def store(request: pytest.FixtureRequest, tmp_path: Path, ring: Ring, monkeypatch: pytest.MonkeyPatch) -> TokenStore:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    match request.param:
        case "memory":
            return MemoryTokenStore()
        case "file":
            return FileTokenStore(tmp_path)
        case _:
            return KeyringTokenStore()


def test_what_is_saved_is_loaded_under_its_key_alone(store: TokenStore) -> None:
    assert store.load("key") is None
    store.save("key", TOKENS)
    store.save("other", StoredTokens(access_token="b"))  # noqa: S106
    assert store.load("key") == TOKENS
    store.save("key", StoredTokens())
    assert store.load("key") == StoredTokens()


def test_the_lock_of_a_key_is_given_back(store: TokenStore) -> None:
    for _ in range(2):
        release, other = store.try_lock("key"), store.try_lock("other")
        assert release is not None
        assert other is not None
        assert store.try_lock("key") is None
        release()
        other()


def test_a_forked_child_takes_a_lock_that_its_parent_has_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryTokenStore()
    assert store.try_lock("key")
    process = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: process + 1)
    assert store.try_lock("key"), "who has it does not live here"
    assert store.try_lock("key") is None


def test_nothing_of_a_store_shows_a_token(store: TokenStore) -> None:
    store.save("key", TOKENS)
    shown = [form(one) for form in (repr, pretty_repr) for one in (store, store.load("key"))]
    assert not [one for one in shown if "'a'" in one or "'r'" in one]


def test_a_later_client_needs_no_new_token(store: TokenStore) -> None:
    simulator = Simulator()
    client = simulator.sign_up()
    credentials = Credentials(**client)
    for _ in range(2):
        connect(simulator, credentials=credentials, accounts_url="https://accounts.zoho.com", token_store=store).board()
    assert [one.operation for one in simulator.log] == ["token", "getPinCategories", "getPinCategories"]
    simulator.clock.advance(3600)
    connect(simulator, credentials=credentials, accounts_url="https://accounts.zoho.com", token_store=store).board()
    assert [(one.operation, one.status) for one in simulator.log][3:] == [("token", 200), ("getPinCategories", 200)]


class Empty(MemoryTokenStore):
    """A store that is nothing, as far as `bool` goes, until it holds something: a kind of dict would be one."""

    def __len__(self) -> int:
        return len(self._tokens)


def test_a_store_that_holds_nothing_yet_is_the_one_that_is_used() -> None:
    simulator, store = Simulator(), Empty()
    credentials = Credentials(**simulator.sign_up())
    connect(simulator, credentials=credentials, accounts_url="https://accounts.zoho.com", token_store=store).board()
    assert store.load(credentials.key)


def test_files_are_for_their_owner_and_nothing_else_is_left(tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path / "new" / "folder")
    store.save("key", TOKENS)
    store.save("key", TOKENS)
    release = store.try_lock("key")
    assert release is not None
    file, lock = sorted((tmp_path / "new" / "folder").iterdir())
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600
    release()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"colour": 1}', b"\xff", b"[" * 100_000])
def test_a_file_that_is_none_of_ours_counts_as_none(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "key.json").write_bytes(content)
    assert FileTokenStore(tmp_path).load("key") is None
    assert caplog.messages == [f"{tmp_path / 'key.json'}: it is not one of ours, and will be replaced"]


def test_ctrl_c_in_the_middle_of_a_write_leaves_no_tokens_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(file: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        FileTokenStore(tmp_path).save("key", TOKENS)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="tokens cannot be kept there"):
        FileTokenStore(tmp_path / "file" / "folder")
    store = FileTokenStore(tmp_path)
    (tmp_path / "key.json").mkdir()
    with pytest.raises(ConfigurationError, match=f"{tmp_path / 'key.json'}: cannot be read: Is a directory"):
        store.load("key")
    with pytest.raises(ConfigurationError, match="tokens cannot be kept there"):
        store.save("key", TOKENS)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "key.json"]
    (tmp_path / "other.json.lock").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be locked"):
        store.try_lock("other")


def test_a_file_is_written_beside_the_one_that_it_replaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "of another file system"))
    FileTokenStore(tmp_path).save("key", TOKENS)
    assert FileTokenStore(tmp_path).load("key") == TOKENS


def test_a_lock_is_given_back_by_whichever_thread_ends_the_refresh(tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path)
    release = store.try_lock("key")
    assert release is not None
    thread = threading.Thread(target=release)
    thread.start()
    thread.join()
    again = store.try_lock("key")
    assert again is not None
    again()


def test_a_folder_is_its_owners_or_the_administrators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr("os.getuid", lambda: owner + 1)
    if owner == 0:
        FileTokenStore(tmp_path)
    else:
        with pytest.raises(ConfigurationError, match="others can write there"):
            FileTokenStore(tmp_path)
    monkeypatch.delattr("os.getuid")
    FileTokenStore(tmp_path)


def test_a_store_says_where_it_keeps_tokens_and_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileTokenStore(tmp_path)
    assert repr(store) == f"FileTokenStore({str(tmp_path)!r})"
    for library in ("filelock", "keyring"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ConfigurationError, match=r"FileTokenStore needs .*'cliq-pins\[files\]'"):
        store.try_lock("key")
    with pytest.raises(ConfigurationError, match=r"KeyringTokenStore needs .*'cliq-pins\[keyring\]'"):
        KeyringTokenStore()


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_a_folder_that_others_can_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(ConfigurationError, match="others can write there"):
        FileTokenStore(tmp_path)


def test_a_keyring_that_does_not_open_is_told(ring: Ring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    store = KeyringTokenStore()
    store.save("key", TOKENS)
    ring.broken = True
    with pytest.raises(ConfigurationError, match="cannot be read: it is locked"):
        store.load("key")
    with pytest.raises(ConfigurationError, match="cannot be written: it is locked"):
        store.save("key", TOKENS)
    ring.broken = False
    ring.held[("cliq-pins", "key")] = "{"
    assert store.load("key") is None


COUNT = """
import sys
import time
from pathlib import Path
from typing import Any
from cliq_pins import FileTokenStore
from cliq_pins.tokens import StoredTokens

store = FileTokenStore(sys.argv[1])
for _ in range(25):
    while (release := store.try_lock("key")) is None:
        time.sleep(0.001)
    seen = store.load("key") or StoredTokens()
    store.save("key", StoredTokens(expires=seen.expires + 1))
    release()
"""


def test_processes_take_turns(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COUNT, str(tmp_path)]
    running = [subprocess.Popen(command) for _ in range(3)]  # the interpreter that runs the tests
    assert [one.wait(30) for one in running] == [0, 0, 0]
    assert FileTokenStore(tmp_path).load("key") == StoredTokens(expires=75.0)
