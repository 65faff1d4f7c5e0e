"""Looks through every layer of a text for what must not be in it: known values, and what looks like a secret.

It undoes encodings in its own way, and not by `cliq_pins.disguises`: what that overlooks would be overlooked here, too.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from urllib.parse import unquote_to_bytes

import yaml

from .sanitise.fields import KEYS
from .sanitise.names import FORMER_ID, NUMBER, PSEUDONYM_ID

DEPTH = 5
"""Layers that are undone: a value is percent-encoded twice within base64 within gzip, and one more."""
MOST = 2**20
"""Bytes that a packed layer may have, unpacked."""
RUNS = (re.compile(rb"[A-Za-z0-9+/]{8,}={0,2}"), re.compile(rb"[A-Za-z0-9_-]{8,}={0,2}"))
"""What may be base64; `/` and `_` are also what stands between words in a URL, so both alphabets are tried alone."""
ESCAPE = re.compile(rb"\\u([0-9a-fA-F]{4})|\\(.)", re.DOTALL)
GZIP, ZLIB, RAW = 31, 15, -15
BINARY = "tag:yaml.org,2002:binary"


def suspects(ours: str) -> dict[str, re.Pattern[bytes]]:
    """What real values look like, where ids of this form are pseudonyms. No other pseudonym looks like one."""
    forms = {
        "a token": r"\b1000\.[0-9A-Za-z]{8,}",
        "a signed token": r"\beyJ[\w-]{10,}\.",
        "a key by its name": rf"""\b({"|".join(KEYS)})(["']?\s*:\s*["']?|=)(?!\1-{NUMBER}(["'&,\s]|$))[^"'&,\s]""",
        "an address": r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[a-z]{2,}",
        "an IP address": r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b",
        "an id": rf"(?<!\d)(?!{ours}(?!\d))\d{{14,}}",
        "a group chat": rf"\bCT_(?!{ours}(?!\d))\d",
        "a header": r"(?i)\b(authorization|cookie|set-cookie|x-[a-z-]+|user-agent):",
    }
    return {name: re.compile(form.encode()) for name, form in forms.items()}


SUSPECTS = suspects(PSEUDONYM_ID)
FORMER_SUSPECTS = suspects(rf"(?:{PSEUDONYM_ID}|{FORMER_ID})")
"""The same for cassettes that former sanitisers have made."""


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
    """What a run says from each of its first four characters on: something else may stand right before it."""
    run = run.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    for start in range(4):
        bare = run[start:]
        if len(bare) % 4 == 1:  # which is the length of nothing
            bare = bare[:-1]
        with suppress(binascii.Error):
            yield base64.b64decode(bare + b"=" * (-len(bare) % 4))


def texts(cassette: str | bytes) -> Iterator[bytes]:
    """Every text of a cassette by itself, names too."""
    return (text for _, text in numbered(cassette))


def numbered(cassette: str | bytes) -> Iterator[tuple[int, bytes]]:
    """The same, each with the number of its line."""
    for document in yaml.compose_all(cassette, yaml.CSafeLoader):  # not loaded: of two same keys, one would be lost
        yield from _leaves(document)


def _leaves(node: yaml.Node) -> Iterator[tuple[int, bytes]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _leaves(key)
            yield from ((line, text + b":") for line, text in _leaves(key))
            yield from _leaves(value)
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _leaves(one)
    else:
        yield node.start_mark.line + 1, _text(node)


def _text(node: yaml.ScalarNode) -> bytes:
    if node.tag == BINARY:
        with suppress(ValueError):
            return base64.b64decode(node.value)
    return str(node.value).encode("utf-8", "surrogatepass")


def find(canaries: Collection[bytes], contents: Iterator[bytes]) -> set[bytes]:
    """Those of the values that are in one of the contents, under whatever layers."""
    every = b"\0".join({layer for content in contents for layer in layers(content)})
    return {one for one in canaries if one in every}


def suspicious(cassette: str | bytes, forms: Mapping[str, re.Pattern[bytes]] = SUSPECTS) -> list[str]:
    """What looks like a secret in a cassette, under whatever layers: what it is and where, and never the secret."""
    written = cassette.encode() if isinstance(cassette, str) else cassette
    return sorted({f"{kind} in line {line}" for line, text in set(_all_of(written)) for kind in kinds(text, forms)})


def kinds(text: bytes, forms: Mapping[str, re.Pattern[bytes]] = SUSPECTS) -> list[str]:
    """What looks like a secret in one text, under whatever layers."""
    under = layers(text)
    return [name for name, form in forms.items() if any(form.search(one) for one in under)]


def _all_of(written: bytes) -> Iterator[tuple[int, bytes]]:
    """Its texts, and its lines as they are, for it may have comments, or be no YAML."""
    yield from enumerate(written.splitlines(), start=1)
    try:
        yield from numbered(written)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        yield 1, written
