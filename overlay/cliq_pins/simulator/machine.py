"""The whole service with its faults as a pure function: `(state, request, now) -> (state, delivery)`."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from . import accounts, faults, service
from .faults import ASIDE, ON_THE_WIRE, Fault
from .message import Answer, Request
from .service import Rules
from .state import State
from .tampering import tamper


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
    state = _aside(rules, state, request, struck, "before", now)
    after, answer = _respond(rules, state, request, now)
    if not any(fault.phase == "before" and fault.action not in ASIDE for fault in struck):
        state = after
    state = _aside(rules, state, request, struck, "after", now)
    for fault in struck:
        answer = tamper(fault, answer, request, now)
    wire = next((fault for fault in struck if fault.action in ON_THE_WIRE), None)
    return state, Delivery(answer=answer, wire=wire, struck=tuple(struck))


def _respond(rules: Rules, state: State, request: Request, now: int) -> tuple[State, Answer]:
    if request.path in accounts.OPERATIONS:
        return accounts.respond(rules.contract, state, request, now)
    return service.respond(rules, state, request, now)


def _aside(rules: Rules, state: State, request: Request, struck: list[Fault], phase: str, now: int) -> State:
    """What happens beside the call: a token dies, or another client makes a call."""
    for fault in struck:
        if fault.phase != phase:
            continue
        args = fault.arguments()
        if isinstance(args, faults.Meanwhile):
            state = _meanwhile(rules, state, request, args, now)
        elif fault.action == "expire":
            secret = service.bearer(request)
            state = replace(
                state, access_tokens={key: one for key, one in state.access_tokens.items() if key != secret}
            )
    return state


def _meanwhile(rules: Rules, state: State, request: Request, args: faults.Meanwhile, now: int) -> State:
    """The other client has its own limits, so that it uses up none of this one's."""
    other = Request(
        args.method,
        request.target if args.target == "self" else rules.contract.base_path + args.target,
        request.headers,
        b"" if args.json is None else msgspec.json.encode(args.json),
    )
    state, _ = service.respond(Rules(rules.contract, rules.behaviour, limits=False), state, other, now)
    return state
