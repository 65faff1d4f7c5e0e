"""Which canaries are found where: what the tests hold to their limits, and the report tells."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from .probes import POSITIONS, PROBES, TEXT, Probe, exchanges, taped
from .scanning import find, texts
from .telling import SECRETS, said_of

ON_TAPE = [probe for probe in PROBES if probe.position != TEXT]
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


class InWords(NamedTuple):
    """The probes whose canary is in what the overlay says, by where it is."""

    in_any_error: set[Probe]
    in_every_error: set[Probe]
    in_rest: set[Probe]
    """In logs, or in what hooks are handed and objects show."""
    in_all_rest: set[Probe]
    """In both."""

    @property
    def leaks(self) -> set[Probe]:
        """Those that are told where they must not be."""
        return self.in_rest | {probe for probe in self.in_any_error if probe.kind in SECRETS}


def in_words() -> InWords:
    """What the overlay tells of every probe that a cassette cannot have."""
    found = InWords(set(), set(), set(), set())
    for probe in IN_WORDS:
        said = said_of(probe)
        errors = [tells(one, probe) for one in said.errors]
        rest = [tells(one, probe) for one in (said.logs, said.shown)]
        for places, one in zip(found, (any(errors), all(errors), any(rest), all(rest)), strict=True):
            places.update({probe} if one else ())
    return found


def tells(text: str, probe: Probe) -> bool:
    """Whether a text has a canary in it: as it was planted, or under whatever layers."""
    return probe.encoded in text or bool(find([probe.canary.encode()], iter([text.encode()])))
