"""What a text says under the encodings of URLs, JSON, base64, gzip and zlib, one within another.

A service may send back what it was sent, but not as it was sent.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote_to_bytes

RUN = re.compile(r"[\w+/=%\\.~-]{8,}", re.ASCII)
"""What can be an encoded text: base64, percent escapes or those of JSON."""
ESCAPE = re.compile(rb"\\+u00([0-9a-fA-F]{2})")
ALPHABETS = (re.compile(rb"[A-Za-z0-9+/]{8,}"), re.compile(rb"[A-Za-z0-9_-]{8,}"))
"""Those of base64, each by itself: what the one uses is what stands between words in the other."""
PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
"""How gzip and zlib begin."""
EITHER = 47
"""What zlib calls both (`wbits`)."""
LAYERS = 3
"""How many encodings, one within the other, are undone."""
GROWTH = 8
"""How many characters a character can become by them."""
MOST = 2**12
"""Bytes that are unpacked of what is packed."""


def layers(run: str) -> set[bytes]:
    """A run of characters, and everything that it says under an encoding or several."""
    seen = fresh = {run.encode()}
    for _ in range(LAYERS):
        fresh = {inner for one in fresh for inner in _undone(one)} - seen
        seen = seen | fresh
    return seen


def _undone(text: bytes) -> Iterator[bytes]:
    """A text with one encoding undone, whichever that may be."""
    yield unquote_to_bytes(text)
    yield ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), text)
    for alphabet in ALPHABETS:
        for run in alphabet.findall(text):
            yield from _from_base64(run.replace(b"-", b"+").replace(b"_", b"/"))
    for found in PACKED.finditer(text):
        with suppress(zlib.error):
            yield zlib.decompressobj(EITHER).decompress(text[found.start() :], MOST)


def _from_base64(run: bytes) -> Iterator[bytes]:
    """What a run says, wherever in it the encoded text begins."""
    for start in range(4):
        whole = len(run) - start - ((len(run) - start) % 4 == 1)  # one character more says nothing
        yield base64.b64decode(run[start : start + whole] + b"=" * (-whole % 4))
