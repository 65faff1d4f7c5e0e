"""What a text says under its encodings: a service may send back what it was sent, but not as it was sent."""

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
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
LAYERS = 3
"""How many encodings, one within the other, are undone."""
MOST = 2**12
"""Bytes that are looked at of a layer."""
PACKED = 47
"""What zlib calls gzip or its own format (`wbits`)."""


def layers(run: str) -> set[bytes]:
    """A run of characters, and everything that it says under an encoding or several."""
    seen = {run[:MOST].encode()}
    for _ in range(LAYERS):
        seen |= {inner for one in seen for inner in _undone(one)}
    return seen


def _undone(text: bytes) -> Iterator[bytes]:
    """A text with one encoding undone, whichever that may be."""
    yield unquote_to_bytes(text)
    yield ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), text)
    for found in BASE64.findall(text):
        bare = found.replace(b"-", b"+").replace(b"_", b"/")
        with suppress(ValueError):
            yield base64.b64decode(bare + b"=" * (-len(bare) % 4))
    with suppress(zlib.error):
        yield zlib.decompressobj(PACKED).decompress(text, MOST)
