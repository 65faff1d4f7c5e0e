"""Every error code and every status that the contract documents of an operation can be had from the simulator."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from cliq_pins.simulator import PROFILES, Behaviour, covering_set
from contract_schemas import DOCUMENT, DOCUMENTED_CODES, DOCUMENTED_STATUSES, ENDPOINTS, answers, closed, validator
from flows.recipes import CODES, STATUSES, Natural, Scripted
from service import RIGHT, Caller, Said


def scripted(operation: str, status: int, body: object) -> Said:
    """The answer of a fault script, which must strike the operation's right call and keep it from being done."""
    caller = Caller()
    args = {"status": status, "headers": {"content-type": "application/json"}, "body": {"json": body}}
    caller.simulator.script({"on": operation, "phase": "before", "action": "status", "args": args})
    before = caller.board
    said = caller.right(operation)
    assert caller.simulator.unused_faults() == []
    assert caller.board == before
    return said


def assert_as_documented(said: Said, operation: str, status: int) -> None:
    """The answer has the form that the contract gives to that status of the operation; its schema holds."""
    assert (said.answer.operation, said.status) == (operation, status)
    content = answers(ENDPOINTS[operation], status).get("content")
    if content is None:
        assert (said.body, said.header("content-type")) == (b"", None)
        return
    assert str(said.header("content-type")).startswith("application/json")
    schema = content["application/json"]["schema"]
    assert [one.message for one in validator(schema).iter_errors(said.json)] == []
    if status < 300:
        strict = Draft202012Validator({**closed(schema), "components": closed(DOCUMENT["components"])})
        assert [one.message for one in strict.iter_errors(said.json)] == []
        example = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["example"]
        assert said.json.keys() == example.keys()


def test_there_is_a_way_to_every_code_and_to_no_other() -> None:
    assert CODES.keys() == DOCUMENTED_CODES


def test_there_is_a_way_to_every_status_and_to_no_other() -> None:
    assert STATUSES.keys() == DOCUMENTED_STATUSES


@pytest.mark.parametrize(("operation", "code"), CODES, ids="-".join)
def test_a_code_can_be_had(operation: str, code: str) -> None:
    recipe = CODES[operation, code]
    example = answers(ENDPOINTS[operation], 400)["content"]["application/json"]["examples"][code]["value"]
    said = scripted(operation, 400, example) if isinstance(recipe, Scripted) else recipe.run(operation)
    assert_as_documented(said, operation, 400)
    assert said.json == example


@pytest.mark.parametrize(("operation", "status"), STATUSES)
def test_a_status_can_be_had(operation: str, status: int) -> None:
    recipe = STATUSES[operation, status]
    if isinstance(recipe, Scripted):
        said = scripted(operation, status, {"message": recipe.why})
    else:
        said = recipe.run(operation)
    assert_as_documented(said, operation, status)
    if status > 400:
        assert said.json["message"]


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
