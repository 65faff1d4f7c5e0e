"""Scripts of what goes wrong: which call, when, and how."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from cliq_pins._generated import operation_table
from cliq_pins.simulator.described import read_as

from .actions import ARGUMENTS, ON_THE_WIRE, Action, Break, Count, Slow, Truncate

CONNECTION = "connection"
"""What `on` says for a fault that strikes a connection before any request is read."""

OTHERS = ("token", "revoke", CONNECTION, "*")
"""What `on` can say beside an operationId."""


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that goes wrong.

    It strikes the `nth` matching call, or `every` so many; the first one if neither is given. A bad value raises
    `ValueError`.
    """

    on: str = "*"
    """An operationId, `token` or `revoke` of the accounts server, `connection`, or `*` for every request."""
    phase: Literal["before", "after"]
    """Before or after the call's change is committed: `before` means that the call did nothing.

    `expire` and `meanwhile` happen before or after the call, which is made as usual.
    """
    action: Action
    nth: Count | None = None
    every: Count | None = None
    count: Count | None = None
    """How often it strikes at most."""
    args: dict[str, Any] = {}
    """The action's arguments."""

    def __post_init__(self) -> None:
        """Check what the types alone cannot, and the types too: a fault may be made by hand."""
        if self.action not in ARGUMENTS:
            raise ValueError(f"fault: there is no action {self.action!r}; there are {', '.join(ARGUMENTS)}")
        if self.phase not in ("before", "after"):
            raise ValueError(f"fault {self.action}: phase is before or after, not {self.phase!r}")
        for name, number in (("nth", self.nth), ("every", self.every), ("count", self.count)):
            if number is not None and (type(number) is not int or number < 1):
                raise ValueError(f"fault {self.action}: {name} is a whole number from 1 on, not {number!r}")
        if self.on not in (*operation_table(), *OTHERS):
            raise ValueError(f"fault {self.action}: no operation is called {self.on!r}")
        if self.nth is not None and self.every is not None:
            raise ValueError(f"fault {self.action}: give nth or every, not both")
        if self.on == CONNECTION:
            self._check_connection()
        if self.on == CONNECTION and self.phase == "after":
            raise ValueError(f"fault {self.action}: it is on connection, before any request: phase is before")
        if self.early and self.phase == "after":
            raise ValueError(f"fault {self.action}: what strikes before the body is read strikes before the change")

    def _check_connection(self) -> None:
        if self.action not in ("close", "reset", "hang", "garbage"):
            raise ValueError(f"fault {self.action}: on a connection only close, reset, hang and garbage can strike")
        if self.every is not None and self.count is None:
            raise ValueError(f"fault {self.action}: on every connection it needs a count, or nobody could disarm it")
        if self.early:
            raise ValueError(f"fault {self.action}: a connection has no body to read")

    @property
    def early(self) -> bool:
        """Whether it strikes before the request's body is read."""
        args = self.arguments()
        return isinstance(args, Break) and args.at == "body"

    @property
    def needs_body(self) -> bool:
        """Whether it does nothing to an answer without a body."""
        args = self.arguments()
        partly = (isinstance(args, Slow) and args.part == "body") or (isinstance(args, Truncate) and args.at == "body")
        return partly or self.action in ("length", "gzip")

    def arguments(self) -> Any:
        """The arguments as the action's own type."""
        try:
            return read_as(ARGUMENTS[self.action], self.args)
        except ValueError as error:
            raise ValueError(f"fault {self.action}: args: {error}") from None


class ArmedFault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault of a script, with what became of it."""

    fault: Fault
    met: int = 0
    """How many calls matched it."""
    used: int = 0
    """How often it struck."""

    def matches(self, names: Collection[str]) -> bool:
        """Whether it is meant for a request that is one of these operations."""
        return self.fault.on in names or (self.fault.on == "*" and CONNECTION not in names)

    def due(self) -> bool:
        """Whether it strikes the call that it has just met."""
        if self.fault.count is not None and self.used >= self.fault.count:
            return False
        return self.met % self.fault.every == 0 if self.fault.every else self.met == (self.fault.nth or 1)


def arm(script: list[Fault] | tuple[Fault, ...]) -> tuple[ArmedFault, ...]:
    """Make a script ready to strike."""
    return tuple(ArmedFault(fault=fault) for fault in script)


def strike(
    armed: tuple[ArmedFault, ...], names: Collection[str], early: bool = False
) -> tuple[tuple[ArmedFault, ...], list[Fault]]:
    """Tell the faults of a call. Of those that need the wire only the first strikes; the others miss their turn."""
    after: list[ArmedFault] = []
    struck: list[Fault] = []
    for one in armed:
        if one.fault.early == early and one.matches(names):
            one = replace(one, met=one.met + 1)
            taken = one.fault.action in ON_THE_WIRE and any(fault.action in ON_THE_WIRE for fault in struck)
            if one.due() and not taken:
                one = replace(one, used=one.used + 1)
                struck.append(one.fault)
        after.append(one)
    return tuple(after), struck


def missed(armed: tuple[ArmedFault, ...], fault: Fault) -> tuple[ArmedFault, ...]:
    """Take back that a fault struck: it had no effect."""
    index = next(index for index, one in enumerate(armed) if one.fault is fault and one.used)
    return (*armed[:index], replace(armed[index], used=armed[index].used - 1), *armed[index + 1 :])


def read(script: Iterable[Fault | Mapping[str, Any]]) -> list[Fault]:
    """Read a script from its JSON form; `ValueError` with one line for one that makes no sense."""
    try:
        return [one if isinstance(one, Fault) else read_as(Fault, one) for one in script]
    except ValueError as error:
        said = str(error)
        raise ValueError(said if said.startswith("fault ") else f"fault: {said}") from None
