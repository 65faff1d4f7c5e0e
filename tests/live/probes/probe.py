"""What a probe is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import Struct

from cliq_pins.simulator import Behaviour, readings
from live.answer import Said
from live.journal import Reading, Unobserved, Value
from live.testbed import Testbed

Findings: TypeAlias = Mapping[str, Reading]
"""What was found of each switch."""
SWITCHES: Mapping[str, tuple[Value, ...]] = readings()
"""The readings of each switch, the default first."""
NUMBERS = ("max_folders", "max_pins")


class Probe(Struct, frozen=True):
    """A function that finds out the readings of some switches."""

    switches: tuple[str, ...]
    run: Callable[[Testbed, int], Findings]
    """Takes how much it may spend, where it is asked for with a number."""
    option: str = ""
    """The option that asks for it; empty for one that always runs."""


def default(switch: str) -> Value:
    """The reading that our simulator has unless told otherwise."""
    value: Value = getattr(Behaviour(), switch)
    return value


def found(switch: str, value: Value, *evidence: object) -> Findings:
    """A reading that was observed, and what was seen."""
    if switch in SWITCHES and value not in SWITCHES[switch]:
        raise ValueError(f"{switch} has no reading {value!r}")
    return {switch: Reading(value, " · ".join(map(str, evidence)))}


def sure(ask: Callable[[], Said], control: Callable[[], Said], what: str) -> Said:
    """What is answered to a call; raises `Unobserved` for a refusal that may have another cause.

    A refusal counts if the control, a call that differs in nothing but what is in question, is accepted after it, and
    the call is refused again. The control leaves as it was what decides how the call is answered.
    """
    said = ask()
    if not said.ok:
        between, again = control(), ask()
        if not between.ok:
            raise Unobserved(f"{what}: {said}, and so is what differs in nothing else: {between}")
        if str(again) != str(said):
            raise Unobserved(f"{what}: {said}, and then {again}")
    return said


def by_refusal(switch: str, said: Said, accepted: Value, refused: Value, what: str) -> Findings:
    """The reading of a switch that tells whether a call is refused."""
    return found(switch, refused if said.is_refusal() else accepted, f"{what}: {said}")


def same(outcomes: Mapping[str, bool], yes: str = "yes", no: str = "no") -> bool:
    """What all of them are; raises `Unobserved`, in those words, if they differ."""
    if len(set(outcomes.values())) > 1:
        differs = ", ".join(f"{name}: {yes if one else no}" for name, one in outcomes.items())
        raise Unobserved(f"none of the readings, it differs: {differs}")
    return next(iter(outcomes.values()))


def found_or_why(switch: str, find: Callable[[], Findings]) -> Findings:
    """What is found of one switch of several, or why nothing is."""
    try:
        return find()
    except Unobserved as why:
        return {switch: why.reading}
