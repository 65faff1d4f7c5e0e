"""Guarded writes one by one: the sync point that each is sent with, what is waited for, and what a refusal means."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest

from cliq_pins import (
    END,
    AddChats,
    Board,
    CallOptions,
    CliqError,
    CliqPins,
    DeadlineExceeded,
    Edit,
    Folder,
    Hooks,
    InvalidRequest,
    Move,
    NotFound,
    PermissionDenied,
    RemoveChats,
    ReplaceChats,
    ServerError,
    StaleBoard,
)
from cliq_pins.board import view_of
from cliq_pins.engine import reading
from cliq_pins.engine.effects import Instant, Sleep
from cliq_pins.engine.reading import wait_for
from cliq_pins.engine.server_clock import ServerClock
from cliq_pins.engine.session import Budget
from cliq_pins.errors import ConnectionFailed
from cliq_pins.http import wsgi_transport
from cliq_pins.layout import Pinned
from cliq_pins.simulator import Behaviour, Fault, Simulator
from cliq_pins.simulator.clock import START_MS
from cliq_pins.testing import board, connect, folder
from latency import Foreigner, Held, Line

A, B, C = "4000000000000010001", "4000000000000010002", "4000000000000010003"
USER = Behaviour(staleness_scope="user")
"""Every change of the user's makes every guarded write stale."""
DAY = 86_400.0
WRITES = ("reorderCategory", "reorderChatInCategory", "bulkUpdateChatsInCategory")


class Desk:
    """A service, somebody else who calls it, a client, and what it was told."""

    def __init__(self, behaviour: Behaviour | None = None, way: Callable[[], int] = lambda: 0, **own: Any) -> None:
        folders = folder("A", "c1", "c2", folder_id=A), folder("B", "c3", folder_id=B), folder("C", folder_id=C)
        self.simulator = Simulator(
            board(*folders, chats=["c5", "c6", "c7"]), behaviour=behaviour or Behaviour(), limits=False
        )
        self.other = Foreigner(self.simulator)
        self.waits: list[tuple[str, str]] = []
        self.way = 0
        self.line = Line(self.simulator, lambda: self.way, lambda: None)
        hooks = Hooks(on_wait=lambda event: self.waits.append((event.operation, event.reason)))
        self.pins: CliqPins = connect(self.simulator, hooks=hooks, transport=self.line, **own)

    def read(self, later: float = 5.0) -> Board:
        now = self.pins.board()
        self.simulator.clock.advance(later)
        self.simulator.log.clear()
        return now

    def at_write(self, number: int, act: Callable[[], object], *, answered: bool = False) -> None:
        """Let something happen just before the service gets the guarded write of that number, or has answered it."""
        handle, seen = self.line.handle_request, [0]

        def handled(request: httpx2.Request) -> httpx2.Response:
            is_guarded = b"last_sync_time" in request.read()
            seen[0] += is_guarded
            now = is_guarded and seen[0] == number
            if now and not answered:
                act()
            answer = handle(request)
            if now and answered:
                act()
            return answer

        self.line.handle_request = handled  # type: ignore[method-assign]

    def statuses(self) -> list[int | None]:
        """What the guarded writes were answered."""
        return [one.status for one in self.simulator.log if one.operation in WRITES]

    def later(self, seconds: float, act: Callable[[], object]) -> None:
        self.simulator.clock.advance(seconds)
        act()
        self.simulator.clock.advance(0.5)

    def calls(self) -> list[str | None]:
        return [one.operation for one in self.simulator.log]

    def points(self) -> list[float]:
        """The sync points of the guarded writes, in seconds since the simulator's clock began."""
        bodies = [json.loads(one.body) for one in self.simulator.log if one.operation in WRITES]
        return [datetime.fromisoformat(one["last_sync_time"]).timestamp() - START_MS / 1000 for one in bodies]

    def chats(self, at: int = 0) -> tuple[str, ...]:
        return self.simulator.board().folders[at].chats

    def seconds(self) -> float:
        return (self.simulator.clock.now_ms - START_MS) / 1000


def ids(one: Folder) -> tuple[str, ...]:
    return tuple(chat.id for chat in one.chats or ())


def refused(on: str, **own: Any) -> Fault:
    args = {"status": 400, "body": {"json": {"code": "client_not_synced", "message": "stale"}}}
    return Fault(on=on, phase="before", action="status", args=args, **own)


def lost(on: str, **own: Any) -> Fault:
    return Fault(on=on, phase="after", action="close", args={"at": "answer"}, **own)


# The sync point of a reading


@pytest.mark.parametrize("skew", [DAY, -DAY])
def test_the_local_clock_makes_no_sync_point_where_the_server_tells_the_time(skew: float) -> None:
    desk = Desk(skew=skew)
    for _ in range(2):
        now = desk.pins.board()
        assert now.sync_point is not None
        assert 0 <= desk.seconds() - (now.sync_point.timestamp() - START_MS / 1000) < 1.0
        desk.simulator.clock.advance(7.3)


@pytest.mark.parametrize("skew", [0.0, DAY])
def test_the_local_clock_makes_the_sync_point_where_the_server_does_not_tell_the_time(skew: float) -> None:
    desk = Desk(skew=skew)
    desk.simulator.script(Fault(on="*", phase="after", action="headers", args={"remove": ["date"]}, every=1))
    desk.simulator.clock.advance(3.0)
    desk.way = 2000
    now = desk.pins.board()
    assert now.sync_point == datetime.fromtimestamp(START_MS / 1000 + 3.0 + skew, UTC), "when it was asked for"


@pytest.mark.parametrize("skew", [60.0, -60.0])
def test_what_the_local_clock_made_is_read_again_once_the_server_tells_the_time(skew: float) -> None:
    desk = Desk(Behaviour(staleness_resolution="1ms"), skew=skew)
    undated = Fault(on="getPinCategories", phase="after", action="headers", args={"remove": ["date"]}, nth=1)
    desk.simulator.script(undated)
    now = desk.read()
    desk.pins.chats.pin("c7", folder=B)
    desk.other.put(A, chat_ids=["c3"])
    desk.simulator.clock.advance(3)
    with pytest.raises(StaleBoard):
        desk.pins.folders.add_chats(now["A"], ["c6"])
    assert desk.chats() == ("c3",)
    desk.pins.folders.add_chats(now["B"], ["c6"])
    assert desk.chats(at=1) == ("c3", "c7", "c6")


def test_what_was_known_of_the_servers_clock_before_a_long_reading_still_counts() -> None:
    desk = Desk()
    desk.simulator.clock.advance(0.999)
    desk.pins.board()
    desk.simulator.clock.advance(0.001)
    known = desk.pins.board().sync_point
    desk.way = 1_500_000
    late = desk.pins.board().sync_point
    assert known is not None
    assert late is not None
    assert (late - known).total_seconds() >= 0


# The sync point of a write


def test_a_write_is_sent_with_the_moment_of_the_reading_and_the_next_one_with_the_end_of_its_second() -> None:
    desk = Desk()
    work = desk.read(later=5.25)["A"]
    desk.pins.folders.add_chats(work, ["c5"])
    desk.simulator.clock.advance(4.0)
    desk.pins.folders.add_chats(work, ["c6"])
    assert desk.points() == [pytest.approx(0.0, abs=0.01), 6.0]
    assert desk.calls() == ["bulkUpdateChatsInCategory"] * 2


def test_the_end_of_a_writes_second_is_by_its_date_however_long_its_answer_takes() -> None:
    desk = Desk()
    work = desk.read(later=5.25)["A"]
    desk.way = 3500
    desk.pins.folders.add_chats(work, ["c5"])
    desk.way = 0
    desk.pins.folders.add_chats(work, ["c6"])
    assert desk.points()[1] == 9.0, "it arrived at 8.75"


@pytest.mark.parametrize("foreign", [False, True])
@pytest.mark.parametrize("date", [None, "yesterday", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_of_a_write_without_a_date_nobody_knows_when_it_was_done(date: str | None, foreign: bool) -> None:
    """So the next one is refused for it, which a reading explains; or does not, if somebody else was there as well."""
    desk = Desk(Behaviour(staleness_resolution="1ms"))
    work = desk.read(later=5.25)["A"]
    args = {"remove": ["date"]} if date is None else {"set": {"date": date}}
    desk.simulator.script(Fault(on=WRITES[2], phase="after", action="headers", args=args, nth=1))
    desk.way = 3500
    if foreign:
        desk.at_write(1, lambda: desk.other.put(A, chat_ids=["c3"]), answered=True)
    desk.pins.folders.add_chats(work, ["c5"])
    desk.way = 0
    if foreign:
        with pytest.raises(StaleBoard):
            desk.pins.folders.add_chats(work, ["c6"])
        assert desk.chats() == ("c3",)
    else:
        desk.pins.folders.add_chats(work, ["c6"])
        assert desk.statuses() == [204, 400, 204]
        assert desk.chats() == ("c1", "c2", "c5", "c6")


@pytest.mark.parametrize("strict", [False, True])
def test_strict_waits_out_the_second_of_its_own_write_and_reads_again(strict: bool) -> None:
    desk = Desk(strict=strict)
    now = desk.read(later=5.25)
    desk.pins.folders.add_chats(now["A"], ["c5"])
    desk.pins.folders.add_chats(now["B"], ["c7"])
    assert desk.calls() == [WRITES[2]] * 2, "another folder's write waits for nothing"
    desk.pins.folders.add_chats(now["A"], ["c6"])
    assert desk.calls()[2:] == (["getPinCategories", WRITES[2]] if strict else [WRITES[2]])
    assert desk.waits == ([(WRITES[2], "server clock")] if strict else [])
    if strict:
        assert 6.0 <= desk.seconds() < 6.1
        assert 6.0 <= desk.points()[2] <= desk.seconds()


def test_strict_sees_what_somebody_else_did_in_the_second_of_its_own_write() -> None:
    desk = Desk(strict=True)
    now = desk.read(later=5.25)
    desk.pins.folders.add_chats(now["A"], ["c5"])
    desk.other.put(A, chat_ids=["c3"])
    with pytest.raises(StaleBoard, match="someone else changed the board since it was read") as caught:
        desk.pins.folders.add_chats(now["A"], ["c6"])
    assert (caught.value.operation, caught.value.outcome) == (WRITES[2], "not_applied")
    assert caught.value.board is not None
    assert ids(caught.value.board["A"]) == ("c3",)


def test_strict_goes_on_where_somebody_else_changed_other_things() -> None:
    desk = Desk(strict=True)
    now = desk.read(later=5.25)
    desk.pins.folders.add_chats(now["A"], ["c5"])
    desk.other.put(B, chat_ids=["c2", "c3"])
    desk.pins.folders.add_chats(now["A"], ["c6"])
    assert desk.chats() == ("c1", "c2", "c5", "c6")
    desk.simulator.clock.advance(3)
    desk.simulator.log.clear()
    desk.pins.folders.remove_chats(now["A"], ["c6"])
    assert desk.calls() == ["getPinCategories", WRITES[2]]


def test_what_is_refused_before_it_is_sent_was_no_call_of_ours() -> None:
    desk = Desk()
    work = desk.read()["A"]
    with pytest.raises(InvalidRequest, match="length <= 100"):
        desk.pins.folders.replace_chats(work, [f"x{number}" for number in range(101)])
    desk.pins.folders.add_chats(work, ["c5"])
    assert desk.calls() == [WRITES[2]], "nothing is open that the board would have to be read for"


def test_what_the_service_refused_leaves_nothing_open() -> None:
    desk = Desk()
    work = desk.read()["A"]
    for act, on in (
        (lambda: desk.pins.chats.pin("c5", folder=A), "pinChat"),
        (lambda: desk.pins.chats.unpin("c1"), "unpinChat"),
    ):
        desk.simulator.script(Fault(on=on, phase="before", action="status", args={"status": 403}, nth=1))
        with pytest.raises(PermissionDenied):
            act()
    desk.pins.folders.add_chats(work, ["c5"])
    assert desk.calls() == ["pinChat", "unpinChat", WRITES[2]]


# Refusals


def test_a_refusal_for_what_we_did_ourselves_is_sent_again_after_its_second() -> None:
    desk = Desk(USER)
    now = desk.read(later=5.25)
    desk.pins.folders.update(B, title="Other")
    desk.pins.folders.add_chats(now["A"], ["c5"])
    assert desk.chats() == ("c1", "c2", "c5")
    assert desk.calls()[1:] == [WRITES[2], "getPinCategories", "getPinCategories", WRITES[2]]
    assert desk.waits == [(WRITES[2], "server clock")]
    assert 6.0 <= desk.points()[1] <= desk.seconds() < 6.1


def test_a_refusal_of_long_ago_is_sent_again_at_once() -> None:
    desk = Desk(USER)
    now = desk.read(later=5.25)
    desk.pins.folders.update(B, title="Other")
    desk.simulator.clock.advance(60.0)
    desk.way = 600
    desk.pins.folders.add_chats(now["A"], ["c5"])
    assert desk.calls()[1:] == [WRITES[2], "getPinCategories", WRITES[2]], "the reading is a second later already"
    assert desk.waits == []


def test_a_refusal_for_what_others_did_elsewhere_is_sent_again() -> None:
    desk = Desk(USER)
    now = desk.read(later=5.25)
    desk.other.put(B, chat_ids=["c1", "c3"])
    desk.pins.folders.add_chats(now["A"], ["c5"])
    assert desk.chats() == ("c1", "c2", "c5")
    desk.simulator.clock.advance(9.0)
    desk.simulator.log.clear()
    desk.pins.folders.add_chats(now["A"], ["c6"])
    assert desk.calls() == [WRITES[2]], "of this folder it is known that nobody else changed it"
    with pytest.raises(StaleBoard):
        desk.pins.folders.add_chats(now["B"], ["c6"])


def test_a_refusal_that_comes_again_is_a_conflict() -> None:
    desk = Desk()
    now = desk.read()
    desk.simulator.script(refused(WRITES[2], every=1))
    with pytest.raises(StaleBoard, match="since it was read") as caught:
        desk.pins.folders.add_chats(now["A"], ["c5"])
    error = caught.value
    assert (error.operation, error.status, error.code, error.outcome) == (
        WRITES[2],
        400,
        "client_not_synced",
        "not_applied",
    )
    assert error.board is not None
    assert ids(error.board["A"]) == ("c1", "c2")
    assert error.request is not None
    assert error.request.operation_id == WRITES[2]
    assert desk.calls().count(WRITES[2]) == 2


def test_a_second_sending_that_fails_is_no_conflict() -> None:
    desk = Desk(USER, max_attempts=1)
    now = desk.read(later=5.25)
    desk.pins.folders.update(B, title="Other")
    desk.simulator.script(Fault(on=WRITES[2], phase="before", action="status", args={"status": 503}, nth=2))
    with pytest.raises(ServerError) as caught:
        desk.pins.folders.add_chats(now["A"], ["c5"])
    assert (caught.value.status, caught.value.outcome) == (503, "unknown")
    assert desk.chats() == ("c1", "c2")


def test_what_somebody_else_did_just_so_is_still_a_conflict() -> None:
    desk = Desk()
    now = desk.read()
    desk.other.put(A, chat_ids=["c1", "c2", "c5"])
    with pytest.raises(StaleBoard) as caught:
        desk.pins.folders.add_chats(now["A"], ["c5"])
    assert caught.value.outcome == "not_applied"


def test_what_somebody_else_does_while_the_second_is_waited_out_is_a_conflict() -> None:
    desk = Desk(USER)
    now = desk.read(later=5.25)
    desk.pins.folders.update(B, title="Other")
    desk.waits = Meddling(lambda: desk.other.put(A, chat_ids=["c3"]))
    with pytest.raises(StaleBoard, match="since it was read") as caught:
        desk.pins.folders.add_chats(now["A"], ["c5"])
    assert caught.value.code == "client_not_synced"
    assert caught.value.request is not None
    assert desk.chats() == ("c3",)


class Meddling(list[Any]):
    """Acts when it is told of something."""

    def __init__(self, act: Callable[[], Any]) -> None:
        super().__init__()
        self.act = act

    def append(self, item: Any) -> None:
        super().append(item)
        self.act()


def test_a_second_reading_that_fails_leaves_the_refusal() -> None:
    desk = Desk(USER)
    now = desk.read(later=5.25)
    desk.pins.folders.update(B, title="Other")
    broken = {"status": 500, "body": {}}
    desk.simulator.script(
        *(Fault(on="getPinCategories", phase="before", action="status", args=broken, nth=one) for one in (2, 3, 4))
    )
    with pytest.raises(StaleBoard) as caught:
        desk.pins.folders.add_chats(now["A"], ["c5"])
    assert caught.value.board is None
    assert isinstance(caught.value.__cause__, ServerError)


# Answers that were lost


def test_a_lost_answer_is_found_out_and_the_next_write_knows() -> None:
    desk = Desk(max_attempts=1)
    now = desk.read()
    desk.simulator.script(lost(WRITES[2], nth=1))
    with pytest.raises(ConnectionFailed) as caught:
        desk.pins.folders.add_chats(now["A"], ["c5"])
    assert caught.value.outcome == "unknown"
    desk = Desk()
    now = desk.read()
    desk.simulator.script(lost(WRITES[2], nth=1))
    desk.pins.folders.add_chats(now["A"], ["c5"])
    assert desk.calls() == [WRITES[2], WRITES[2], "getPinCategories"]
    desk.simulator.clock.advance(5)
    desk.pins.folders.add_chats(now["A"], ["c6"])
    assert desk.chats() == ("c1", "c2", "c5", "c6")


@pytest.mark.parametrize("later", [0.0, 5.0])
@pytest.mark.parametrize("by", ["the same board", "another board"])
def test_what_was_found_out_to_be_done_and_is_undone_by_somebody_else_is_a_conflict(by: str, later: float) -> None:
    """It is no call any more that may or may not have been carried out, nor was it seen to be the last one."""
    desk = Desk()
    other = desk.pins.board()
    now = desk.read()
    desk.simulator.script(lost(WRITES[2], nth=1))
    desk.pins.folders.add_chats(now["A"], ["c5"])
    desk.simulator.clock.advance(later)
    desk.other.put(A, chat_ids=["c1", "c2"])
    desk.simulator.clock.advance(5)
    with pytest.raises(StaleBoard):
        desk.pins.folders.add_chats((now if by == "the same board" else other)["A"], ["c6"])
    assert desk.chats() == ("c1", "c2")


class Interrupting(httpx2.BaseTransport):
    """Raises a Ctrl-C in place of the answer to the first change."""

    def __init__(self, simulator: Simulator) -> None:
        self.inner = wsgi_transport(simulator.wsgi())
        self.over = False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = self.inner.handle_request(request)
        if request.method != "GET" and not self.over:
            self.over = True
            raise KeyboardInterrupt
        return response


@pytest.mark.parametrize("act", ["add", "pin"])
def test_a_call_that_was_interrupted_may_have_been_done(act: str) -> None:
    desk = Desk()
    pins = connect(desk.simulator, transport=Interrupting(desk.simulator))
    now = pins.board()
    desk.simulator.clock.advance(5)
    with pytest.raises(KeyboardInterrupt):
        pins.folders.add_chats(now["A"], ["c5"]) if act == "add" else pins.chats.pin("c5", folder=A)
    desk.simulator.clock.advance(5)
    pins.folders.add_chats(now["A"], ["c6"])
    assert desk.chats() == ("c1", "c2", "c5", "c6")


def test_a_refusal_whose_date_is_odd_is_not_waited_out() -> None:
    desk = Desk(USER)
    now = desk.read(later=5.25)
    desk.pins.folders.update(B, title="Other")
    desk.simulator.clock.advance(4)
    before = desk.seconds()
    desk.simulator.script(Fault(on=WRITES[2], phase="after", action="skew", args={"ms": 3_600_000}, nth=1))
    desk.pins.folders.add_chats(now["A"], ["c5"])
    assert desk.calls()[1:] == [WRITES[2], "getPinCategories", WRITES[2]]
    assert (desk.waits, desk.seconds()) == ([], before)


def test_a_board_that_is_read_again_after_an_odd_date_is_known_up_to_then() -> None:
    desk = Desk()
    now = desk.read(later=5.25)
    desk.simulator.script(Fault(on="updatePinCategory", phase="after", action="skew", args={"ms": 3_600_000}, nth=1))
    desk.pins.folders.update(C, title="Other")
    desk.other.put(B, chat_ids=["c1", "c3"])
    desk.simulator.clock.advance(5)
    desk.simulator.log.clear()
    desk.pins.folders.add_chats(now["A"], ["c5"])
    assert desk.calls() == ["getPinCategories", WRITES[2]]
    assert 9.0 <= desk.points()[0] <= desk.seconds()


# Rebasing


@pytest.mark.parametrize("most", [1, 2, 3])
@pytest.mark.parametrize("more", [0, 1])
def test_an_edit_starts_again_as_often_as_it_may(most: int, more: int) -> None:
    desk = Desk(max_rebases=most)
    seen: list[tuple[str, ...]] = []

    def change(now: Board) -> Edit:
        seen.append(ids(now["A"]))
        if len(seen) <= most + more:
            desk.simulator.clock.advance(2)
            desk.other.put(A, chat_ids=["c3", "c2", "c1", "c5"][: len(seen)])
        return ReplaceChats(now["A"], ["c6", *ids(now["A"])])

    desk.simulator.clock.advance(3)
    if more:
        with pytest.raises(StaleBoard):
            desk.pins.edit(change)
    else:
        desk.pins.edit(change)
        assert desk.chats() == ("c6", *["c3", "c2", "c1", "c5"][:most])
    assert len(seen) == most + 1
    assert seen[0] == ("c1", "c2")


def test_an_edit_that_starts_again_is_made_on_the_fresh_board_whichever_it_began_with() -> None:
    desk = Desk()
    now = desk.read()
    desk.other.put(A, chat_ids=["c3"])
    desk.simulator.clock.advance(5)
    desk.pins.edit(lambda fresh: ReplaceChats(A, [*ids(fresh["A"]), "c5"]), board=now)
    assert desk.chats() == ("c3", "c5")


@pytest.mark.parametrize("way", ["folder", "id", "folder without chats"])
def test_an_edit_of_a_folder_however_it_is_given(way: str) -> None:
    desk = Desk()
    now = desk.pins.board(include=[] if way == "folder without chats" else ["chats"])
    desk.simulator.clock.advance(5)
    work: Any = A if way == "id" else now["A"]
    desk.simulator.log.clear()
    desk.pins.folders.add_chats(work, ["c5"])
    assert desk.chats() == ("c1", "c2", "c5")
    reads = [] if way == "folder" else ["getPinCategories"]
    assert desk.calls() == [*reads, WRITES[2]]
    edits = [Move(work, END), RemoveChats(work, ["c5"]), AddChats(work, ["c6"])]
    desk.pins.edit(lambda _: edits)
    assert desk.chats(at=-1) == ("c1", "c2", "c6")


@pytest.mark.parametrize(
    "edit", [Move("A", END), Move(B, above="A"), AddChats("A", ["c5"]), RemoveChats("A", ["c1"]), ReplaceChats("A", [])]
)
def test_a_title_in_place_of_an_id_is_told(edit: Edit) -> None:
    with pytest.raises(NotFound) as caught:
        Desk().pins.edit(lambda _: edit)
    assert caught.value.message == "'A' is the title of a folder; give its id, or the folder itself: board['A']"


def test_a_title_with_several_blanks_is_told_so_that_it_can_be_copied() -> None:
    desk = Desk()
    desk.pins.folders.update(B, title="two  blanks")
    with pytest.raises(NotFound, match=re.escape(r"or the folder itself: board['two\x20\x20blanks']")):
        desk.pins.edit(lambda _: Move("two  blanks", END))


def test_an_id_that_is_a_title_too_is_an_id() -> None:
    simulator = Simulator(board(folder(B, "c1", folder_id=A), folder("B", folder_id=B), chats=["c2"]))
    connect(simulator).edit(lambda _: [AddChats(B, ["c2"]), Move(A, END)])
    assert [(one.id, one.chats) for one in simulator.board().folders] == [(B, ("c2",)), (A, ("c1",))]
    simulator = Simulator(board(folder("default", "c1", folder_id=A)))
    connect(simulator).edit(lambda _: ReplaceChats("default", ["c1"]))
    assert (simulator.board().default.chats, simulator.board().folders[0].chats) == (("c1",), ("c1",)), "My Pins"


def test_an_id_that_nobody_has_is_no_title() -> None:
    with pytest.raises(NotFound, match=r"^no folder has the id 'Z'; there are: "):
        Desk().pins.edit(lambda _: Move("Z", above=END))


def test_a_place_can_be_changed_on_a_board_without_chats() -> None:
    desk = Desk()
    now = desk.pins.board(include=[])
    desk.simulator.clock.advance(5)
    desk.simulator.log.clear()
    desk.pins.folders.move(now["A"], above=END)
    desk.pins.folders.move(now["B"], above=now["C"])
    assert desk.calls() == [WRITES[0]] * 2


# Waiting for the server's clock


class Waiting:
    """What `wait_for` looks at: a deadline, and the server's clock, known to have shown 1000 s at a monotonic 0."""

    def __init__(self, deadline: float = 100.0, known: bool = True) -> None:
        clock = ServerClock()
        if known:
            clock.observe(1000.0, 0.0, 0.0)
        self.shared = SimpleNamespace(server_clock=clock)
        self.budget = Budget(deadline, 0.0)
        self.told: list[tuple[float, str, str]] = []

    def waits(self, *event: Any) -> None:
        self.told.append(event)

    def run(self, point: float, slow: float = 1.0) -> list[float]:
        """The sleeps; time passes `slow` times as fast as it should."""
        flow: Any = wait_for(cast(Any, self), point, "operation")
        now, slept = 0.0, list[float]()
        try:
            effect = next(flow)
            while True:
                if isinstance(effect, Sleep):
                    slept.append(effect.seconds)
                    now += effect.seconds * slow
                    effect = flow.send(None)
                else:
                    effect = flow.send(Instant(now, 5e9 + now))
        except StopIteration:
            return slept


def test_a_moment_of_the_servers_clock_is_waited_for_by_its_earliest_reading() -> None:
    waiting = Waiting()
    assert waiting.run(1001.0) == [pytest.approx(1.001, abs=1e-6)]
    assert waiting.told == [(1.0, "operation", "server clock")]


def test_where_the_server_does_not_tell_the_time_the_local_clock_is_waited_for() -> None:
    assert Waiting(known=False).run(5e9 + 1) == [pytest.approx(1.001, abs=1e-4)]


@pytest.mark.parametrize("point", [1000.0, 999.0])
def test_a_moment_that_has_passed_is_not_waited_for(point: float) -> None:
    waiting = Waiting()
    assert waiting.run(point) == []
    assert waiting.told == []


def test_a_wait_that_was_too_short_goes_on_and_has_an_end() -> None:
    slept = Waiting().run(1002.0, slow=0.5)
    assert slept[0] == pytest.approx(2.001)
    assert slept[1] == pytest.approx(0.501, abs=1e-3), "half a second is left of the longest wait"
    assert len(slept) == 2
    assert Waiting().run(1_000_000.0) == [pytest.approx(2.501)]


@pytest.mark.parametrize(("deadline", "late"), [(1.0, True), (0.5, True), (1.01, False)])
def test_a_moment_after_the_deadline_is_not_waited_for(deadline: float, late: bool) -> None:
    waiting = Waiting(deadline)
    if not late:
        assert waiting.run(1001.0)
        return
    with pytest.raises(DeadlineExceeded, match="the next second of the server's clock, 1\\.0 s from now") as caught:
        waiting.run(1001.0)
    assert caught.value.operation == "operation"
    assert waiting.told == []


@pytest.mark.parametrize(("include", "read"), [(["chats"], False), (["last_message_info"], False), ([], True)])
def test_my_pins_that_the_service_does_not_list_are_not_read_in_vain(include: Any, read: bool) -> None:
    desk = Desk()
    mine = desk.pins.board(include=include).my_pins
    assert mine is not None
    desk.simulator.log.clear()
    with pytest.raises(InvalidRequest, match="the service does not list the chats of folder default"):
        desk.pins.folders.add_chats(mine, ["c2"])
    assert [one.operation for one in desk.simulator.log] == ["getPinCategories"] * read


def test_my_pins_of_a_board_without_chats_are_read_before_they_are_edited() -> None:
    """They were not asked for: that the service does not list them is nothing that such a board can tell."""
    desk = Desk(Behaviour(default_folder_lists_chats=True))
    desk.pins.chats.pin("c1")
    mine = desk.pins.board(include=()).my_pins
    assert mine is not None
    desk.simulator.clock.advance(5)
    desk.pins.folders.add_chats(mine, ["c2"])
    assert desk.simulator.board().default.chats == ("c1", "c2")


@pytest.mark.parametrize("strict", [False, True])
def test_what_others_pin_in_my_pins_is_not_overwritten_where_nobody_can_see_it(strict: bool) -> None:
    """The service does not list the chats of My Pins: its refusal is all that there is to tell."""
    desk = Desk(strict=strict)
    mine = desk.read().my_pins
    assert mine is not None
    desk.pins.folders.replace_chats(mine, ["c5"])
    desk.simulator.clock.advance(5)
    desk.pins.folders.replace_chats(mine, ["c5", "c6"])
    desk.simulator.clock.advance(5)
    desk.other.call("POST", "/chats/c7/pins")
    desk.simulator.clock.advance(5)
    with pytest.raises(StaleBoard):
        desk.pins.folders.replace_chats(mine, ["c5"])
    assert desk.simulator.board().default.chats == ("c5", "c6", "c7")


@pytest.mark.parametrize(
    "what", ["a call of ours", "a call of ours just before", "a write of another board", "its own answer is lost"]
)
def test_a_refusal_for_our_own_doing_is_no_conflict_where_nobody_can_see_it(what: str) -> None:
    desk = Desk(Behaviour(staleness_resolution="1ms"))
    if what == "a call of ours just before":
        desk.simulator.clock.advance(5.5)
        desk.pins.chats.pin("c6")
    mine = desk.read().my_pins
    assert mine is not None
    if what == "a call of ours":
        desk.pins.chats.pin("c6")
    elif what == "a write of another board":
        desk.pins.folders.replace_chats("default", ["c6"])
        desk.simulator.clock.advance(5)
    elif what == "its own answer is lost":
        desk.simulator.script({"on": WRITES[2], "phase": "after", "action": "status", "args": {"status": 500}})
    desk.pins.folders.replace_chats(mine, ["c5"])
    assert desk.simulator.board().default.chats == ("c5",)
    assert [one.status for one in desk.simulator.log if one.operation == WRITES[2]][-2:] == [400, 204]


@pytest.mark.parametrize(
    "act", [lambda pins: pins.chats.pin("c6"), lambda pins: pins.folders.replace_chats("default", ["c6"])]
)
def test_a_call_that_was_lost_just_before_is_no_conflict_where_nobody_can_see_it(
    act: Callable[[CliqPins], Any],
) -> None:
    """The board is read in the very second of the call, and once more after it: that second counts as ours, too."""
    desk = Desk(Behaviour(staleness_comparison="<="), max_attempts=1)
    mine = desk.read(later=5.1).my_pins
    assert mine is not None
    desk.simulator.script(lost("pinChat", nth=1), lost(WRITES[2], nth=1))
    with pytest.raises(ConnectionFailed):
        act(desk.pins)
    desk.simulator.script()
    desk.pins.folders.replace_chats(mine, ["c5"])
    assert desk.simulator.board().default.chats == ("c5",)


@pytest.mark.parametrize(("losses", "told"), [((2,), None), ((2, 4), "which this call may have done itself")])
def test_nobody_else_is_blamed_for_what_was_lost_where_nobody_can_see_it(losses: Any, told: str | None) -> None:
    """The first refusal is for a call of ours, and so are those for the very write, whose answer was lost."""
    desk = Desk(Behaviour(staleness_resolution="1ms"))
    mine = desk.read().my_pins
    assert mine is not None
    desk.pins.chats.pin("c6")
    gone = {"status": 503, "headers": {"retry-after": "2"}}
    desk.simulator.script(*(Fault(on=WRITES[2], phase="after", action="status", nth=nth, args=gone) for nth in losses))
    if told is None:
        desk.pins.folders.replace_chats(mine, ["c5"])
        assert desk.statuses() == [400, 503, 400, 204]
    else:
        with pytest.raises(StaleBoard, match=told) as caught:
            desk.pins.folders.replace_chats(mine, ["c5"])
        assert (caught.value.outcome, caught.value.code) == ("unknown", "client_not_synced")
        assert caught.value.board is not None
        assert desk.statuses() == [400, 503, 400, 503, 400]
    assert desk.simulator.board().default.chats == ("c5",)
    desk.simulator.clock.advance(5)
    desk.pins.folders.replace_chats(mine, ["c6"])
    assert desk.simulator.board().default.chats == ("c6",), "a call that is made again gets through"


def test_what_was_lost_may_have_been_done_whatever_is_said_of_the_next_sending() -> None:
    desk = Desk(Behaviour(staleness_resolution="1ms"))
    mine = desk.read().my_pins
    assert mine is not None
    gone = {"status": 503, "headers": {"retry-after": "2"}}
    desk.simulator.script(Fault(on=WRITES[2], phase="after", action="status", nth=1, args=gone))
    desk.at_write(3, lambda: desk.later(0.2, lambda: desk.other.call("POST", "/chats/c7/pins")))
    with pytest.raises(StaleBoard) as caught:
        desk.pins.folders.replace_chats(mine, ["c5"])
    assert (desk.statuses(), caught.value.outcome) == ([503, 400, 400], "unknown")


GONE = Fault(on=WRITES[2], phase="after", action="status", nth=1, args={"status": 503, "headers": {"retry-after": "2"}})
"""The first guarded write of chats is carried out, and its answer lost."""


def test_nobody_else_is_blamed_for_what_was_lost_before_the_last_sending_where_nobody_can_see_it() -> None:
    desk = Desk(Behaviour(staleness_resolution="1ms"))
    mine = desk.read().my_pins
    assert mine is not None
    desk.simulator.script(GONE, refused(WRITES[2], nth=3))
    with pytest.raises(StaleBoard, match="which this call may have done itself") as caught:
        desk.pins.folders.replace_chats(mine, ["c5"])
    assert (desk.statuses(), caught.value.outcome) == ([503, 400, 400], "unknown")


def test_what_was_refused_and_never_lost_is_a_plain_conflict_where_nobody_can_see_it() -> None:
    desk = Desk()
    mine = desk.read().my_pins
    assert mine is not None
    desk.simulator.script(refused(WRITES[2], every=1))
    with pytest.raises(StaleBoard, match="someone else changed the board since it was read") as caught:
        desk.pins.folders.replace_chats(mine, ["c5"])
    assert caught.value.outcome == "not_applied"


def test_what_was_lost_may_have_been_done_whatever_the_next_one_is_planned_on() -> None:
    desk = Desk(Behaviour(staleness_resolution="1ms"))
    now = desk.read()
    desk.simulator.script(GONE)
    desk.at_write(2, lambda: desk.later(0.1, lambda: desk.pins.chats.unpin("c1")))
    with pytest.raises(NotFound, match="chat 'c1' is not in folder") as caught:
        desk.pins.folders.add_chats(now["A"], ["c5"], above="c1")
    assert caught.value.outcome == "unknown"


@pytest.mark.parametrize(("wanted", "kind"), [("A", StaleBoard), ("Z", NotFound)])
def test_what_was_lost_may_have_been_done_whatever_becomes_of_the_edit_that_starts_again(
    wanted: str, kind: type[CliqError]
) -> None:
    """Somebody else is there each time; or the function asks the fresh board for a folder that there is not."""
    desk = Desk(Behaviour(staleness_resolution="1ms"), max_rebases=1)
    now = desk.read()
    desk.simulator.script(GONE)

    def meddle(chat: str) -> None:
        desk.later(0.2, lambda: desk.other.call("POST", f"/chats/{chat}/pins", {"category_id": A}))

    def change(fresh: Board) -> Edit:
        return ReplaceChats(fresh["A" if fresh is now else wanted], ["c5"])

    desk.at_write(2, lambda: meddle("c6"))
    desk.at_write(3, lambda: meddle("c7"))
    with pytest.raises(kind) as caught:
        desk.pins.edit(change, board=now)
    assert caught.value.outcome == "unknown"


def test_what_was_lost_and_is_done_late_is_no_conflict() -> None:
    """The first sending is lost, refused for a pin of ours, and carried out before the third one arrives."""
    desk = Desk(Behaviour(staleness_resolution="1ms"))
    now = desk.read()
    handle, sent = desk.line.handle_request, list[dict[str, Any]]()

    def handled(request: httpx2.Request) -> httpx2.Response:
        if b"last_sync_time" in request.read():
            sent.append(json.loads(request.read()))
            if len(sent) == 1:
                desk.later(0.1, lambda: desk.pins.chats.pin("c7", folder=A))
                raise httpx2.ReadError("gone")
            if len(sent) == 3:
                desk.later(0.1, lambda: desk.other.put(A, chat_ids=sent[0]["chat_ids"]))
        return handle(request)

    desk.line.handle_request = handled  # type: ignore[method-assign]
    desk.pins.folders.replace_chats(now["A"], ["c5"])
    assert (len(sent), desk.chats()) == (3, ("c5",))


def test_a_call_of_ours_that_is_on_its_way_at_the_second_refusal_is_no_conflict() -> None:
    desk = Desk(Behaviour(staleness_scope="user", staleness_resolution="1ms"))
    now = desk.read(later=5.25)
    desk.pins.chats.pin("c6", folder=B)
    desk.simulator.clock.advance(3)
    handle, writes, pinned = desk.line.handle_request, [0], list[httpx2.Request | httpx2.Response]()

    def handled(request: httpx2.Request) -> httpx2.Response:
        """Pins a second chat: that is carried out just before the second sending, and answered at the end."""
        if request.method == "POST" and not pinned:
            pinned.append(request)
            desk.pins.folders.add_chats(now["A"], ["c5"])
            return cast(httpx2.Response, pinned[1])
        if b"last_sync_time" in request.read():
            writes[0] += 1
            if writes[0] == 2:
                desk.later(0.05, lambda: pinned.append(handle(cast(httpx2.Request, pinned[0]))))
        return handle(request)

    desk.line.handle_request = handled  # type: ignore[method-assign]
    desk.pins.chats.pin("c7", folder=B)
    assert (desk.statuses(), desk.chats()) == ([400, 400, 204], ("c1", "c2", "c5"))


@pytest.mark.parametrize("first", ["the write", "the other call"])
def test_calls_of_ours_that_cross_were_carried_out_in_either_order(first: str) -> None:
    """A chat is unpinned while a write is on its way that puts it in a folder."""
    desk = Desk(Behaviour(staleness_resolution="1ms"))
    now = desk.read(later=5.25)
    desk.at_write(1, lambda: desk.later(0.2, lambda: desk.pins.chats.unpin("c5")), answered=first == "the write")
    desk.pins.folders.replace_chats(now["A"], ["c5", "c6"])
    then = ("c6",) if first == "the write" else ("c5", "c6")
    assert desk.chats() == then
    desk.simulator.clock.advance(5)
    desk.pins.folders.add_chats(now["A"], ["c7"])
    assert desk.chats() == (*then, "c7")


def test_a_call_of_ours_that_ends_while_a_write_is_on_its_way_is_no_conflict_later() -> None:
    desk = Desk()
    mine = desk.read(later=5.25).my_pins
    assert mine is not None
    desk.at_write(1, lambda: desk.later(2.0, lambda: desk.pins.chats.pin("c6")), answered=True)
    desk.pins.folders.replace_chats(mine, ["c5"])
    desk.simulator.clock.advance(5)
    desk.pins.folders.replace_chats(mine, ["c7"])
    assert desk.simulator.board().default.chats == ("c7",)


@pytest.mark.parametrize("listed", [False, True])
def test_calls_of_ours_that_go_on_while_a_write_is_sent_again_are_no_conflict(listed: bool) -> None:
    """Three sendings; who goes on longer than that is told."""
    desk = Desk(Behaviour(staleness_scope="user", staleness_resolution="1ms"))
    now = desk.read(later=5.25)
    place = now["A"] if listed else now.my_pins
    assert place is not None
    desk.pins.chats.pin("c6", folder=B)
    desk.at_write(2, lambda: desk.later(0.1, lambda: desk.pins.chats.pin("c7", folder=B)))
    desk.pins.folders.replace_chats(place, ["c5"])
    assert desk.statuses() == [400, 400, 204]
    desk.simulator.clock.advance(5)
    desk.simulator.log.clear()
    for number in (1, 2, 3):
        desk.at_write(number, lambda: desk.later(0.1, lambda: desk.pins.folders.update(B, title="Other")))
    with pytest.raises(StaleBoard):
        desk.pins.folders.replace_chats(place, ["c7"])
    assert desk.statuses() == [400, 400, 400]


@pytest.mark.parametrize("when", ["lost", "on its way"])
def test_a_create_is_no_conflict_where_nobody_can_see_it(when: str) -> None:
    desk = Desk(Behaviour(staleness_scope="user", staleness_resolution="1ms"))
    mine = desk.read().my_pins
    assert mine is not None
    if when == "lost":
        desk.simulator.script(lost("createPinCategory", nth=1))
        with pytest.raises(ConnectionFailed):
            desk.pins.folders.create("New")
    else:
        with Held(desk.line, "POST", lambda: desk.pins.folders.create("New"), done=True):
            desk.later(1.0, lambda: desk.pins.folders.replace_chats(mine, ["c6"]))
    desk.pins.folders.replace_chats(mine, ["c5"])
    assert desk.simulator.board().default.chats == ("c5",)


def meanwhile(desk: Desk, method: str, act: Callable[[], object]) -> None:
    """Let something happen when the service has answered a request with that method, and nobody has the answer yet."""
    handle, left = desk.line.handle_request, [act]

    def handled(request: httpx2.Request) -> httpx2.Response:
        answer = handle(request)
        if request.method == method and left:
            left.pop()()
        return answer

    desk.line.handle_request = handled  # type: ignore[method-assign]


@pytest.mark.parametrize("resolution", ["1s", "1ms"])
@pytest.mark.parametrize("ours", ["pin", "unpin", "replace"])
def test_what_somebody_else_made_of_it_is_not_made_anew_because_our_call_was_still_on_its_way(
    ours: str, resolution: Any
) -> None:
    """The board is read after all of it, and before our call is answered."""
    desk = Desk(Behaviour(staleness_resolution=resolution))
    first, seen = desk.read(later=5.25), list[Board]()

    def act() -> None:
        undo: dict[str, Callable[[], object]] = {
            "pin": lambda: desk.other.call("DELETE", "/chats/c7/pins"),
            "unpin": lambda: desk.other.call("POST", "/chats/c2/pins", {"category_id": A}),
            "replace": lambda: desk.other.put(A, chat_ids=["c3", "c7"]),
        }
        desk.later(1.2, undo[ours])
        desk.later(2.0, lambda: seen.append(desk.pins.board()))
        desk.simulator.clock.advance(2)

    if ours == "pin":
        meanwhile(desk, "POST", act)
        desk.pins.chats.pin("c7", folder=A)
    elif ours == "unpin":
        meanwhile(desk, "DELETE", act)
        desk.pins.chats.unpin("c2")
    else:
        meanwhile(desk, "PUT", act)
        desk.pins.folders.replace_chats(first["A"], ["c1", "c5"])
    there = desk.chats()
    assert ids(seen[0]["A"]) == there
    with pytest.raises(StaleBoard):
        desk.pins.folders.add_chats(seen[0]["A"], ["c6"])
    assert desk.chats() == there


def test_what_somebody_else_undid_is_not_taken_for_what_a_reading_showed_too_early() -> None:
    desk = Desk(Behaviour(staleness_resolution="1ms"))
    desk.read(later=5.25)
    meanwhile(desk, "GET", lambda: desk.later(1.5, lambda: desk.pins.chats.pin("c7", folder=A)))
    early = desk.pins.board()
    assert (ids(early["A"]), desk.chats()) == (("c1", "c2"), ("c1", "c2", "c7"))
    desk.simulator.clock.advance(30)
    desk.other.call("DELETE", "/chats/c7/pins")
    desk.simulator.clock.advance(30)
    with pytest.raises(StaleBoard):
        desk.pins.folders.replace_chats(early["A"], ["c1", "c2", "c7", "c6"])
    assert desk.chats() == ("c1", "c2")


def test_calls_of_ours_that_go_on_during_each_reading_are_told() -> None:
    """No reading shows what is to be planned on; somebody waits for those calls, and tries again."""
    desk = Desk(Behaviour(staleness_scope="user", staleness_resolution="1ms"))
    now = desk.read(later=5.25)
    desk.pins.folders.update(B, title="Other")
    handle, chats = desk.line.handle_request, iter(["c5", "c6", "c7", "c3"])

    def handled(request: httpx2.Request) -> httpx2.Response:
        answer = handle(request)
        if request.method == "GET":
            desk.pins.chats.pin(next(chats), folder=A)
        return answer

    desk.line.handle_request = handled  # type: ignore[method-assign]
    with pytest.raises(StaleBoard, match="other calls of this client went on changing the board") as caught:
        desk.pins.folders.add_chats(now["A"], ["c4"])
    assert caught.value.outcome == "not_applied"
    assert caught.value.board is not None
    assert next(chats, None) is None, "the reading of the refusal, and three after its second"


@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_a_call_on_its_way_may_have_done_is_not_known_before_it_is_over(elsewhere: bool) -> None:
    """Somebody else pins the very chat, and changes another folder, or not; our pin is refused in the end."""
    desk = Desk(Behaviour(staleness_resolution="1ms", pin_again="refused"))
    now = desk.read()
    with Held(desk.line, "POST", lambda: desk.pins.chats.pin("c7", folder=A), done=False) as held:
        desk.other.call("POST", "/chats/c7/pins", {"category_id": A})
        if elsewhere:
            desk.other.put(B, chat_ids=["c5"])
        desk.simulator.clock.advance(600)
        with pytest.raises(StaleBoard):
            desk.pins.folders.replace_chats(now["A"], ["c1", "c5"])
    assert isinstance(held.error, CliqError)
    assert (held.error.outcome, desk.chats()) == ("not_applied", ("c1", "c2", "c7"))


def test_who_waits_for_a_call_on_its_way_waits_no_longer_than_his_deadline() -> None:
    desk = Desk(Behaviour(staleness_resolution="1ms"))
    now = desk.read()
    view = view_of(now)
    assert view is not None
    with desk.pins._runner.session.shared.views.calling(Pinned(A, "c7")):
        desk.other.call("POST", "/chats/c7/pins", {"category_id": A})
        desk.simulator.clock.advance(5)
        with pytest.raises(DeadlineExceeded, match="other calls changed the same board") as caught:
            desk.pins.folders.replace_chats(now["A"], ["c5"], options=CallOptions(deadline=1.2))
    assert caught.value.outcome == "not_applied"


def test_calls_of_ours_explain_what_a_delete_among_them_has_taken_along() -> None:
    """A chat of the deleted folder was put in another one just before, which a reading shows that overlaps both."""
    desk = Desk()
    desk.pins.chats.pin("c2", folder=C)
    desk.pins.chats.pin("c6", folder=C)
    seen, now = list[Board](), desk.read()
    fill = Held(desk.line, "PUT", lambda: desk.pins.folders.replace_chats(now["A"], ["c1", "c2", "c3"]), done=True)
    with fill, Held(desk.line, "DELETE", lambda: desk.pins.folders.delete(C, unpin_all=True), done=True):
        seen.append(desk.pins.board())
    desk.simulator.clock.advance(60)
    desk.pins.folders.add_chats(seen[0]["A"], ["c5"])
    assert desk.chats()[-1] == "c5"


def test_a_create_that_was_lost_and_whose_folder_we_deleted_is_no_conflict() -> None:
    desk = Desk(Behaviour(pin_elsewhere="moves"))
    now = desk.read()
    lost_creates(desk, "c1")
    desk.pins.folders.delete(desk.pins.board()["New 0"], unpin_all=True)
    desk.simulator.clock.advance(2)
    desk.pins.folders.add_chats(now["A"], ["c6"])
    assert desk.chats() == ("c2", "c6")


def test_a_board_is_as_old_as_the_clock_that_its_sync_point_was_taken_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread gets the first answer that tells the time while that is done."""
    desk = Desk(Behaviour(staleness_resolution="1ms"), skew=60.0)
    desk.simulator.script(
        Fault(on="getPinCategories", phase="after", action="headers", args={"remove": ["date"]}, nth=1)
    )
    taken = reading.earliest

    def meddled(*args: Any) -> float:
        monkeypatch.undo()
        point = taken(*args)
        desk.pins.chats.pin("c7", folder=B)
        return point

    monkeypatch.setattr(reading, "earliest", meddled)
    now = desk.read(later=5.25)
    desk.other.put(A, chat_ids=["c3"])
    desk.simulator.clock.advance(3)
    with pytest.raises(StaleBoard):
        desk.pins.folders.add_chats(now["A"], ["c6"])
    assert desk.chats() == ("c3",)


@pytest.mark.parametrize("edits", [1, 2, 3])
def test_of_several_edits_some_may_have_been_made_before_the_one_that_fails(edits: int) -> None:
    desk = Desk(Behaviour(staleness_resolution="1ms"), max_rebases=1)
    now = desk.read()

    def change(fresh: Board) -> list[Edit]:
        desk.later(1.0, lambda: desk.other.put(B, chat_ids=["c5" if fresh is now else "c6"]))
        there = AddChats(fresh["A"], ["c1"])  # nothing to be done
        return [ReplaceChats(fresh["A"], ["c1"]), there, AddChats(fresh["B"], ["c7"])][-edits:]

    with pytest.raises(StaleBoard) as caught:
        desk.pins.edit(change, board=now)
    assert caught.value.outcome == ("unknown" if edits == 3 else "not_applied")


def test_of_several_edits_one_may_have_been_made_that_is_found_not_to_be_needed() -> None:
    desk = Desk(Behaviour(staleness_resolution="1ms"))
    now = desk.read()
    desk.simulator.script(GONE)
    desk.at_write(2, lambda: desk.later(0.1, lambda: desk.pins.chats.pin("c7", folder=A)))
    with pytest.raises(NotFound, match="chat 'c1' is not in folder") as caught:
        desk.pins.edit(lambda _: [AddChats(now["A"], ["c5"]), AddChats(now["B"], ["c6"], above="c1")], board=now)
    assert (desk.statuses(), caught.value.outcome) == ([503, 400], "unknown")


def lost_creates(desk: Desk, *chats: str) -> list[CliqError]:
    """Folders that are made with a chat each, or none, all answers lost."""
    desk.simulator.script(lost("createPinCategory", every=1))
    errors = list[CliqError]()
    for number, one in enumerate(chats):
        with pytest.raises(ConnectionFailed) as caught:
            desk.pins.folders.create(f"New {number}", chats=[one] if one else [])
        errors.append(caught.value)
    desk.simulator.script()
    desk.simulator.clock.advance(2)
    return errors


@pytest.mark.parametrize("goes", ["first", "last"])
@pytest.mark.parametrize("chats", [("", "c7"), ("c7", ""), ("", "")])
def test_several_creates_that_were_lost_are_no_conflict(chats: tuple[str, str], goes: Any) -> None:
    desk = Desk(Behaviour(staleness_scope="user", staleness_resolution="1ms", new_folder_goes=goes))
    now = desk.read()
    lost_creates(desk, *chats)
    desk.pins.folders.move(now["A"], above=END)
    assert desk.simulator.board().folders[-1].id == A


def test_a_create_that_was_lost_and_whose_folder_we_filled_since_is_no_conflict() -> None:
    desk = Desk(Behaviour(staleness_scope="user", staleness_resolution="1ms"))
    now = desk.read()
    lost_creates(desk, "c7")
    desk.pins.folders.replace_chats(desk.pins.board()["New 0"], ["c5"])
    desk.simulator.clock.advance(2)
    desk.pins.folders.move(now["A"], above=END)
    assert desk.simulator.board().folders[-1].id == A


@pytest.mark.parametrize("by", ["reconcile", "create_or_get"])
def test_a_create_that_was_found_is_open_no_longer_and_explains_no_folder_of_somebody_elses(by: str) -> None:
    desk = Desk(Behaviour(staleness_resolution="1ms"))
    now = desk.read()
    if by == "reconcile":
        assert desk.pins.folders.reconcile(lost_creates(desk, "c1")[0])
    else:
        desk.simulator.script(lost("createPinCategory", nth=1))
        desk.pins.folders.create_or_get("New", chats=["c1"])
        desk.simulator.clock.advance(2)
    found = desk.simulator.board().folders[3].id
    desk.other.call("POST", "/pin-categories", {"title": "X", "chat_ids": ["c1"]})
    desk.other.put(A, chat_ids=["c2"])  # as if the new folder had taken its chat
    desk.other.put(found, chat_ids=[])
    desk.simulator.clock.advance(2)
    with pytest.raises(StaleBoard):
        desk.pins.folders.replace_chats(now["A"], ["c1", "c2", "c5"])
    assert desk.chats() == ("c2",)


def test_a_refusal_for_a_new_title_is_no_conflict_where_nobody_can_see_it() -> None:
    desk = Desk(USER)
    mine = desk.read(later=5.25).my_pins
    assert mine is not None
    desk.pins.folders.update(B, title="Other")
    desk.pins.folders.replace_chats(mine, ["c5"])
    assert desk.simulator.board().default.chats == ("c5",)


@pytest.mark.parametrize("changed", [False, True])
def test_chats_of_a_board_without_chats_are_read_before_they_are_edited(changed: bool) -> None:
    desk = Desk()
    now = desk.pins.board(include=[])
    desk.simulator.clock.advance(5)
    if changed:
        desk.other.put(A, chat_ids=["c3"])  # nobody has seen what was there before
        desk.simulator.clock.advance(5)
    desk.pins.edit(lambda _: [AddChats(A, ["c5"]), AddChats(A, ["c6"])], board=now)
    assert desk.chats() == (*(["c3"] if changed else ["c1", "c2"]), "c5", "c6")
    assert desk.calls()[-3:] == ["getPinCategories", WRITES[2], WRITES[2]]
