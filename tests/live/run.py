"""One run from its settings to its table.

Exit codes: 0 all that was asked for and can be told was observed, and no flow failed; 1 something was missed, and the
table says why, or it ended too early; 2 it could not begin; 3 something of it is still there, to be removed with
`--clean`, whatever else happened; 130 ended by Ctrl-C.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO

from cliq_pins import ConfigurationError, ContractDriftWarning, http
from cliq_pins.engine.drivers import Clock, SystemClock

from . import table
from .clients import connected
from .guard import Guard
from .journal import MISSED, Fresh, Journal, Reading, Saw, Unasked, Unobserved
from .leftovers import begin, clear, end
from .lock import alone
from .playing import play
from .probes import LOCKING, QUIET
from .probes.probe import Probe
from .route import Route
from .server_time import milliseconds
from .settings import Asked, Place, Problem, arguments, check, place
from .signing_in import cannot_begin, misconfigured
from .telling import told
from .testbed import Testbed

DONE, INCOMPLETE, CANNOT_BEGIN, LEFTOVERS, INTERRUPTED = 0, 1, 2, 3, 130


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
        with alone(where, asked) as journal, set_up(where, journal, clock or SystemClock(), transport) as testbed:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", ContractDriftWarning)  # the guard sees all drift, and it is told
                    return _run(testbed, journal, where, asked, out or sys.stdout)
            except KeyboardInterrupt:
                return _leave(testbed, journal) or INTERRUPTED
            except Exception as error:  # such as a disk that is full
                left = _leave(testbed, journal)
                table.say(f"live: it ended too early: {told(error)}")
                return left or INCOMPLETE
    except (Problem, ConfigurationError) as error:
        table.say(f"live: {misconfigured(error) if isinstance(error, ConfigurationError) else error}")
        return CANNOT_BEGIN
    except KeyboardInterrupt:
        return INTERRUPTED


@contextmanager
def set_up(where: Place, journal: Journal, clock: Clock, transport: http.Transport | None) -> Iterator[Testbed]:
    """What the probes work with; all of it is sent through the guard."""
    inner = transport or Route()
    guard = Guard(
        inner,
        journal,
        base_url=where.base_url,
        accounts_url=where.accounts_url,
        chats=where.chats,
        now=lambda: milliseconds(clock),
    )
    try:
        yield Testbed(connected(where, guard, clock), guard, clock, where.chats)
    finally:
        inner.close()


def _run(testbed: Testbed, journal: Journal, where: Place, asked: Asked, out: TextIO) -> int:
    """Clear, probe, play, clear again, and tell."""
    try:
        _begin(testbed, journal, where, asked)
    except Problem as problem:
        if journal.drift:
            table.say(table.of_drift(journal.drift).rstrip())
        table.say(f"live: {problem}")
        return _leave(testbed, journal) or CANNOT_BEGIN
    if asked.clean:
        return _leave(testbed, journal)
    missed = probe(QUIET, testbed, journal, asked)
    flows = play(testbed, journal, where.grant, where.cassettes(asked), table.say) if asked.flows else {}
    missed |= probe(LOCKING, testbed, journal, asked)
    left = _leave(testbed, journal)
    rows = table.rows(missed | journal.readings)
    table.write(rows, flows, journal.drift, out, as_json=asked.as_json)
    missing = any(one.lack == MISSED for one in rows) or any(one.startswith("failed") for one in flows.values())
    return left or (INCOMPLETE if missing else DONE)


def _begin(testbed: Testbed, journal: Journal, where: Place, asked: Asked) -> None:
    """Come to a board without folders of ours on which no test chat is pinned; to clean, those are left alone."""
    if asked.fresh:
        journal.add(Fresh())
    try:
        found = clear(testbed, journal, by_title=asked.by_title)
        if found.folders:
            table.say(f"removed {len(found.folders)} folders of an earlier run")
        if not asked.clean:
            begin(testbed, journal, found)
            _try_the_chats(testbed)
    except Problem:
        raise
    except Exception as error:
        raise cannot_begin(error, where) from None


def _try_the_chats(testbed: Testbed) -> None:
    """Pin and unpin each test chat: what cannot be taken back must not be begun with."""
    for number, chat in enumerate(testbed.chats, start=1):
        pinned = testbed.pin(chat)
        if not pinned.ok and testbed.unpin(chat).ok:  # it may have been there already
            pinned = testbed.pin(chat)
        testbed.done(pinned, f"pinning test chat no. {number}")
        if chat != testbed.chats[-1]:
            testbed.done(testbed.unpin(chat), f"unpinning test chat no. {number}")
    testbed.done(testbed.unpin_all(testbed.chats[-1:]), "unpinning the last test chat")  # has a scope of its own


def _leave(testbed: Testbed, journal: Journal) -> int:
    """Leave the board as it was, if it was touched; gives the exit code for what could not be removed."""
    try:
        if journal.chats:
            end(testbed, journal)
    except (Exception, KeyboardInterrupt) as error:
        table.say(f"live: not all is as it was: {told(error)}")
        return LEFTOVERS
    return DONE


def probe(probes: Iterable[Probe], testbed: Testbed, journal: Journal, asked: Asked) -> dict[str, Reading]:
    """Run the probes whose readings are not known yet; gives for each switch that was not observed why."""
    missed: dict[str, Reading] = {}
    for one in probes:
        unknown = [switch for switch in one.switches if switch not in journal.readings]
        spend = _wanted(one, asked)
        if spend is None:
            missed |= dict.fromkeys(unknown, Unasked(f"--{one.option.replace('_', '-')} asks for it").reading)
        elif unknown:
            missed |= _probe(one, spend, testbed, journal)
    return missed


def _wanted(one: Probe, asked: Asked) -> int | None:
    """How much a probe may spend; `None` if it is not asked for."""
    if not one.option:
        return 0
    return int(getattr(asked, one.option)) or None


def _probe(one: Probe, spend: int, testbed: Testbed, journal: Journal) -> dict[str, Reading]:
    missed: dict[str, Reading] = {}
    try:
        for switch, reading in one.run(testbed, spend).items():
            if reading.value is None:
                missed[switch] = reading
            else:
                journal.add(Saw(switch, reading))
    except Unobserved as why:
        missed = dict.fromkeys(one.switches, why.reading)
    except Exception as error:  # whatever a service answers, the other probes are run
        missed = dict.fromkeys(one.switches, Unobserved(told(error)).reading)
    finally:
        testbed.tidy()
    for switch in one.switches:
        seen = journal.readings.get(switch)
        table.say(f"{switch}: {missed[switch].evidence if switch in missed else seen and seen.value}")
    return missed
