"""Every method of both clients, with every argument: what is sent, what comes back, and its raw form."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest

from cliq_pins import (
    END,
    AddChats,
    AsyncCliqPins,
    CallOptions,
    CliqError,
    CliqPins,
    ConfigurationError,
    Hooks,
    InvalidRequest,
    RawResponse,
    Settings,
    StaleBoard,
    http,
)
from cliq_pins.simulator import Fault, Simulator
from cliq_pins.testing import board, connect, connect_async, folder
from cliq_pins_client import operations

A, B = "4000000000000010001", "4000000000000010002"
ONCE = CallOptions(max_attempts=1, headers={"x-own": "1"})
NEW = "4000000000000020001"


class Desk:
    """A service and a client of one kind."""

    def __init__(self, awaits: bool) -> None:
        self.awaits = awaits
        self.simulator = Simulator(
            board(folder("A", "c1", "c2", "c3", folder_id=A), folder("B", "c4", folder_id=B), chats=["c5", "c6"]),
            limits=False,
        )
        self.pins: Any = (connect_async if awaits else connect)(self.simulator)
        self.headers: list[str | None] = []
        """What each request had in a header that only options put there."""
        sender = self.pins._runner.sender
        send = sender.send
        sender.send = lambda effect: (self.headers.append(effect.headers.get("x-own")), send(effect))[1]
        self.now = self.call(lambda pins: pins.board())
        self.simulator.clock.advance(5)
        self.simulator.log.clear()
        self.headers.clear()

    def call(self, act: Callable[[Any], Any]) -> Any:
        async def run() -> Any:
            made = act(self.pins)
            return await made if inspect.isawaitable(made) else made

        return asyncio.run(run()) if self.awaits else act(self.pins)

    def sent(self) -> list[tuple[str | None, str, Any]]:
        """The changes that were asked for: operation, target, body without its sync point."""
        calls = [
            (one.operation, one.target.removeprefix("/api/v3"), json.loads(one.body) if one.body else None)
            for one in self.simulator.log
            if one.operation != "getPinCategories"
        ]
        for _, _, body in calls:
            (body or {}).pop("last_sync_time", None)
        return calls

    def fails(self, operation: str, status: int = 502, phase: Any = "before") -> None:
        args: dict[str, Any] = {"status": status, "body": {}}
        self.simulator.script(Fault(on=operation, phase=phase, action="status", args=args, every=1))


@pytest.fixture(params=["threads", "tasks"])
def desk(request: pytest.FixtureRequest) -> Desk:
    return Desk(request.param == "tasks")


ONE = f"/pin-categories/{A}"
BULK, CHAT, ORDER = "bulkUpdateChatsInCategory", "reorderChatInCategory", "reorderCategory"
METHODS: dict[str, tuple[Callable[[Any, Any], Any], tuple[str, str, Any]]] = {
    "create": (
        lambda pins, now: pins.create("N", symbol=":x:", chats=["c5", "c6"], options=ONCE),
        ("createPinCategory", "/pin-categories", {"title": "N", "symbol": ":x:", "chat_ids": ["c5", "c6"]}),
    ),
    "create, bare": (
        lambda pins, now: pins.create("N", options=ONCE),
        ("createPinCategory", "/pin-categories", {"title": "N", "symbol": ""}),
    ),
    "create_or_get": (
        lambda pins, now: pins.create_or_get("N", symbol=":x:", chats=["c5"], options=ONCE),
        ("createPinCategory", "/pin-categories", {"title": "N", "symbol": ":x:", "chat_ids": ["c5"]}),
    ),
    "update": (
        lambda pins, now: pins.update(now["A"], title="T", symbol="", state="collapsed", options=ONCE),
        ("updatePinCategory", ONE, {"title": "T", "symbol": "", "state": "collapsed"}),
    ),
    "update, one thing": (
        lambda pins, now: pins.update(A, state="expanded", options=ONCE),
        ("updatePinCategory", ONE, {"state": "expanded"}),
    ),
    "move": (
        lambda pins, now: pins.move(B, above=now["A"], on_conflict="raise", options=ONCE),
        (ORDER, f"/pin-categories/{B}", {"pin_above": A}),
    ),
    "move to the end": (lambda pins, now: pins.move(now["A"], above=END, options=ONCE), (ORDER, ONE, {})),
    "replace_chats": (
        lambda pins, now: pins.replace_chats(now["A"], ["c5", "c1"], options=ONCE),
        (BULK, ONE, {"chat_ids": ["c5", "c1"]}),
    ),
    "add_chats": (
        lambda pins, now: pins.add_chats(now["A"], ["c5"], above="c2", on_conflict="raise", options=ONCE),
        (BULK, ONE, {"chat_ids": ["c1", "c5", "c2", "c3"]}),
    ),
    "add_chats to the end": (
        lambda pins, now: pins.add_chats(now["A"], ["c5"], options=ONCE),
        (BULK, ONE, {"chat_ids": ["c1", "c2", "c3", "c5"]}),
    ),
    "remove_chats": (
        lambda pins, now: pins.remove_chats(now["A"], ["c2"], options=ONCE),
        (BULK, ONE, {"chat_ids": ["c1", "c3"]}),
    ),
    "move_chat": (
        lambda pins, now: pins.move_chat(now["A"], "c3", above="c1", on_conflict="raise", options=ONCE),
        (CHAT, ONE, {"chat_id": "c3", "pin_above": "c1"}),
    ),
    "move_chat to the end": (
        lambda pins, now: pins.move_chat(now["A"], now["A"].chats[0], above=END, options=ONCE),
        (CHAT, ONE, {"chat_id": "c1"}),
    ),
    "delete": (
        lambda pins, now: pins.delete(now["A"], unpin_all=True, options=ONCE),
        ("deletePinCategory", f"{ONE}?unpin_all=true", None),
    ),
    "delete, chats kept": (
        lambda pins, now: pins.delete(A, unpin_all=False, options=ONCE),
        ("deletePinCategory", f"{ONE}?unpin_all=false", None),
    ),
    "chats.pin": (
        lambda pins, now: pins.pin("c5", folder=now["A"], options=ONCE),
        ("pinChat", "/chats/c5/pins", {"category_id": A}),
    ),
    "chats.pin in My Pins": (lambda pins, now: pins.pin("c5", options=ONCE), ("pinChat", "/chats/c5/pins", None)),
    "chats.unpin": (
        lambda pins, now: pins.unpin(now["A"].chats[0], options=ONCE),
        ("unpinChat", "/chats/c1/pins", None),
    ),
    "chats.unpin_many": (
        lambda pins, now: pins.unpin_many(["c1", "c2"], options=ONCE),
        ("removeChatsAcrossCategories", "/pin-categories?chat_ids=c1,c2", None),
    ),
    "chats.unpin_many, one twice": (
        lambda pins, now: pins.unpin_many(["c2", now["A"].chats[0], "c2", "c1"], options=ONCE),
        ("removeChatsAcrossCategories", "/pin-categories?chat_ids=c2,c1", None),
    ),
}


@pytest.mark.parametrize("name", ["move", "add_chats", "remove_chats", "move_chat"])
def test_a_conflict_is_told_if_nothing_else_is_wanted(desk: Desk, name: str) -> None:
    signature = inspect.signature(getattr(desk.pins.folders, name))
    assert signature.parameters["on_conflict"].default == "raise"


def test_a_folder_that_is_there_is_not_made_again(desk: Desk) -> None:
    found = desk.call(lambda pins: pins.folders.create_or_get("B", chats=["c6"], options=ONCE))
    assert (found.id, found.title) == (B, "B")
    assert [one.operation for one in desk.simulator.log] == ["getPinCategories"]
    assert desk.headers == ["1"]


def test_of_several_folders_of_a_title_the_first_is_taken_each_time(desk: Desk) -> None:
    connect(desk.simulator).folders.update(A, title="B")
    found = [desk.call(lambda pins: pins.folders.create_or_get("B")).id for _ in range(2)]
    assert found == [one.id for one in desk.call(lambda pins: pins.board()) if one.title == "B"][:1] * 2 == [A, A]


def test_a_folder_whose_making_is_refused_is_not_looked_for(desk: Desk) -> None:
    desk.fails("createPinCategory", status=400)
    with pytest.raises(InvalidRequest):
        desk.call(lambda pins: pins.folders.create_or_get("N"))
    assert [one.operation for one in desk.simulator.log] == ["getPinCategories", "createPinCategory"]


@pytest.mark.parametrize("many", [1, 2])
def test_of_several_that_a_lost_create_may_have_made_none_is_taken(desk: Desk, many: int) -> None:
    other = connect(desk.simulator)
    made = [other.folders.create("N", chats=["c5", "c6"]).id for _ in range(many)]
    other.folders.create("N", chats=["c6"])
    desk.fails("createPinCategory", phase="after")
    with pytest.raises(CliqError) as caught:
        desk.call(lambda pins: pins.folders.create("N", chats=["c5", "c6"]))
    made.append(desk.simulator.board().folders[-1].id)
    desk.simulator.script()
    with pytest.raises(InvalidRequest) as several:
        desk.call(lambda pins: pins.folders.reconcile(caught.value))
    said = f"reconcile: {many + 1} folders are called 'N' and have these chats: {', '.join(made)}"
    assert several.value.message == said


def part(pins: Any, name: str) -> Any:
    return pins.chats if name.startswith("chats.") else pins.folders


@pytest.mark.parametrize("name", METHODS)
def test_a_method_sends_what_it_says(desk: Desk, name: str) -> None:
    act, sent = METHODS[name]
    value = desk.call(lambda pins: act(part(pins, name), desk.now))
    assert desk.sent() == [sent]
    assert (value.title if value is not None else None) == ("N" if name.startswith("create") else None)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_takes_options_for_its_call_alone(desk: Desk, name: str) -> None:
    act, (operation, _, _) = METHODS[name]
    desk.fails(operation)
    with pytest.raises(CliqError) as caught:
        desk.call(lambda pins: act(part(pins, name), desk.now))
    assert (caught.value.attempts, caught.value.operation) == (1, operation)
    assert len(desk.sent()) == 1
    assert set(desk.headers) == {"1"}


@pytest.mark.parametrize("name", METHODS)
def test_a_method_has_a_raw_form(desk: Desk, name: str) -> None:
    act, sent = METHODS[name]
    found = desk.call(lambda pins: act(part(pins.with_raw_response, name), desk.now))
    assert isinstance(found, RawResponse)
    assert desk.sent() == [sent]
    assert [one.status for one in found.answers] == [one.status for one in desk.simulator.log]
    assert found.last is found.answers[-1]
    assert (found.value is None) == (not name.startswith("create"))


CONFLICTS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "move": lambda pins, now, then: pins.move(now["A"], above=END, on_conflict=then),
    "add_chats": lambda pins, now, then: pins.add_chats(now["A"], ["c5"], on_conflict=then),
    "remove_chats": lambda pins, now, then: pins.remove_chats(now["A"], ["c1"], on_conflict=then),
    "move_chat": lambda pins, now, then: pins.move_chat(now["A"], "c1", above=END, on_conflict=then),
}


@pytest.mark.parametrize("name", CONFLICTS)
@pytest.mark.parametrize("then", ["raise", "rebase"])
def test_a_conflict_is_told_or_rebased_as_wanted(desk: Desk, name: str, then: str) -> None:
    other = connect(desk.simulator)
    if name == "move":
        other.folders.move(A, above=END)
    else:
        other.folders.add_chats(A, ["c6"])
    desk.simulator.clock.advance(5)

    def act() -> Any:
        return desk.call(lambda pins: CONFLICTS[name](pins.folders, desk.now, then))

    if then == "raise":
        with pytest.raises(StaleBoard):
            act()
    else:
        act()


def test_the_board_is_read_with_what_is_wanted(desk: Desk) -> None:
    for include, target in (
        ((), "/pin-categories"),
        (("chats",), "/pin-categories?include_fields=chats"),
        (("last_message_info",), "/pin-categories?include_fields=chats,last_message_info"),
    ):
        desk.simulator.log.clear()
        found = desk.call(lambda pins, include=include: pins.with_raw_response.board(include=include, options=ONCE))
        assert [one.target.removeprefix("/api/v3") for one in desk.simulator.log] == [target]
        assert (found.value["A"].chats is None) == (not include)
        assert len(found.answers) == 1
    desk.simulator.log.clear()
    desk.call(lambda pins: pins.board())
    assert desk.simulator.log[0].target.endswith("?include_fields=chats")
    desk.fails("getPinCategories")
    with pytest.raises(CliqError) as caught:
        desk.call(lambda pins: pins.board(options=ONCE))
    assert caught.value.attempts == 1


def test_edits_are_made_of_the_board_that_is_given_or_of_a_fresh_one(desk: Desk) -> None:
    edits = [AddChats(A, ["c5"]), AddChats(B, ["c6"])]
    desk.call(lambda pins: pins.edit(lambda now: edits, board=desk.now))
    assert [one.operation for one in desk.simulator.log] == [BULK, BULK]
    desk.simulator.log.clear()
    found = desk.call(lambda pins: pins.with_raw_response.edit(lambda now: None))
    assert [one.operation for one in desk.simulator.log] == ["getPinCategories"]
    assert (found.value, len(found.answers)) == (None, 1)
    desk.fails("getPinCategories")
    with pytest.raises(CliqError) as caught:
        desk.call(lambda pins: pins.edit(lambda now: None, options=ONCE))
    assert caught.value.attempts == 1


def test_any_call_can_be_sent(desk: Desk) -> None:
    found = desk.call(lambda pins: pins.send(operations.get_pin_categories()))
    assert [one.title for one in found.data] == [None, "A", "B"]
    desk.fails("getPinCategories")
    with pytest.raises(CliqError) as caught:
        desk.call(lambda pins: pins.send(operations.get_pin_categories(), options=ONCE))
    assert caught.value.attempts == 1


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("what", ["folders", "chats"])
def test_what_became_of_a_lost_call_can_be_asked(desk: Desk, what: str, phase: Any, raw: bool) -> None:
    desk.fails("createPinCategory" if what == "folders" else "pinChat", phase=phase)
    with pytest.raises(CliqError) as caught:
        desk.call(
            lambda pins: pins.folders.create("N", chats=["c5"]) if what == "folders" else pins.chats.pin("c5", folder=A)
        )
    desk.simulator.script()
    desk.simulator.log.clear()

    def ask(pins: Any) -> Any:
        pins = pins.with_raw_response if raw else pins
        return getattr(pins, what).reconcile(caught.value, options=ONCE)

    found = desk.call(ask)
    value = found.value if raw else found
    if what == "chats":
        assert value is (phase == "after")
    else:
        assert (value.title if value else None) == ("N" if phase == "after" else None)
    assert [one.operation for one in desk.simulator.log] == ["getPinCategories"]
    desk.fails("getPinCategories")
    with pytest.raises(CliqError) as failed:
        desk.call(ask)
    assert failed.value.attempts == 1


def test_a_lost_folder_is_found_with_what_others_pinned_in_it_and_not_without_its_own(desk: Desk) -> None:
    desk.fails("createPinCategory", phase="after")
    with pytest.raises(CliqError) as caught:
        desk.call(lambda pins: pins.folders.create("N", chats=["c5"]))
    desk.simulator.script()
    made, other = desk.simulator.board().folders[-1].id, connect(desk.simulator)
    other.chats.pin("c6", folder=made)
    assert desk.call(lambda pins: pins.folders.reconcile(caught.value)).id == made
    other.folders.replace_chats(made, ["c6"])
    assert desk.call(lambda pins: pins.folders.reconcile(caught.value)) is None


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_lost_pin_is_found_whatever_the_chats_id(desk: Desk, phase: Any) -> None:
    odd = "CT 1%é"
    desk.simulator = Simulator(board(folder("A", folder_id=A), chats=[odd]))
    desk.pins = (connect_async if desk.awaits else connect)(desk.simulator)
    desk.fails("pinChat", phase=phase)
    with pytest.raises(CliqError) as caught:
        desk.call(lambda pins: pins.chats.pin(odd, folder=A))
    assert desk.call(lambda pins: pins.chats.reconcile(caught.value)) is (phase == "after")


# The clients themselves

OWN: dict[str, Any] = {
    "timeout": 1.5,
    "deadline": 2.5,
    "max_wait": 3.5,
    "max_attempts": 4,
    "headers": {"x-own": "1"},
    "strict": True,
    "max_rebases": 6,
    "max_response_bytes": 7000,
    "hooks": Hooks(on_wait=print),
}


@pytest.mark.parametrize("name", OWN)
def test_a_derived_client_differs_in_what_is_given_and_shares_the_rest(desk: Desk, name: str) -> None:
    made = desk.pins.with_options(**{name: OWN[name]})
    for other in OWN:
        expected = OWN[other] if other == name else getattr(desk.pins.settings, other)
        assert getattr(made.settings, other) == expected
    assert type(made) is type(desk.pins)
    assert made._runner.sender is desk.pins._runner.sender
    assert made._runner.clock is desk.pins._runner.clock
    assert made._runner.session.shared is desk.pins._runner.session.shared
    assert desk.call(lambda pins: made.board()) == desk.now
    assert (made.folders, made.chats) != (desk.pins.folders, desk.pins.chats)


@pytest.mark.parametrize("kind", [CliqPins, AsyncCliqPins])
def test_a_clients_arguments_are_its_settings(kind: Any) -> None:
    assert kind(token="1000.x").settings == Settings()  # noqa: S106
    made = kind(token="1000.x", **OWN).settings  # noqa: S106
    assert {name: getattr(made, name) for name in OWN} == OWN


@pytest.mark.parametrize("kind", [CliqPins, AsyncCliqPins])
def test_a_client_checks_certificates_and_reads_the_environment_unless_told_otherwise(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[dict[str, Any]] = []
    for name in ("pools", "async_pools"):
        real = getattr(http, name)
        monkeypatch.setattr(http, name, lambda real=real, **own: (made.append(own), real(**own))[1])
    kind(token="1000.x")  # noqa: S106
    kind(token="1000.x", verify=False, trust_env=False, proxy="http://127.0.0.1:1")  # noqa: S106
    assert made == [
        {"verify": True, "trust_env": True, "proxy": None},
        {"verify": False, "trust_env": False, "proxy": "http://127.0.0.1:1"},
    ]


@pytest.mark.parametrize("kind", [CliqPins, AsyncCliqPins])
def test_a_client_says_where_it_calls(kind: Any) -> None:
    assert repr(kind(token="1000.x")) == f"{kind.__name__}('https://cliq.zoho.com/api/v3')"  # noqa: S106
    made = kind(token="1000.x", data_centre="eu", network="acme")  # noqa: S106
    assert repr(made) == f"{kind.__name__}('https://cliq.zoho.eu/network/acme/api/v3')"
    made = kind.from_env({"CLIQ_TOKEN": "1000.x", "CLIQ_DATA_CENTRE": "in"})
    assert repr(made) == f"{kind.__name__}('https://cliq.zoho.in/api/v3')"


def test_a_closed_client_says_so(desk: Desk) -> None:
    desk.call(lambda pins: pins.close())
    with pytest.raises(ConfigurationError, match="the client is closed; make another"):
        desk.call(lambda pins: pins.board())
    with pytest.raises(ConfigurationError, match="the client is closed; make another"):
        desk.call(lambda pins: pins.chats.unpin_many([]))  # though there is nothing to be sent


def test_a_client_is_closed_at_the_end_of_its_block() -> None:
    with connect(Simulator()) as pins:
        assert pins.board().folders == ()
    assert pins._runner.sender.closed

    async def run() -> Any:
        async with connect_async(Simulator()) as made:
            assert (await made.board()).folders == ()
        return made

    assert asyncio.run(run())._runner.sender.closed
