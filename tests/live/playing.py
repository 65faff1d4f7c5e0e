"""The flows of the tests, played on a service and recorded, each from a board without anything of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from cassettes.provenance import path_of
from cassettes.recording import record
from cliq_pins import AuthenticationError, RateLimited
from cliq_pins_client import operation_table
from flows import FLOWS, Flow, Stage
from flows.scenarios import SCENARIOS
from flows.stage import CHATS, Given

from .journal import Journal, Played, Unasked
from .leftovers import remove_folders
from .settings import GRANT
from .table import RECORDED
from .telling import cause, told
from .testbed import Testbed

WINDOW = max(limit.seconds for one in operation_table().values() for limit in one.rate_limits) + 1
"""Seconds after which what was called before counts no more."""
TRIES = 4
"""How often a flow is played that comes upon a limit that is used up."""


NOT_PLAYED = "not played"
_UNTITLED = "a folder would be without the run's title if the service did it"
STOPPED: Mapping[str, str] = {
    "createPinCategory/400-param_missing": _UNTITLED,
    "createPinCategory/400-operation_failed": _UNTITLED,
    "updatePinCategory/400-operation_failed": _UNTITLED,
    "deletePinCategory/400-operation_not_allowed": "My Pins would be gone if the service did it",
    "removeChatsAcrossCategories/400-operation_failed": "nobody knows what no chats at all would mean to the service",
}
"""The flows whose calls the guard stops, though they ask to be refused, and why: they are not played."""


class LiveStage(Stage):
    """A stage on a service that does what it will."""

    def __init__(self, testbed: Testbed, grant: Given) -> None:
        super().__init__(
            connect=testbed.clients.connect,
            now_ms=testbed.time_there,
            wait=testbed.sleep,
            chats=testbed.chats[: len(CHATS)],
            prefix=testbed.titles,
        )
        self._grant = grant
        self.handed_out = False
        """Whether a flow was given the grant code."""

    def sign_up(self) -> Given:
        """An OAuth client with a grant code, if there is one; it can be used once."""
        if not self._grant:
            raise Unasked(f"{GRANT} is not set")
        self.handed_out = True
        return self._grant


def play(testbed: Testbed, journal: Journal, grant: Given, folder: Path, say: Callable[[str], None]) -> dict[str, str]:
    """Play and record every flow that can be played on a service; gives what became of each.

    One that is recorded already is not played again.
    """
    for name, flow in FLOWS.items():
        if flow.simulated_because or (journal.played.get(name) == RECORDED and path_of(name, folder).exists()):
            continue
        if name in STOPPED:
            outcome = f"{NOT_PLAYED}: {STOPPED[name]}"
        else:
            outcome = _play(flow, LiveStage(testbed, grant), testbed, journal, folder)
        journal.add(Played(name, outcome))
        say(f"{name}: {outcome}")
    return dict(journal.played)


def _play(flow: Flow, where: LiveStage, testbed: Testbed, journal: Journal, folder: Path) -> str:
    """Play a flow and tell what came of it; again if it only met a limit."""
    for _ in range(TRIES):
        if flow in SCENARIOS:
            testbed.sleep(WINDOW)  # else it would be recorded how a client waits in between for what others used up
        try:
            record(flow, where, path_of(flow.name, folder), source="live")
        except Unasked as why:
            return f"{NOT_PLAYED}: {why}"
        except Exception as error:  # whatever a service answers, the other flows are played
            if where.handed_out and cause(error, AuthenticationError):
                return f"failed: {GRANT} is not taken: it is good once and for minutes: make a new one"
            limited = cause(error, RateLimited)
            if limited is None:
                return f"failed: {told(error)}"
            testbed.sleep(limited.retry_after or 0)
        else:
            return RECORDED
        finally:
            _clear(testbed, journal)
    return "failed: its limits were used up each time"


def _clear(testbed: Testbed, journal: Journal) -> None:
    """Remove what a flow left; what cannot be removed now is left to the end of the run."""
    with suppress(Exception):
        remove_folders(testbed, journal)
        testbed.take_out(testbed.chats)
