"""The limiter: never more calls than the contract allows, fair, and nothing while the service has locked it."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import GET, LOCK, MOST, PUT, SECONDS, Time, nothing, passes

from cliq_pins import CliqError, RateLimited
from cliq_pins.contract import most_items
from cliq_pins.engine.drivers import run
from cliq_pins.engine.effects import Do, Instant
from cliq_pins.engine.session import Budget
from cliq_pins.limits import Endpoint, Limiter, MemoryStore
from cliq_pins.limits.limiter import SPARE
from cliq_pins.limits.window import IDLE_SECONDS, LOOKED_AT, Window
from cliq_pins.simulator import Behaviour, Fault, Simulator
from cliq_pins.testing import board, connect, folder
from cliq_pins_client import operation_table

BATCHES = operation_table()["removeChatsAcrossCategories"].rate_limits[0]
MOST_BATCHES = BATCHES.requests - SPARE
MOST_AT_ONCE = most_items("removeChatsAcrossCategories", "chat_ids")
WAITS = st.sampled_from([0.0, 0.001, 0.5, 3.0, 20.0, 59.999, 60.0, 61.0])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(WAITS, st.sampled_from([0.0, 0.01, 2.0, 70.0]), st.floats(0, 1), st.booleans()), max_size=90))
def test_the_service_never_counts_more_than_the_contract_allows(calls: list[tuple[float, float, float, bool]]) -> None:
    """Wherever between sending and answer the service counts a call, and whichever of two clients made it."""
    store, time = MemoryStore(), Time()
    clients = Limiter("user", store), Limiter("user", store)
    counted: list[float] = []
    for pause, travel, share, second in calls:
        time.monotonic += pause
        slot = passes(clients[second], time)
        sent = time.monotonic
        counted.append(sent + travel * share)
        time.monotonic += travel
        slot.answered(time.monotonic)
    for moment in counted:
        window = [one for one in counted if moment <= one < moment + SECONDS]
        assert len(window) <= MOST


def test_a_call_waits_for_the_oldest_to_leave_the_window_and_no_longer() -> None:
    limiter, time = Limiter("user", MemoryStore()), Time()
    for _ in range(MOST):
        passes(limiter, time).answered(time.monotonic)
        time.monotonic += 1
    passes(limiter, time)
    assert time.slept == [pytest.approx(SECONDS - MOST)]


def test_calls_in_flight_count() -> None:
    limiter, time = Limiter("user", MemoryStore()), Time()
    for _ in range(MOST):
        passes(limiter, time)
    with pytest.raises(RateLimited) as caught:
        passes(limiter, time, budget=SECONDS - 1)
    assert caught.value.retry_after == SECONDS + 0.001, "a window begins with an answer, which is yet to come"
    assert time.slept == []


def test_a_call_that_never_left_does_not_count() -> None:
    limiter, time = Limiter("user", MemoryStore()), Time()
    for _ in range(3 * MOST):
        passes(limiter, time).leave()
    assert time.slept == []


def test_a_slot_is_given_back_once() -> None:
    limiter, time = Limiter("user", MemoryStore()), Time()
    slots = [passes(limiter, time) for _ in range(MOST)]
    for _ in range(2):
        slots[0].leave()
    passes(limiter, time)
    with pytest.raises(RateLimited):
        passes(limiter, time, budget=1)


def test_a_budget_that_is_too_small_is_told_at_once_and_queues_nobody() -> None:
    store, time = MemoryStore(), Time()
    limiter = Limiter("user", store)
    for _ in range(MOST):
        passes(limiter, time).answered(time.monotonic)
    for _ in range(3):
        with pytest.raises(RateLimited, match=r"getPinCategories: the limit of 19 calls in 60 s"):
            passes(limiter, time, budget=SECONDS - 0.001)
    assert time.slept == []
    time.monotonic += SECONDS
    passes(limiter, time, budget=0)
    assert time.slept == []


def test_who_waits_first_goes_first() -> None:
    store = MemoryStore()
    before = [object() for _ in range(MOST)]
    for ticket in before:
        assert store.wait("k", ticket, 0.0, MOST, SECONDS) == 0
    store.answered("k", before[0], 1.0)
    store.answered("k", before[1], 5.0)
    first, second = object(), object()
    assert store.wait("k", first, 10.0, MOST, SECONDS) == SECONDS - 9
    assert store.wait("k", second, 10.0, MOST, SECONDS) == SECONDS - 5
    assert store.wait("k", second, 61.0, MOST, SECONDS) == 4, "the place that is free is the first one's"
    assert store.wait("k", first, 61.0, MOST, SECONDS) == 0
    assert store.wait("k", second, 64.9, MOST, SECONDS) == pytest.approx(0.1)
    store.leave("k", second, sent=False)
    assert store.wait("k", object(), 65.0, MOST, SECONDS) == 0


def test_a_call_that_is_given_up_on_its_way_counts_from_the_next_look_on() -> None:
    store = MemoryStore()
    tickets = [object() for _ in range(MOST)]
    for ticket in tickets:
        assert store.wait("k", ticket, 0.0, MOST, SECONDS) == 0
    for ticket in tickets:
        store.leave("k", ticket, sent=True)
        store.leave("k", ticket, sent=True)
    assert store.wait("k", object(), 10.0, MOST, SECONDS) == SECONDS
    assert store.wait("k", object(), 10.0 + SECONDS, MOST, SECONDS) == 0


def test_endpoints_and_users_are_counted_apart_and_the_shapes_of_a_put_together() -> None:
    store, time = MemoryStore(), Time()
    for _ in range(MOST):
        passes(Limiter("ada", store), time)
    passes(Limiter("grace", store), time, budget=0)
    passes(Limiter("ada", store), time, budget=0, operation=PUT)
    keys = {Endpoint.of(one).key for one in operation_table().values() if one.method == "PUT"}
    assert len(keys) == 1
    assert {Endpoint.of(one).key for one in operation_table().values()} >= keys


@pytest.mark.parametrize("operation", operation_table().values(), ids=lambda one: one.operation_id)
def test_the_numbers_are_the_contracts(operation: Any) -> None:
    endpoint, (limit,) = Endpoint.of(operation), operation.rate_limits
    assert (endpoint.most, endpoint.seconds) == (limit.requests - 1, limit.seconds)


def test_idle_users_are_forgotten_and_locked_ones_are_not() -> None:
    store = MemoryStore()
    for number in range(100):
        assert store.wait(f"user {number}", store, 0.0, MOST, SECONDS) == 0
        store.answered(f"user {number}", store, 1.0)
    store.lock("user 5", 1e6)
    store.wait("flying", object(), 1.0, MOST, SECONDS)
    new = [f"new {number}" for number in range(100 // LOOKED_AT + 1)]
    for one in new:
        store.wait(one, object(), 5000.0, MOST, SECONDS)
    assert store.wait("user 5", object(), 5000.0, MOST, SECONDS) > 1
    assert {*store._windows} == {"user 5", "flying", *new}


def test_a_new_user_waits_for_a_look_at_few_others(monkeypatch: pytest.MonkeyPatch) -> None:
    store, looks = MemoryStore(), list[Window]()
    monkeypatch.setattr(Window, "idle", lambda window, now: looks.append(window))
    for number in range(100):
        store.wait(f"user {number}", store, 0.0, MOST, SECONDS)
    looks.clear()
    store.wait("new", store, 0.0, MOST, SECONDS)
    assert len(looks) == LOOKED_AT
    for number in range(100 // LOOKED_AT + 1):
        store.wait(f"newer {number}", store, 0.0, MOST, SECONDS)
    assert len({id(one) for one in looks}) > 100, "everyone's turn comes"


class Shared:
    """A store that other processes use, too."""

    def __init__(self, *answers: float | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int, float]] = []
        self.locks: list[tuple[str, float]] = []

    def acquire(self, key: str, most: int, seconds: float) -> float:
        self.asked.append((key, most, seconds))
        answer = self.answers.pop(0) if self.answers else 0.0
        if isinstance(answer, Exception):
            raise answer
        return answer

    def lock(self, key: str, seconds: float) -> None:
        self.locks.append((key, seconds))


def test_what_is_not_over_is_not_forgotten() -> None:
    store = MemoryStore()
    for number in range(MOST):
        assert store.wait("busy", number, 0.0, MOST, SECONDS) == 0
        store.answered("busy", number, 5000.0)
    assert store.wait("given up", "x", 5000.0, MOST, SECONDS) == 0
    store.leave("given up", "x", sent=True)
    assert store.wait("waits", "y", 5000.0, 0, SECONDS) == SECONDS + 0.001
    store.wait("new", "z", 5000.0 + SECONDS - 1, MOST, SECONDS)
    assert set(store._windows) == {"busy", "given up", "waits", "new"}
    assert store.wait("busy", "x", 5000.0 + SECONDS - 1, MOST, SECONDS) == 1
    store.leave("busy", "x", sent=False)
    store.wait("newer", "z", 5000.0 + IDLE_SECONDS, MOST, SECONDS)
    assert "busy" in store._windows
    store.wait("newest", "z", 5000.1 + IDLE_SECONDS, MOST, SECONDS)
    assert "busy" not in store._windows
    assert "given up" not in store._windows, "it counted from the first look on"
    assert "waits" in store._windows


def test_a_known_user_is_no_reason_to_look_for_idle_ones() -> None:
    store = MemoryStore()
    for key in ("one", "two"):
        store.wait(key, key, 0.0, MOST, SECONDS)
        store.answered(key, key, 0.0)
    store.wait("one", "x", 1e6, MOST, SECONDS)
    assert set(store._windows) == {"one", "two"}


def test_answers_that_are_told_out_of_turn_leave_in_turn() -> None:
    store = MemoryStore()
    for ticket, now in (("a", 10.0), ("b", 4.0)):
        store.wait("k", ticket, 0.0, 2, SECONDS)
        store.answered("k", ticket, now)
    assert store.wait("k", "c", 11.0, 2, SECONDS) == SECONDS - 1


def test_what_is_waited_is_told_and_taken_from_the_budget() -> None:
    limiter, time, told = Limiter("user", MemoryStore(), Shared(7.0, 3.0, 0.0)), Time(), list[tuple[float, str]]()
    slot = limiter.slot(GET)
    budget = Budget(math.inf, 60.0)
    run(limiter.enter(GET, slot, budget, lambda *one: told.append(one)), None, time)  # type: ignore[arg-type]
    assert told == [(7.0, "getPinCategories"), (3.0, "getPinCategories")]
    assert budget.wait == 50.0


@pytest.mark.parametrize(
    ("left", "wait", "raised"),
    [
        (5.0, 60.0, "deadline"),
        (7.0, 60.0, "deadline"),
        (7.1, 6.9, "max_wait"),
        (5.0, 5.0, "max_wait and deadline"),
        (10.0, 9.0, "max_wait and deadline"),
    ],
)
def test_the_setting_that_is_too_small_is_named(left: float, wait: float, raised: str) -> None:
    """Also where a part of it was waited already."""
    waits = [7.0] if wait != 9.0 else [3.0, 7.0]
    limiter, time = Limiter("user", MemoryStore(), Shared(*waits)), Time()
    budget = Budget(time.monotonic + left, wait)
    with pytest.raises(RateLimited, match=f"; the next call can be sent in 7 s; wait, or raise {raised}$"):
        run(limiter.enter(GET, limiter.slot(GET), budget, nothing), None, time)  # type: ignore[arg-type]
    assert time.slept == waits[:-1]


def test_a_shared_store_is_asked_and_waited_for() -> None:
    shared, time = Shared(7.0, 0.0), Time()
    limiter = Limiter("user", MemoryStore(), shared)
    passes(limiter, time)
    assert time.slept == [7.0]
    assert shared.asked == [("user GET /pin-categories", MOST, SECONDS)] * 2
    with pytest.raises(RateLimited):
        passes(Limiter("user", MemoryStore(), Shared(7.0)), time, budget=6.9)


def test_a_place_that_the_shared_store_refuses_is_given_back() -> None:
    memory, time = MemoryStore(), Time()
    limiter = Limiter("user", memory, Shared(*[1.0] * (3 * MOST)))
    passes(limiter, time)
    for _ in range(MOST - 1):
        passes(limiter, time)
    with pytest.raises(RateLimited):
        passes(limiter, time, budget=1)


def test_a_shared_store_that_cannot_be_reached_is_done_without(caplog: pytest.LogCaptureFixture) -> None:
    time = Time()
    limiter = Limiter("user", MemoryStore(), Shared(OSError("gone")))
    passes(limiter, time, budget=0)
    assert "cannot be used (OSError: gone)" in caplog.text
    for _ in range(MOST - 1):
        passes(limiter, time, budget=0)
    with pytest.raises(RateLimited):
        passes(limiter, time, budget=1)


def test_a_lock_is_told_to_the_shared_store() -> None:
    shared, time = Shared(), Time()
    limiter = Limiter("user", MemoryStore(), shared)
    run(limiter.lock(GET, time.monotonic, 300.0), None, time)  # type: ignore[arg-type]  # it sends nothing
    assert shared.locks == [("user GET /pin-categories", 300.0)]
    passes(limiter, time)
    assert time.slept == [300.0]


def free(memory: MemoryStore) -> int:
    """How many more calls pass at once."""
    return sum(memory.wait("user GET /pin-categories", object(), 1e6, MOST, SECONDS) == 0 for _ in range(MOST))


def test_a_place_is_given_back_if_its_call_is_cancelled_while_it_asks() -> None:
    memory = MemoryStore()
    limiter = Limiter("user", memory, Shared())
    slot = limiter.slot(GET)
    flow = limiter.enter(GET, slot, Budget(math.inf, 60.0), nothing)
    next(flow)
    assert isinstance(flow.send(Instant(0.0, 0.0)), Do)
    with pytest.raises(KeyboardInterrupt):
        flow.throw(KeyboardInterrupt())
    slot.leave()
    assert free(memory) == MOST


def test_a_forked_child_does_not_wait_for_its_parents_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = MemoryStore()
    limiter, time = Limiter("user", memory), Time()
    for _ in range(MOST):
        passes(limiter, time)
    assert free(memory) == 0
    monkeypatch.setattr("os.getpid", lambda: -1)
    assert free(memory) == MOST
    assert free(memory) == 0, "its own calls count"


def test_nobody_is_told_to_ask_again_at_once_where_answers_are_told_out_of_order() -> None:
    memory, first, second = MemoryStore(), object(), object()
    assert [memory.wait("key", one, 0.0, 2, SECONDS) for one in (first, second)] == [0.0, 0.0]
    memory.answered("key", first, 10.0)
    memory.answered("key", second, 5.0)
    assert [memory.wait("key", object(), SECONDS + 6, 2, SECONDS) for _ in range(2)] == [4.0, 4.0]


def test_a_place_that_is_waited_for_to_the_last_bit_is_counted() -> None:
    """A sum of floats, cut off, need not undo a difference: what was waited for might seem neither over nor ahead."""
    random = Random(1)
    for answered in (random.uniform(0, 1e5) for _ in range(5000)):
        memory = MemoryStore()
        first, second, third = object(), object(), object()
        assert memory.wait("key", first, 0.0, 1, SECONDS) == 0.0
        memory.answered("key", first, answered)
        now = answered + SECONDS
        assert memory.wait("key", second, now, 1, SECONDS) == 0.0
        memory.answered("key", second, now)
        memory.leave("key", second, sent=True)
        assert memory.wait("key", third, now + 1, 1, SECONDS) > 0, f"the call after one answered at {answered!r}"


def test_a_longer_lock_stays() -> None:
    memory = MemoryStore()
    for until in (10.0, 300.0, 20.0):
        memory.lock("key", until)
    assert memory.wait("key", object(), 0.0, MOST, SECONDS) == 300.0


class Failing:
    """A shared store that cannot be reached."""

    asked = 0

    def acquire(self, key: str, most: int, seconds: float) -> float:
        self.asked += 1
        raise ConnectionError("no route")

    def lock(self, key: str, seconds: float) -> None:
        self.acquire(key, 0, seconds)


def test_a_shared_store_that_cannot_be_reached_is_left_alone_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    store = Failing()
    limiter, time = Limiter("user", MemoryStore(), store), Time()
    for _ in range(5):
        passes(limiter, time)
    list(limiter.lock(GET, time.monotonic, 0.0))
    assert store.asked == 1
    assert [one.getMessage() for one in caplog.records] == [
        "the shared limits cannot be used (ConnectionError: no route); this process goes by its own for 10 s"
    ]
    time.monotonic += 10
    passes(limiter, time)
    assert store.asked == 2


def test_an_operation_without_a_limit_has_none() -> None:
    free = Endpoint.of(msgspec.structs.replace(GET, rate_limits=()))
    memory = MemoryStore()
    assert {memory.wait("key", object(), 1.0, free.most, free.seconds) for _ in range(200)} == {0.0}


# Against the simulated service


@pytest.mark.parametrize("trips", ["nth", "after_nth"])
@pytest.mark.parametrize("per", ["endpoint", "folder"])
@pytest.mark.parametrize("lock", ["ignored", "lengthen"])
def test_the_service_never_has_to_lock_anybody_out(trips: Any, per: Any, lock: Any) -> None:
    behaviour = Behaviour(throttle_trips_at=trips, limit_counted_per=per, calls_while_locked=lock)
    simulator = Simulator(board(folder("A", "C1"), folder("B")), behaviour=behaviour)
    pins = connect(simulator)
    now = simulator.board()
    for number in range(130):
        pins.folders.update(now.folders[number % 2].id, title=f"{number}")
    assert {one.status for one in simulator.log} == {204}
    assert len(simulator.log) == 130


@pytest.mark.parametrize("answer", ["429_message", "429_retry_after", "400_code"])
def test_nothing_is_sent_while_the_service_has_locked_the_endpoint(answer: Any) -> None:
    simulator = Simulator(board(folder("A")), behaviour=Behaviour(throttle_answer=answer))
    busy, pins = connect(simulator), connect(simulator)
    for _ in range(MOST):
        busy.board()
    pins.board()
    with pytest.raises(RateLimited) as caught:
        pins.board()
    assert caught.value.retry_after == LOCK
    assert (caught.value.status, caught.value.outcome, caught.value.attempts) == (
        400 if "400" in answer else 429,
        "not_applied",
        1,
    )
    sent = len(simulator.log)
    for waited in range(0, LOCK, 60):
        with pytest.raises(RateLimited) as caught:
            pins.with_options(max_wait=0).board()
        assert caught.value.retry_after == pytest.approx(LOCK - waited)
        assert caught.value.attempts == 0
        simulator.clock.advance(60)
    assert len(simulator.log) == sent
    pins.folders.update(simulator.board().folders[0].id, title="other endpoints go on")
    assert pins.board()


def test_who_allows_it_waits_out_the_lock() -> None:
    simulator = Simulator(board(folder("A")))
    busy, pins = connect(simulator), connect(simulator, max_wait=600, deadline=1000)
    for _ in range(MOST):
        busy.board()
    pins.board()
    before = simulator.clock.now_ms
    pins.board()
    assert simulator.clock.now_ms - before == LOCK * 1000
    assert [one.status for one in simulator.log][-2:] == [429, 200]


@pytest.mark.parametrize("more", [-1, 1])
def test_what_was_waited_for_a_place_is_not_there_for_a_lock(more: int) -> None:
    simulator = Simulator(board(folder("A")))
    pins = connect(simulator, max_wait=SECONDS + LOCK + more, deadline=10 * LOCK)
    for _ in range(MOST):
        pins.board()
    args = {"status": 429, "body": {"json": {"code": "request_limit_exceeded"}}}
    simulator.script(Fault(on="getPinCategories", phase="before", action="status", args=args))
    before = simulator.clock.now_ms
    if more < 0:
        with pytest.raises(RateLimited) as caught:
            pins.board()
        assert (caught.value.attempts, caught.value.retry_after) == (1, LOCK)
    else:
        pins.board()
    waited = SECONDS if more < 0 else SECONDS + LOCK
    assert simulator.clock.now_ms - before == waited * 1000


def test_each_batch_has_a_deadline_and_waits_of_its_own() -> None:
    """All together wait for two windows, which is more than what one call may take."""
    chats = [f"C{number}" for number in range(MOST_AT_ONCE * (2 * MOST_BATCHES + 1))]
    simulator = Simulator(board(my_pins=chats))
    pins = connect(simulator, deadline=1.5 * BATCHES.seconds, max_wait=1.5 * BATCHES.seconds)
    before = simulator.clock.now_ms
    pins.chats.unpin_many(chats)
    assert simulator.board().default.chats == ()
    assert simulator.clock.now_ms - before >= 2 * BATCHES.seconds * 1000


def test_every_error_of_the_limiter_is_one_of_ours() -> None:
    assert issubclass(RateLimited, CliqError)
