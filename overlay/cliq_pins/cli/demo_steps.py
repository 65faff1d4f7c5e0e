"""The steps of the demo. What is shown of each is its docstring and its own code, so that nothing else can be shown."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from cliq_pins import END, Board, CliqPins, ConnectionFailed, Move, StaleBoard
from cliq_pins.simulator import Simulator
from cliq_pins.testing import board, chat, folder


class Stage(Struct):
    """What the steps act on."""

    pins: CliqPins
    colleague: CliqPins
    """Another client of the same user: the same sidebar on a telephone."""
    service: Simulator
    show: Callable[[Board | str], None]


def office() -> Simulator:
    """A service with an office's worth of chats."""
    teams = ("Launch", "Support", "Design", "Incidents", "Hiring", "Research", "Releases", "Lunch")
    people = ("Ada", "Grace", "Alan", "Barbara", "Edsger", "Radia")
    chats = [chat(f"C{number}", name, people=people[:4]) for number, name in enumerate(teams, 1)]
    chats += [chat(f"D{number}", name, chat_type="direct_message") for number, name in enumerate(people, 1)]
    return Simulator(board(folder("Later", "C7", "C8", symbol="💤"), my_pins=["D1", "C4"], chats=chats))


def read(stage: Stage) -> None:
    """The board is read: the folders in order, with their chats."""
    stage.show(stage.pins.board())


def fill(stage: Stage) -> None:
    """Two folders are made and filled, each in one call."""
    stage.pins.folders.create("Work", symbol="🚀", chats=["C1", "C2", "C3"])
    stage.pins.folders.create_or_get("People", chats=["D1", "D2", "D3"])
    stage.show(stage.pins.board())


def move(stage: Stage) -> None:
    """A folder is moved to the end; when the board was read is the client's business, by the server's clock."""
    board = stage.pins.board()
    stage.pins.folders.move(board["Later"], above=END)
    stage.pins.folders.move_chat(board["Work"], "C3", above="C1")
    stage.show(stage.pins.board())


def conflict(stage: Stage) -> None:
    """Someone else changes a folder after it was read: the stale write is refused, and nothing is lost."""
    board = stage.pins.board()
    stage.service.clock.advance(5)
    stage.colleague.folders.add_chats(board["Work"].id, ["C5"])
    try:
        stage.pins.folders.replace_chats(board["Work"], ["C1", "C2"])
    except StaleBoard as error:
        stage.show(f"{error}\nin Work now: {names(error.board)}")


def rebase(stage: Stage) -> None:
    """The same edit, written as a function of the board, is made again on the fresh one."""
    board = stage.pins.board()
    stage.service.clock.advance(5)
    stage.colleague.folders.move(board["Work"].id, above=END)
    stage.pins.edit(lambda board: Move(board["Work"], above=board["Later"]), board=board)
    stage.show(stage.pins.board())


def lost_reply(stage: Stage) -> None:
    """The connection breaks after a folder was made: it is not made twice, and a reading tells what became of it."""
    stage.service.script({"on": "createPinCategory", "phase": "after", "action": "reset"})
    try:
        stage.pins.folders.create("Travel")
    except ConnectionFailed as error:
        stage.show(f"outcome: {error.outcome}\nreconciled: {stage.pins.folders.reconcile(error)}")


def throttle(stage: Stage) -> None:
    """Sixty calls in a row, where the service locks a client out for five minutes after fifty: the client waits."""
    before = stage.service.clock.now_ms
    work = stage.pins.board()["Work"]
    for number in range(1, 61):
        stage.pins.folders.update(work, title=f"Work ({number})")
    waited = (stage.service.clock.now_ms - before) / 1000
    stage.show(f"waited {waited:.0f} s of the simulator's time; locked out: {throttled(stage.service)} times")


def final(stage: Stage) -> None:
    """The board at the end."""
    stage.show(stage.pins.board())


def names(board: Board | None) -> str:
    """The chats in Work."""
    return ", ".join(one.name or one.id for one in (board["Work"].chats if board else None) or ())


def throttled(service: Simulator) -> int:
    """How many calls the service has refused because there were too many."""
    return sum(one.status == 429 for one in service.log)


STEPS: tuple[Callable[[Stage], None], ...] = (read, fill, move, conflict, rebase, lost_reply, throttle, final)
