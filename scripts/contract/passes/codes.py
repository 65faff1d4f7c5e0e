"""Error codes stand in tables and examples; here they become `x-error-codes`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from contract.document import Document, Json, copied, deref, operations
from contract.errors import warn
from contract.passes.text import tidy
from contract.schemas import Schema, content_slots

_HEADING = re.compile(r"error\s+codes?", re.IGNORECASE)
_FORMAT = re.compile(r"error response format|^when an error occurs|^`\{\s*\"|^where `code`", re.IGNORECASE)
_CELLS = re.compile(r"(?<!\\)\|")


def lift_error_codes(document: Document) -> Document:
    """Unite the codes of each operation's tables with those of its error examples; warn where they disagree."""
    document = copied(document)
    for path, method, operation in operations(document):
        name = f"{method.upper()} {path}"
        known: list[dict[str, Any]] = operation.get("x-error-codes", [])
        values = _values_of_enums(document, operation)
        rows, rest = _tables(str(operation.get("description", "")), values, name)
        if rows:
            operation["description"] = rest
        documented = _merged([*known, *rows], values)
        shown = list(_examples(operation))
        if rows and shown:
            _compare(name, {row["code"] for row in documented}, {row["code"] for row in shown})
        listed = {row["code"] for row in documented}
        every = [*documented, *_merged([row for row in shown if row["code"] not in listed], values)]
        if every:
            operation["x-error-codes"] = every
    return document


def _tables(description: str, values: set[str], name: str) -> tuple[list[dict[str, Any]], str]:
    """The rows of every error table in the text, and the text without them."""
    rows: list[dict[str, Any]] = []
    kept: list[str] = []
    after_table = False
    for block in description.split("\n\n"):
        lines = [line.strip() for line in block.strip().splitlines()]
        start = next((index for index, line in enumerate(lines) if _is_header(line)), None)
        if start is None:
            if not (after_table and _FORMAT.search(block.replace("**", "").strip())):
                after_table = False
                kept.append(block)
            continue
        heading = [*(kept[-1:] if kept and start == 0 else []), "\n".join(lines[:start])]
        applies = sorted(set(re.findall(r"`([^`]+)`", "\n".join(heading))) & values)
        read = [_row(line, applies) for line in lines[start + 1 :] if line.startswith("|") and not _is_rule(line)]
        if not all(read):
            warn(f"{name}: a row of the error table cannot be read")
        rows += [row for row in read if row]
        while kept and _HEADING.search(kept[-1]) and len(kept[-1]) < 200:
            kept.pop()
        after_table = True
    return rows, tidy("\n\n".join(kept))


def _is_header(line: str) -> bool:
    cells = _cells(line)
    return len(cells) > 1 and cells[0].lower() in ("error code", "error codes")


def _is_rule(line: str) -> bool:
    return not line.strip("|-: ")


def _cells(line: str) -> list[str]:
    if not line.startswith("|"):
        return []
    return [cell.strip().replace("\\|", "|") for cell in _CELLS.split(line.strip().strip("|"))]


def _row(line: str, applies: list[str]) -> dict[str, Any] | None:
    cells = _cells(line)
    code = cells[0].strip("`* ") if cells else ""
    if len(cells) != 2 or not code:
        return None
    return {"code": code, "description": cells[1], **({"applies_to": applies} if applies else {})}


def _merged(rows: list[dict[str, Any]], values: set[str]) -> list[dict[str, Any]]:
    """One row for each code and description; one that applies to every value applies to all."""
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["code"], row["description"])
        if key not in merged:
            merged[key] = dict(row)
        elif "applies_to" in merged[key] and "applies_to" in row:
            merged[key]["applies_to"] = sorted({*merged[key]["applies_to"], *row["applies_to"]})
        else:
            merged[key].pop("applies_to", None)
    for row in merged.values():
        if values and set(row.get("applies_to", ())) >= values:
            del row["applies_to"]
    return list(merged.values())


def _examples(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for status, response in operation["responses"].items():
        if not status.startswith(("4", "5", "d")):
            continue
        for media in response.get("content", {}).values():
            examples: Json = media.get("examples")
            named = list(examples.values()) if isinstance(examples, dict) else []
            for example in [*named, {"value": media.get("example")}]:
                value = example.get("value") if isinstance(example, dict) else None
                inner = value.get("error", value) if isinstance(value, dict) else None
                code = inner.get("code") if isinstance(inner, dict) else None
                if isinstance(code, str | int) and not isinstance(code, bool):
                    yield {"code": str(code), "description": str(example.get("summary", ""))}


def _values_of_enums(document: Document, operation: dict[str, Any]) -> set[str]:
    """The values of the enum properties of the body: what a table's heading can apply to."""
    values: set[str] = set()
    for container, key in content_slots(operation.get("requestBody", {})):
        body: Schema = deref(document, container[key])
        for member in body.get("properties", {}).values():
            schema = deref(document, member)
            found = schema.get("enum", []) if isinstance(schema, dict) else []
            values.update(value for value in found if isinstance(value, str))
    return values


def _compare(name: str, table: set[str], examples: set[str]) -> None:
    for codes, has, lacks in ((table - examples, "table", "examples"), (examples - table, "examples", "table")):
        if codes:
            warn(
                f"{name}: error codes disagree: the {has} give {', '.join(sorted(codes))}, "
                f"the {lacks} do not; both are kept"
            )
