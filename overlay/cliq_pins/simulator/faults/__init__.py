"""What goes wrong: scripts of faults, the actions that they take, what these do to answers, and a catalogue."""

from .actions import ARGUMENTS, ASIDE, ON_THE_WIRE
from .script import CONNECTION, ArmedFault, Fault, arm, missed, read, strike
from .tampering import tamper

__all__ = [
    "ARGUMENTS",
    "ASIDE",
    "CONNECTION",
    "ON_THE_WIRE",
    "ArmedFault",
    "Fault",
    "arm",
    "missed",
    "read",
    "strike",
    "tamper",
]
