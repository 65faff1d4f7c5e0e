"""Every error code and every status that the contract documents of an operation can be had from the simulator."""

from __future__ import annotations

import pytest

from as_documented import with_code, with_status
from cliq_pins.simulator import PROFILES, Behaviour, covering_set
from contract_schemas import DOCUMENTED_CODES, DOCUMENTED_STATUSES
from flows.recipes import CODES, STATUSES, Natural, Scripted
from service import RIGHT, Caller


def test_there_is_a_way_to_every_code_and_to_no_other() -> None:
    assert CODES.keys() == DOCUMENTED_CODES


def test_there_is_a_way_to_every_status_and_to_no_other() -> None:
    assert STATUSES.keys() == DOCUMENTED_STATUSES


@pytest.mark.parametrize(("operation", "code"), CODES, ids="-".join)
def test_a_code_can_be_had(operation: str, code: str) -> None:
    with_code(operation, code)


@pytest.mark.parametrize(("operation", "status"), STATUSES)
def test_a_status_can_be_had(operation: str, status: int) -> None:
    with_status(operation, status)


NATURAL = [
    *(pytest.param(pair[0], one, id="-".join(pair)) for pair, one in CODES.items() if isinstance(one, Natural)),
    *(
        pytest.param(name, one, id=f"{name}-{status}")
        for (name, status), one in STATUSES.items()
        if isinstance(one, Natural) and status > 400 and not one.repeated
    ),
]


@pytest.mark.parametrize(("operation", "recipe"), NATURAL)
def test_a_refused_call_changes_nothing(operation: str, recipe: Natural) -> None:
    caller = Caller(**recipe.readings)
    before = caller.simulator.state
    recipe.call(caller, operation)
    assert caller.simulator.state == before


def test_no_answer_is_scripted_that_can_be_had() -> None:
    """Every recipe of every operation, under every set of readings: what comes back is in no scripted pair."""
    seen: set[tuple[str | None, object]] = set()
    recipes = {repr(one): one for one in [*CODES.values(), *STATUSES.values()] if isinstance(one, Natural)}
    caller = Caller()
    start = caller.simulator.state
    behaviours = [Behaviour(max_folders=2, max_pins=2), *PROFILES.values(), *covering_set().values()]
    for behaviour in behaviours:
        caller.simulator.behave(behaviour)
        for operation in RIGHT:
            for recipe in recipes.values():
                caller.simulator.load(start)
                answer = recipe.call(caller, operation).answer
                seen |= {(answer.operation, answer.code), (answer.operation, answer.status)}
    needless = [pair for pair, one in {**CODES, **STATUSES}.items() if isinstance(one, Scripted) and pair in seen]
    assert needless == []


def test_a_call_that_sends_no_token_gets_a_blank_page() -> None:
    """The one answer that is not as documented: it was seen."""
    for method, path, json in RIGHT.values():
        said = Caller().call(method, path, json, authorization="")
        assert (said.status, said.body) == (401, b"")
        assert str(said.header("content-type")).startswith("text/html")
