"""Each documented answer, got from a service and held to the contract."""

from __future__ import annotations

from contract_schemas import ENDPOINTS, answers, resolved
from flows.recipes import CODES, STATUSES, Scripted, Service
from held_to_contract import answered
from service import Caller, Said


def scripted(operation: str, status: int, body: object, service: Service = Caller) -> Said:
    """The answer of a fault script, which must strike the operation's right call and keep it from being done."""
    caller = service()
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
    assert answered(operation, status, body=said.body, content_type=said.header("content-type") or "") == []
    content = answers(ENDPOINTS[operation], status).get("content")
    if content is not None and status < 300:
        example = resolved(content["application/json"]["schema"]["$ref"])["example"]
        assert said.json.keys() == example.keys()


def with_code(operation: str, code: str, service: Service = Caller) -> None:
    """Get a code and hold the answer against the contract."""
    recipe = CODES[operation, code]
    example = answers(ENDPOINTS[operation], 400)["content"]["application/json"]["examples"][code]["value"]
    if isinstance(recipe, Scripted):
        said = scripted(operation, 400, example, service)
    else:
        said = recipe.run(operation, service)
    assert_as_documented(said, operation, 400)
    assert said.json == example


def with_status(operation: str, status: int, service: Service = Caller) -> None:
    """Get a status and hold the answer against the contract."""
    recipe = STATUSES[operation, status]
    if isinstance(recipe, Scripted):
        said = scripted(operation, status, {"message": recipe.why}, service)
    else:
        said = recipe.run(operation, service)
    assert_as_documented(said, operation, status)
    if status > 400:
        assert said.json["message"]
