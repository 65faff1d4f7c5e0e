"""What the overlay tells of a call that has a canary in it: its errors, and what it logs, hands to hooks and shows."""

from __future__ import annotations

import logging
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from msgspec import Struct

from cliq_pins import CliqError, ContractDriftWarning, Credentials, Hooks
from cliq_pins.simulator import Simulator
from cliq_pins.testing import connect

from .probes import KINDS, Probe

SECRETS = ("access token", "refresh token", "client id", "client secret", "grant code")
"""What no error tells, either."""
QUOTED = [kind for kind in KINDS if kind not in SECRETS]
"""What an error may quote: it is told to the caller whose data it is."""
PLACES = (" ", "/", "-", "_", "=", "")
"""What stands between a word and a value that is quoted: an encoded one has to be known for what it is all the same."""


@contextmanager
def logged() -> Iterator[list[str]]:
    """Everything that is logged by anyone, down to DEBUG."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(f"{record.getMessage()} {record.exc_info} {record.args}")  # type: ignore[method-assign]
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


@contextmanager
def unconcealed() -> Iterator[None]:
    """An overlay that hides nothing of what the service says."""
    with patch("cliq_pins.secret.conceal", str):
        yield


@contextmanager
def outspoken() -> Iterator[None]:
    """An overlay that takes all that the service says for a code, which is what events tell of an answer."""
    with warnings.catch_warnings(), patch("cliq_pins.engine.answers.said", lambda content: (content.decode(), None)):
        warnings.simplefilter("ignore", ContractDriftWarning)  # nobody knows that code
        yield


def signed_in(probe: Probe) -> dict[str, Any]:
    """A client's arguments with the canary as the secret that it is."""
    if probe.kind == "access token":
        return {"token": probe.canary}
    if probe.kind not in SECRETS:
        return {}
    own = {"client_id": "1000.ABC", "client_secret": "def", "refresh_token": "1000.ghi"}
    own |= {KINDS[probe.kind].field: probe.canary}
    if probe.kind == "grant code":
        del own["refresh_token"]
    return {"credentials": Credentials(**own), "data_centre": "us"}


class Said(Struct, frozen=True):
    """What the overlay says of the calls of a client."""

    errors: list[str]
    """What errors show, for each place that the canary was in."""
    logs: str
    shown: str
    """What is handed to hooks, and what objects show."""


def said_of(probe: Probe) -> Said:
    """What the overlay says if calls, answers and their headers have the canary."""
    simulator, events, text = Simulator(), list[Any](), probe.encoded
    hooks = Hooks(**dict.fromkeys(Hooks.__struct_fields__, events.append))
    arguments, headers = signed_in(probe), {KINDS[probe.kind].header: text}
    places = PLACES if probe.kind in SECRETS else PLACES[:1]

    def answer(on: str, status: int, body: Any) -> None:
        args = {"status": status, "headers": headers, "body": {"json": body}}
        simulator.script({"on": on, "phase": "before", "action": "status", "args": args})

    def refused(place: str, call: Callable[[], object]) -> str:
        answer("*", 403, {"message": f"no access by{place}{text}", "error": f"code{place}{text}"})
        return failing(call)

    with logged() as lines, connect(simulator, hooks=hooks, **arguments) as pins:
        errors = [refused(place, pins.board) for place in places]
        if "credentials" in arguments:  # it was the accounts server; now it gives a token, and the API refuses
            answer("token", 200, {"access_token": simulator.token(), "refresh_token": "1000.jkl"})
            pins.board()
            errors = [before + refused(place, pins.board) for place, before in zip(places, errors, strict=True)]
        errors.append(refused(" ", lambda: pins.folders.update(text, title=probe.canary)))
        errors.append(refused(" ", lambda: pins.chats.pin(text, folder=text)))
        shown = [repr(one) for one in (pins, pins.settings, pins.folders, arguments.get("credentials"), *events)]
    assert simulator.unused_faults() == []
    return Said(errors, "\n".join(lines), "\n".join(shown))


def failing(call: Callable[[], object]) -> str:
    """Everything that the error of a call shows."""
    try:
        call()
    except CliqError as error:
        shown = [str(error), repr(error), repr(error.context), repr(error.answer), repr(error.args)]
        return "\n".join([*shown, *traceback.format_exception(error)])
    raise AssertionError("the call passed")
