"""Secrets that no repr, log or traceback shows."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final
from weakref import ref

from .disguises import GROWTH, RUN, layers
from .locks import Locked

TOKEN = re.compile(r"1000\.[0-9A-Za-z]{8,}(?:\.[0-9A-Za-z]+)?")
"""What the service's tokens, grant codes and client ids look like."""

HIDDEN: Final = "[hidden]"
REASON_SHOWN = 200
"""Characters of what somebody else wrote, at most, if nothing else is said."""
LOOKED_AT = 2**14
"""Characters of it that are looked at: it may be as long as an answer."""
TELLING = 6
"""A secret of fewer characters is not looked for in texts: it may be anything."""
ROOM = 64
"""How many secrets are taken in, at least, until those that are no more are left out."""


def usable(text: str) -> bool:
    """Whether it can be a token: something that a header can carry."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


class Secret:
    """A text that is shown to nobody by accident; `reveal()` gives it."""

    __slots__ = ("__weakref__", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        if len(text) >= TELLING:
            _held.add(self)

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def fingerprint(self) -> str:
        """A short text that tells one secret from another and does not give it away."""
        return sha256(self._text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"Secret({HIDDEN!r})" if self._text else "Secret('')"

    def __str__(self) -> str:
        return HIDDEN if self._text else ""

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a Secret is not pickled: it would be written in the open")


class _Held(Locked):
    """The secrets that this process holds: it may be thousands, of which a text has few. Safe between threads."""

    def __init__(self) -> None:
        super().__init__()
        self._by_end: dict[bytes, list[ref[Secret]]] = {}
        self._by_length: dict[int, list[ref[Secret]]] = {}
        self._room = ROOM

    def add(self, secret: Secret) -> None:
        """Take one in, for as long as somebody holds it."""
        with self._lock:
            if not self._room:
                self._leave_out_the_dead()
            self._room -= 1
            self._put(secret)

    def ending_in(self, said: bytes) -> list[str]:
        """Those whose ends are there, the longest first."""
        windows = {said[start : start + TELLING] for start in range(len(said) - TELLING + 1)}
        by_end = self._by_end  # it may be replaced meanwhile, and is only added to
        near = {secret.reveal() for end in windows for one in by_end.get(end, ()) if (secret := one()) is not None}
        return sorted(near, key=len, reverse=True)

    def longest(self) -> int:
        """The characters of the longest."""
        by_length = list(self._by_length.items())
        return max((length for length, refs in by_length if any(one() is not None for one in refs)), default=0)

    def _leave_out_the_dead(self) -> None:
        living = [secret for refs in self._by_length.values() for one in refs if (secret := one()) is not None]
        self._by_end, self._by_length, self._room = {}, {}, max(ROOM, len(living))
        for secret in living:
            self._put(secret)

    def _put(self, secret: Secret) -> None:
        text = secret.reveal()
        self._by_length.setdefault(len(text), []).append(ref(secret))
        self._by_end.setdefault(text.encode("utf-8", "surrogatepass")[-TELLING:], []).append(ref(secret))


_held = _Held()


def conceal(text: str) -> str:
    """The same text without any secret that this process holds, and without what looks like one.

    A secret is found under the encodings of `disguises` too.
    """
    said = [text.encode("utf-8", "surrogatepass"), *(layer for run in RUN.findall(text) for layer in layers(run))]
    near = _held.ending_in(b"\n".join(said))  # a line break is in no secret
    for one in near:
        text = text.replace(one, HIDDEN)
    text = TOKEN.sub(HIDDEN, text)
    return RUN.sub(lambda run: HIDDEN if _tells(run[0], near) else run[0], text) if near else text


def _tells(run: str, secrets: list[str]) -> bool:
    return any(secret.encode("utf-8", "surrogatepass") in layer for layer in layers(run) for secret in secrets)


def one_line(text: str, most: int = REASON_SHOWN) -> str:
    """What somebody else wrote, for a message: one line of so many characters at most, none of them a secret."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text[:LOOKED_AT]).split())
    # as long as one can be, encoded: what is cut off may be the end of one, and its beginning is not shown either
    secret = GROWTH * _held.longest()
    shown = conceal(line[: most + 2 * secret])
    if len(text) > LOOKED_AT or len(line) > most + 2 * secret:
        shown = shown[: len(shown) - secret] + "…"
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
