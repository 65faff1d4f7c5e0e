"""Holds what was recorded to the contract; the exchanges with the accounts server, which has none, to what is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cliq_pins.simulator.api.accounts import OPERATIONS as ACCOUNTS_PATHS
from held_to_contract import answered, asked, below_base

from . import accounts


def problems(exchange: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What the contract does not allow in the request, and in the answer, of a recorded exchange."""
    request, response = exchange["request"], exchange["response"]
    parts = urlsplit(request["uri"])
    target = parts._replace(scheme="", netloc="").geturl()
    sent = request["body"].encode()
    said = {"body": response["body"]["string"].encode(), "content_type": _content_type(response)}
    status: int = response["status"]["code"]
    if parts.path in ACCOUNTS_PATHS:
        return accounts.asked(request["method"], target, body=sent), accounts.answered(status, **said)
    read = asked(request["method"], below_base(target), body=sent, content_type=_content_type(request))
    return list(read.problems), answered(read.operation, status, **said) if read.operation else []


def _content_type(message: Mapping[str, Any]) -> str:
    return str(message["headers"].get("content-type", [""])[0])
