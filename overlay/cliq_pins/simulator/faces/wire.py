"""How an answer goes over a socket, and how it goes wrong there."""

from __future__ import annotations

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter
from typing import Any

import h11
from msgspec import Struct
from msgspec.structs import replace

from cliq_pins.simulator.faults import Fault, actions
from cliq_pins.simulator.machine import Delivery
from cliq_pins.simulator.message import BODILESS, Answer, framed, is_framed

from .wsgi import REASONS

GARBAGE = b"\x16\x03\x01 this is no HTTP \xff\x00\r\n\r\n"
"""What garbage is if the script does not say."""


class Peer(Struct, frozen=True):
    """The other side of a connection."""

    connection: h11.Connection
    reader: StreamReader
    writer: StreamWriter


async def send(peer: Peer, delivery: Delivery, method: str) -> bool:
    """Send the answer to a method as its fault has it; whether the connection can go on."""
    writer = peer.writer
    answer, fault = delivery.answer, delivery.wire
    match fault and fault.arguments():
        case None:
            return await _plain(peer, answer, method)
        case actions.Interim() as args:
            for status in args.statuses:
                writer.write(f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}\r\n\r\n".encode())
            return await _plain(peer, answer, method)
        case actions.Drop() as args:
            await _plain(peer, answer, method)
            await asyncio.sleep(args.ms / 1000)
        case actions.Refuse():
            await _raw(writer, _head(answer, close=True) + answer.body)
        case actions.Slow() as args:
            await _drip(writer, _head(answer, close=True), answer.body, args)
        case actions.Truncate() as args:
            await _raw(writer, _truncated(answer, args))
        case actions.Length() as args:
            length = (("content-length", str(max(0, len(answer.body) + args.by))),)
            await _raw(writer, _head(replace(answer, headers=answer.headers + length), close=True) + answer.body)
        case actions.Content() as args:
            await _raw(writer, args.encode() or GARBAGE)
        case _:
            assert fault is not None  # noqa: S101  # the first case
            await break_off(peer, fault)
    return False


async def break_off(peer: Peer, fault: Fault) -> None:
    """End a connection without an answer: close, reset or hang; or say garbage before that."""
    args: Any = fault.arguments()
    if isinstance(args, actions.Content):
        await _raw(peer.writer, args.encode() or GARBAGE)
    elif isinstance(args, actions.Hang):
        await _hang(args, peer.reader)
    elif fault.action == "reset":
        reset(peer.writer)


def reset(writer: StreamWriter) -> None:
    """Close with RST: nothing that is unsent is sent."""
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _hang(args: actions.Hang, reader: StreamReader) -> None:
    """Wait for the caller to go."""
    try:
        async with asyncio.timeout(None if args.ms is None else args.ms / 1000):
            while await reader.read(2**16):
                pass
    except TimeoutError:
        pass


async def _plain(peer: Peer, answer: Answer, method: str) -> bool:
    """Send an answer as it is; whether the connection can go on."""
    if _irregular(answer):
        await _raw(peer.writer, _head(answer, close=True) + answer.body)
        return False
    head = h11.Response(
        status_code=answer.status,
        headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in framed(answer)],
        reason=REASONS.get(answer.status, "Unknown").encode(),
    )
    sent = peer.connection.send(head) or b""
    if answer.body and method != "HEAD":
        sent += peer.connection.send(h11.Data(data=answer.body)) or b""
    await _raw(peer.writer, sent + (peer.connection.send(h11.EndOfMessage()) or b""))
    return True


def _irregular(answer: Answer) -> bool:
    """Whether it breaks HTTP's rules, so that only raw bytes can say it."""
    return answer.unframed or is_framed(answer) or (answer.status in BODILESS and answer.body != b"")


def _head(answer: Answer, close: bool) -> bytes:
    """The status line and headers as bytes; with a length unless there is one or there is to be none."""
    lines = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if not is_framed(answer) and not answer.unframed:
        lines.append(f"content-length: {len(answer.body)}")
    if close:
        lines.append("connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _truncated(answer: Answer, args: actions.Truncate) -> bytes:
    if args.at == "status":
        return _head(answer, close=True).partition(b"\r\n")[0] + b"\r\n"
    part = answer.body[: args.keep]
    if args.framing == "chunked":
        head = _head(replace(answer, headers=(*answer.headers, ("transfer-encoding", "chunked"))), close=True)
        return head + f"{len(answer.body):x}\r\n".encode() + part
    return _head(replace(answer, unframed=args.framing == "close"), close=True) + part


async def _drip(writer: StreamWriter, head: bytes, body: bytes, args: actions.Slow) -> None:
    fast, slow = (b"", head + body) if args.part == "head" else (head, body)
    await _raw(writer, fast)
    for start in range(0, len(slow), args.bytes):
        await _raw(writer, slow[start : start + args.bytes])
        await asyncio.sleep(args.ms / 1000)


async def _raw(writer: StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()
