"""A cassette is what the sanitisers leave, written as cassettes are, and nothing beside it."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import msgspec
from vcr.request import Request

from contract_schemas import sources

from .library import Yaml
from .provenance import NoCassetteError, Provenance, parsed
from .sanitise import Sanitiser
from .sanitise.fields import clean

METHODS = {method for method, _, _ in sources()}
"""Of the contract; the accounts server has no other one."""


def unsanitised(content: bytes) -> str | None:
    """Where a cassette is not what sanitising and writing it again makes of it; `None` if it is."""
    try:
        data = parsed(content)
        msgspec.convert(data["metadata"], Provenance)
        again = Yaml.serialize(sanitised(data)).encode()
    except (NoCassetteError, msgspec.ValidationError, AttributeError, LookupError, TypeError, ValueError):
        return "it is no cassette"
    pairs = enumerate(zip_longest(content.splitlines(True), again.splitlines(True)), start=1)
    line = next((number for number, (old, new) in pairs if old != new), None)
    return None if line is None else f"line {line} is not as the sanitisers leave it"


def sanitised(data: dict[str, Any]) -> dict[str, Any]:
    """A cassette, sanitised again; what is on none is left out."""
    sanitiser = Sanitiser()
    metadata = {**data["metadata"], "given": clean(sanitiser.names, data["metadata"]["given"])}
    return {"metadata": metadata, "interactions": [_exchange(one) for one in data["interactions"]], "version": 1}


def _exchange(one: Any) -> dict[str, Any]:
    sanitiser, said = Sanitiser(), one["response"]
    if one["request"]["method"] not in METHODS:
        raise ValueError("the contract has no such method")
    asked = sanitiser.request(Request(**{key: one["request"][key] for key in ("method", "uri", "body", "headers")}))
    request = {"method": asked.method, "uri": asked.uri, "body": (asked.body or b"").decode()}
    status = {key: said["status"][key] for key in ("code", "message")}
    body = {"string": said["body"]["string"].encode()}
    response = sanitiser.response({"status": status, "headers": said["headers"], "body": body})
    response["body"]["string"] = response["body"]["string"].decode()
    return {
        "request": {**request, "headers": {name: [one] for name, one in asked.headers.items()}},
        "response": response,
    }
