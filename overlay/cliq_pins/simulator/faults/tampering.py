"""What faults do to an answer before it is sent."""

from __future__ import annotations

import gzip
import zlib
from email.utils import formatdate
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from cliq_pins.simulator.message import JSON, Answer, Headers, Request

from . import actions
from .script import Fault


def tamper(fault: Fault, answer: Answer, request: Request, now: int) -> Answer:
    """The answer after one fault; one that needs the wire leaves it as it is."""
    args: Any = fault.arguments()
    match args:
        case actions.Status():
            kind = {} if args.body.json is UNSET else dict(JSON)
            headers = _set(_without(answer.headers, ("content-type",)), {**kind, **args.headers})
            return replace(answer, status=args.status, headers=headers, body=args.body.encode(), code=None)
        case actions.Body():
            headers = answer.headers
            if args.content_type is not None:
                headers = _set(headers, {"content-type": args.content_type})
            return replace(answer, headers=headers, body=args.content.encode(), unframed=args.framing == "close")
        case actions.HeaderChange():
            padding = (("x-padding", "x" * args.pad),) if args.pad else ()
            headers = _set(_without(answer.headers, args.remove), args.set)
            return replace(answer, headers=(*headers, *args.add, *padding))
        case actions.Gzip():
            headers = _set(answer.headers, {"content-encoding": "gzip"})
            return replace(answer, headers=headers, body=_compress(args, answer.body))
        case actions.Redirect():
            location = request.target if args.location == "self" else args.location
            headers = _set(_without(answer.headers, ("content-type",)), {"location": location})
            return replace(answer, status=args.status, headers=headers, body=b"", code=None)
        case actions.Skew():
            return replace(
                answer, headers=_set(answer.headers, {"date": formatdate((now + args.ms) / 1000, usegmt=True)})
            )
        case _:
            return answer


def _without(headers: Headers, names: tuple[str, ...]) -> Headers:
    gone = {name.lower() for name in names}
    return tuple(pair for pair in headers if pair[0].lower() not in gone)


def _set(headers: Headers, values: dict[str, str]) -> Headers:
    return (*_without(headers, tuple(values)), *values.items())


def _compress(args: actions.Gzip, body: bytes) -> bytes:
    if args.defect == "plain":
        return body
    if args.defect == "bomb":
        return _bomb(args.bytes)
    packed = gzip.compress(body, mtime=0)
    if args.defect == "truncated":
        return packed[: len(packed) // 2]
    if args.defect == "crc":
        return packed[:-8] + bytes(byte ^ 0xFF for byte in packed[-8:-4]) + packed[-4:]
    return packed


def _bomb(size: int) -> bytes:
    """That many spaces, packed without ever being held in full."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * 2**16
    parts = [packer.compress(block) for _ in range(size // len(block))]
    return b"".join([*parts, packer.compress(block[: size % len(block)]), packer.flush()])
