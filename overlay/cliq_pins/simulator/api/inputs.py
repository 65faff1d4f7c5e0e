"""What a call gives: its query and body, held against the contract."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec

from cliq_pins._generated import Operation
from cliq_pins.simulator.message import Refusal, Request

from .contract import Endpoint, Parameter, Shape, first_error

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ISO_8601 = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ]|(?![\s\S]))", re.ASCII)
"""How a time begins. Without this, a number in quotes would be read as a date of some other century."""
MILLISECONDS_FROM = 10**11
"""An epoch number from here on is in milliseconds, below it in seconds; the line is in the year 5138 or 1973."""


def failure(operation: Operation) -> str:
    """The operation's own code for a call that failed."""
    return next(code for code in operation.error_codes if code.endswith("operation_failed"))


def refuse(operation: Operation, code: str, reason: str) -> Refusal:
    """The refusal with a code, or with the operation's code for failure if it does not document that one."""
    return Refusal(400, code if code in operation.error_codes else failure(operation), reason)


def failed(operation: Operation, reason: str) -> Refusal:
    """The refusal with the operation's code for failure."""
    return Refusal(400, failure(operation), reason)


def decode(request: Request) -> Any:
    """The JSON body; `None` if there is none or it cannot be read."""
    try:
        return msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def query(endpoint: Endpoint, operation: Operation, request: Request) -> dict[str, Any]:
    """The query's values by name, each with its default; a `Refusal` for what the contract does not allow."""
    given: dict[str, str] = {}
    for name, text in request.query:
        if name not in endpoint.parameters:
            raise Refusal(400, "extra_param_found", f"no query parameter is called {name!r}")
        if name in given:
            raise failed(operation, f"{name} is given twice")
        given[name] = text
    return {name: _value(parameter, operation, given) for name, parameter in endpoint.parameters.items()}


def _value(parameter: Parameter, operation: Operation, given: Mapping[str, str]) -> object:
    if parameter.name not in given:
        if parameter.required:
            raise refuse(operation, "param_missing", f"{parameter.name} is missing")
        return parameter.default
    value = parameter.read(given[parameter.name])
    if error := first_error(parameter.check, value):
        raise failed(operation, f"{parameter.name}: {error.message}")
    return value


def body(endpoint: Endpoint, operation: Operation, request: Request, decoded: Any) -> dict[str, Any]:
    """The body's properties; a `Refusal` for what the contract does not allow."""
    if not request.body and not endpoint.body_required:
        return {}
    if not isinstance(decoded, dict):
        raise refuse(operation, "param_missing", "the body is not a JSON object")
    given = cast(dict[str, Any], decoded)
    shape = endpoint.shape(given)
    _closed(endpoint, shape, operation, frozenset(given))
    if error := first_error(shape.check, given):
        code = "param_missing" if error.validator == "required" else failure(operation)
        where = "".join(f"/{part}" for part in error.absolute_path)
        raise refuse(operation, code, f"{where}: {error.message}" if where else error.message)
    return given


def _closed(endpoint: Endpoint, shape: Shape, operation: Operation, keys: frozenset[str]) -> None:
    extra = keys - shape.properties
    unknown = extra - frozenset[str]().union(*(one.properties for one in endpoint.shapes))
    if unknown:
        raise Refusal(400, "extra_key_found", f"no property is called {min(unknown)!r}")
    if extra:
        raise refuse(operation, "invalid_inputs", f"{', '.join(sorted(extra))} cannot come with what else is there")


def sync_ms(operation: Operation, value: str | int | float) -> int:
    """A `last_sync_time` in epoch milliseconds; a `Refusal` if it is no time."""
    if not isinstance(value, str):
        number = int(value)
        return number if abs(number) >= MILLISECONDS_FROM else number * 1000
    try:
        if not ISO_8601.match(value):
            raise ValueError(value)
        time = datetime.fromisoformat(value)
    except ValueError:
        raise failed(operation, f"last_sync_time is no ISO 8601 time: {value!r}") from None
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    return (time - EPOCH) // timedelta(milliseconds=1)
