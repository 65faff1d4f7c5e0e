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
    plain, shape = _classify(body, shapes)
    try:
        checked = msgspec.convert(plain, shape.model)
        if len(plain) < shape.fewest:
            raise CallError(
                f"{shape.operation_id}: the body needs at least {shape.fewest} of {', '.join(shape.model.__struct_fields__)}"
            )
        return shape.operation_id, msgspec.json.encode(checked)
    except (msgspec.MsgspecError, UnicodeError, TypeError, RecursionError) as error:
        raise CallError(f"{shape.operation_id}: {error}") from error


def _classify(body: object, shapes: Sequence[Shape]) -> tuple[Mapping[str, object], Shape]:
    if isinstance(body, Request):
        shape = next((one for one in shapes if type(body) is one.model), None)
        if shape is None:
            raise CallError(f"{shapes[0].operation_id}: takes no {type(body).__name__}")
        return _plain(body, shape), shape
    if not isinstance(body, Mapping):
        raise CallError(f"{shapes[0].operation_id}: the body is a {type(body).__name__}; give {_names(shapes)}")
    given = cast(Mapping[str, object], body)
    plain = {key: value for key, value in given.items() if value is not UNSET}
    shape = next((one for one in shapes if one.fits(plain)), None)
    if shape is None:
        raise CallError(f"{shapes[0].operation_id}: the body is none of {_names(shapes)}")
    return plain, shape


def _plain(body: Request, shape: Shape) -> Mapping[str, object]:
    try:
        plain: Mapping[str, object] = msgspec.to_builtins(body)
    except (msgspec.MsgspecError, TypeError, RecursionError) as error:
        raise CallError(f"{shape.operation_id}: {error}") from error
    return plain


def _names(shapes: Sequence[Shape]) -> str:
    return " or ".join(one.model.__name__ for one in shapes)


def path_segment(name: str, value: object) -> str:
    """One path segment, percent-encoded. Raises `CallError` for what would reach another path."""
    if not isinstance(value, str):
        raise CallError(f"{name}: {type(value).__name__} is no text; ids are strings")
    if value in ("", ".", ".."):
        raise CallError(f"{name}: {value!r} would reach another path")
    return _percent(name, value)


def query_string(values: Mapping[str, tuple[object, Any]]) -> str:
    """A query of arguments, each with its type; `UNSET` ones are left out. Raises `CallError` if one breaks the contract."""
    parts: list[str] = []
    for name, (value, kind) in values.items():
        if value is UNSET:
            continue
        try:
            checked: object = msgspec.convert(value, kind)
        except (msgspec.MsgspecError, TypeError) as error:
            raise CallError(f"{name}: {error}") from error
        items = cast(list[object], checked) if isinstance(checked, list) else [checked]
        if checked is items and any("," in str(item) for item in items):
            raise CallError(f"{name}: an item has a comma, which would split it")
        parts.append(f"{_percent(name, name)}={','.join(_percent(name, _text(item)) for item in items)}")
    return "&".join(parts)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _percent(name: str, text: str) -> str:
    try:
        return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in text.encode())
    except UnicodeError as error:
        raise CallError(f"{name}: {error}") from error
