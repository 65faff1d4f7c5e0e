"""The flows of the tests, played on a service and recorded, each from a board without anything of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from cassettes.provenance import path_of
from cassettes.recording import record
from cliq_pins import AuthenticationError, RateLimited
from cliq_pins_client import operation_table
from flows import FLOWS, Flow
from flows import Stage as FlowStage
from flows.scenarios import SCENARIOS
from flows.stage import CHATS, Given

from .journal import Journal, Played, Unasked
from .leftovers import remove_folders
from .settings import GRANT
from .stage import Stage
from .table import RECORDED
from .telling import cause, told

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


class LiveStage(FlowStage):
    """A stage on a service that does what it will."""

    def __init__(self, stage: Stage, grant: Given) -> None:
        super().__init__(
            connect=stage.clients.connect,
            now_ms=stage.time_there,
            wait=stage.sleep,
            chats=stage.chats[: len(CHATS)],
            prefix=stage.titles,
        )
        self._grant = grant
        self.granted = False
        """Whether the grant code was taken."""

    def sign_up(self) -> Given:
        """An OAuth client with a grant code, if there is one; it can be used once."""
        if not self._grant:
            raise Unasked(f"{GRANT} is not set")
        self.granted = True
        return self._grant


def play(stage: Stage, journal: Journal, grant: Given, folder: Path, say: Callable[[str], None]) -> dict[str, str]:
    """Play and record every flow that can be played on a service; gives what became of each.

    One that is recorded already is not played again.
    """
    for name, flow in FLOWS.items():
        if flow.simulated_because or (journal.played.get(name) == RECORDED and path_of(name, folder).exists()):
            continue
        if name in STOPPED:
            outcome = f"{NOT_PLAYED}: {STOPPED[name]}"
        else:
            outcome = _play(flow, LiveStage(stage, grant), stage, journal, folder)
        journal.add(Played(name, outcome))
        say(f"{name}: {outcome}")
    return dict(journal.played)


def _play(flow: Flow, where: LiveStage, stage: Stage, journal: Journal, folder: Path) -> str:
    """Play a flow and tell what came of it; again if it only met a limit."""
    for _ in range(TRIES):
        if flow in SCENARIOS:
            stage.sleep(WINDOW)  # else it would be recorded how a client waits in between for what others used up
        try:
            record(flow, where, path_of(flow.name, folder), source="live")
        except Unasked as why:
            return f"{NOT_PLAYED}: {why}"
        except Exception as error:  # whatever a service answers, the other flows are played
            if where.granted and cause(error, AuthenticationError):
                return f"failed: {GRANT} is not taken: it is good once and for minutes: make a new one"
            limited = cause(error, RateLimited)
            if limited is None:
                return f"failed: {told(error)}"
            stage.sleep(limited.retry_after or 0)
        else:
            return RECORDED
        finally:
            _clear(stage, journal)
    return "failed: its limits were used up each time"


def _clear(stage: Stage, journal: Journal) -> None:
    """Remove what a flow left; what cannot be removed now is left to the end of the run."""
    with suppress(Exception):
        remove_folders(stage, journal)
        stage.suspect_all()
        stage.unpin_test_chats()
