"""What a service says to a call, as evidence."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from schema_problems import shown

from .guard import Exchange
from .journal import Unobserved


class Said(Struct, frozen=True):
    """An answer."""

    status: int
    code: str | None
    value: Any
    retry_after: float | None
    """For how long nothing should be sent, in seconds."""
    exchange: Exchange
    throttled: bool = False
    named_wait: bool = False
    """Whether it has a `Retry-After` header."""

    @property
    def ok(self) -> bool:
        """Whether the service did what was asked."""
        return self.status < 300 and self.code is None

    def __str__(self) -> str:
        return f"{self.status} {shown(self.code)}" if self.code else str(self.status)

    def is_refusal(self) -> bool:
        """Whether it is a refusal as the contract has them; raises `Unobserved` for one that no reading has."""
        if not self.ok and self.status != 400:
            raise Unobserved(f"{self}: none of the readings")
        return not self.ok


class Refused(Unobserved):
    """A call that was needed was refused."""

    def __init__(self, what: str, said: Said) -> None:
        super().__init__(f"{what} was refused: {said}")
        self.said = said


def is_stale(said: Said) -> bool:
    """Whether a guarded change was refused because something had changed."""
    return said.code == "client_not_synced"
