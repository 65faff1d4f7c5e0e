"""A body of the PUT is one of four operations, or none: client, simulator and JSON Schema say the same of any.

So does `held_to_contract`, by which exchanges are judged.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cliq_pins.simulator import Request
from cliq_pins.simulator.api import inputs
from cliq_pins.simulator.api.contract import contract
from cliq_pins.simulator.message import Refusal
from cliq_pins_client import CallError
from cliq_pins_client import operations as op
from contract_schemas import SCHEMAS, bodies, named, resolved
from held_to_contract import asked, told_apart
from schema_strategies import matching

UNION = SCHEMAS["UpdatePinCategoryBody"]
RULES = UNION["x-discriminator"]
MODELS = {rule["operationId"]: rule["schema"]["$ref"].rpartition("/")[2] for rule in RULES}
(ENDPOINT,) = (one for one in contract().endpoints() if one.method == "PUT")


def by_schema(body: dict[str, Any]) -> str | None:
    """The operation by the `oneOf` alone; `None` if the body is not allowed."""
    if not named("UpdatePinCategoryBody").is_valid(body):
        return None
    (fits,) = [operation for operation, model in MODELS.items() if named(model).is_valid(body)]
    return fits


def by_client(body: dict[str, Any]) -> tuple[str, bool]:
    """The operation by the generated client, and whether it takes the body."""
    try:
        return op.update_pin_category("1", body=body).operation_id, True
    except CallError as error:
        return str(error).partition(":")[0], False


def by_simulator(body: dict[str, Any]) -> tuple[str, bool]:
    """The operation by the simulator, and whether it takes the body."""
    operation = ENDPOINT.operation(body)
    request = Request("PUT", "/api/v3/pin-categories/1", (), msgspec.json.encode(body))
    try:
        assert inputs.body(ENDPOINT, operation, request, inputs.decode(request)) == body
    except Refusal:
        return operation.operation_id, False
    return operation.operation_id, True


def by_check(body: dict[str, Any]) -> tuple[str, bool]:
    """The operation by what holds exchanges to the contract, and whether it takes the body."""
    kind = "application/json"
    read = asked("PUT", "/pin-categories/1", body=msgspec.json.encode(body), content_type=kind)
    return read.operation, not read.problems


def mixed() -> st.SearchStrategy[dict[str, Any]]:
    """A body of one shape with properties of another."""
    shapes = [matching(resolved(rule["schema"]["$ref"])) for rule in RULES]
    return st.tuples(st.one_of(*shapes), st.one_of(*shapes)).map(lambda two: {**two[0], **two[1]})


@settings(max_examples=200)
@given(bodies(*MODELS.values()) | matching(UNION) | mixed())
@example({})
@example({"last_sync_time": 1})
@example({"last_sync_time": None})
@example({"chat_id": None, "last_sync_time": 1})
@example({"chat_id": "1", "chat_ids": ["1"], "last_sync_time": 1})
@example({"title": "x", "last_sync_time": 1})
@example({"pin_above": "1"})
@example({"unknown": 1})
@example({"unknown": 1, "last_sync_time": 1})
def test_all_say_the_same_of_a_body(body: dict[str, Any]) -> None:
    allowed, told = by_schema(body), told_apart(RULES, body)["operationId"]
    assert by_client(body) == by_simulator(body) == by_check(body) == (told, allowed is not None)
    assert allowed in (None, told)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["operationId"])
@settings(max_examples=25)
@given(data=st.data())
def test_a_body_of_a_shape_is_that_operation(rule: dict[str, Any], data: st.DataObject) -> None:
    body = data.draw(matching(resolved(rule["schema"]["$ref"])))
    assert by_client(body) == by_simulator(body) == (rule["operationId"], True)
    assert by_schema(body) == rule["operationId"]
