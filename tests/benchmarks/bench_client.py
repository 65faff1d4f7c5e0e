"""What the client costs, as ratios to the least that the same work can cost, all measured in this one run."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import httpx
import msgspec
import pytest
from bench_simulator import compare, hold, reading
from msgspec import inspect
from pytest_benchmark.fixture import BenchmarkFixture
from servers import minimal, running

from cliq_pins import AsyncCliqPins, CliqPins
from cliq_pins.decoding import decode
from cliq_pins.engine.effects import Instant
from cliq_pins.limits import MemoryStore
from cliq_pins.secret import Secret, one_line
from cliq_pins.simulator import Simulator
from cliq_pins.simulator.builders import board, chat, folder, sample
from cliq_pins_client.models import GetPinCategoriesResponse

TOGETHER = 50


class Hasty:
    """A clock that runs so fast that no limit is ever used up, though it is asked each time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Instant:
        self.seconds += 4.0
        return Instant(self.seconds, self.seconds)

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing is waited for")

    async def sleep_async(self, seconds: float) -> None:
        raise AssertionError("nothing is waited for")


SETTINGS: dict[str, Any] = {"token": "token", "clock": Hasty(), "deadline": 1e6, "trust_env": False}


@pytest.fixture(autouse=True)
def only_what_is_measured_is_collected() -> Iterator[None]:
    """What the tests before have made is no matter of the garbage collector."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="module")
def small() -> bytes:
    simulator = Simulator(sample())
    return simulator.handle(reading(simulator, "chats")).body


@pytest.fixture(scope="module")
def large() -> bytes:
    """A board of 3 MB."""
    chats = [
        chat(f"1488288613043{number:06}", f"Channel {number}", people=["Ada", "Grace", "Alan"], last_message="x" * 90)
        for number in range(5000)
    ]
    folders = (folder(f"Folder {at}", *(one.chat_id for one in chats[at * 100 : at * 100 + 100])) for at in range(50))
    simulator = Simulator(board(*folders, chats=chats))
    return simulator.handle(reading(simulator, "chats,recipients_summary,last_message_info")).body


def test_a_call(benchmark: BenchmarkFixture, small: bytes) -> None:
    """Limit, sign-in, engine and typed decode, against a bare `get().json()` of httpx."""
    with (
        running(minimal, small) as (base_url, _),
        CliqPins(base_url=base_url, **SETTINGS) as pins,
        httpx.Client(base_url=base_url, trust_env=False) as bare,
    ):
        assert len(pins.board()) == len(bare.get("/pin-categories").json()["data"]) - 1
        compare(benchmark, pins.board, lambda: bare.get("/pin-categories").json(), limit=1.0, rounds=3000)


def tracked(kind: type[Any]) -> type[Any]:
    """A type of the contract as Structs that the garbage collector looks after, which is what one would write."""
    made: dict[type[Any], type[Any]] = {}

    def of(info: inspect.Type) -> Any:
        match info:
            case inspect.StructType(cls=cls):
                if cls not in made:
                    made[cls] = msgspec.defstruct(cls.__name__, [(one.name, of(one.type), None) for one in info.fields])
                return made[cls]
            case inspect.ListType(item_type=item):
                return list[of(item)]  # type: ignore[misc]  # made here
            case inspect.UnionType(types=types):
                union = None
                for one in (of(part) for part in types if not isinstance(part, inspect.LiteralType)):
                    union = one if union is None else union | one
                return union
            case inspect.StrType():
                return str
            case inspect.IntType():
                return int
            case inspect.BoolType():
                return bool
            case _:
                return type(None)

    return of(inspect.type_info(kind))


def test_decode(benchmark: BenchmarkFixture, large: bytes) -> None:
    """A board of 3 MB, against msgspec's own typed decode of the same bytes."""
    assert 2.5e6 < len(large) < 4e6
    kind = tracked(GetPinCategoriesResponse)
    plain = msgspec.json.Decoder(kind)
    assert msgspec.to_builtins(plain.decode(large)) == msgspec.to_builtins(ours(large))
    compare(benchmark, lambda: ours(large), lambda: plain.decode(large), limit=0.85, rounds=60)


def ours(content: bytes, thorough: bool = False) -> Any:
    return decode(content, GetPinCategoriesResponse, lambda *_: None, thorough)


@pytest.mark.parametrize("kind", ["wrong type", "looked for"])
def test_decode_with_drift(benchmark: BenchmarkFixture, large: bytes, kind: str) -> None:
    plain = msgspec.json.Decoder(tracked(GetPinCategoriesResponse))
    content = large.replace(b'"participant_count":3', b'"participant_count":"3"', 1) if kind == "wrong type" else large
    thorough = kind == "looked for"
    compare(benchmark, lambda: ours(content, thorough), lambda: plain.decode(large), limit=6.0, rounds=30)


def timed(code: str, cache: Path) -> float:
    """The median of the seconds that some code takes in a new process, its modules compiled before."""
    source = f"import time\nstart = time.perf_counter()\n{code}\nprint(time.perf_counter() - start)"
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(cache), "PYTHONDONTWRITEBYTECODE": ""}
    runs = [
        subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, env=environment)
        for _ in range(16)
    ]
    return median(float(one.stdout) for one in runs[1:])


@pytest.mark.parametrize(
    ("code", "least", "limit"),
    [
        ("import cliq_pins", "import httpx", 0.4),
        ("from cliq_pins import CliqPins; CliqPins(token='x')", "import httpx2; httpx2.Client()", 1.3),
    ],
    ids=["import", "first client"],
)
def test_a_cold_start(code: str, least: str, limit: float, tmp_path: Path) -> None:
    ratio = timed(code, tmp_path) / timed(least, tmp_path)
    print(f"\n{code}: {ratio:.2f} times {least}, limit {limit}")
    assert ratio <= limit


def test_many_tasks(small: bytes) -> None:
    """Fifty calls at once, by the processor's time."""
    with running(minimal, small) as (base_url, _):
        ratio = asyncio.run(_tasks(base_url))
    print(f"\n{TOGETHER} tasks: {ratio:.2f} times httpx's processor time, limit 0.6")
    assert ratio <= 0.6


async def _tasks(base_url: str) -> float:
    async def cost(call: Callable[[], Any]) -> float:
        times = []
        for _ in range(30):
            start = process_time()
            await asyncio.gather(*(call() for _ in range(TOGETHER)))
            times.append(process_time() - start)
        return median(times)

    class Generous(MemoryStore):
        """Counts as ever, and lets everybody pass."""

        def wait(self, key: str, ticket: object, now: float, most: int, seconds: float) -> float:
            return super().wait(key, ticket, now, 10**9, seconds)

    settings = {**SETTINGS, "limits": Generous(), "deadline": 1e9}
    async with (
        AsyncCliqPins(base_url=base_url, **settings) as pins,
        httpx.AsyncClient(base_url=base_url, trust_env=False) as bare,
    ):

        async def theirs() -> Any:
            return (await bare.get("/pin-categories")).json()

        await asyncio.gather(theirs(), pins.board())
        ours, least = await cost(pins.board), await cost(theirs)
    return ours / least


USERS = 10_000
"""As many as one process may have clients for."""


def test_an_error_beside_many_clients(benchmark: BenchmarkFixture) -> None:
    """The text of an error, where many tokens are held that it must not show, against one where few are."""
    said = "the connection to cliq.example failed: [Errno 111] Connection refused; " * 10
    held = [Secret("1000.of-one-client")]
    few = [_seconds(lambda: one_line(said)) for _ in range(300)]
    held += [Secret(f"1000.{number:032x}") for number in range(USERS)]
    benchmark.pedantic(lambda: one_line(said), rounds=300, warmup_rounds=30)
    hold(benchmark, few, limit=3.0)


def test_a_first_call_beside_many_users(benchmark: BenchmarkFixture) -> None:
    """The place of a call in a window of its own, where there are many windows, against where there are few."""
    numbers = count()

    def first(store: MemoryStore) -> None:
        store.wait(f"user {next(numbers)}", store, 0.0, 10, 60.0)

    def store_of(users: int) -> MemoryStore:
        store = MemoryStore()
        for _ in range(users):
            first(store)
        return store

    few = [_seconds(partial(first, store_of(10))) for _ in range(3000)]
    many = store_of(USERS)
    benchmark.pedantic(lambda: first(many), rounds=3000, warmup_rounds=300)
    hold(benchmark, few, limit=3.0)


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start
