"""The simulated service as a live one: a user's own board, test chats, credentials, and runs against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any, TextIO

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cliq_pins.http import Transport, wsgi_transport
from cliq_pins.layout import DEFAULT
from cliq_pins.simulator import Behaviour, Board, Clock, Folder, Request, Simulator
from cliq_pins.testing import SimulatedClock, board, folder

from .journal import UNTOLD, Journal
from .probes.probe import NUMBERS, SWITCHES
from .run import main
from .settings import FOLDER, place

CHATS = tuple(f"70000000000000001{number:02}" for number in range(1, 25))
"""The test chats."""
FEW: dict[str, Any] = {"CLIQ_TEST_CHATS": ",".join((*CHATS[:4], CHATS[-1]))}
"""What of the environment is different where fewer chats are enough."""
THEIRS = ("3100000000000000001", "3100000000000000002", "3100000000000000003", "3100000000000000004")
"""Chats of the user's own."""
ASKED = ("--throttle", "--max-folders", "8", "--max-pins", "21")
"""All that there is to ask for; more folders and pins than the profile `strict` allows."""
ASKED_OF_FEW = (*ASKED[:-1], "5")
NEVER_IN_TWO = "unpin_all_reaches"
"""The one switch that cannot be seen where a chat is never in two folders: there its readings mean the same."""


def users_board(my_pins: Iterable[str] = ()) -> Board:
    """Folders of the user's own, one of them with a title that is almost one of ours; and what is in My Pins."""
    return board(
        folder("Errands", *THEIRS[:2], symbol=":razz:"),
        folder("cliq-pins live", THEIRS[2], state="collapsed"),
        folder("Family matters"),
        my_pins=[THEIRS[3], *my_pins],
        chats=CHATS,
    )


class Service:
    """A simulated service that is run against. A test chat is in My Pins where those that are can be seen."""

    make: Callable[..., Simulator] = Simulator

    def __init__(self, behaviour: Behaviour | None = None, *, clock: Clock | None = None, limits: bool = True) -> None:
        listed = behaviour is not None and behaviour.default_folder_lists_chats
        self.simulator = self.make(
            users_board(CHATS[-1:] if listed else ()), behaviour=behaviour, clock=clock, limits=limits
        )
        self.narrow = self.simulator.token(scopes=["ZohoCliq.Chats.READ"], seconds=10**6)
        self.client = self.simulator.sign_up()
        form = "&".join(
            f"{name}={value}" for name, value in {**self.client, "grant_type": "authorization_code"}.items()
        )
        said = self.simulator.handle(Request("POST", "/oauth/v2/token", (), form.encode())).body
        self.refresh_token: str = msgspec.json.decode(said)["refresh_token"]
        self.said = ""
        """What the last run told on standard error."""

    def environ(self, origin: str = "http://127.0.0.1") -> dict[str, str]:
        """The environment of a run."""
        return {
            "CLIQ_CLIENT_ID": self.client["client_id"],
            "CLIQ_CLIENT_SECRET": self.client["client_secret"],
            "CLIQ_REFRESH_TOKEN": self.refresh_token,
            "CLIQ_BASE_URL": f"{origin}/api/v3",
            "CLIQ_ACCOUNTS_URL": origin,
            "CLIQ_TEST_CHATS": ", ".join(CHATS),
            "CLIQ_NARROW_TOKEN": self.narrow,
        }

    def with_token(self) -> dict[str, Any]:
        """What of the environment is different where a token is given in place of credentials."""
        token = self.simulator.token(seconds=10**6)
        return {
            **dict.fromkeys(("CLIQ_CLIENT_ID", "CLIQ_CLIENT_SECRET", "CLIQ_REFRESH_TOKEN"), ""),
            "CLIQ_TOKEN": token,
        }

    def journal(self, path: Path, **environ: Any) -> Journal:
        """The journal of a run."""
        journal = Journal(path)
        settings = {**self.environ(), **environ}
        journal.claim(place({name: value for name, value in settings.items() if value}).key)
        return journal

    def run(
        self,
        journal: Path,
        *given: str,
        origin: str | None = None,
        transport: Transport | None = None,
        out: TextIO | None = None,
        **environ: Any,
    ) -> tuple[int, str]:
        """Run against it, over a socket if an origin is given; gives the exit code and what was printed.

        Flows are played if it is said where to record them.
        """
        out, told = out or StringIO(), StringIO()
        inner = transport or (None if origin else wsgi_transport(self.simulator.wsgi()))
        settings = {**self.environ(origin or "http://127.0.0.1"), FOLDER: str(journal.parent), **environ}
        with redirect_stderr(told):
            try:
                code = main(
                    [*given, "--journal", str(journal), *([] if "--cassettes" in given else ["--no-flows"])],
                    {name: value for name, value in settings.items() if value},
                    clock=SimulatedClock(self.simulator.clock),
                    transport=inner,
                    out=out,
                )
            finally:
                self.said = told.getvalue()
        return code, out.getvalue() if isinstance(out, StringIO) else ""

    def layout(self) -> list[Folder]:
        """The whole board: folders in order with their details and chats, but not when they were changed."""
        return [replace(one, changed_ms=0) for one in self.simulator.board().everything()]

    def secrets(self) -> set[str]:
        """What may not be printed: secrets, and the ids of chats and folders."""
        state = self.simulator.state
        tokens = {*state.access_tokens, *state.refresh_tokens, *self.client.values()}
        ids = {one.id for one in self.simulator.board().folders}
        return tokens | ids | {*CHATS, *THEIRS}


class Proof(Struct, frozen=True):
    """What a run told of a service whose readings are known."""

    named: tuple[str, ...]
    """The switches and numbers whose reading it named."""
    wrong: dict[str, object]
    """What it named wrongly, and what it should have named and did not."""
    unseen: tuple[str, ...]
    """What nobody could see there: two readings that mean the same, and numbers beyond what may be tried."""


def judge(printed: str, behaviour: Behaviour) -> Proof:
    """Hold a table, as JSON, to the readings that the service has."""
    rows: list[dict[str, Any]] = msgspec.json.decode(printed)["readings"]
    if [one["switch"] for one in rows] != [*SWITCHES, *NUMBERS]:
        raise ValueError("the table is not of all switches")
    unseen = [one["switch"] for one in rows if one["lack"] == UNTOLD and is_unseen(one["switch"], behaviour)]
    right = [one["switch"] for one in rows if _is_right(one, behaviour)]
    return Proof(
        named=tuple(right),
        wrong={one["switch"]: one for one in rows if one["switch"] not in (*right, *unseen)},
        unseen=tuple(unseen),
    )


def _is_right(row: dict[str, Any], behaviour: Behaviour) -> bool:
    ours, true = getattr(Behaviour(), row["switch"]), getattr(behaviour, row["switch"])
    told: Callable[[str], object] = row.__getitem__
    return (told("observed"), told("default"), told("contradicts")) == (true, ours, true != ours)


def is_unseen(switch: str, behaviour: Behaviour) -> bool:
    """Whether nobody can see a reading there."""
    if switch == NEVER_IN_TWO:
        return behaviour.pin_elsewhere == "moves"
    return switch in NUMBERS and getattr(behaviour, switch) == getattr(Behaviour(), switch)


def foreign(layout: list[Folder]) -> list[Folder]:
    """What of a board is the user's own."""
    return [
        replace(one, chats=tuple(chat for chat in one.chats if chat in THEIRS)) if one.id == DEFAULT else one
        for one in layout
        if one.id == DEFAULT or one.title in {mine.title for mine in users_board().folders}
    ]
