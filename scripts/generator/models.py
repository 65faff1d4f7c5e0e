"""The models: datamodel-code-generator writes one msgspec Struct for each schema of a request or of a success."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from contract.document import Document, copy_json, deref, operations
from contract.schemas import Slot, reached, request_slots, response_slots, schemas_of
from generator.tools import run

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "datamodel_code_generator"
_OPTIONS = [
    "--input-file-type",
    "openapi",
    "--output-model-type",
    "msgspec.Struct",
    "--openapi-scopes",
    "schemas",
    "--schema-version-mode",
    "strict",
    "--strict-refs",
    "--target-python-version",
    "3.11",
    "--use-annotated",
    "--field-constraints",
    "--use-union-operator",
    "--use-standard-collections",
    "--enum-field-as-literal",
    "all",
    "--snake-case-field",
    "--disable-timestamp",
    "--ignore-pyproject",
    "--formatters",
    "builtin",
    "--use-schema-description",
    "--use-field-description",
    "--disable-warnings",
]
_DROPPED = frozenset({"example", "examples", "discriminator", "format"})
"""What a model has no use for. Times stay text on the wire, as a value that is no time must not break the answer."""


def write_models(document: Document, target: Path, header: str, work: Path) -> None:
    """Write the module of models to `target`; `work` is a folder for what the tool reads."""
    requests, responses = _names(document, "request"), _names(document, "response")
    schemas = {name: _plain(schema) for name, schema in schemas_of(document).items() if name in requests | responses}
    source = {
        "openapi": "3.1.0",
        "info": {"title": "models", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }
    (work / "models.json").write_text(json.dumps(source), encoding="utf-8")
    bases = {
        name: "types.Request" if name in requests else "types.Response"
        for name, schema in schemas.items()
        if "properties" in schema
    }
    run(
        "datamodel_code_generator",
        *("--input", str(work / "models.json"), "--output", str(target)),
        *_OPTIONS,
        *("--custom-template-dir", str(_TEMPLATES)),
        *("--base-class-map", json.dumps(bases)),
        *("--custom-file-header", f'{header}\n"""The bodies that the contract names."""\n'),
    )
    target.write_text(_once(target.read_text(encoding="utf-8")), encoding="utf-8")


_TEXT = r"(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')"


def _once(source: str) -> str:
    """The module with each description in one place, its docstring: the tool repeats it in the annotation."""
    without = re.sub(rf"description=(?:\(\s*{_TEXT}(?:\s*{_TEXT})*\s*\)|{_TEXT}),?\s*", "", source)
    bare = re.sub(
        r"Annotated\[\s*((?:(?!Meta\(|Annotated\[).)+?),\s*Meta\(\s*\),?\s*\]", r"\1", without, flags=re.DOTALL
    )
    # The tool writes absolute imports alone, but the package can be vendored under another name.
    return bare.replace("\nfrom types import", "\nfrom .types import")


def _names(document: Document, role: str) -> set[str]:
    """The schemas that requests, or answers of success, reach."""
    slots: list[Slot] = []
    for _, _, operation in operations(document):
        if role == "request":
            slots += request_slots(operation)
        else:
            success = {
                status: deref(document, one) for status, one in operation["responses"].items() if status.startswith("2")
            }
            slots += response_slots({"responses": success})
    return reached(document, slots)


def _plain(schema: Any) -> Any:
    """The schema without examples and extensions; a property may have any name, so names of properties are kept."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in copy_json(schema).items() if key not in _DROPPED and not key.startswith("x-")}
    if kept.get("additionalProperties") is True:
        del kept["additionalProperties"]
    return {
        key: {name: _plain(one) for name, one in value.items()}
        if key in ("properties", "patternProperties")
        else _plain(value)
        for key, value in kept.items()
    }
