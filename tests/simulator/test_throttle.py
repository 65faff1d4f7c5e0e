"""The simulated API: how calls are counted."""

from __future__ import annotations

import pytest

from cliq_pins.testing import board, folder
from contract_schemas import DOCUMENT
from service import OPERATIONS, RIGHT, Caller, in_network, repeat, small_board, throttled

LIMITED = {operation: OPERATIONS[operation].rate_limits[0] for operation in RIGHT}


def until_locked(caller: Caller, operation: str) -> int:
    """How many calls pass before one is refused."""
    return repeat(lambda: caller.right(operation), throttled)[0]


@pytest.mark.parametrize("operation", RIGHT)
def test_an_operation_takes_as_many_calls_as_the_contract_says(operation: str) -> None:
    assert until_locked(Caller(limits=True), operation) == LIMITED[operation].requests


@pytest.mark.parametrize("operation", RIGHT)
def test_a_lock_is_as_long_as_the_contract_says(operation: str) -> None:
    caller = Caller(limits=True)
    until_locked(caller, operation)
    caller.later((LIMITED[operation].lock_seconds or 0) - 0.001)
    assert throttled(caller.right(operation))
    caller.later(0.001)
    assert until_locked(caller, operation) == LIMITED[operation].requests


@pytest.mark.parametrize("operation", RIGHT)
def test_the_code_for_too_many_calls_is_the_one_that_the_contract_has(operation: str) -> None:
    caller = Caller(limits=True, throttle_answer="400_code")
    method, path, json = RIGHT[operation]
    template = next(one for one in DOCUMENT["paths"] if OPERATIONS[operation].path == one)
    added = DOCUMENT["paths"][template][method.lower()]["responses"]["400"]["x-added-codes"]
    codes = {caller.call(method, path, json).code for _ in range(LIMITED[operation].requests + 1)}
    assert {one["code"] for one in added if one["meaning"] == "throttled"} <= codes


def test_the_window_slides() -> None:
    limit = LIMITED["getPinCategories"]
    caller = Caller(limits=True)
    caller.get()
    caller.later(limit.seconds / 2)
    assert [caller.get().status for _ in range(limit.requests - 1)] == [200] * (limit.requests - 1)
    caller.later(limit.seconds / 2)
    assert [caller.get().status for _ in range(2)] == [200, 429]


def test_a_call_counts_until_its_window_is_over() -> None:
    limit = LIMITED["getPinCategories"]
    caller = Caller(limits=True)
    for _ in range(limit.requests):
        caller.get()
    caller.later(limit.seconds - 0.001)
    assert throttled(caller.get())


def test_the_four_shapes_of_a_put_share_a_counter() -> None:
    shapes = [one for one in RIGHT if RIGHT[one][0] == "PUT"]
    caller = Caller(limits=True)
    most = LIMITED[shapes[0]].requests
    assert not any(throttled(caller.right(shapes[number % len(shapes)])) for number in range(most))
    assert all(throttled(caller.right(shape)) for shape in shapes)


def test_every_other_endpoint_has_its_own_counter() -> None:
    others = [one for one in RIGHT if RIGHT[one][0] != "PUT"]
    for operation in others:
        caller = Caller(limits=True)
        until_locked(caller, operation)
        assert not any(throttled(caller.right(other)) for other in RIGHT if other != operation)


def test_every_user_has_a_counter_for_all_accounts() -> None:
    caller = Caller(in_network("ada", "grace").simulator.start, limits=True)
    until_locked(caller, "getPinCategories")
    assert throttled(caller.get(network="acme"))
    assert throttled(caller.get())
    assert caller.be("grace").get().status == 200


def test_two_tokens_of_a_user_share_a_counter() -> None:
    caller = Caller(limits=True)
    until_locked(caller, "getPinCategories")
    assert throttled(caller.be().get())


def test_calls_that_fail_count_and_calls_that_reach_no_operation_do_not() -> None:
    most = LIMITED["getPinCategories"].requests
    caller = Caller(limits=True)
    for _ in range(most):
        caller.get(authorization="Bearer dead")
        caller.get(authorization="")
        caller.get(accept="text/html")
        caller.get(network="no")
    caller.be(scopes=[]).get()
    caller.be()
    assert [caller.get("/pin-categories?x=1").status for _ in range(most)] == [400] * most
    assert throttled(caller.get())


def test_a_call_too_many_changes_nothing() -> None:
    caller = Caller(limits=True)
    until_locked(caller, "createPinCategory")
    before = caller.board
    caller.right("createPinCategory")
    assert caller.board == before


@pytest.mark.parametrize("passed", [0, 0.5, 1, 299.999])
def test_the_wait_that_is_named_is_long_enough_and_less_than_a_second_too_long(passed: float) -> None:
    caller = Caller(limits=True, throttle_answer="429_retry_after")
    until_locked(caller, "getPinCategories")
    caller.later(passed)
    wait = int(str(caller.get().header("retry-after")))
    left = (LIMITED["getPinCategories"].lock_seconds or 0) - passed
    assert left <= wait < left + 1


def test_counters_of_many_users_come_and_go_and_a_lock_stays() -> None:
    users = [f"user-{number}" for number in range(100)]
    caller = Caller(dict.fromkeys(users, small_board()), limits=True)
    until_locked(caller, "getPinCategories")
    locked = caller.authorization
    for user in users[1:]:
        caller.be(user).get()
    caller.later(LIMITED["getPinCategories"].seconds)
    caller.be(users[1]).get()
    assert len(caller.simulator.state.usage) == 2
    assert throttled(caller.get(authorization=locked))


def test_without_limits_nothing_is_counted() -> None:
    caller = Caller(limits=False)
    for operation in RIGHT:
        assert not any(throttled(caller.right(operation)) for _ in range(LIMITED[operation].requests + 1))
    assert caller.simulator.state.usage == {}


def test_an_id_in_another_spelling_shares_the_counter_of_its_folder() -> None:
    caller = Caller(board(folder("A", folder_id="a:b")), limits=True, limit_counted_per="folder")
    assert repeat(lambda: caller.put("a:b", title="x"), throttled)[0] > 1
    assert throttled(caller.put("a%3Ab", title="x"))
    assert not throttled(caller.put("other", title="x"))
