"""The scenarios of more than one call."""

from __future__ import annotations

from cliq_pins import END, Board, CallOptions, Credentials, RateLimited, ServerError, StaleBoard
from cliq_pins.tokens import MemoryTokenStore
from service import OPERATIONS

from .answers import SECONDS, call_of
from .flow import Flow
from .recipes import Natural
from .stage import Given, Stage, error_of

NOT_WAITING = CallOptions(max_wait=0)


def first_sign_in(stage: Stage) -> None:
    """A grant code is exchanged, once; from then on the refresh token gets access tokens."""
    given = {name: str(value) for name, value in stage.given(stage.sign_up).items()}
    signed_up, store = Credentials(**given), MemoryTokenStore()
    first = stage.connect(credentials=signed_up, token_store=store)
    board = first.board()
    kept = store.load(signed_up.key)
    assert kept is not None
    assert kept.refresh_token
    again = Credentials(
        client_id=given["client_id"], client_secret=given["client_secret"], refresh_token=kept.refresh_token
    )
    second = stage.connect(credentials=again, token_store=MemoryTokenStore())
    assert second.board() == board


def create_to_delete(stage: Stage) -> None:
    """What a folder goes through: made, renamed, filled, arranged, emptied, deleted."""
    pins, (one, two, three, four, five) = stage.pins, stage.chats
    work, later = stage.make("Work", one, symbol=":razz:"), stage.make("Later")
    pins.folders.update(work, title=stage.title("Renamed"), state="collapsed")
    board = pins.board()
    folder = board[work.id]
    assert (folder.title, folder.symbol, folder.state) == (stage.title("Renamed"), ":razz:", "collapsed")
    pins.folders.add_chats(folder, [two, three])
    pins.folders.move_chat(folder, three, above=one)
    pins.folders.move(folder, above=board[later.id])
    pins.chats.pin(four, folder=later)
    pins.chats.pin(five)
    board = pins.board()
    assert chats(board, work.id) == [three, one, two]
    assert chats(board, later.id) == [four]
    order = [each.id for each in board]
    assert order.index(work.id) < order.index(later.id)
    pins.chats.unpin(two)
    pins.chats.unpin_many([one, five])
    pins.folders.move(board[work.id], above=END)
    board = pins.board()
    assert chats(board, work.id) == [three]
    assert board.folders[-1].id == work.id
    pins.folders.delete(work, unpin_all=True)
    pins.folders.delete(later, unpin_all=True)
    assert {work.id, later.id}.isdisjoint(each.id for each in pins.board())


def everything_of_a_board(stage: Stage) -> None:
    """A board with all that can be asked for: the people in each chat, and its last message."""
    work = stage.make("Work", stage.chats[0], stage.chats[4])
    board = stage.pins.board(include=["recipients_summary", "last_message_info"])
    for chat in board[work.id].chats:
        assert chat.recipients is not None
    assert [chat.recipients for chat in stage.pins.board()[work.id].chats] == [None, None]


def conflict_and_rebase(stage: Stage) -> None:
    """Another client of the same user is faster: nothing is overwritten, and a move is made on the fresh board."""
    one, two, three, *_ = stage.chats
    work = stage.make("Work", one, two, three)
    stage.wait(SECONDS)
    held = stage.pins.board()[work.id]
    stage.wait(SECONDS)
    stage.other.folders.move_chat(work.id, three, above=one)
    stale = error_of(StaleBoard, lambda: stage.pins.folders.replace_chats(held, [one, two]))
    assert (stale.outcome, stale.code) == ("not_applied", "client_not_synced")
    assert stale.board is not None
    assert chats(stale.board, work.id) == [three, one, two]
    stage.pins.folders.move_chat(held, two, above=three, on_conflict="rebase")
    assert chats(stage.pins.board(), work.id) == [two, three, one]


def throttle_and_lock(stage: Stage) -> None:
    """A limit that somebody else used up: one call is refused, none is sent while locked, and then it goes on."""

    def used_up() -> Given:
        stage.overrun("GET", call_of("getPinCategories", Natural(), {}).target, b"")
        return {}

    stage.given(used_up)
    lock = OPERATIONS["getPinCategories"].rate_limits[0].lock_seconds
    assert lock
    refused = error_of(RateLimited, lambda: stage.pins.board(options=NOT_WAITING))
    assert (refused.status, refused.retry_after, refused.attempts) == (429, lock, 1)
    held_back = error_of(RateLimited, lambda: stage.other.board(options=NOT_WAITING))
    assert (held_back.status, held_back.attempts) == (None, 0)
    stage.wait(lock)
    assert stage.pins.board() is not None


def unknown_outcome_and_reconcile(stage: Stage) -> None:
    """The service fails after it did what it was told: the call is not sent again, and a reading tells what became."""
    one, two, *_ = stage.chats
    failure = {"phase": "after", "action": "status", "args": {"status": 500, "body": {"json": {}}}}
    stage.script(on="createPinCategory", **failure)
    lost = error_of(ServerError, lambda: stage.pins.folders.create(stage.title("Work"), chats=[one]))
    assert (lost.outcome, lost.attempts) == ("unknown", 1)
    work = stage.pins.folders.reconcile(lost)
    assert work is not None
    stage.made.append(work.id)
    stage.script(on="pinChat", **failure)
    lost = error_of(ServerError, lambda: stage.pins.chats.pin(two, folder=work))
    assert lost.outcome == "unknown"
    assert stage.pins.chats.reconcile(lost) is True
    assert chats(stage.pins.board(), work.id) == [one, two]


def chats(board: Board, folder: str) -> list[str]:
    """The ids of a folder's chats, in order."""
    return [one.id for one in board[folder].chats or ()]


SCENARIOS = [
    Flow(name="flows/first_sign_in", play=first_sign_in),
    Flow(name="flows/create_to_delete", play=create_to_delete),
    Flow(name="flows/everything_of_a_board", play=everything_of_a_board),
    Flow(name="flows/conflict_and_rebase", play=conflict_and_rebase),
    Flow(name="flows/throttle_and_lock", play=throttle_and_lock, simulated_because="it locks the user out for minutes"),
    Flow(
        name="flows/unknown_outcome_and_reconcile",
        play=unknown_outcome_and_reconcile,
        simulated_because="a live service does not fail when it is told to",
    ),
]
"""The flows that issue several calls."""
