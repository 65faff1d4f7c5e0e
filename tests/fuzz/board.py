"""The board that is fuzzed: it has the ids of the contract's examples, so that the examples succeed."""

from __future__ import annotations

from msgspec.structs import replace

from cliq_pins.simulator import Board, State
from cliq_pins.simulator.builders import USER, board, folder

CHATS = ("1488288613043522033", "1488288613043522034", "2890538000000012345", "CHAT_ID")
START = board(
    folder("Launch", *CHATS, folder_id="4000000020001"),
    folder("Empty", folder_id="4000000020002"),
    folder("Team", *CHATS, folder_id="2890538000000011111"),
    folder("Named", *CHATS, folder_id="CATEGORY_ID"),
    my_pins=CHATS,
    chats=["4000000000001", "4000000000002"],
)
KEPT = 5
"""How many of the folders that the fuzzer made are kept, so that a board cannot fill up for good."""


def mended(state: State) -> State:
    """The state with what it began with put right again, and the last folders that were made since."""
    return state.with_board(USER, "", _mended(state.board(USER, "")))


def _mended(now: Board) -> Board:
    first = {one.id for one in START.folders}
    made = [one for one in now.folders if one.id not in first]
    return replace(START, folders=(*START.folders, *made[-KEPT:]))
