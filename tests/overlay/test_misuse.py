"""What callers get wrong: each is one clear line, nothing is sent for it, and nothing is lost."""

from __future__ import annotations

import copy
import pickle
import re
import threading
from collections.abc import Callable
from pathlib import Path
from traceback import TracebackException
from typing import Any

import pytest

import cliq_pins
from cliq_pins import (
    AddChats,
    AsyncCliqPins,
    CallOptions,
    CliqError,
    CliqPins,
    ConfigurationError,
    ConnectionFailed,
    Credentials,
    FileTokenStore,
    Folder,
    Hooks,
    InvalidRequest,
    Move,
    NotFound,
    OperationFailed,
    RateLimited,
    RemoveChats,
    ReplaceChats,
    Settings,
    StaleBoard,
    engine,
    http,
    locks,
)
from cliq_pins.board import Board
from cliq_pins.engine import call
from cliq_pins.limits.redis_store import RedisStore
from cliq_pins.locks import Locked
from cliq_pins.secret import Secret
from cliq_pins.simulator import Behaviour, Fault, Simulator
from cliq_pins.testing import board, connect, folder
from latency import Foreigner

WORK = "4000000000000010001"


def simulated() -> Simulator:
    return Simulator(board(folder("Work", "C1", folder_id=WORK), folder("Later"), chats=["C2", "C3"]))


# Wrong types

CALLS: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "board[0]": (lambda pins, now: now[0], "folder: an id or a title is wanted, not 0"),
    "board.find(None)": (lambda pins, now: now.find(None), "folder: an id or a title is wanted, not None"),
    "pin(None)": (lambda pins, now: pins.chats.pin(None), "chat: the id of a chat or a Chat is wanted, not None"),
    "pin('')": (lambda pins, now: pins.chats.pin(""), "chat: the id of a chat"),
    "pin a folder": (lambda pins, now: pins.chats.pin(now["Work"]), "chat: the id of a chat"),
    "pin to a chat": (
        lambda pins, now: pins.chats.pin("C1", folder=now["Work"].chats[0]),
        "folder: the id of a folder or a Folder is wanted, not Chat('C1'",
    ),
    "move(above=None)": (lambda pins, now: pins.folders.move(now["Work"], above=None), "above: the id of a folder"),
    "move a list": (lambda pins, now: pins.folders.move(["Work"], above=WORK), "folder: the id of a folder"),
    "move_chat": (lambda pins, now: pins.folders.move_chat(WORK, "C1", above=3), "above: the id of a chat"),
    "update(None)": (lambda pins, now: pins.folders.update(None, title="x"), "folder: the id of a folder"),
    "delete(b'')": (lambda pins, now: pins.folders.delete(b"1", unpin_all=False), "folder: the id of a folder"),
    "chats=None": (lambda pins, now: pins.folders.replace_chats(WORK, None), "chats: give a list of chats, not None"),
    "chats='C1'": (lambda pins, now: pins.folders.add_chats(WORK, "C1"), "chats: give a list of chats, not 'C1'"),
    "chats={…}": (lambda pins, now: pins.folders.add_chats(WORK, {"C1"}), "chats: a set has no order; give a list"),
    "chats=[None]": (lambda pins, now: pins.folders.add_chats(WORK, [None]), "chats: the id of a chat"),
    "chats twice": (lambda pins, now: pins.folders.create("x", chats=["C2", "C1", "C1"]), "chats: 'C1' comes twice"),
    "chats twice of a folder that is there": (
        lambda pins, now: pins.folders.create_or_get("Work", chats=["C1", "C1"]),
        "chats: 'C1' comes twice",
    ),
    "update nothing": (lambda pins, now: pins.folders.update(WORK), "update: give a title, a symbol or a state"),
    "unpin_many(Chat)": (lambda pins, now: pins.chats.unpin_many(now["Work"].chats[0]), "chats: give a list of chats"),
    "edit(Move)": (lambda pins, now: pins.edit(Move(WORK, above="x")), "edit: a function that gets a board"),
    "edit gives True": (lambda pins, now: pins.edit(lambda _: True), "edit: the function gave True, which is no edit"),
    "edit gives [None]": (lambda pins, now: pins.edit(lambda _: [None]), "edit: the function gave None"),
    "edit(board=5)": (lambda pins, now: pins.edit(lambda _: None, board=5), "board: a Board is wanted, not 5"),
    "include=5": (lambda pins, now: pins.board(include=5), "include: give a list of fields, not 5"),
    "include='chats'": (lambda pins, now: pins.board(include="chats"), "include: give a list of fields"),
    "options={}": (lambda pins, now: pins.board(options={}), "options: a CallOptions is wanted, not {}"),
    "send(None)": (lambda pins, now: pins.send(None), "send: a Call of cliq_pins_client.operations is wanted"),
    "reconcile": (lambda pins, now: pins.folders.reconcile(ValueError()), "reconcile: the error that createPinCat"),
    "reconcile a pin": (
        lambda pins, now: pins.folders.reconcile(ConnectionFailed("x")),
        "reconcile: takes the error of createPinCategory, not of nothing sent",
    ),
    "on_conflict": (
        lambda pins, now: pins.folders.move(WORK, above="x", on_conflict="ignore"),
        "on_conflict: 'ignore' is neither 'raise' nor 'rebase'",
    ),
    "on_conflict=None": (
        lambda pins, now: pins.folders.add_chats(WORK, ["C2"], on_conflict=None),
        "on_conflict: None is neither 'raise' nor 'rebase'",
    ),
    "a long value": (lambda pins, now: pins.chats.pin(b"x" * 10_000), "chat: the id of a chat"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_argument_is_told_in_one_line_and_changes_nothing(name: str) -> None:
    simulator = simulated()
    pins = connect(simulator)
    now = pins.board()
    act, said = CALLS[name]
    with pytest.raises(InvalidRequest) as caught:
        act(pins, now)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 250
    assert {one.method for one in simulator.log} == {"GET"}


REFUSED = {"status": 400, "body": {"json": {"code": "operation_failed"}}}
BY_ID: dict[str, Callable[[Any, str], Any]] = {
    "pin": lambda pins, folder: pins.chats.pin("C2", folder=folder),
    "update": lambda pins, folder: pins.folders.update(folder, title="x"),
    "delete": lambda pins, folder: pins.folders.delete(folder, unpin_all=False),
}


@pytest.mark.parametrize("reading", ["400", "404"])
@pytest.mark.parametrize("name", BY_ID)
def test_a_title_in_place_of_an_id_is_doubted_once_the_service_has_refused_it(name: str, reading: Any) -> None:
    simulator = simulated()
    simulator.behave(Behaviour(unknown_folder=reading))
    pins = connect(simulator)
    with pytest.raises(OperationFailed if reading == "400" else NotFound) as caught:
        BY_ID[name](pins, "Two  words")
    title = r"'Two\x20\x20words'"
    hint = f"; if {title} is the title of a folder, give its id, or the folder itself: board[{title}]"
    assert caught.value.message.endswith(hint)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301  # our own
    with pytest.raises(CliqError) as unknown:
        BY_ID[name](pins, "4000000000000019999")
    assert unknown.value.message == caught.value.message.removesuffix(hint), "digits are an id"
    if name != "delete":  # it is forbidden, whatever it is called
        simulator.script(Fault(on="*", phase="before", action="status", args=REFUSED, nth=1))
        with pytest.raises(OperationFailed) as default:
            BY_ID[name](pins, "default")
        assert "title" not in default.value.message, "it is the id of My Pins"


def test_a_doubted_title_shows_no_secret() -> None:
    pins = connect(simulated())
    secret = Secret("sesame-of-some-length")
    with pytest.raises(OperationFailed) as caught:
        pins.folders.delete(secret.reveal(), unpin_all=False)
    assert secret.reveal() not in str(caught.value)


SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "a token of bytes": ({"token": b"x"}, "token: "),
    "a token of two lines": ({"token": "a\nb"}, "token: "),
    "both": ({"token": "x", "credentials": Credentials(client_id="a", client_secret="b", code="c")}, "one of them"),  # noqa: S106
    "neither": ({"token": None}, "give a token or credentials"),
    "credentials of another type": ({"token": None, "credentials": "x"}, "credentials: Credentials or None is wanted"),
    "an unknown data centre": ({"data_centre": "euu"}, "data_centre: 'euu' is none of us, "),
    "no data centre": ({"data_centre": None}, "data_centre: str is wanted, not NoneType"),
    "an empty base_url": ({"base_url": ""}, "base_url: '' is no http or https URL"),
    "http to the world": ({"base_url": "http://cliq.zoho.com/api/v3"}, "would send tokens in the clear; use https"),
    "http to an address": ({"base_url": "http://93.184.216.34/"}, "would send tokens in the clear; use https"),
    "a password in the URL": ({"base_url": "https://me:pa ss@h"}, "a user name cannot be used"),
    "a query of nothing": ({"base_url": "https://h/x?"}, "a URL with a query, a fragment or a user name"),
    "a fragment of nothing": ({"base_url": "https://h/x#"}, "a URL with a query, a fragment or a user name"),
    "an @ in the path": ({"base_url": "https://h/me@elsewhere"}, "a URL with a query, a fragment or a user name"),
    "a backslash": ({"base_url": "https://h\\elsewhere/x"}, "is no http or https URL of a host and a path"),
    "a URL of another kind": ({"base_url": "ftp://h"}, "is no http or https URL"),
    "accounts_url": ({"accounts_url": "nonsense"}, "accounts_url: 'nonsense' is no http or https URL"),
    "a network of dots": ({"network": ".."}, "network: '..' is no name or id"),
    "an empty network": ({"network": ""}, "network: '' is no name or id"),
    "network and base_url": ({"network": "n", "base_url": "https://h"}, "give network or base_url, not both"),
    "a header of a number": ({"headers": {"a": 5}}, "headers: str is wanted, not int"),
    "a header of our own": ({"headers": {"Authorization": "x"}}, "headers: Authorization is the client's own to set"),
    "a header of two lines": ({"headers": {"a": "b\r\nc: d"}}, "headers: the value of a has characters"),
    "a negative timeout": ({"timeout": -1}, "timeout: -1 is no number of seconds above 0"),
    "an endless deadline": ({"deadline": float("inf")}, "deadline: inf is no number of seconds"),
    "a huge deadline": ({"deadline": 10**400}, "deadline: 1000"),
    "a deadline of text": ({"deadline": "5"}, "deadline: '5' is no number"),
    "max_wait that is none": ({"max_wait": float("nan")}, "max_wait: nan is no number"),
    "no attempts": ({"max_attempts": 0}, "max_attempts: 0 is no whole number from 1 on"),
    "hooks": ({"hooks": 5}, "hooks: Hooks is wanted, not int"),
    "strict": ({"strict": "no"}, "strict: bool is wanted, not str"),
    "limits": ({"limits": 5}, "limits: an object with acquire, lock, such as RedisStore(url), is wanted, not int"),
    "token_store": (
        {"token_store": 5},
        "token_store: an object with load, save, try_lock, such as FileTokenStore(folder), is wanted",
    ),
    "transport": ({"transport": 5}, "transport: an object with handle_"),
    "on_drift": ({"on_drift": 5}, "on_drift: a function is wanted"),
    "trust_env": ({"trust_env": "no"}, "trust_env: bool is wanted, not str"),
    "verify": ({"verify": "/nope.pem"}, "verify: bool or SSLContext is wanted, not str"),
    "proxy": ({"proxy": "nonsense"}, "proxy: it cannot be used: no URL of a proxy"),
    "a proxy of another type": ({"proxy": object()}, "proxy: str or None is wanted, not object"),
    "random": ({"random": 5}, "random: Random or None is wanted"),
}


@pytest.mark.parametrize("kind", [CliqPins, AsyncCliqPins])
@pytest.mark.parametrize("name", SETTINGS)
def test_a_client_that_cannot_work_is_told_in_one_line(kind: Any, name: str) -> None:
    arguments, said = SETTINGS[name]
    with pytest.raises(ConfigurationError) as caught:
        kind(**{"token": "1000.abc", **arguments})
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert "pa ss" not in str(caught.value)


@pytest.mark.parametrize("kind", [CliqPins, AsyncCliqPins])
@pytest.mark.parametrize(
    ("name", "why"), [("nothing.pem", "No such file"), ("", "Is a directory|ermission"), ("text", "no certificate")]
)
def test_a_file_of_certificates_that_cannot_be_read_is_told(
    kind: Any, name: str, why: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("no certificate")
    http._tls_context.cache_clear()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / name))
    path = re.escape(str(tmp_path / name))
    told = rf"^SSL_CERT_FILE: no certificates can be read from '{path}': .*({why}).*; name a PEM file"
    with pytest.raises(ConfigurationError, match=told) as caught:
        kind(token="x")  # noqa: S106
    assert len(str(caught.value).splitlines()) == 1
    assert kind(token="x", verify=False)  # noqa: S106
    assert kind(token="x", trust_env=False)  # noqa: S106


def test_certificates_of_the_system_that_cannot_be_read_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(**own: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    http._tls_context.cache_clear()
    monkeypatch.setenv("SSL_CERT_FILE", "/somewhere/else.pem")
    monkeypatch.setattr("httpx2.create_ssl_context", unreadable)
    with pytest.raises(ConfigurationError, match=r"^verify: the certificates of this system cannot be read: "):
        CliqPins(token="x", trust_env=False)  # noqa: S106


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://[::1]/x", "http://10.1.2.3", "http://simulator:8000", "http://a.internal/api"]
)
def test_http_is_taken_where_no_stranger_listens(url: str) -> None:
    assert CliqPins(token="x", base_url=url)._runner.session.shared.base_url == url  # noqa: S106


@pytest.mark.parametrize("host", ["134744072", "0x08080808", "0X8080808", "01002004010"])
def test_http_is_not_taken_for_an_address_that_is_written_as_one_number(host: str) -> None:
    with pytest.raises(ConfigurationError, match="would send tokens in the clear"):
        CliqPins(token="x", base_url=f"http://{host}/api")  # noqa: S106


def test_a_user_of_two_services_has_the_limits_of_each() -> None:
    whose = {
        CliqPins(token="x", user="me", base_url=url)._runner.session.shared.user  # noqa: S106
        for url in ("https://a.test", "https://a.test/network/n", "https://b.test")
    }
    assert len(whose) == 2


@pytest.mark.parametrize("end", [".internal", ".local", ".localhost", ".test"])
def test_http_is_taken_for_names_that_only_a_private_network_knows(end: str) -> None:
    assert CliqPins(token="x", base_url=f"http://pins{end}")  # noqa: S106
    with pytest.raises(ConfigurationError, match="would send tokens in the clear"):
        CliqPins(token="x", base_url=f"http://pins{end}.example")  # noqa: S106


@pytest.mark.parametrize(
    "name",
    [
        *("Accept", "Accept-Encoding", "Authorization", "Connection", "Content-Length", "Content-Type", "Cookie"),
        *("Host", "Proxy-Authorization", "Transfer-Encoding"),
    ],
)
def test_headers_that_are_the_clients_own_business_cannot_be_set(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"headers: {name} is the client's own to set"):
        CallOptions(headers={name: "x"})


@pytest.mark.parametrize("name", ["", "x y", "é", "x:", "-", "_"])
def test_a_header_needs_a_name(name: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(f"headers: {name!r} is no name of a header")):
        CallOptions(headers={name: "x"})


@pytest.mark.parametrize("name", ["x", "x-a_b", "X1"])
@pytest.mark.parametrize("value", ["", "a b", "a\tb"])
def test_a_header_may_be_what_headers_are(name: str, value: str) -> None:
    assert CallOptions(headers={name: value}).headers == {name: value}


def test_a_secret_shows_nothing() -> None:
    assert (repr(Secret("abcdefgh")), str(Secret("abcdefgh"))) == ("Secret('[hidden]')", "[hidden]")
    assert (repr(Secret("")), str(Secret(""))) == ("Secret('')", "")
    assert len({Secret("abcdefgh"), Secret("abcdefgh"), Secret("other")}) == 2


def test_names_are_loaded_when_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cliq_pins, "Board", raising=False)
    assert cliq_pins.__getattr__("Board") is cliq_pins.Board is Board
    assert engine.__getattr__("call") is call
    for module in (cliq_pins, engine):
        with pytest.raises(AttributeError, match=f"module '{module.__name__}' has no attribute 'nothing'"):
            module.__getattr__("nothing")
    assert cliq_pins.__dir__() == sorted(cliq_pins.__all__)


def test_a_lock_can_be_let_go_for_whoever_holds_it() -> None:
    one, held = Locked(), threading.Event()
    over = threading.Event()

    def hold() -> None:
        with one._lock:
            held.set()
            over.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    locks._after_fork()
    assert one._lock.acquire(blocking=False)
    over.set()
    thread.join()


@pytest.mark.parametrize("state", ["closed", "", 5, None])
def test_an_unknown_state_is_told_with_those_that_there_are(state: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        connect(Simulator()).folders.update("1", title="x", state=state)
    assert caught.value.message == f"state: {state!r} is none of expanded, collapsed"


def test_an_unknown_field_of_a_board_is_told_with_those_that_there_are() -> None:
    with pytest.raises(InvalidRequest) as caught:
        connect(Simulator()).board(include=["chats", "chat"])  # type: ignore[list-item]  # just that
    assert caught.value.message == "include: 'chat' is none of chats, recipients_summary, last_message_info"


@pytest.mark.parametrize("folder", ["", None, 5, "~nobody-of-this-name/x"])
def test_a_store_of_tokens_needs_a_folder(folder: Any) -> None:
    with pytest.raises(ConfigurationError):
        FileTokenStore(folder)


def test_more_arguments_go_with_those_of_the_environment() -> None:
    pins = CliqPins.from_env({"CLIQ_TOKEN": "1000.x"}, max_wait=5, user="me")
    assert pins.settings.max_wait == 5


def test_the_fields_of_a_board_are_named() -> None:
    with pytest.raises(InvalidRequest, match="include: names of fields are wanted, not"):
        connect(Simulator()).board(include=[["chats"]])  # type: ignore[list-item]  # just that


@pytest.mark.parametrize("name", ["limits", "token_store"])
def test_stores_that_would_have_to_be_awaited_are_refused(name: str) -> None:
    class Awaits:
        async def acquire(self) -> None: ...
        async def lock(self) -> None: ...
        async def load(self) -> None: ...
        async def save(self) -> None: ...
        async def try_lock(self) -> None: ...

    first = {"limits": "acquire", "token_store": "load"}[name]
    with pytest.raises(ConfigurationError, match=f"{name}: {first} must be a plain method"):
        CliqPins(token="x", **{name: Awaits()})  # type: ignore[arg-type]  # noqa: S106


def test_settings_are_the_clients_own() -> None:
    headers = {"x-a": "1"}
    pins = CliqPins(token="x", headers=headers)  # noqa: S106
    headers["x-a"] = "\n"
    assert pins.settings.headers == {"x-a": "1"}
    assert pickle.loads(pickle.dumps(Settings(headers={"x-a": "1"}))) == pins.settings  # noqa: S301  # our own
    with pytest.raises(ConfigurationError):
        pins.with_options(headers=None)  # type: ignore[arg-type]  # that is what is tried


@pytest.mark.parametrize("name", ["x-a", "X-A"])
def test_a_header_for_one_call_takes_the_place_of_the_clients(name: str) -> None:
    client = Settings(headers={"X-a": "client", "x-b": "client"})
    own = client.with_options(CallOptions(headers={name: "call"}))
    assert own.headers == {"x-a": "call", "x-b": "client"}
    assert client.headers == {"x-a": "client", "x-b": "client"}


@pytest.mark.parametrize("length", [10_000, 70_000])
def test_ids_that_no_url_can_have_are_told(length: int) -> None:
    simulator = simulated()
    with pytest.raises(CliqError) as caught:
        connect(simulator).chats.pin("x" * length)
    assert caught.value.outcome == "not_applied"
    assert isinstance(caught.value, InvalidRequest) or length < 65_536


# Lists that can be read once, and folders of somebody else


@pytest.mark.parametrize("edit", [ReplaceChats, AddChats, RemoveChats])
def test_an_edit_keeps_what_a_generator_gave(edit: Any) -> None:
    simulator = simulated()
    pins = connect(simulator)
    held = pins.board()
    simulator.clock.advance(5)
    Foreigner(simulator).put(WORK, chat_ids=["C1", "C3"])
    simulator.clock.advance(5)
    once = edit(WORK, (one for one in ["C1", "C2"]))
    pins.edit(lambda _: once, board=held)
    assert (
        simulator.board().folders[0].chats
        == {
            ReplaceChats: ("C1", "C2"),
            AddChats: ("C1", "C3", "C2"),
            RemoveChats: ("C3",),
        }[edit]
    )


FOREIGN: dict[str, Callable[[Any, Any], Any]] = {
    "move": lambda pins, now: pins.folders.move(now["Work"], above="x"),
    "add_chats": lambda pins, now: pins.folders.add_chats(now["Work"], ["C2"]),
    "update": lambda pins, now: pins.folders.update(now["Work"], title="x"),
    "delete": lambda pins, now: pins.folders.delete(now["Work"], unpin_all=True),
    "pin": lambda pins, now: pins.chats.pin("C2", folder=now["Work"]),
    "edit": lambda pins, now: pins.edit(lambda _: AddChats(WORK, ["C2"]), board=now),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_folder_of_another_user_is_refused(name: str) -> None:
    mine, theirs = simulated(), simulated()
    now = connect(theirs).board()
    mine.token()  # the first of each is the same
    pins = connect(mine, token=mine.token())
    with pytest.raises(InvalidRequest, match="the board was read by another user's client; if both are one user's"):
        FOREIGN[name](pins, now)
    assert len(mine.log) == 0


@pytest.mark.parametrize("given", ["folder", "above", "edit"])
def test_a_folder_of_another_users_board_is_refused_where_the_own_one_is_read(given: str) -> None:
    mine, theirs = simulated(), simulated()
    foreign: Any = connect(theirs).board(include=[])["Work"]  # of the same id
    mine.token()  # the first of each is the same
    pins = connect(mine, token=mine.token())
    own = pins.board()["Later"]
    act: dict[str, Callable[[], None]] = {
        "folder": lambda: pins.folders.replace_chats(foreign, ["C1"]),
        "above": lambda: pins.folders.move(own, above=foreign),
        "edit": lambda: pins.edit(lambda _: AddChats(foreign, ["C2"])),
    }
    with pytest.raises(InvalidRequest, match="the board was read by another user's client"):
        act[given]()
    assert {one.operation for one in mine.log} == {"getPinCategories"}


def test_a_user_of_the_same_name_elsewhere_is_another_one() -> None:
    mine, theirs = simulated(), simulated()
    now = connect(theirs, user="me", data_centre="eu").board()
    with pytest.raises(InvalidRequest, match="the board was read by another user's client"):
        FOREIGN["add_chats"](connect(mine, user="me", data_centre="us"), now)


@pytest.mark.parametrize("name", FOREIGN)
def test_two_clients_of_one_user_share_their_folders(name: str) -> None:
    simulator = simulated()
    one, other = (connect(simulator, token=simulator.token(), user="me") for _ in range(2))
    now = one.board()
    act = FOREIGN[name]
    if name == "move":
        act = lambda pins, now: pins.folders.move(now["Work"], above=now["Later"])  # noqa: E731
    act(other, now)
    assert {record.status for record in simulator.log} <= {200, 204}


@pytest.mark.parametrize(
    "make",
    [
        lambda: copy.deepcopy(Credentials(client_id="a", client_secret="b", code="c")),  # noqa: S106
        lambda: Credentials(client_id="a", client_secret="b b", code="c"),  # noqa: S106
        lambda: CliqPins(token="b b"),  # noqa: S106
        lambda: AsyncCliqPins(token="b b"),  # noqa: S106
        lambda: FileTokenStore(None),  # type: ignore[arg-type]  # that is what is tried
        lambda: RedisStore(None),  # type: ignore[arg-type]
    ],
)
def test_a_traceback_can_show_what_could_not_be_made(make: Callable[[], Any]) -> None:
    with pytest.raises((ConfigurationError, TypeError)) as caught:
        make()
    assert "self = " in "".join(TracebackException.from_exception(caught.value, capture_locals=True).format())


# What goes from one process to another


def test_boards_and_folders_are_copied_and_pickled() -> None:
    simulator = simulated()
    pins = connect(simulator)
    now = pins.board()
    for copied in (copy.copy(now), copy.deepcopy(now)):
        assert copied.sync_point == now.sync_point
        pins.folders.update(copied["Work"], title="Work")
    again = pickle.loads(pickle.dumps(now))  # noqa: S301  # our own
    assert again == now
    assert again["Work"].board == now
    assert again.sync_point is None
    with pytest.raises(InvalidRequest, match="made by hand or unpickled"):
        pins.edit(lambda _: Move(WORK, above="x"), board=again)
    edit = pickle.loads(pickle.dumps(AddChats(now["Work"], ["C2"])))  # noqa: S301
    pins.edit(lambda _: edit)
    assert simulator.board().folders[0].chats == ("C1", "C2")
    assert copy.deepcopy(now["Work"]) is now["Work"]
    assert isinstance(pickle.loads(pickle.dumps(now["Work"])), Folder)  # noqa: S301


def test_an_error_can_be_reconciled_in_another_process() -> None:
    simulator = simulated()
    pins = connect(simulator)
    simulator.script(Fault(on="createPinCategory", phase="after", action="reset"))
    with pytest.raises(ConnectionFailed) as caught:
        pins.folders.create("New")
    for again in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):  # noqa: S301
        found = pins.folders.reconcile(again)
        assert found is not None
        assert found.title == "New"
    now = pins.board()
    simulator.clock.advance(5)
    Foreigner(simulator).put(WORK, chat_ids=["C2"])
    simulator.clock.advance(5)
    with pytest.raises(StaleBoard) as stale:
        pins.folders.replace_chats(now["Work"], ["C3"])
    assert pickle.loads(pickle.dumps(stale.value)).board == stale.value.board  # noqa: S301


def test_a_secret_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="would be written in the open"):
        pickle.dumps(Secret("x"))


# What strangers write


def refusing(simulator: Simulator, body: dict[str, Any] | None = None, **own: Any) -> CliqError:
    answer: dict[str, Any] = {"status": 400, **own}
    if body is not None:
        answer["body"] = {"json": body}
    simulator.script(Fault(on="getPinCategories", phase="before", action="status", args=answer))
    with pytest.raises(CliqError) as caught:
        connect(simulator, token=simulator.token()).board()
    return caught.value


@pytest.mark.filterwarnings("ignore::cliq_pins.ContractDriftWarning")
@pytest.mark.parametrize("field", ["code", "message"])
def test_what_a_server_writes_becomes_one_short_line(field: str) -> None:
    text = "two\nlines \x1b[31m\u2028red" + "m" * 100_000
    error = refusing(simulated(), {"code": "x", "message": "y", field: text})
    shown = f"{error}"
    assert len(shown.splitlines()) == 1
    assert shown.isprintable()
    assert "two lines [31m red" in shown
    assert len(shown) < 400
    assert len(error.code or "") <= 100


@pytest.mark.filterwarnings("ignore::cliq_pins.ContractDriftWarning")
def test_a_location_is_shown_in_one_line() -> None:
    error = refusing(simulated(), status=302, headers={"Location": "https://e/" + "x" * 5000})
    assert len(str(error)) < 400


@pytest.mark.filterwarnings("ignore::cliq_pins.ContractDriftWarning")
@pytest.mark.parametrize("token", ["1000.abc.def", "gw_s3cr3t-token"])
@pytest.mark.parametrize("field", ["code", "message", "else"])
def test_a_token_that_a_server_sends_back_is_not_shown(token: str, field: str) -> None:
    simulator = simulated()
    pins = connect(simulator, token=token)
    body = {"code": "x", "message": "y", field: f"<{token}>"}
    simulator.script(Fault(on="*", phase="before", action="status", args={"status": 400, "body": {"json": body}}))
    with pytest.raises(CliqError) as caught:
        pins.board()
    error = caught.value
    assert token not in f"{error} {error!r} {error.code} {error.answer!r} {error.context!r}"
    assert error.answer is not None
    assert token in error.answer.content.decode(), "the answer itself is as it came"


def test_drift_breaks_no_caller(caplog: pytest.LogCaptureFixture) -> None:
    def broken(drift: object) -> None:
        raise RuntimeError("a mistake of the caller's")

    simulator = simulated()
    simulator.script(
        Fault(
            on="createPinCategory",
            phase="after",
            action="body",
            args={"content": {"json": {"data": {"category_id": "1", "title": 5}}}},
        )
    )
    with pytest.warns(UserWarning, match="wrong type at"):
        made = connect(simulator, on_drift=broken).folders.create("New")
    assert made.id == "1"
    assert "on_drift raised an error; the call goes on" in caplog.text


def test_a_gateways_status_is_no_drift() -> None:
    simulator = simulated()
    simulator.script(
        Fault(on="getPinCategories", phase="before", action="status", every=1, count=2, args={"status": 503})
    )
    assert len(connect(simulator).board().folders) == 2


def test_options_go_for_one_call_alone() -> None:
    simulator = simulated()
    pins = connect(simulator)
    simulator.script(Fault(on="getPinCategories", phase="before", action="status", args={"status": 429}))
    with pytest.raises(RateLimited):
        pins.board(options=CallOptions(max_wait=0))
    assert pins.settings.max_wait == 60
    assert Hooks() == pins.settings.hooks
