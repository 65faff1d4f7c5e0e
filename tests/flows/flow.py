"""What a flow is."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from .stage import Stage


class Flow(Struct, frozen=True, kw_only=True):
    """One scenario with its assertions. It touches only folders that it makes and chats that it is given."""

    name: str
    play: Callable[[Stage], None]
    simulated_because: str = ""
    """Why it needs the simulator; empty if it can be played on the live service."""
    breaks_contract: bool = False
    """Whether it sends, on purpose, what the contract does not allow."""
