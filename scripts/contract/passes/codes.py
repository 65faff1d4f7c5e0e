"""Error codes stand in tables and examples; here they become `x-error-codes`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from contract.document import Document, Json, copied, deref, operations
from contract.errors import warn
from contract.passes.text import tidy, to_markdown
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
        end = next((index for index in range(start, len(lines)) if not lines[index].startswith("|")), len(lines))
        before, after = "\n".join(lines[:start]), "\n".join(lines[end:])
        heading = [*(kept[-1:] if kept and not before else []), before]
        applies = sorted(set(re.findall(r"`([^`]+)`", "\n".join(heading))) & values)
        table = [_rows(line, applies) for line in lines[start + 1 : end] if not _is_rule(line)]
        rows += [row for line in table for row in line]
        if before and not _is_heading(before):
            kept.append(before)
        while kept and _is_heading(kept[-1]):
            kept.pop()
        if not all(table):
            warn(f"{name}: a row of the error table cannot be read; the table stays in the text")
            kept.append("\n".join(lines[start:end]))
        if after:
            kept.append(after)
        after_table = True
    return rows, tidy("\n\n".join(kept))


def _is_heading(block: str) -> bool:
    return bool(_HEADING.search(block)) and len(block) < 200 and not block.rstrip().endswith(".")


def _is_header(line: str) -> bool:
    cells = _cells(line)
    return len(cells) > 1 and cells[0].strip("*` ").lower() in ("error code", "error codes")


def _is_rule(line: str) -> bool:
    return not line.strip("|-: ")


def _cells(line: str) -> list[str]:
    if not line.startswith("|"):
        return []
    inner = re.sub(r"(?<!\\)\|$", "", line.strip()[1:])
    return [cell.strip().replace("\\|", "|") for cell in _CELLS.split(inner)]


def _rows(line: str, applies: list[str]) -> list[dict[str, Any]]:
    """The codes of a row, several if its cell has several; none if it cannot be read."""
    cells = _cells(line)
    if len(cells) != 2:
        return []
    codes = re.findall(r"`([^`]+)`", cells[0]) or [cells[0].strip("* ")]
    extra = {"applies_to": applies} if applies else {}
    return [{"code": code, "description": to_markdown(cells[1]), **extra} for code in codes if code]


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
                code = code_of(example)
                if code is not None:
                    yield {"code": code, "description": str(example.get("summary", ""))}


def code_of(example: Json) -> str | None:
    """The error code that an example shows, at its top or inside `error`; `None` if it shows none."""
    value = example.get("value") if isinstance(example, dict) else None
    inner = value.get("error", value) if isinstance(value, dict) else None
    code = inner.get("code") if isinstance(inner, dict) else None
    return str(code) if isinstance(code, str | int) and not isinstance(code, bool) else None


def codes_of(response: dict[str, Any]) -> set[str]:
    """Every error code that a response's examples show."""
    media = response.get("content", {}).values()
    shown = {code_of(example) for one in media for example in one.get("examples", {}).values()}
    return {code for code in shown if code is not None}


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
