"""The simulator's server and the least that a server can be, each in a process of its own."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

from cliq_pins.simulator import Simulator, SimulatorServer
from cliq_pins.simulator.builders import sample


@contextmanager
def running(serve: Callable[..., None], *arguments: object) -> Iterator[tuple[str, str]]:
    """Run a server; gives its base URL and an access token. It stops when the pipe closes."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there, *arguments), daemon=True)
    process.start()
    there.close()
    try:
        yield here.recv()
    finally:
        here.close()
        process.join()


def simulated(pipe: Connection) -> None:
    """Serve the simulator."""
    simulator = Simulator(sample(), limits=False)
    with SimulatorServer(simulator) as server:
        pipe.send((server.base_url, simulator.token()))
        wait(pipe)


def minimal(pipe: Connection, content: bytes) -> None:
    """Answer every request with the same bytes as soon as its head is there."""
    asyncio.run(_minimal(pipe, content))


def wait(pipe: Connection) -> None:
    """Wait until the other side is gone."""
    try:
        pipe.recv()
    except EOFError:
        return


async def _minimal(pipe: Connection, content: bytes) -> None:
    head = (
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
        f"content-length: {len(content)}\r\n\r\n"
    )
    answer = head.encode() + content

    async def converse(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    pipe.send((f"http://127.0.0.1:{port}/api/v3", "none"))
    await asyncio.to_thread(wait, pipe)
    server.close()
