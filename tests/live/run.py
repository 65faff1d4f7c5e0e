"""One run from its settings to its table.

Exit codes: 0 all that was asked for and can be told was observed, and no flow failed; 1 something was missed, and the
table says why; 2 it could not begin; 3 something of it is still there, to be removed with `--clean`, also after Ctrl-C;
130 ended by Ctrl-C.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from cliq_pins import CliqPins, ConfigurationError, ContractDriftWarning, MemoryTokenStore, http
from cliq_pins.engine.drivers import Clock, SystemClock
from cliq_pins.limits import MemoryStore

from . import table
from .guard import Guard
from .journal import MISSED, Fresh, Journal, Reading, Saw, Unasked, Unobserved
from .leftovers import begin, clear, end
from .lock import alone
from .playing import play
from .probes import LOCKING, QUIET
from .probes.probe import Probe
from .route import Route
from .settings import NARROW, Asked, Place, Problem, arguments, check, place
from .signing_in import cannot_begin, misconfigured
from .stage import Clients, Stage, milliseconds
from .telling import told

DONE, INCOMPLETE, CANNOT_BEGIN, LEFTOVERS, INTERRUPTED = 0, 1, 2, 3, 130
LONGEST_WAIT = 900.0
"""Seconds that a call may wait for a limit or a lock."""


SIGN_IN = ("token", "credentials", "token_store")
"""The arguments that give way to another sign-in."""


class Uncounted(MemoryStore):
    """Limits that hold nobody back."""

    def wait(self, key: str, ticket: object, now: float, most: int, seconds: float) -> float:
        """Let every call pass."""
        return 0.0


def main(
    given: Sequence[str],
    environ: Mapping[str, str],
    *,
    clock: Clock | None = None,
    transport: http.Transport | None = None,
    out: TextIO | None = None,
) -> int:
    """Run; gives the exit code. A clock and a transport are for tests."""
    asked = arguments(given)
    try:
        where = place(environ)
        check(asked, where)
        with alone(where, asked) as journal, staged(where, journal, clock or SystemClock(), transport) as stage:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", ContractDriftWarning)  # the guard sees all drift, and it is told
                    return _run(stage, journal, where, asked, out or sys.stdout)
            except KeyboardInterrupt:
                return _end(stage, journal) or INTERRUPTED
            except Exception as error:  # such as a disk that is full
                left = _end(stage, journal)
                table.say(f"live: it ended too early: {told(error)}")
                return left or INCOMPLETE
    except (Problem, ConfigurationError) as error:
        table.say(f"live: {misconfigured(error) if isinstance(error, ConfigurationError) else error}")
        return CANNOT_BEGIN
    except KeyboardInterrupt:
        return INTERRUPTED


@contextmanager
def staged(where: Place, journal: Journal, clock: Clock, transport: http.Transport | None) -> Iterator[Stage]:
    """The clients, all of which send through the guard."""
    inner = transport or Route()
    guard = Guard(
        inner,
        journal,
        base_url=where.base_url,
        accounts_url=where.accounts_url,
        chats=where.chats,
        now=lambda: milliseconds(clock),
    )
    common: dict[str, Any] = {
        **where.sign_in,
        "token_store": MemoryTokenStore(),
        "user": "live",
        "limits": MemoryStore(),
        "transport": guard,
        "clock": clock,
        "max_wait": LONGEST_WAIT,
        "deadline": 2 * LONGEST_WAIT,
    }

    def connect(**own: Any) -> CliqPins:
        signs_in = own.keys() & {"token", "credentials"}
        kept = {name: one for name, one in common.items() if not signs_in or name not in SIGN_IN}
        return CliqPins(**{**kept, **own})

    clients = Clients(
        pins=connect(max_attempts=1),
        uncounted=connect(max_attempts=1, limits=Uncounted()),
        narrow=_narrow(connect, where.narrow),
        connect=connect,
    )
    try:
        yield Stage(clients, guard, clock, where.chats)
    finally:
        inner.close()


def _narrow(connect: Callable[..., CliqPins], token: str | None) -> CliqPins | None:
    try:
        return None if token is None else connect(max_attempts=1, token=token)
    except ConfigurationError as error:
        raise misconfigured(error, token=NARROW) from None


def _run(stage: Stage, journal: Journal, where: Place, asked: Asked, out: TextIO) -> int:
    """Clear, probe, play, clear again, and tell."""
    try:
        _begin(stage, journal, where, asked)
    except Problem as problem:
        if journal.drift:
            table.say(table.of_drift(journal.drift).rstrip())
        table.say(f"live: {problem}")
        return (_end(stage, journal) if journal.chats else DONE) or CANNOT_BEGIN
    if asked.clean:
        return _end(stage, journal)
    missed = probe(QUIET, stage, journal, asked)
    flows = play(stage, journal, where.grant, where.cassettes(asked), table.say) if asked.flows else {}
    missed |= probe(LOCKING, stage, journal, asked)
    left = _end(stage, journal)
    rows = table.rows(missed | journal.readings)
    table.write(rows, flows, journal.drift, out, as_json=asked.as_json)
    missing = any(one.lack == MISSED for one in rows) or any(one.startswith("failed") for one in flows.values())
    return left or (INCOMPLETE if missing else DONE)


def _begin(stage: Stage, journal: Journal, where: Place, asked: Asked) -> None:
    """Come to a board without folders of ours on which no test chat is pinned; to clean, those are left alone.

    But where titles are gone by, the journal is lost: nobody knows which chats were touched, and it may be any.
    """
    if asked.fresh:
        journal.add(Fresh())
    try:
        found = clear(stage, journal, by_title=asked.by_title)
        if found.folders:
            table.say(f"removed {len(found.folders)} folders of an earlier run")
        if asked.by_title or not asked.clean:
            begin(stage, journal, found)
        if not asked.clean:
            _try_the_chats(stage)
    except Problem:
        raise
    except Exception as error:
        raise cannot_begin(error, where) from None


def _try_the_chats(stage: Stage) -> None:
    """Pin and unpin each test chat: what cannot be taken back must not be begun with."""
    for number, chat in enumerate(stage.chats, start=1):
        pinned = stage.pin(chat)
        if not pinned.ok and stage.unpin(chat).ok:  # it may have been there already
            pinned = stage.pin(chat)
        stage.done(pinned, f"pinning test chat no. {number}")
        if chat != stage.chats[-1]:
            stage.done(stage.unpin(chat), f"unpinning test chat no. {number}")
    stage.done(stage.unpin_all(stage.chats[-1:]), "unpinning the last test chat")  # has a scope of its own


def _end(stage: Stage, journal: Journal) -> int:
    """Leave the board as it was; gives the exit code for what could not be removed."""
    try:
        end(stage, journal)
    except (Exception, KeyboardInterrupt) as error:
        table.say(f"live: not all is as it was: {told(error)}")
        return LEFTOVERS
    return DONE


def probe(probes: Iterable[Probe], stage: Stage, journal: Journal, asked: Asked) -> dict[str, Reading]:
    """Run the probes whose readings are not known yet; gives for each switch that was not observed why."""
    missed: dict[str, Reading] = {}
    for one in probes:
        unknown = [switch for switch in one.switches if switch not in journal.readings]
        spend = _wanted(one, asked)
        if spend is None:
            missed |= dict.fromkeys(unknown, Unasked(f"--{one.option.replace('_', '-')} asks for it").reading)
        elif unknown:
            missed |= _probe(one, spend, stage, journal)
    return missed


def _wanted(one: Probe, asked: Asked) -> int | None:
    """How much a probe may spend; `None` if it is not asked for."""
    if not one.option:
        return 0
    return int(getattr(asked, one.option)) or None


def _probe(one: Probe, spend: int, stage: Stage, journal: Journal) -> dict[str, Reading]:
    missed: dict[str, Reading] = {}
    try:
        for switch, reading in one.run(stage, spend).items():
            if reading.value is None:
                missed[switch] = reading
            else:
                journal.add(Saw(switch, reading))
    except Unobserved as why:
        missed = dict.fromkeys(one.switches, why.reading)
    except Exception as error:  # whatever a service answers, the other probes are run
        missed = dict.fromkeys(one.switches, Unobserved(told(error)).reading)
    finally:
        stage.tidy()
    for switch in one.switches:
        seen = journal.readings.get(switch)
        table.say(f"{switch}: {missed[switch].evidence if switch in missed else seen and seen.value}")
    return missed
