"""What the overlay tells of a call that has a canary in it: its errors, and what it logs, hands to hooks and shows."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cliq_pins import CliqError, Credentials, Hooks
from cliq_pins.simulator import Simulator
from cliq_pins.testing import connect

from .probes import KINDS, Probe

SECRETS = ("access token", "refresh token", "client id", "client secret", "grant code")
"""What no error, log or repr of the overlay tells, as the README says."""
IN_HEADERS = ("cookie", "set-cookie", "request id", "IP")
"""What only headers carry."""


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


def signed_in(probe: Probe, simulator: Simulator) -> dict[str, Any]:
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


def told(probe: Probe) -> tuple[str, str]:
    """What an error says, and what is logged, handed to hooks and shown, if the service quotes the canary."""
    simulator, events, text = Simulator(), list[Any](), probe.encoded
    hooks = Hooks(on_request=events.append, on_response=events.append, on_retry=events.append, on_wait=events.append)
    headers = {KINDS[probe.kind].header: text} if probe.kind in IN_HEADERS else {}
    said = {"json": {"message": "the service failed" if headers else f"no access for {text}"}}
    args = {"status": 403, "headers": headers, "body": said}
    simulator.script({"on": "*", "every": 1, "phase": "before", "action": "status", "args": args})
    arguments = signed_in(probe, simulator)
    with logged() as lines, connect(simulator, hooks=hooks, **arguments) as pins:
        errors = [*failing(lambda: pins.folders.update("1", title=text)), *failing(lambda: pins.chats.pin(text))]
        shown = [repr(one) for one in (pins, pins.settings, pins.folders, arguments.get("credentials"), *events)]
    return "\n".join(errors), "\n".join([*shown, *lines])


def failing(call: Any) -> list[str]:
    """Everything that the error of a call shows."""
    try:
        call()
    except CliqError as error:
        shown = [str(error), repr(error), repr(error.context), repr(error.answer), repr(error.args)]
        return [*shown, *traceback.format_exception(error)]
    raise AssertionError("the call passed")
