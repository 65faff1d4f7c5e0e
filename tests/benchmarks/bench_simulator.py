"""What the simulator costs, as ratios to the least that the same work can cost, all measured in this one run."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, TypeAlias

import httpx2
import msgspec
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from servers import minimal, running, simulated
from traffic import Traffic

from cliq_pins.simulator import Board, Request, Simulator
from cliq_pins.simulator.builders import board, chat, folder, sample
from cliq_pins_client import operation_table

Work: TypeAlias = Callable[[], object]

PATH = "/pin-categories?include_fields=chats"
GROWTH = 2**20
"""How many more bytes may be held: less than one small object for each call."""


def compare(benchmark: BenchmarkFixture, call: Work, least: Work, limit: float, rounds: int) -> None:
    """Time both by turns, so that what else the machine does strikes both; fail if the ratio is above its limit."""
    times: list[float] = []

    def before() -> None:
        start = perf_counter()
        least()
        times.append(perf_counter() - start)

    benchmark.pedantic(call, setup=before, rounds=rounds, warmup_rounds=rounds // 10)
    hold(benchmark, times, limit)


def hold(benchmark: BenchmarkFixture, least: list[float], limit: float) -> None:
    """Say how often what was timed takes the least, by their medians in seconds; fail if that is above its limit."""
    ratio = benchmark.stats.stats.median / median(least)
    print(f"\n{benchmark.name}: {ratio:.2f} times the least of {median(least) * 1e6:,.1f} us, limit {limit}")
    assert ratio <= limit


def getting(client: httpx2.Client) -> Work:
    """The small read, seen to succeed once."""
    assert client.get(PATH).status_code == 200
    return lambda: client.get(PATH)


def client_of(base_url: str, token: str, transport: httpx2.BaseTransport | None = None) -> httpx2.Client:
    headers = {"authorization": f"Zoho-oauthtoken {token}"}
    return httpx2.Client(base_url=base_url, headers=headers, transport=transport)


def reading(simulator: Simulator, fields: str) -> Request:
    headers = (("authorization", f"Zoho-oauthtoken {simulator.token()}"),)
    return Request("GET", f"/api/v3/pin-categories?include_fields={fields}", headers)


@pytest.fixture(scope="module")
def small() -> bytes:
    """What the small read answers."""
    simulator = Simulator(sample())
    return simulator.handle(reading(simulator, "chats")).body


def test_in_process(benchmark: BenchmarkFixture, small: bytes) -> None:
    """The small read against a WSGI application that does nothing but answer the same bytes."""

    def bare(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        start_response("200 OK", [("content-type", "application/json"), ("content-length", str(len(small)))])
        return [small]

    simulator = Simulator(sample(), limits=False)
    transport = httpx2.WSGITransport(app=simulator.wsgi())
    with (
        client_of("http://bare/api/v3", "none", httpx2.WSGITransport(app=bare)) as least,
        client_of("http://simulated/api/v3", simulator.token(), transport) as client,
    ):
        compare(benchmark, getting(client), getting(least), 3, rounds=3000)


def test_socket(benchmark: BenchmarkFixture, small: bytes) -> None:
    """The small read over a socket against a server that does nothing but answer the same bytes."""
    with (
        running(minimal, small) as bare,
        running(simulated) as simulator,
        client_of(*bare) as least,
        client_of(*simulator) as client,
    ):
        compare(benchmark, getting(client), getting(least), 2, rounds=2000)


def test_large_board(benchmark: BenchmarkFixture) -> None:
    """A read of everything on a large board against encoding that board."""
    simulator = Simulator(large(), limits=False)
    known = simulator.board()
    request = reading(simulator, "chats,recipients_summary,last_message_info")
    assert simulator.handle(request).body.count(b'"is_pinned":true') == 20_000
    compare(benchmark, lambda: simulator.handle(request), lambda: msgspec.json.encode(known), 3, rounds=50)


def large() -> Board:
    """200 folders of 100 chats, each with three people and a last message."""
    ids = [[f"{folder}-{chat}" for chat in range(100)] for folder in range(200)]
    people = ("Ada", "Grace", "Alan")
    chats = [chat(one, people=people, last_message="See you there") for row in ids for one in row]
    return board(*(folder(f"Folder {number}", *row) for number, row in enumerate(ids)), chats=chats)


@pytest.fixture
def traced() -> Iterator[Callable[[], int]]:
    """The bytes that Python holds."""

    def held() -> int:
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    yield held
    tracemalloc.stop()


def resident() -> int:
    """The pages that the process has in memory; nothing to see where there is no `/proc`."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) if status.exists() else 0


@pytest.mark.parametrize("limits", [True, False], ids=["limits", "no limits"])
def test_memory(limits: bool, traced: Callable[[], int]) -> None:
    """50,000 calls need no more memory than the 10,000 before them did."""
    traffic = Traffic(limits)
    traffic.run(10_000)
    before, pages = traced(), resident()
    traffic.run(50_000)
    grown, risen = traced() - before, resident() - pages
    print(f"\n50,000 calls, limits {limits}: {grown:+,} bytes held, {risen:+,} pages resident, limit {GROWTH:,} bytes")
    assert all(traffic.succeeded[name] for name in operation_table()), traffic.succeeded
    assert grown < GROWTH
