"""What each cassette says of itself: where it was recorded, when, to which contract, and how it was sanitised."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
import yaml
from msgspec import Meta, Struct

from cliq_pins_client import document_json

Source: TypeAlias = Literal["simulator", "live"]
FOLDER = Path(__file__).parent / "recorded"
CONTRACT = sha256(document_json()).hexdigest()


class NoCassetteError(ValueError):
    """A file that cannot be read as a cassette."""


class Provenance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The metadata of a cassette."""

    recorded_from: Source
    contract: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    """The SHA-256 of the normalised document of that day, as the generated package carries it."""
    sanitiser: int
    """The version of the sanitisers."""
    date: datetime
    """When the recording began, by the stage's clock; a replay begins then, too."""
    answered_ms: list[int]
    """When each answer was there, in milliseconds since; the clock of a replay goes by it."""
    given: dict[str, str | int]
    """What the flow started from, sanitised."""


def dated(now_ms: int) -> str:
    """A time as provenance has it."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds")


def load(path: Path) -> dict[str, Any]:
    """A cassette as plain data; `NoCassetteError`, which names it, if it is none."""
    try:
        return parsed(path.read_bytes())
    except (OSError, NoCassetteError) as error:
        raise NoCassetteError(f"{path}: {error}") from None


def parsed(content: bytes) -> dict[str, Any]:
    """The same of what such a file holds; what is wrong is not told in the parser's words, which quote it."""
    try:
        data = yaml.load(content, yaml.CSafeLoader)  # a safe one
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise NoCassetteError(f"no YAML in line {mark.line + 1}" if mark else "no YAML") from None
    if not isinstance(data, dict):
        raise NoCassetteError("no cassette")
    for name, kind in (("metadata", dict), ("interactions", list)):
        if not isinstance(data.get(name), kind) or not data[name]:
            raise NoCassetteError(f"no {name}")
    return data


def provenance(path: Path) -> Provenance:
    """What a cassette says of itself; `msgspec.ValidationError` if that is not as it should be."""
    return msgspec.convert(load(path)["metadata"], Provenance)


def source_of(path: Path) -> Source:
    """Where a cassette was recorded, whatever else it says."""
    source: Source | None = load(path)["metadata"].get("recorded_from")
    if source is None:
        raise NoCassetteError(f"{path}: it does not say where it was recorded")
    return source


def path_of(name: str, folder: Path = FOLDER) -> Path:
    """Where the cassette of a flow is."""
    return folder / f"{name}.yaml"


def recorded(folder: Path = FOLDER) -> dict[str, Path]:
    """Every cassette by the name of its flow."""
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.yaml"))}
