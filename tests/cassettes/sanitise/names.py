"""Pseudonyms: the same for the same value all over a cassette, numbered in the order in which values turn up.

They tell nothing of what they stand for. Each has a form of its own by which it is known, so that what has been
sanitised stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cliq_pins.layout import DEFAULT
from flows.stage import IDS

NUMBERED = "8000000000000000"
"""Ids of pseudonyms begin with this, their number comes behind it: more digits than a double holds exactly, as the
service's own have, and none that the flows have agreed on."""
NUMBER = "[1-9][0-9]*"
PSEUDONYM_ID = rf"(?:{NUMBERED}{NUMBER}|{'|'.join(re.findall(NUMBER, ' '.join(IDS)))})"
FORMER_ID = r"7000000000000000\d{3}"
"""What version 1 of the sanitisers made of ids; the history has cassettes with them."""
KNOWN_ID = re.compile(rf"(CT_)?{PSEUDONYM_ID}(_{PSEUDONYM_ID})?|{DEFAULT}")
GROUP_CHAT = "CT_"


class Names:
    """The pseudonyms of one cassette. `aliases` are those that are agreed on: the chats and titles of the flows."""

    def __init__(self, aliases: Mapping[str, str] | None = None) -> None:
        self._names: dict[tuple[str, str], int] = {}
        self._counts: dict[str, int] = {}
        self._aliases = dict(aliases or {})

    def ident(self, value: str) -> str:
        """An id: it stays one of digits, or one of a group chat."""
        if not value or value in self._aliases or KNOWN_ID.fullmatch(value):
            return self._aliases.get(value, value)
        number = self._number("id", value)
        return f"{GROUP_CHAT if value.startswith(GROUP_CHAT) else ''}{NUMBERED}{number}"

    def text(self, kind: str, value: str) -> str:
        """A text: what kind it is, and its number."""
        if value in self._aliases or re.fullmatch(rf"{kind}-{NUMBER}", value):
            return self._aliases.get(value, value)
        return f"{kind}-{self._number(kind, value)}"

    def _number(self, kind: str, value: str) -> int:
        if (kind, value) not in self._names:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._names[kind, value] = self._counts[kind]
        return self._names[kind, value]
