"""The admin API under `/_sim/`: look at and change the simulated service while it runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from .api.accounts import LIFE_SECONDS
from .behaviour import PROFILES, Behaviour, readings
from .described import read_as, schema_of
from .faults import ARGUMENTS, ArmedFault, Fault, read
from .faults.catalogue import Entry, catalogue
from .log_entry import LogEntry
from .message import JSON, Answer, Request
from .pairwise import covering_set
from .state import State

if TYPE_CHECKING:
    from .simulator import Simulator

PREFIX = "/_sim/"


class Advance(Struct, frozen=True, forbid_unknown_fields=True):
    """How far the clock goes forward."""

    advance_seconds: float


class Time(Struct, frozen=True):
    """What the clock shows."""

    now: str
    """ISO 8601, in UTC."""
    now_ms: int
    """The same in epoch milliseconds."""


class Switches(Struct, frozen=True):
    """The readings in force, and those that there are."""

    behaviour: Behaviour
    readings: dict[str, tuple[str | bool, ...]]
    profiles: list[str]


class TokenWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """An access token for a user: the first one by name, every scope and one hour if nothing is said."""

    user: str | None = None
    scopes: list[str] | None = None
    seconds: float = LIFE_SECONDS


class ClientWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """An OAuth client for a user, with a grant code."""

    user: str | None = None
    client_id: str | None = None
    """A client that is registered; a new one if nothing is said."""
    scopes: list[str] | None = None
    data_centre: str = ""


class Handler(Struct, frozen=True):
    """What one path and method does."""

    says: str
    act: Callable[[Simulator, Request], Any]


def respond(simulator: Simulator, request: Request) -> Answer:
    """Answer a request to the admin API: 200 with JSON, or an error with `{"error": "one line"}`."""
    handlers = PATHS.get(request.path.removeprefix(PREFIX))
    if handlers is None:
        return _answer(404, {"error": f"nothing is at {request.path}; GET {PREFIX} lists what there is"})
    handler = handlers.get(request.method)
    if handler is None:
        return _answer(405, {"error": f"{request.path} takes {', '.join(handlers)} only"}, allow=", ".join(handlers))
    try:
        return _answer(200, handler.act(simulator, request))
    except (ValueError, KeyError, RecursionError) as error:
        said = f"unknown user or client {error}" if isinstance(error, KeyError) else str(error)
        return _answer(400, {"error": said if request.body or request.method != "PUT" else f"no body: {said}"})


def is_admin(request: Request) -> bool:
    """Whether a request is to the admin API."""
    return f"{request.path}/".startswith(PREFIX)


def profile(name: str) -> Behaviour:
    """A profile or a member of the covering set by its name; `ValueError` if there is none."""
    known = {**PROFILES, **covering_set()}
    if name not in known:
        raise ValueError(f"unknown profile {name!r}; there are {', '.join(known)}")
    return known[name]


def _answer(status: int, said: object, **headers: str) -> Answer:
    return Answer(
        status=status, headers=(*JSON, *headers.items()), body=msgspec.json.encode(said, order="deterministic")
    )


def _index(simulator: Simulator, request: Request) -> dict[str, str]:
    return {
        f"{method} {PREFIX}{path}": handler.says
        for path, handlers in PATHS.items()
        for method, handler in handlers.items()
    }


def _schema(simulator: Simulator, request: Request) -> dict[str, Any]:
    arguments = tuple(dict.fromkeys(ARGUMENTS.values()))
    schema = schema_of((*FORMS, *arguments), within=(Behaviour, Fault))
    schema["$defs"]["Fault"]["allOf"] = [_arguments(action, form) for action, form in ARGUMENTS.items()]
    return schema


def _arguments(action: str, form: type[Struct]) -> dict[str, Any]:
    """The rule that an action's arguments have their form, and are there if any of them must be."""
    needed = any(field.required for field in msgspec.structs.fields(form))
    return {
        "if": {"properties": {"action": {"const": action}}, "required": ["action"]},
        "then": {
            "properties": {"args": {"$ref": f"#/$defs/{form.__name__}"}},
            "required": ["args"] if needed else [],
        },
    }


def _get_state(simulator: Simulator, request: Request) -> State:
    return simulator.state


def _put_state(simulator: Simulator, request: Request) -> dict[str, bool]:
    simulator.load(msgspec.json.decode(request.body, type=State))
    return DONE


def _reset(simulator: Simulator, request: Request) -> dict[str, bool]:
    simulator.reset()
    return DONE


def _get_clock(simulator: Simulator, request: Request) -> Time:
    now = simulator.clock.now_ms
    return Time(datetime.fromtimestamp(now / 1000, UTC).isoformat().replace("+00:00", "Z"), now)


def _advance(simulator: Simulator, request: Request) -> Time:
    simulator.clock.advance(msgspec.json.decode(request.body, type=Advance).advance_seconds)
    return _get_clock(simulator, request)


def _get_faults(simulator: Simulator, request: Request) -> tuple[ArmedFault, ...]:
    return simulator.faults


def _put_faults(simulator: Simulator, request: Request) -> tuple[ArmedFault, ...]:
    simulator.script(*read(msgspec.json.decode(request.body, type=list[dict[str, Any]])))
    return simulator.faults


def _delete_faults(simulator: Simulator, request: Request) -> tuple[ArmedFault, ...]:
    simulator.script()
    return simulator.faults


def _get_catalogue(simulator: Simulator, request: Request) -> dict[str, Entry]:
    return catalogue(dict(request.query).get("on", "*"))


def _get_log(simulator: Simulator, request: Request) -> list[LogEntry]:
    after = dict(request.query).get("after", "0")
    if not after.isdecimal():
        raise ValueError(f"after is the number of a log entry, not {after!r}")
    return [entry for entry in list(simulator.log) if entry.number > int(after)]


def _delete_log(simulator: Simulator, request: Request) -> dict[str, bool]:
    simulator.log.clear()
    return DONE


def _get_switches(simulator: Simulator, request: Request) -> Switches:
    return Switches(simulator.behaviour, readings(), [*PROFILES, *covering_set()])


def _put_switches(simulator: Simulator, request: Request) -> Switches:
    wanted = msgspec.json.decode(request.body, type=dict[str, Any])
    base = msgspec.to_builtins(profile(str(wanted.pop("profile", "documented"))))
    simulator.behave(read_as(Behaviour, {**base, **wanted}))
    return _get_switches(simulator, request)


def _token(simulator: Simulator, request: Request) -> dict[str, str]:
    wanted = msgspec.json.decode(request.body or b"{}", type=TokenWanted)
    return {"token": simulator.token(wanted.user, scopes=wanted.scopes, seconds=wanted.seconds)}


def _client(simulator: Simulator, request: Request) -> dict[str, str]:
    wanted = msgspec.json.decode(request.body or b"{}", type=ClientWanted)
    return simulator.sign_up(
        wanted.user, client_id=wanted.client_id, scopes=wanted.scopes, data_centre=wanted.data_centre
    )


DONE = {"done": True}

FORMS = (State, Advance, Time, Switches, TokenWanted, ClientWanted, ArmedFault, Entry, LogEntry)
"""Everything that is sent or taken, beside the arguments of faults."""

PATHS: dict[str, dict[str, Handler]] = {
    "": {"GET": Handler("What there is.", _index)},
    "schema": {"GET": Handler("The JSON Schema of every form.", _schema)},
    "state": {
        "GET": Handler("The whole state: users, boards, tokens, counters, faults.", _get_state),
        "PUT": Handler("Put another state in its place.", _put_state),
    },
    "reset": {"POST": Handler("Go back to the first state, with an empty log.", _reset)},
    "clock": {
        "GET": Handler("The time.", _get_clock),
        "POST": Handler('Go forward: {"advance_seconds": 300}.', _advance),
    },
    "faults": {
        "GET": Handler("The armed script: each fault with how many calls it met and how often it struck.", _get_faults),
        "PUT": Handler("Arm a script, a list of faults, in place of the one before.", _put_faults),
        "DELETE": Handler("Disarm it.", _delete_faults),
    },
    "catalogue": {
        "GET": Handler("Every fault by number, with its script; ?on=… for one operation.", _get_catalogue),
    },
    "log": {
        "GET": Handler("The last requests; ?after=N for those after entry N.", _get_log),
        "DELETE": Handler("Empty it.", _delete_log),
    },
    "switches": {
        "GET": Handler("The readings in force, and those that there are.", _get_switches),
        "PUT": Handler('Take other readings: {"profile": "strict", "max_folders": 5}.', _put_switches),
    },
    "tokens": {"POST": Handler('An access token: {"user": …, "scopes": […], "seconds": 3600}.', _token)},
    "clients": {"POST": Handler('A grant code and its client: {"user": …, "client_id": …, "scopes": […]}.', _client)},
}
"""Every path under the prefix, by method."""
