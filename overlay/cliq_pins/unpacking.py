"""Unpack what an answer's `Content-Encoding` names, never to more than a limit.

The HTTP library unpacks without a limit, and takes a stream that ends too early for a whole one.
"""

from __future__ import annotations

import zlib

GZIP, ZLIB, RAW = 31, 15, -15
"""What zlib calls the three formats (`wbits`)."""
MOST_STREAMS = 100
"""gzip allows several streams, one after another; no server sends this many."""
PIECE = 2**16
"""How many bytes are unpacked at a time."""


class TooLargeError(Exception):
    """It would become larger than the limit."""


class BadEncodingError(Exception):
    """It is not what its encoding says."""


def unpack(content: bytes, encoding: str, limit: int) -> bytes:
    """Undo a `Content-Encoding`. One that is not known, or of no content, leaves the content as it is."""
    for name in reversed([part.strip().lower() for part in encoding.split(",")]):
        if not content:
            return content
        if name in ("gzip", "x-gzip"):
            content = _inflate(content, GZIP, limit)
        elif name == "deflate":
            # RFC 9110 means the zlib format; some servers send the bare one
            content = _inflate(content, ZLIB if content[:1] == b"\x78" else RAW, limit)
    return content


def _inflate(content: bytes, kind: int, limit: int) -> bytes:
    parts: list[bytes] = []
    at = streams = 0
    stream = None
    while at < len(content):
        if stream is None or stream.eof:
            stream = zlib.decompressobj(kind)
            streams += 1
            if streams > MOST_STREAMS:
                raise BadEncodingError(f"the compressed body has more than {MOST_STREAMS} streams")
        piece = content[at : at + PIECE]
        try:
            part = stream.decompress(piece, limit + 1)
        except zlib.error as error:
            raise BadEncodingError(str(error)) from None
        limit -= len(part)
        if limit < 0:
            raise TooLargeError
        parts.append(part)
        at += len(piece) - len(stream.unused_data)
    if stream is None or not stream.eof:
        raise BadEncodingError("the compressed body ends too early")
    return b"".join(parts)
