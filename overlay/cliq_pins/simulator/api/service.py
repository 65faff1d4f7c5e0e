"""The API as a pure function: `(state, request, now) -> (state, answer)`."""

from __future__ import annotations

from email.utils import formatdate

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cliq_pins._generated import Operation
from cliq_pins.simulator.behaviour import Behaviour
from cliq_pins.simulator.message import JSON, Answer, Headers, Refusal, Request
from cliq_pins.simulator.state import AccessToken, State, first_user

from . import inputs, throttle
from .contract import Contract, Route
from .operations import ACTIONS, Call

HTML = (("content-type", "text/html;charset=UTF-8"),)

MESSAGES = {
    401: "The access token is not valid for this call.",
    403: "The user has no access here.",
    404: "There is nothing at this URL.",
    405: "This URL does not take that method.",
    406: "No form of the answer is acceptable to the caller.",
    429: "The rate limit is used up; the call is locked for a while.",
}
"""What the answers say that have a message. Answers of status 400 have a code only, as the contract's examples do."""


class Rules(Struct, frozen=True):
    """What does not change from call to call."""

    contract: Contract
    behaviour: Behaviour
    limits: bool = True
    """Whether the rate limits are enforced."""


def respond(rules: Rules, state: State, request: Request, now: int) -> tuple[State, Answer]:
    """Answer a request to the API. `now` is in epoch milliseconds."""
    operation: Operation | None = None
    dated = (("date", formatdate(now / 1000, usegmt=True)),)
    try:
        route = rules.contract.route(request)
        decoded = inputs.decode(request) if request.body else None
        operation = route.endpoint.operation(decoded)
        _check_accept(request)
        token = _authenticate(rules, state, request, operation, now)
        if route.network not in state.users[token.user].boards:
            raise Refusal(403, "inactive_appaccount_user", f"{token.user} is not in network {route.network!r}")
        if rules.limits:
            state, refusal = throttle.count(state, rules.behaviour, token.user, route, now)
            if refusal:
                raise refusal
        state, result = _act(rules, state, request, route, operation, decoded, token.user, now)
    except Refusal as refusal:
        return state, _refused(refusal, operation, dated)
    status = min(operation.statuses)  # the only one that is no error
    if result is None:
        return state, Answer(status=status, headers=dated, operation=operation.operation_id)
    body = msgspec.json.encode(result)
    return state, Answer(status=status, headers=JSON + dated, body=body, operation=operation.operation_id)


def candidates(contract: Contract, request: Request) -> tuple[str, ...]:
    """The operationIds that a request can have, going by its head alone."""
    try:
        return tuple(one.operation_id for one in contract.route(request).endpoint.operations)
    except Refusal:
        return ()


def identify(contract: Contract, request: Request) -> str | None:
    """The operationId of a request; `None` if it is none of the contract's."""
    try:
        endpoint = contract.route(request).endpoint
    except Refusal:
        return None
    return endpoint.operation(inputs.decode(request) if request.body else None).operation_id


def user(state: State, request: Request) -> str:
    """Whose token a request has; the first user if it has none that is known."""
    token = state.access_tokens.get(bearer(request))
    return token.user if token and token.user else first_user(state.users)


def bearer(request: Request) -> str:
    """The access token of a request; empty if there is none."""
    scheme, _, secret = (request.header("authorization") or "").partition(" ")
    return secret.strip() if scheme.lower() in ("zoho-oauthtoken", "bearer") else ""


def _act(
    rules: Rules,
    state: State,
    request: Request,
    route: Route,
    operation: Operation,
    decoded: object,
    user: str,
    now: int,
) -> tuple[State, object]:
    query = inputs.query(route.endpoint, operation, request)
    body = inputs.body(route.endpoint, operation, request, decoded) if route.endpoint.shapes else {}
    board = state.board(user, route.network)
    after, new_id = state.new_id(board)
    call = Call(
        contract=rules.contract,
        operation=operation,
        behaviour=rules.behaviour,
        board=board,
        ids=route.ids,
        query=query,
        body=body,
        now=now,
        new_id=new_id,
    )
    changed, result = ACTIONS[operation.operation_id](call)
    if changed is board:
        return state, result
    return after.with_board(user, route.network, changed), result


def _authenticate(rules: Rules, state: State, request: Request, operation: Operation, now: int) -> AccessToken:
    """The token of a request: three refusals, as the service words them."""
    secret = bearer(request)
    if not secret:
        raise Refusal(401, None, "there is no Authorization header with a token", HTML)
    token = state.access_tokens.get(secret)
    here = rules.contract.data_centres.get(request.host, "")
    if token is None or now >= token.expires_ms or (here and token.data_centre not in ("", here)):
        raise Refusal(401, "oauthtoken_invalid", "the token is unknown, expired or of another data centre")
    if not any(needed <= token.scopes for needed in operation.scopes):
        status = int(rules.behaviour.missing_scope_status)
        raise Refusal(status, "oauthtoken_scope_invalid", "the token lacks the operation's scope")
    if not token.user:
        raise Refusal(401, "oauthtoken_invalid", "the token is nobody's")
    return token


def _check_accept(request: Request) -> None:
    accept = request.header("accept")
    if accept is None:
        return
    accepted: dict[str, bool] = {}
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights = [one.partition("=")[2] for one in parameters if one.partition("=")[0].strip() == "q"]
        accepted[name] = not any(weight.strip() and not weight.strip(" 0.") for weight in weights)
    for name in ("application/json", "application/*", "*/*"):
        if name in accepted:
            if accepted[name]:
                return
            break
    raise Refusal(406, None, f"the caller accepts {accept} only")


def _refused(refusal: Refusal, operation: Operation | None, dated: Headers) -> Answer:
    answer = Answer(
        status=refusal.status,
        headers=refusal.headers + dated,
        operation=operation.operation_id if operation else None,
        code=refusal.code,
        reason=refusal.reason,
    )
    if refusal.headers == HTML:
        return answer
    said = {"message": refusal.message or MESSAGES.get(refusal.status), "code": refusal.code}
    body = msgspec.json.encode({key: value for key, value in said.items() if value})
    return replace(answer, headers=JSON + answer.headers, body=body)
