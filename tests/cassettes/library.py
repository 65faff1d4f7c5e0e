"""VCR.py as cassettes are used here: how requests are told apart, and how a cassette is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import inf, nan
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import yaml
from vcr import VCR
from vcr.persisters.filesystem import CassetteNotFoundError, FilesystemPersister
from vcr.serialize import serialize

from . import provenance
from .sanitise.requests import read
from .scanning import suspicious

MATCH_ON = ("method", "scheme", "host", "port", "path", "whole_query", "meaning")
SYNC = "last_sync_time"
LIVE_SLACK_MS = 250
"""What a sync time may differ by where time passed between calls, too."""


class LeakError(Exception):
    """A cassette would have held what must not be in one; it was not written."""


class Yaml:
    """Cassettes as YAML: what they are first, one line a body, nothing but ASCII."""

    @staticmethod
    def serialize(data: dict[str, Any]) -> str:
        ordered = {name: data[name] for name in ("metadata", "interactions", "version") if name in data}
        text: str = yaml.dump(ordered, Dumper=yaml.CSafeDumper, sort_keys=False, width=10**6)
        return text

    @staticmethod
    def deserialize(text: str) -> Any:
        return yaml.load(text, yaml.CSafeLoader)  # a safe one


class Tape(FilesystemPersister):
    """Begins empty, and keeps what is to be written: an error while VCR.py writes would leave it switched on."""

    def __init__(self) -> None:
        self.text = ""

    def load_cassette(self, cassette_path: str, serializer: Any) -> Any:
        raise CassetteNotFoundError

    def save_cassette(self, cassette_path: str, cassette_dict: dict[str, Any], serializer: Any) -> None:
        self.text = serialize(cassette_dict, serializer)


def write(path: Path, text: str) -> None:
    """Write a cassette whole, or not at all if it leaks or says what the one before it says."""
    if found := suspicious(text):
        raise LeakError(f"{path.name}: not written: {', '.join(found)}")
    if path.exists() and _says_the_same(provenance.load(path), Yaml.deserialize(text)):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _says_the_same(old: Any, new: Any) -> bool:
    """Whether two cassettes differ in nothing, or, if live ones, in nothing but times."""
    if new["metadata"]["recorded_from"] == "live":
        old, new = _timeless(old), _timeless(new)
    return bool(old == new)


def _timeless(value: Any) -> Any:
    times = ("date", "answered_ms", "now", "stale")
    if isinstance(value, dict):
        return {key: _timeless(one) for key, one in value.items() if key not in times}
    if isinstance(value, list):
        return [_timeless(one) for one in value]
    said = read(value) if isinstance(value, str) else None
    return {key: one for key, one in said.items() if key != SYNC} if isinstance(said, dict) else value


def whole_query(one: Any, other: Any) -> bool:
    """The same parameters in the same order, empty ones too."""
    return bool(parse_qsl(one.uri.partition("?")[2], True) == parse_qsl(other.uri.partition("?")[2], True))


def meaning(slack_ms: int) -> Callable[[Any, Any], bool]:
    """The same JSON value, or else the same bytes; sync times may differ by so much."""

    def meaning(one: Any, other: Any) -> bool:
        ours, theirs = read(one.body), read(other.body)
        if ours is None:
            return bool((one.body or b"") == (other.body or b""))
        return bool(ours == theirs) or (slack_ms > 0 and _differ_by(ours, theirs) <= slack_ms)

    return meaning


def _differ_by(one: Any, other: Any) -> float:
    """The milliseconds between the sync times of two bodies; without end if anything else differs."""
    if not isinstance(one, dict) or not isinstance(other, dict) or {**one, SYNC: 0} != {**other, SYNC: 0}:
        return inf
    at, then = one.get(SYNC), other.get(SYNC)
    return abs(_moment_ms(at) - _moment_ms(then)) if type(at) is type(then) else inf


def _moment_ms(value: object) -> float:
    """A sync time in either of its forms; `nan`, which is near nothing, for what is none."""
    if type(value) is int:
        return value
    try:
        return datetime.fromisoformat(str(value)).timestamp() * 1000
    except ValueError:
        return nan


def library(*, slack_ms: int = 0, **hooks: Callable[[Any], Any]) -> VCR:
    """VCR.py. Without hooks it takes requests as they are: one with an id that is on no cassette is another one."""
    made = VCR(serializer="plain", match_on=MATCH_ON, record_on_exception=False, **hooks)
    made.register_serializer("plain", Yaml)
    made.register_matcher("whole_query", whole_query)
    made.register_matcher("meaning", meaning(slack_ms))
    return made
