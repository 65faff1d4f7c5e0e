# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
"""Arguments become a request: each is checked against the contract before it is encoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

import msgspec
from msgspec import UNSET

from .errors import CallError
from .types import Request

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Shape(NamedTuple):
    """One body that an operation takes, and how it is told from the others."""

    operation_id: str
    model: type[Request]
    has: tuple[str, ...] = ()
    """The properties that a body of this shape has and one of a later shape has not."""
    tag: str | None = None
    """The property whose value tells the shapes apart, where there is one."""
    values: tuple[str, ...] = ()
    """The values of that property."""
    fewest: int = 0
    """The fewest properties that a body may have."""

    def fits(self, body: Mapping[str, object]) -> bool:
        """Whether this is the shape of a body that no earlier shape fits."""
        return body.get(self.tag) in self.values if self.tag else all(name in body for name in self.has)


def encode_body(body: object, shapes: Sequence[Shape]) -> tuple[str, bytes]:
    """The operation that a body asks for, and its JSON. Raises `CallError` if it breaks the contract."""
    given, shape = _classify(body, shapes)
    plain = {key: value for key, value in given.items() if value is not UNSET}
    try:
        checked = msgspec.convert({key: _ordered(value) for key, value in plain.items()}, shape.model)
        if len(plain) < shape.fewest:
            names = ", ".join(shape.model.__struct_fields__)
            raise CallError(f"{shape.operation_id}: the body needs at least {shape.fewest} of {names}")
        return shape.operation_id, msgspec.json.encode(checked)
    except CallError:
        raise
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:
        raise CallError(f"{shape.operation_id}: {error}") from error


def _classify(body: object, shapes: Sequence[Shape]) -> tuple[Mapping[str, object], Shape]:
    """The fields of a body as given, and its shape: one that was given as `UNSET` counts, so that none changes unseen."""
    if isinstance(body, Request):
        shape = next((one for one in shapes if type(body) is one.model), None)
        if shape is None:
            raise CallError(f"{shapes[0].operation_id}: takes no {type(body).__name__}")
        names = zip(body.__struct_encode_fields__, body.__struct_fields__, strict=True)
        return {wire: getattr(body, name) for wire, name in names}, shape
    if not isinstance(body, Mapping):
        raise CallError(f"{shapes[0].operation_id}: the body is a {type(body).__name__}; give {_names(shapes)}")
    given = cast(Mapping[str, object], body)
    shape = next((one for one in shapes if one.fits(given)), None)
    if shape is None:
        raise CallError(f"{shapes[0].operation_id}: the body is none of {_names(shapes)}")
    return given, shape


def _ordered(value: object) -> object:
    if isinstance(value, (set, frozenset)):
        raise TypeError("a set has no order; give a list")
    return value


def _names(shapes: Sequence[Shape]) -> str:
    return " or ".join(one.model.__name__ for one in shapes)


def path_segment(operation_id: str, name: str, value: object) -> str:
    """One path segment, percent-encoded. Raises `CallError` for what would reach another path."""
    if not isinstance(value, str):
        raise CallError(f"{operation_id}: {name}: {type(value).__name__} is no text; ids are strings")
    if value in ("", ".", ".."):
        raise CallError(f"{operation_id}: {name}: {value!r} would reach another path")
    try:
        return _percent(value)
    except UnicodeError as error:
        raise CallError(f"{operation_id}: {name}: {error}") from error


def query_string(operation_id: str, values: Mapping[str, tuple[object, Any]]) -> str:
    """A query of arguments, each with its type; `UNSET` ones are left out. Raises `CallError` if one breaks the contract."""
    parts: list[str] = []
    for name, (value, kind) in values.items():
        if value is UNSET:
            continue
        try:
            checked: object = msgspec.convert(_ordered(value), kind)
            items = cast(list[object], checked) if isinstance(checked, list) else [checked]
            parts.append(f"{_percent(name)}={','.join(_percent(_text(item)) for item in items)}")
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            raise CallError(f"{operation_id}: {name}: {error}") from error
    return "&".join(parts)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _percent(text: str) -> str:
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in text.encode())
