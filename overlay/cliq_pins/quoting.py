"""Titles in messages: what people would not see of one is shown, so that they can find and copy it."""

from __future__ import annotations

import re
from unicodedata import is_normalized, normalize

BLANKS = re.compile("  +")


def quoted(text: str) -> str:
    r"""A text as Python writes it, with `\x20` for each of several blanks, and escapes for an unusual Unicode form."""
    shown = repr(text) if is_normalized("NFC", text) else ascii(text)
    return BLANKS.sub(lambda blanks: r"\x20" * len(blanks[0]), shown)


def look_alike(one: str, other: str) -> bool:
    """Whether two texts differ only in their blanks and Unicode forms."""
    return _seen(one) == _seen(other)


def _seen(text: str) -> list[str]:
    return normalize("NFC", text).split()
