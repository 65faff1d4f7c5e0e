"""Which canaries are found where: what the tests hold to their limits, and the report tells."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .probes import POSITIONS, PROBES, TEXT, Probe, exchanges, taped
from .scanning import find, texts
from .telling import SECRETS, said_of

IN_WORDS = [probe for probe in PROBES if probe.position == TEXT]


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
    """The probes whose canary the overlay tells where it must not, and those whose canary is in the errors."""
    leaks, quoted = set(), set()
    for probe in IN_WORDS:
        said = said_of(probe)
        in_errors = [tells(one, probe) for one in said.errors]
        if tells(said.rest, probe) or (probe.kind in SECRETS and any(in_errors)):
            leaks.add(probe)
        if all(in_errors):
            quoted.add(probe)
    return leaks, quoted


def tells(text: str, probe: Probe) -> bool:
    """Whether a text has a canary in it: as it was planted, or under whatever layers."""
    return probe.encoded in text or bool(find([probe.canary.encode()], iter([text.encode()])))
