"""Comparing schemas. In a request a narrower schema breaks its callers, in a response a wider one does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from contract.changes.change import BREAKS_TYPES, BREAKS_WIRE, TOLERATED
from contract.document import Document, deref
from contract.schemas import Schema

Emit = Callable[[str, str, str, str], None]
"""Called with class, place, kind and text of each change."""

_UPPER = ("maxLength", "maxItems", "maximum", "exclusiveMaximum", "maxProperties")
_LOWER = ("minLength", "minItems", "minimum", "exclusiveMinimum", "minProperties")
_EXACT = ("pattern", "format", "multipleOf", "uniqueItems", "not", "x-default")
"""Keywords whose change is one, whichever way it goes."""
_WORDS = {
    "x-default": "what a missing value means",
    "maxLength": "the most characters",
    "maxItems": "the most items",
    "maxProperties": "the most properties",
    "minLength": "the fewest characters",
    "minItems": "the fewest items",
    "minProperties": "the fewest properties",
    "exclusiveMaximum": "the value it stays under",
    "exclusiveMinimum": "the value it stays over",
}


@dataclass
class Summary:
    """What a schema allows, with its references followed and its options united."""

    types: set[str] = field(default_factory=set)
    known: list[Any] = field(default_factory=list)
    """The values of its enums."""
    closed: bool = True
    """Whether those are the only values."""
    properties: dict[str, Schema] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    extra: bool = False
    items: Schema | None = None
    values: Schema | None = None
    """The schema of a map's values."""
    rest: dict[str, Any] = field(default_factory=dict)


def summary(document: Document, schema: Schema) -> Summary:
    """Summarise a schema; objects among several options are united, as a reader of the answer must expect each."""
    found = Summary()
    parts = list(_parts(document, schema, set()))
    for part in parts:
        kinds = part.get("type", [])
        found.types.update([kinds] if isinstance(kinds, str) else kinds)
        if "type" not in part and "properties" in part:
            found.types.add("object")
        values = part.get("enum", [part["const"]] if "const" in part else [])
        found.known += [value for value in values if value not in found.known]
        found.closed &= bool(values) or part.get("type") == "null"
        found.properties.update(part.get("properties", {}))
        found.extra |= "properties" in part and part.get("additionalProperties", True) is not False
        if isinstance(part.get("items"), dict):
            found.items = part["items"]
        found.rest.update({key: part[key] for key in (*_UPPER, *_LOWER, *_EXACT) if key in part})
        if isinstance(part.get("additionalProperties"), dict):
            found.values = part["additionalProperties"]
    holders = [set(part.get("required", [])) for part in parts if "properties" in part]
    found.required = set.intersection(*holders) if holders else set()
    found.closed &= bool(found.known)
    return found


def _parts(document: Document, schema: Schema, seen: set[str]) -> Iterator[Schema]:
    target = deref(document, schema)
    if "$ref" in schema:
        if schema["$ref"] in seen:
            return
        seen = {*seen, schema["$ref"]}
    if not isinstance(target, dict):
        return
    options = [option for key in ("oneOf", "anyOf") for option in target.get(key, [])]
    for option in options:
        yield from _parts(document, option, seen)
    if options and _says_more(target):
        # What stands beside the options holds for each of them.
        yield {key: value for key, value in target.items() if key not in ("oneOf", "anyOf")}
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    if "$ref" in schema and _says_more(beside):
        yield beside
    if target.get("allOf"):
        united: Schema = {}
        for part in [one for option in target["allOf"] for one in _parts(document, option, seen)]:
            united = {
                **united,
                **part,
                "properties": {**united.get("properties", {}), **part.get("properties", {})},
                "required": [*united.get("required", []), *part.get("required", [])],
            }
        yield united
    if not options and not target.get("allOf"):
        yield target


def _says_more(schema: Schema) -> bool:
    return any(key in schema for key in (*_UPPER, *_LOWER, *_EXACT, "properties", "items"))


class Comparison:
    """The comparison of schemas in one role, `request` or `response`, of one operation."""

    def __init__(self, old: Document, new: Document, role: str, emit: Emit) -> None:
        self._old, self._new, self._emit = old, new, emit
        self._request = role == "request"
        self._seen: set[tuple[frozenset[str], frozenset[str]]] = set()

    def compare(self, old: Schema | bool, new: Schema | bool, at: str) -> None:
        """Report every change between two schemas at a place."""
        if not isinstance(old, dict) or not isinstance(new, dict):
            if old != new:
                self._emit(BREAKS_WIRE, at, "schema", f"{_said(old)} becomes {_said(new)}")
            return
        refs = (_refs(old), _refs(new))
        if all(refs):
            if refs in self._seen:
                return
            self._seen.add(refs)
        before, after = summary(self._old, old), summary(self._new, new)
        if not self._types(before, after, at):
            return
        self._values(before, after, at)
        self._bounds(before.rest, after.rest, at)
        self._properties(before, after, at)
        if before.items is not None and after.items is not None:
            self.compare(before.items, after.items, f"{at}[]")
        elif before.items != after.items:
            self._emit(BREAKS_WIRE, at, "items", "says now something else of its items")
        if before.values is not None and after.values is not None:
            self.compare(before.values, after.values, f"{at}{{}}")
        elif before.values != after.values:
            self._emit(BREAKS_WIRE, at, "values", "says now something else of its values")

    def _change(self, widens: bool, at: str, kind: str, text: str) -> None:
        """A schema that got wider or narrower: harmless to the side that does not have to cope with it."""
        harmless = widens if self._request else not widens
        self._emit(TOLERATED if harmless else BREAKS_WIRE, at, kind, text)

    def _types(self, old: Summary, new: Summary, at: str) -> bool:
        if old.types == new.types:
            return True
        text = f"the type {_list(old.types)} becomes {_list(new.types)}"
        gone, come = _wider(new.types) - _wider(old.types), _wider(old.types) - _wider(new.types)
        if not old.types or not new.types:
            self._change(not new.types, at, "type", text)
        elif gone and come:
            self._emit(BREAKS_WIRE, at, "type", text)
        else:
            self._change(bool(gone), at, "type", text)
        return bool(old.types & new.types)

    def _values(self, old: Summary, new: Summary, at: str) -> None:
        gone = [value for value in old.known if value not in new.known]
        come = [value for value in new.known if value not in old.known]
        if old.closed != new.closed and (old.known or new.known):
            self._change(
                old.closed,
                at,
                "enum",
                "may now have other values" if old.closed else "may now have only the listed values",
            )
        if gone:
            # In a response the known values are a help, not a promise: the type stays open.
            impact = BREAKS_WIRE if self._request and new.closed else TOLERATED
            self._emit(
                impact,
                at,
                "enum-removed",
                f"no longer takes {_list(gone)}" if self._request else f"no longer lists {_list(gone)}",
            )
        if come:
            impact = TOLERATED if self._request or not old.closed else BREAKS_WIRE
            self._emit(
                impact, at, "enum-added", f"takes {_list(come)} too" if self._request else f"lists {_list(come)} too"
            )

    def _bounds(self, old: dict[str, Any], new: dict[str, Any], at: str) -> None:
        for key in (*_UPPER, *_LOWER):
            before, after = old.get(key), new.get(key)
            if before == after:
                continue
            word = _WORDS.get(key, key)
            looser = after is None or (before is not None and (after > before if key in _UPPER else after < before))
            self._change(looser, at, key, f"{word}: {_said(before)} becomes {_said(after)}")
        for key in _EXACT:
            if old.get(key) != new.get(key):
                impact = (
                    BREAKS_WIRE if self._request and (new.get(key) is not None or key == "x-default") else TOLERATED
                )
                word = _WORDS.get(key, f"the {key}")
                self._emit(impact, at, key, f"{word}: {_said(old.get(key))} becomes {_said(new.get(key))}")

    def _properties(self, old: Summary, new: Summary, at: str) -> None:
        for name in old.properties.keys() - new.properties.keys():
            impact = BREAKS_WIRE if self._request and not new.extra else BREAKS_TYPES
            self._emit(impact, _at(at, name), "property-removed", "is gone")
        for name in new.properties.keys() - old.properties.keys():
            if self._request and name in new.required:
                self._emit(BREAKS_WIRE, _at(at, name), "property-required", "is new and required")
            else:
                self._emit(TOLERATED, _at(at, name), "property-added", "is new")
        both = [name for name in old.properties if name in new.properties]
        for name in both:
            self.compare(old.properties[name], new.properties[name], _at(at, name))
            if (name in old.required) != (name in new.required):
                now = name in new.required
                self._change(not now, _at(at, name), "required", "is now required" if now else "is no longer required")
        if old.properties and new.properties and old.extra != new.extra:
            self._change(
                new.extra, at, "extra-properties", f"{'takes' if new.extra else 'no longer takes'} other properties"
            )


def _refs(schema: Schema) -> frozenset[str]:
    """The schemas that a place refers to, directly or as options."""
    options = [option for key in ("oneOf", "anyOf") for option in schema.get(key, [])]
    return frozenset(str(one["$ref"]) for one in [schema, *options] if isinstance(one, dict) and "$ref" in one)


def _wider(types: set[str]) -> set[str]:
    return types | {"integer"} if "number" in types else types


def _at(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _said(value: object) -> str:
    return "none" if value is None else str(value)


def _list(values: Any) -> str:
    return ", ".join(sorted(map(str, values))) or "none"
