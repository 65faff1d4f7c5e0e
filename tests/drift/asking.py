"""What a service that follows a changed contract takes: where, how often, with which scope, parameters and body.

It is a service, and answers in the simulator's order and with its codes, so it does not judge by `held_to_contract`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator
from msgspec.structs import replace

from cliq_pins.simulator import Request
from cliq_pins.simulator.api import inputs
from cliq_pins.simulator.api.contract import Contract, Endpoint, Route, contract, first_error
from cliq_pins.simulator.api.inputs import decode, refuse
from cliq_pins.simulator.message import Refusal
from cliq_pins_client import Operation as Documented
from cliq_pins_client import RateLimit
from contract.changes.view import Operation, view
from contract.document import deref
from drift.published import PUBLISHED, Doc, normalised
from held_to_contract import value_of

NORMALISED = normalised(PUBLISHED)
BEFORE, COMPONENTS = view(NORMALISED), NORMALISED["components"]


class LookedAt(Endpoint):
    """An endpoint that is told when the service begins to look at a call's input, of which the parameters are first."""

    def __init__(self, endpoint: Endpoint, look: Callable[[], None]) -> None:
        vars(self).update(vars(endpoint))
        self._look = look

    @property
    def parameters(self) -> Any:
        self._look()
        return vars(self)["parameters"]


class DriftedContract(Contract):
    """The contract that the package carries; a request that the changed one does not take is refused in its name."""

    def __init__(self, after: Mapping[str, Operation], components: Doc, servers: list[Doc]) -> None:
        vars(self).update(vars(contract()))
        self._after = after
        self._components = components
        self._moved = [urlsplit(one["url"]).path for one in servers] != [self.base_path]

    def route(self, request: Request) -> Route:
        """Find the endpoint, as the changed contract has it; a `Refusal` for what that does not take."""
        route = super().route(request)
        decoded = decode(request) if request.body else None
        documented = route.endpoint.operation(decoded)
        before, after = BEFORE[documented.operation_id], self._after.get(documented.operation_id)
        if after is None or self._moved or after.template != before.template:
            raise Refusal(404, "request_url_invalid", "no endpoint has this path now")
        if after.method != before.method:
            raise Refusal(405, None, "another method now", (("allow", after.method),))
        on_terms = _on_terms(route.endpoint, documented, before, after)
        if self._input(after, self._components) == self._input(before, COMPONENTS):
            return replace(route, endpoint=on_terms)

        def look() -> None:
            if _takes(route.endpoint, documented, request, decoded):  # if not, it is refused as ever
                self._check_parameters(after, documented, route, request)
                self._check_body(after, documented, request, decoded)

        return replace(route, endpoint=LookedAt(on_terms, look))

    def _input(self, operation: Operation, components: Doc) -> tuple[Any, ...]:
        """All that the contract says of an operation's input."""
        schemas = [deref({"components": components}, one) for one in operation.bodies.values()]
        return operation.parameters, operation.body_required, list(operation.bodies), schemas

    def _check_parameters(self, after: Operation, documented: Documented, route: Route, request: Request) -> None:
        query = dict(request.query)
        if unknown := [name for name in query if ("query", name) not in after.parameters]:
            raise Refusal(400, "extra_param_found", f"no query parameter is called {unknown[0]!r} now")
        path = {str(number): value for number, value in enumerate(route.ids.values(), 1)}
        given = {"query": query, "path": path, "header": dict(request.headers)}
        for (place, name), parameter in after.parameters.items():
            value = given[place].get(name)
            if value is None and parameter.get("required"):
                raise refuse(documented, "param_missing", f"{name} is required now")
            if value is not None:
                self._hold(documented, parameter["schema"], value_of(parameter["schema"], value))

    def _check_body(self, after: Operation, documented: Documented, request: Request, decoded: Any) -> None:
        if not request.body:
            if after.body_required:
                raise refuse(documented, "param_missing", "a body is required now")
            return
        kind = (request.header("content-type") or next(iter(after.bodies), "")).partition(";")[0]
        if kind not in after.bodies:
            raise Refusal(415, None, f"{kind} is not taken now")
        if isinstance(decoded, dict):
            self._hold(documented, after.bodies[kind], decoded)

    def _hold(self, documented: Documented, schema: Doc, value: object) -> None:
        """Hold a value against the changed contract; a `Refusal` with the code for what is wrong."""
        check = Draft202012Validator({**schema, "components": self._components})
        error = first_error(check, value)
        if error is None:
            return
        if error.validator == "additionalProperties":
            raise Refusal(400, "extra_key_found", error.message)
        raise refuse(documented, "param_missing" if error.validator == "required" else "", error.message)


def _takes(endpoint: Endpoint, documented: Documented, request: Request, decoded: Any) -> bool:
    """Whether the contract that the package carries allows a request's input."""
    try:
        inputs.query(endpoint, documented, request)
        if endpoint.shapes:
            inputs.body(endpoint, documented, request, decoded)
    except Refusal:
        return False
    return True


def _on_terms(endpoint: Endpoint, documented: Documented, before: Operation, after: Operation) -> Endpoint:
    """The endpoint with the limits and scopes that an operation has now."""
    if (after.limits, after.scopes) == (before.limits, before.scopes):
        return endpoint
    operation = replace(
        documented,
        rate_limits=tuple(
            RateLimit(requests=calls, seconds=seconds, scope=scope, lock_seconds=lock)
            for calls, seconds, scope, lock in after.limits[""]
        ),
        scopes=tuple(frozenset(one.partition(" ")[2] for one in option) for option in after.scopes),
    )
    changed = copy(endpoint)
    changed.operations = (operation,)
    changed.shapes = tuple(_shape_of(one, operation) for one in endpoint.shapes)
    return changed


def _shape_of(shape: Any, operation: Documented) -> Any:
    if shape.operation.operation_id != operation.operation_id:
        return shape
    changed = copy(shape)
    changed.operation = operation
    return changed
