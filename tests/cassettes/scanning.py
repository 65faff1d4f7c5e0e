"""Looks through every layer of a text for what must not be in it: known values, and what looks like a secret.

It undoes encodings in its own way, and not by `cliq_pins.disguises`: what that overlooks would be overlooked here, too.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

import yaml

from .sanitise.names import PSEUDONYM_ID

DEPTH = 5
"""Layers that are undone: a value is percent-encoded twice within base64 within gzip, and one more."""
MOST = 2**20
"""Bytes that a packed layer may have, unpacked."""
RUNS = (re.compile(rb"[A-Za-z0-9+/]{8,}={0,2}"), re.compile(rb"[A-Za-z0-9_-]{8,}={0,2}"))
"""What may be base64; `/` and `_` are also what stands between words in a URL, so both alphabets are tried alone."""
ESCAPE = re.compile(rb"\\u([0-9a-fA-F]{4})|\\(.)", re.DOTALL)
GZIP, ZLIB, RAW = 31, 15, -15
SUSPECTS = {
    "a token": re.compile(rb"\b1000\.[0-9A-Za-z]{8,}"),
    "a signed token": re.compile(rb"\beyJ[\w-]{10,}\."),
    "an address": re.compile(rb"[\w.+-]+@[\w-]+\.[a-z]{2,}"),
    "an IP address": re.compile(rb"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b"),
    "an id": re.compile(rb"(?<!\d)(?!%s(?!\d))\d{14,}" % PSEUDONYM_ID.encode()),
    "a group chat": re.compile(rb"\bCT_(?!%s(?!\d))\d" % PSEUDONYM_ID.encode()),
    "a header": re.compile(rb"(?i)\b(authorization|cookie|set-cookie|x-[a-z-]+|user-agent):"),
}
"""What real values look like; none of the pseudonyms does."""


@lru_cache(maxsize=2**12)  # most texts of a cassette are on every other one, too
def layers(content: bytes) -> frozenset[bytes]:
    """A text and everything that it can be decoded to."""
    seen, fresh = {content}, [content]
    for _ in range(DEPTH):
        fresh = [one for one in dict.fromkeys(new for old in fresh for new in _unwrapped(old)) if one not in seen]
        seen.update(fresh)
    return frozenset(seen)


def _unwrapped(content: bytes) -> Iterator[bytes]:
    if b"%" in content:
        yield unquote_to_bytes(content)
    if b"\\" in content:
        yield ESCAPE.sub(_unescaped, content)
    for run in RUNS:
        for found in run.findall(content):
            yield from _from_base64(found)
    for kind in (GZIP, ZLIB, RAW):
        with suppress(zlib.error):
            stream = zlib.decompressobj(kind)
            unpacked = stream.decompress(content, MOST)
            if stream.eof or kind == GZIP:  # without a header, much looks like the beginning of something packed
                yield unpacked


def _unescaped(found: re.Match[bytes]) -> bytes:
    return chr(int(found[1], 16)).encode("utf-8", "replace") if found[1] else found[2]


def _from_base64(run: bytes) -> Iterator[bytes]:
    bare = run.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    with suppress(binascii.Error):
        yield base64.b64decode(bare + b"=" * (-len(bare) % 4))


def texts(cassette: str) -> Iterator[bytes]:
    """Every text of a cassette by itself, names too."""
    yield from _leaves(yaml.load(cassette, yaml.CSafeLoader))  # a safe one


def _leaves(value: Any) -> Iterator[bytes]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(key)
            yield from _leaves([f"{key}:", one] if isinstance(key, str) else one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif value is not None:
        yield value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def find(canaries: Collection[bytes], contents: Iterator[bytes]) -> set[bytes]:
    """Those of the values that are in one of the contents, under whatever layers."""
    every = b"\0".join({layer for content in contents for layer in layers(content)})
    return {one for one in canaries if one in every}


def suspicious(cassette: str) -> list[str]:
    """What looks like a secret in a cassette, under whatever layers."""
    under = {text: layers(text) for text in texts(cassette)}
    return sorted(
        f"{name} in {text.decode('utf-8', 'replace')[:40]!r}"
        for text in under
        for name, form in SUSPECTS.items()
        if any(form.search(one) for one in under[text])
    )
