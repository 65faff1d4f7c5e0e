"""Answers become values: strictly first, and leniently where that fails or drift is looked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, Literal, NoReturn, TypeAlias, cast

import msgspec
from msgspec import inspect

from .drift import DriftKind

Report: TypeAlias = Callable[[DriftKind, str, Any], None]
BOM = b"\xef\xbb\xbf"


class Unreadable(Exception):  # noqa: N818  # the engine makes an error of it
    """The bytes are no JSON."""


class Nonsense(Exception):  # noqa: N818  # the engine makes an error of it
    """It is JSON, but not of the form that a value is made of."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


@cache
def _decoder(kind: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cast(Any, kind))


def decode(content: bytes, kind: type[Any], report: Report, thorough: bool) -> Any:
    """Decode a body as a type of the contract.

    Fields that are not known are passed over, those of a wrong type are `None`; both are reported. Raises `Unreadable`
    and `Nonsense`.
    """
    content = content.removeprefix(BOM)
    try:
        value = _decoder(cast(Hashable, kind)).decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass  # the slower way says what is wrong, and saves what can be
    else:
        if thorough:
            with suppress(RecursionError):  # the value is there; what is beside it may have more levels
                plain = msgspec.json.decode(content)
                _look(plain, _fields(cast(Hashable, kind)), "$", report)
                _look_for_repeated_keys(content, plain, report)
        return value
    plain = parse(content, report)
    try:
        if thorough:
            _look_for_repeated_keys(content, plain, report)
        return _convert(plain, _info(cast(Hashable, kind)), "$", report, thorough)
    except RecursionError:
        raise Unreadable("too many levels") from None


def parse(content: bytes, report: Report | None = None) -> Any:
    """JSON as plain values. Lone surrogates, which no encoder takes, become U+FFFD. Raises `Unreadable`."""
    content = content.removeprefix(BOM)
    try:
        return msgspec.json.decode(content)
    except RecursionError:
        raise Unreadable("too many levels") from None
    except (msgspec.MsgspecError, ValueError):
        pass  # what msgspec is stricter about than the standard
    try:
        plain = json.loads(content.decode("utf-8"), parse_constant=_no_constant)
        return _mend(plain, report)
    except RecursionError:
        raise Unreadable("too many levels") from None
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _look_for_repeated_keys(content: bytes, plain: Any, report: Report) -> None:
    """Report keys that an object has twice; the last one counted."""
    if content.count(b":") == msgspec.json.encode(plain).count(b":") and b"\\u003" not in content:
        return  # there is a colon for each key that was kept, and none is written as an escape

    def pairs(found: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in found]
        for name in {name for name in names if names.count(name) > 1}:
            report("repeated key", f"$..{name}", name)

    json.loads(content, object_pairs_hook=pairs)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _mend(value: Any, report: Report | None) -> Any:
    if isinstance(value, str):
        mended = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if mended != value and report:
            report("text", "$", mended)
        return mended
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]  # JSON
        return [_mend(one, report) for one in items]
    if isinstance(value, dict):
        return {_mend(key, report): _mend(one, report) for key, one in cast(dict[str, Any], value).items()}
    return value


class _Fields:
    """The fields of a Struct, ready to be looked through fast."""

    __slots__ = ("kinds", "known", "names", "nested")

    def __init__(self, info: inspect.StructType) -> None:
        self.kinds = {field.encode_name: (field.name, field.type) for field in info.fields}
        """Each field's name in Python, and its type."""
        self.names = self.kinds.keys()
        options = {
            name: kind.types if isinstance(kind, inspect.UnionType) else (kind,)
            for name, (_, kind) in self.kinds.items()
        }
        self.known = [
            (name, frozenset(one.values))
            for name, kinds in options.items()
            for one in kinds
            if isinstance(one, inspect.LiteralType)
        ]
        """The values that the contract lists, for each field for which it lists some."""
        items = [
            (name, one.item_type if isinstance(one, inspect.ListType) else one)
            for name, kinds in options.items()
            for one in kinds
        ]
        self.nested = [(name, _fields(one.cls)) for name, one in items if isinstance(one, inspect.StructType)]
        """The fields that are objects, or lists of them."""


@cache
def _info(kind: Hashable) -> inspect.Type:
    return inspect.type_info(kind)


@cache
def _fields(kind: Hashable) -> _Fields:
    return _Fields(cast(inspect.StructType, _info(kind)))


def _look(given: dict[str, Any], fields: _Fields, path: str, report: Report) -> None:
    """Report what an object that can be read has beside what the contract knows."""
    if not given.keys() <= fields.names:
        for name in given.keys() - fields.names:
            report("unknown field", f"{path}.{name}", given[name])
    for name, values in fields.known:
        value = given.get(name)
        if value is not None and value not in values:
            report("unknown value", f"{path}.{name}", value)
    for name, nested in fields.nested:
        inner: Any = given.get(name)
        if inner.__class__ is list:
            below = f"{path}.{name}[*]"
            for one in inner:
                _look(one, nested, below, report)
        elif inner is not None:
            _look(inner, nested, f"{path}.{name}", report)


def _convert(value: Any, info: inspect.Type, path: str, report: Report, thorough: bool) -> Any:
    if isinstance(info, inspect.StructType):
        return _struct(value, info, path, report, thorough)
    if isinstance(info, inspect.ListType):
        if not isinstance(value, list):
            raise Nonsense(path, f"a list is expected, not {_named(value)}")
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]  # JSON
        return [_convert(one, info.item_type, f"{path}[*]", report, thorough) for one in items]
    if isinstance(info, inspect.UnionType):
        return _union(value, info, path, report, thorough)
    return _scalar(value, info, path)


def _struct(value: Any, info: inspect.StructType, path: str, report: Report, thorough: bool) -> Any:
    if not isinstance(value, dict):
        raise Nonsense(path, f"an object is expected, not {_named(value)}")
    given = cast(dict[str, Any], value)
    fields = _fields(info.cls)
    if not thorough:
        try:
            return msgspec.convert(given, info.cls)
        except (msgspec.ValidationError, ValueError):
            pass
    made: dict[str, Any] = {}
    for key, one in given.items():
        if key in fields.names and one is not None:
            name, kind = fields.kinds[key]
            made[name] = _convert(one, kind, f"{path}.{key}", report, thorough)
    if thorough:
        _look_shallow(given, fields, path, report)
    return info.cls(**made)


def _look_shallow(given: dict[str, Any], fields: _Fields, path: str, report: Report) -> None:
    """The same for one object of which parts cannot be read."""
    for name in given.keys() - fields.names:
        report("unknown field", f"{path}.{name}", given[name])
    for name, values in fields.known:
        value = given.get(name)
        if isinstance(value, str) and value not in values:
            report("unknown value", f"{path}.{name}", value)


def _union(value: Any, info: inspect.UnionType, path: str, report: Report, thorough: bool) -> Any:
    """Every field of an answer is a union with `None`: what fits no member is left out whole, and reported.

    So a list with one bad item is `None`, and not a shorter list that would be taken for the whole.
    """
    wrong = path
    for one in info.types:
        try:
            return _convert(value, one, path, report, thorough)
        except Nonsense as error:
            wrong = max(wrong, error.path, key=len)
    report("wrong type", wrong, value)
    if isinstance(value, int) and not isinstance(value, bool) and inspect.StrType() in info.types:
        return str(value)  # an id sent as a number is still that id
    return None


SCALARS: Mapping[type[inspect.Type], tuple[type[Any], ...]] = {
    inspect.StrType: (str,),
    inspect.IntType: (int,),
    inspect.BoolType: (bool,),
    inspect.FloatType: (int, float),
    inspect.NoneType: (type(None),),
}


def _scalar(value: Any, info: inspect.Type, path: str) -> Any:
    if isinstance(info, inspect.AnyType):
        return value
    if isinstance(info, inspect.LiteralType):
        if isinstance(value, str | int) and value in info.values:
            return value
    elif isinstance(value, SCALARS[type(info)]) and (isinstance(value, bool) == isinstance(info, inspect.BoolType)):
        return value
    raise Nonsense(path, f"{_named(value)} is not expected")


Name: TypeAlias = Literal["null", "true or false", "a number", "a text", "a list", "an object"]


def _named(value: Any) -> Name:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "an object"
