"""A conversation in which every operation is called through the client, with all that it takes, up to its bounds."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache

import msgspec
from msgspec import Struct

from cliq_pins import END, CliqError, CliqPins, ContractDriftWarning, Credentials, http
from cliq_pins.drift import Drift as Report
from cliq_pins.simulator import Board, Simulator
from cliq_pins.simulator.faces.wsgi import wsgi_face
from cliq_pins.testing import board, chat, connect, folder
from cliq_pins_client import operations as op
from contract_schemas import DOCUMENT, SCHEMAS
from drift.exchanges import Exchange, Recorder
from service import NOWHERE, PEOPLE, WORK

CREATE = SCHEMAS["CreatePinCategoryRequest"]["properties"]
TITLE, SYMBOL = (("x" * CREATE[name]["maxLength"]) for name in ("title", "symbol"))
MOST = CREATE["chat_ids"]["maxItems"]
STATES = SCHEMAS["State"]["enum"]
(REMOVED,) = DOCUMENT["paths"]["/pin-categories"]["delete"]["parameters"]
CHATS = [f"C{number}" for number in range(1, MOST + 1)]
FIELDS = SCHEMAS["IncludeField"]["enum"]
PATIENT = {"max_wait": 600.0, "deadline": 3600.0, "max_attempts": 1}
ISO = "2026-06-01T00:00:00Z"

Step = Callable[[CliqPins], object]


def details(**body: object) -> Step:
    return lambda pins: pins.send(op.update_pin_category(WORK, body=body))


STEPS: dict[str, Step] = {
    "list": lambda pins: pins.send(op.get_pin_categories()),
    "list with everything": lambda pins: pins.send(op.get_pin_categories(include_fields=FIELDS)),
    "read": lambda pins: [(one.id, one.title, one.symbol, one.state, one.chats) for one in pins.board()],
    "make": lambda pins: pins.send(op.create_pin_category(body={"title": "Plain"})),
    "make with a symbol": lambda pins: pins.folders.create(TITLE, symbol=SYMBOL).id,
    "make with chats": lambda pins: pins.folders.create("Full", chats=CHATS).id,
    "make in full": lambda pins: pins.send(
        op.create_pin_category(body={"title": "All", "symbol": ":x:", "chat_ids": ["C1"]})
    ),
    "retitle": lambda pins: pins.folders.update(WORK, title=TITLE),
    "change the symbol": lambda pins: pins.folders.update(WORK, symbol=SYMBOL),
    **{f"be {state}": lambda pins, state=state: pins.folders.update(WORK, state=state) for state in STATES},
    "change all details": details(title="Work", symbol="", state=STATES[0]),
    "move up": lambda pins: pins.folders.move(PEOPLE, above=WORK),
    "move down": lambda pins: pins.folders.move(PEOPLE, above=END),
    "move, as text": details(last_sync_time=ISO),
    "move a chat up": lambda pins: pins.folders.move_chat(WORK, "C2", above="C1"),
    "move a chat down": lambda pins: pins.folders.move_chat(WORK, "C2", above=END),
    "move a chat, as text": details(chat_id="C1", last_sync_time=ISO),
    "replace by none": lambda pins: pins.folders.replace_chats(PEOPLE, []),
    "replace by many": lambda pins: pins.folders.replace_chats(PEOPLE, CHATS),
    "fill My Pins": lambda pins: pins.folders.replace_chats("default", ["C6", "C7"]),
    "move a chat in My Pins": lambda pins: pins.send(
        op.update_pin_category("default", body={"chat_id": "C6", "last_sync_time": ISO})
    ),
    "replace, as text": details(chat_ids=["C1", "C2"], last_sync_time=ISO),
    "add": lambda pins: pins.folders.add_chats(WORK, ["C5"]),
    "take out": lambda pins: pins.folders.remove_chats(WORK, ["C5"]),
    "pin": lambda pins: pins.send(op.pin_chat("CT_1")),
    "pin with an empty body": lambda pins: pins.send(op.pin_chat("CT_2", body={})),
    "pin in a folder": lambda pins: pins.send(op.pin_chat("CT_1", body={"category_id": WORK})),
    "unpin": lambda pins: pins.send(op.unpin_chat("CT_1")),
    "unpin many": lambda pins: pins.chats.unpin_many(CHATS[: REMOVED["schema"]["maxItems"]]),
    "read what is left": lambda pins: repr(pins.board()),
    "delete a folder that is none": lambda pins: pins.folders.delete(NOWHERE, unpin_all=False),
    "delete My Pins": lambda pins: pins.folders.delete("default", unpin_all=False),
    "pin a chat that is none": lambda pins: pins.chats.pin("C0"),
    "pin a chat that may not be": lambda pins: pins.chats.pin("CT_3"),
    "move without a reading": details(last_sync_time=1_000_000_000),
    "delete": lambda pins: pins.folders.delete(WORK, unpin_all=False),
    "delete with its chats": lambda pins: pins.folders.delete(PEOPLE, unpin_all=True),
}
"""What is done, in this order; what each gives is compared."""


class Conversation(Struct):
    """What came of a conversation."""

    outcomes: dict[str, object]
    """What each step gave: a value, or an error in words that begin with `!`."""
    reports: list[str]
    """What `on_drift` was told."""
    exchanges: list[Exchange]


@cache
def full_board() -> Board:
    """Two folders and plenty of chats, of which one has everything that a chat can have."""
    rich = chat("C1", "Launch", people=["Ada", "Grace"], last_message="see you there")
    return board(
        folder("Work", "C1", "C2", "C3", symbol=":razz:", folder_id=WORK),
        folder("People", "C4", folder_id=PEOPLE),
        my_pins=["C6"],
        chats=[rich, *CHATS[1:], "CT_1", "CT_2"],
        unpinnable=["CT_3"],
    )


def converse(simulator: Simulator) -> Conversation:
    """Hold the conversation with a service that has the full board; drift is noted, and warned of to nobody."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ContractDriftWarning)
        return _converse(simulator)


def _converse(simulator: Simulator) -> Conversation:
    recorder = Recorder(simulator)
    transport = http.wsgi_transport(wsgi_face(recorder.handle))
    reports: list[str] = []

    def report(found: Report) -> None:
        reports.append(str(found))

    with connect(simulator, transport=transport, on_drift=report, **PATIENT) as pins:
        outcomes = {name: outcome(step, pins) for name, step in STEPS.items()}
    signed_in = {"credentials": Credentials(**simulator.sign_up()), "data_centre": "us"}
    with connect(simulator, transport=transport, on_drift=report, **PATIENT, **signed_in) as pins:
        outcomes["sign in"] = outcome(STEPS["list"], pins)
    return Conversation(outcomes, reports, recorder.exchanges)


def outcome(step: Step, pins: CliqPins) -> object:
    """What a step gives."""
    try:
        return msgspec.to_builtins(step(pins), enc_hook=repr)
    except CliqError as error:
        return f"! {type(error).__name__} {error.status} {error.code}"
