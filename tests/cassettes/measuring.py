"""Which canaries are found where: what the tests hold to their limits, and the report tells."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .probes import POSITIONS, PROBES, TEXT, Probe, exchanges, taped
from .scanning import find, texts
from .telling import told


def found(probes: Iterable[Probe], tapes: Iterable[str]) -> set[Probe]:
    """The probes whose canary is on one of the tapes."""
    wanted = {probe.canary.encode(): probe for probe in probes}
    return {wanted[one] for one in find(wanted, (text for tape in tapes for text in texts(tape)))}


def on_tape(probes: Collection[Probe], without: Collection[str] = ()) -> set[Probe]:
    """The probes whose canary is on a cassette when these sanitisers are left out."""
    return found(probes, taped([one for probe in probes for one in exchanges(probe)], without))


def everywhere(without: Collection[str] = ()) -> set[Probe]:
    """The same for every probe that a cassette can have."""
    parts = ([probe for probe in PROBES if probe.position == position] for position in POSITIONS if position != TEXT)
    return {hit for part in parts for hit in on_tape(part, without)}


def in_words() -> tuple[set[Probe], set[Probe]]:
    """The probes whose canary an error of the overlay tells, and those that its logs, hooks and reprs do."""
    errors, rest = set(), set()
    for probe in PROBES:
        if probe.position == TEXT:
            error, shown = told(probe)
            errors |= {probe} if find([probe.canary.encode()], iter([error.encode()])) else set()
            rest |= {probe} if find([probe.canary.encode()], iter([shown.encode()])) else set()
    return errors, rest
