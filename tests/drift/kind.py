"""What a kind of drift is, and what its instances are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from drift.published import Doc, edited

Edit: TypeAlias = Callable[[Doc], object]
Cases: TypeAlias = Iterator[tuple[str, Edit]]
"""What each instance is called, and what it does to a copy of the published contract."""


@dataclass(frozen=True)
class Instance:
    """One change of the contract."""

    kind: Kind
    name: str
    edit: Edit

    def document(self) -> Doc:
        """The published contract with the change."""
        return edited(self.edit)

    def __str__(self) -> str:
        return f"{self.kind.name}: {self.name}"


@dataclass(frozen=True)
class Kind:
    """A kind of change: its instances are all of one class."""

    name: str
    impact: str
    """The class that `explain_diff` must give it."""
    cases: Callable[[], Cases]
    silent: bool = False
    """Whether the normalised contract is the same with it, so that there is nothing to report."""

    @cached_property
    def instances(self) -> tuple[Instance, ...]:
        """Every instance on this contract."""
        return tuple(Instance(self, name, edit) for name, edit in self.cases())
