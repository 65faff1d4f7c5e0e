"""The committed contract: nothing that is documented is lost, and it is what its sources make."""

from __future__ import annotations

import copy
import html
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate

from contract import overlay
from contract.document import dump, parse
from contract.errors import ContractError
from contract.passes import normalise
from contract.source import check
from normalise import CORRECTIONS, HEADER, NORMALISED, PUBLISHED, built

# Read with PyYAML alone: nothing below counts with the code that it tests.
SOURCE: dict[str, Any] = yaml.safe_load(PUBLISHED.read_text())
RESULT: dict[str, Any] = yaml.safe_load(NORMALISED.read_text())
ACTIONS: list[dict[str, Any]] = yaml.safe_load(CORRECTIONS.read_text())["actions"]


def documented_operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for item in document["paths"].values() for one in item.values() if isinstance(one, dict)]


def shapes() -> list[dict[str, Any]]:
    return [shape for one in documented_operations(RESULT) for shape in one.get("x-shapes", [one])]


def test_the_ten_documented_operations_are_kept() -> None:
    ids = {one["operationId"] for one in documented_operations(SOURCE)}
    assert len(ids) == 10
    assert sorted(shape["operationId"] for shape in shapes()) == sorted(ids)


def test_the_26_documented_codes_are_kept() -> None:
    pairs = {
        (one["operationId"], code)
        for one in documented_operations(SOURCE)
        for code in re.findall(r"^\| (\w+) \|", one["description"], re.MULTILINE)
    }
    assert len(pairs) == 26
    found = [(shape["operationId"], row["code"]) for shape in shapes() for row in shape["x-error-codes"]]
    assert sorted(found) == sorted(pairs)


def test_the_90_documented_statuses_are_kept() -> None:
    pairs = {(one["operationId"], status) for one in documented_operations(SOURCE) for status in one["responses"]}
    assert len(pairs) == 90
    found = [(one["operationId"], status) for one in shapes() for status in one.get("statuses", one.get("responses"))]
    assert sorted(found) == sorted(pairs)


def test_limits_and_scopes_are_kept() -> None:
    said = re.compile(r"(\d+) requests per min per user\n\*\*Lock period\*\*: (\d+) minutes")
    for one in documented_operations(SOURCE):
        shape = next(each for each in shapes() if each["operationId"] == one["operationId"])
        [(requests, lock)] = said.findall(one["description"])
        limit = {"requests": int(requests), "seconds": 60, "scope": "user", "lock_seconds": 60 * int(lock)}
        assert shape["x-rate-limit"] == [limit]
        assert shape["security"] == one["security"]


def in_html(description: str) -> str:
    """The form of the vendor's download: HTML paragraphs, the table of codes folded away."""
    about, _, rest = description.partition("**Threshold limit**: ")
    limit, _, rest = rest.partition("\n**Lock period**: ")
    lock, _, table = rest.partition("\n\n")
    rows = [re.split(r" \| ", line.strip("| ")) for line in table.strip().splitlines()]
    cells = [[re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(cell, quote=False)) for cell in row] for row in rows]
    head = "".join(f"<th>{cell}</th>" for cell in cells[0])
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in cells[2:])
    return (
        f"<p>{html.escape(about.strip(), quote=False)}</p>\n<p><b>Threshold limit</b>: {limit}<br>\n"
        f"<i>Maximum API calls allowed</i><br>\n<b>Lock period</b>: {lock}<br></p>\n"
        f"<details><summary><b>Error codes</b></summary><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></details>"
    )


def without_prose(node: Any, kept: bool = False) -> Any:
    """A document without descriptions and summaries, but with those of error codes."""
    if isinstance(node, dict):
        prose = () if kept else ("description", "summary")
        return {
            key: without_prose(value, key == "x-error-codes")
            for key, value in node.items()
            if not (key in prose and isinstance(value, str))
        }
    return [without_prose(value, kept) for value in node] if isinstance(node, list) else node


def test_html_and_markdown_descriptions_give_the_same_document() -> None:
    vendor = copy.deepcopy(SOURCE)
    for one in documented_operations(vendor):
        one["description"] = in_html(one["description"])
    assert without_prose(normalise(vendor)) == without_prose(normalise(copy.deepcopy(SOURCE)))


def test_the_committed_document_is_byte_for_byte_what_its_sources_make() -> None:
    assert built(str(PUBLISHED), CORRECTIONS).encode() == NORMALISED.read_bytes()


def test_the_committed_document_is_valid_openapi() -> None:
    with warnings.catch_warnings():
        # The validator's own dependencies.
        warnings.simplefilter("ignore", DeprecationWarning)
        validate(RESULT)


def test_the_committed_document_is_a_fixed_point() -> None:
    assert built(str(NORMALISED), None) == NORMALISED.read_text()


@pytest.mark.parametrize("action", ACTIONS, ids=[one["x-name"] for one in ACTIONS])
def test_a_correction_applied_a_second_time_fails_by_its_name(action: dict[str, Any]) -> None:
    with pytest.raises(ContractError, match=rf"c\.yaml: correction '{action['x-name']}': what it corrects is already"):
        overlay.apply(RESULT, {"overlay": "1.0.0", "actions": [action]}, "c.yaml")


@pytest.mark.parametrize("action", ACTIONS, ids=[one["x-name"] for one in ACTIONS])
def test_a_correction_whose_target_is_gone_fails_by_its_name(action: dict[str, Any]) -> None:
    with pytest.raises(ContractError, match=f"correction '{action['x-name']}'"):
        overlay.apply({}, {"overlay": "1.0.0", "actions": [{**action, "target": "$.gone"}]}, "c.yaml")


def test_every_reference_of_the_committed_document_holds() -> None:
    check(copy.deepcopy(RESULT), "normalised.yaml")


@pytest.mark.parametrize(
    "value",
    [
        "2024-01-01",
        "yes",
        "null",
        "1e3",
        "0x1F",
        "1_000",
        "~",
        "",
        " a",
        "a\nb",
        "a\n\n",
        "#",
        ": ",
        "é 😀",
        "=",
        "010",
    ],
)
def test_text_is_written_so_that_it_is_read_as_text(value: str) -> None:
    assert parse(dump({"a": value, value: 1}), "x") == {"a": value, value: 1}
    assert yaml.safe_load(dump({"a": value})) == {"a": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [("2024-01-01", "2024-01-01"), ("yes", "yes"), ("0o17", "0o17"), ("-3", -3), ("1.5", 1.5), ("~", None), ("", None)],
)
def test_yaml_has_the_core_types_alone(text: str, value: object) -> None:
    assert parse(f"a: {text}\n200: b", "x") == {"a": value, "200": "b"}


def test_an_alias_shares_nothing() -> None:
    document = parse("a: &x {b: [1]}\nc: *x", "x")
    document["a"]["b"].append(2)
    assert document["c"] == {"b": [1]}


def test_the_header_names_the_script_and_both_sources() -> None:
    assert "spec/published/mypins.yaml and spec/corrections.yaml" in HEADER
    assert Path(NORMALISED).read_text().startswith("# Made by scripts/normalise.py")
