"""Unpack what an answer's `Content-Encoding` names, never to more than a limit.

The HTTP library unpacks without a limit, and takes a stream that ends too early for a whole one.
"""

from __future__ import annotations

import zlib

GZIP, ZLIB, RAW = 31, 15, -15
"""What zlib calls the three formats (`wbits`)."""


class TooLargeError(Exception):
    """It would become larger than the limit."""


class BadEncodingError(Exception):
    """It is not what its encoding says."""


def unpack(content: bytes, encoding: str, limit: int) -> bytes:
    """Undo a `Content-Encoding`. One that is not known leaves the content as it is."""
    for name in reversed([part.strip().lower() for part in encoding.split(",")]):
        if name in ("gzip", "x-gzip"):
            content = _inflate(content, GZIP, limit)
        elif name == "deflate":
            # RFC 9110 means the zlib format; some servers send the bare one
            content = _inflate(content, ZLIB if content[:1] == b"\x78" else RAW, limit)
    return content


def _inflate(content: bytes, kind: int, limit: int) -> bytes:
    parts: list[bytes] = []
    while content or not parts:
        one = zlib.decompressobj(kind)
        try:
            part = one.decompress(content, limit + 1)
        except zlib.error as error:
            raise BadEncodingError(str(error)) from None
        limit -= len(part)
        if limit < 0:
            raise TooLargeError
        if not one.eof:
            raise BadEncodingError("the compressed body ends too early")
        parts.append(part)
        content = one.unused_data  # gzip allows several streams, one after another
    return b"".join(parts)
