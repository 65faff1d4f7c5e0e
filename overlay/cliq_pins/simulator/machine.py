"""The whole service with its faults as a pure function: `(state, request, now) -> (state, delivery)`."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from . import faults
from .api import accounts, service
from .api.service import Rules
from .faults import ASIDE, ON_THE_WIRE, Fault
from .faults.actions import Meanwhile
from .faults.tampering import tamper
from .message import Answer, Request
from .state import AccessToken, State


class Delivery(Struct, frozen=True, kw_only=True):
    """An answer, and how it goes wrong on its way."""

    answer: Answer
    wire: Fault | None = None
    """The fault that needs a real socket."""
    struck: tuple[Fault, ...] = ()
    """Every fault that struck this call."""


def operations(rules: Rules, request: Request) -> tuple[str, ...]:
    """The operations that a request can be, going by its head alone."""
    if request.path in accounts.OPERATIONS:
        return (accounts.OPERATIONS[request.path],)
    return service.candidates(rules.contract, request)


def operation(rules: Rules, request: Request) -> str | None:
    """The operation of a request, as fault scripts name it."""
    return accounts.OPERATIONS.get(request.path) or service.identify(rules.contract, request)


def interrupt(rules: Rules, state: State, request: Request) -> tuple[State, Fault | None]:
    """The fault, if any, that strikes once the head of a request is read and its body is not.

    Until then the shapes of one endpoint cannot be told apart, so a fault on any of them strikes.
    """
    if not any(one.fault.early for one in state.faults):
        return state, None
    armed, struck = faults.strike(state.faults, operations(rules, request), early=True)
    return replace(state, faults=armed), next(iter(struck), None)


def step(rules: Rules, state: State, request: Request, now: int) -> tuple[State, Delivery]:
    """Answer a request to the API or the accounts server. `now` is in epoch milliseconds."""
    if not state.faults:
        state, answer = _respond(rules, state, request, now)
        return state, Delivery(answer=answer)
    name = operation(rules, request)
    armed, struck = faults.strike(state.faults, () if name is None else (name,))
    state = replace(state, faults=armed)
    user = service.user(state, request)
    state = _aside(rules, state, request, struck, "before", user, now)
    after, answer = _respond(rules, state, request, now)
    idle = [one for one in struck if one.needs_body and not answer.body]
    struck = [one for one in struck if one not in idle]
    if not any(fault.phase == "before" and fault.action not in ASIDE for fault in struck):
        state = after
    state = _aside(rules, state, request, struck, "after", user, now)
    for fault in idle:
        state = replace(state, faults=faults.missed(state.faults, fault))
    for fault in struck:
        answer = tamper(fault, answer, request, now)
    wire = next((fault for fault in struck if fault.action in ON_THE_WIRE), None)
    return state, Delivery(answer=answer, wire=wire, struck=tuple(struck))


def _respond(rules: Rules, state: State, request: Request, now: int) -> tuple[State, Answer]:
    if request.path in accounts.OPERATIONS:
        return accounts.respond(rules.contract, state, request, now)
    return service.respond(rules, state, request, now)


def _aside(rules: Rules, state: State, request: Request, struck: list[Fault], phase: str, user: str, now: int) -> State:
    """What happens beside the call: a token dies, or another client makes a call."""
    for fault in struck:
        if fault.phase != phase:
            continue
        args = fault.arguments()
        if isinstance(args, Meanwhile):
            state, done = _meanwhile(rules, state, request, args, user, now)
            if not done:
                state = replace(state, faults=faults.missed(state.faults, fault))
        elif fault.action == "expire":
            secret = service.bearer(request)
            state = replace(
                state, access_tokens={key: one for key, one in state.access_tokens.items() if key != secret}
            )
    return state


def _meanwhile(
    rules: Rules, state: State, request: Request, args: Meanwhile, user: str, now: int
) -> tuple[State, bool]:
    """Make the other client's call; says whether it was done.

    That client is in the same account, has a token of its own, and uses up none of this one's limits.
    """
    token = AccessToken(user=user, scopes=rules.contract.scopes, issued_ms=now, expires_ms=now + 1)
    with_token, secret = accounts.issue(state, token)
    base = rules.contract.base_path
    account = request.path.partition(base)[0] if base in request.path else ""
    other = Request(
        args.method,
        request.target if args.target == "self" else account + base + args.target,
        (("authorization", f"Zoho-oauthtoken {secret}"),),
        b"" if args.json is None else msgspec.json.encode(args.json),
    )
    after, answer = service.respond(Rules(rules.contract, rules.behaviour, limits=False), with_token, other, now)
    return replace(after, access_tokens=state.access_tokens), answer.status < 300
