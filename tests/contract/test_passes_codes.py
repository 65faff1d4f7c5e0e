"""Error codes in tables and examples become data."""

from __future__ import annotations

from typing import Any

import pytest
from contract_documents import answer, body, document, op, ran, ref

from contract.errors import ContractWarning
from contract.passes.codes import lift_error_codes

TABLE = "| Error Code | Description |\n| --- | --- |\n"


def lifted(description: str, *examples: str, values: tuple[str, ...] = ()) -> dict[str, Any]:
    shown = {code: {"summary": f"About {code}", "value": {"code": code}} for code in examples}
    operation = op("a", description=description, responses=answer({}, "400", examples=shown))
    if values:
        operation["requestBody"] = body({"type": "object", "properties": {"operation": ref("Operation")}})
    before = document({"/a": {"post": operation}}, {"Operation": {"type": "string", "enum": list(values)}})
    return ran(lift_error_codes, before)["paths"]["/a"]["post"]


def row(code: str, description: str, *applies: str) -> dict[str, Any]:
    return {"code": code, "description": description, **({"applies_to": list(applies)} if applies else {})}


def test_a_table_becomes_data_and_leaves_the_text() -> None:
    after = lifted(f"Does it.\n\n**Error codes**\n\n{TABLE}| `a_b` | One \\| other. |\n| 1001 | Two. |\n\nMore.")
    assert after["x-error-codes"] == [row("a_b", "One | other."), row("1001", "Two.")]
    assert after["description"] == "Does it.\n\nMore."


@pytest.mark.parametrize(
    "header", ["| Error Codes | Description |", "|error code|What it means|", "| ERROR CODE | Cause |"]
)
def test_a_header_is_known_in_each_spelling(header: str) -> None:
    assert lifted(f"{header}\n|---|---|\n| a | b |")["x-error-codes"] == [row("a", "b")]


def test_a_code_that_stands_twice_for_one_reason_is_one_and_for_two_is_two() -> None:
    after = lifted(f"{TABLE}| a | One. |\n| a | One. |\n| a | Other. |")
    assert after["x-error-codes"] == [row("a", "One."), row("a", "Other.")]


def test_a_heading_that_names_a_value_says_what_its_table_applies_to() -> None:
    after = lifted(
        f"For `block`:\n\n{TABLE}| a | A. |\n| c | C. |\n\nFor `clear`:\n\n{TABLE}| b | B. |\n| c | C. |",
        values=("block", "clear"),
    )
    # c is in both tables, so it applies to all.
    assert after["x-error-codes"] == [row("a", "A.", "block"), row("c", "C."), row("b", "B.", "clear")]


def test_a_heading_that_names_something_else_limits_nothing() -> None:
    after = lifted(f"Error codes of `title`:\n\n{TABLE}| a | A. |", values=("block",))
    assert after["x-error-codes"] == [row("a", "A.")]


@pytest.mark.parametrize(
    "decoy",
    [
        "| Field | Description |\n| --- | --- |\n| title | The name. |",
        "| Status | Error Code |\n| --- | --- |\n| 400 | bad |",
        "Error Code | Description",
        "| Error Code |\n| --- |\n| a |",
    ],
)
def test_other_tables_are_no_error_codes(decoy: str) -> None:
    after = lifted(decoy)
    assert "x-error-codes" not in after
    assert after["description"] == decoy


def test_a_row_that_cannot_be_read_warns_and_the_others_are_kept() -> None:
    with pytest.warns(ContractWarning, match=r"POST /a: a row of the error table cannot be read"):
        after = lifted(f"{TABLE}| a | A. | surplus |\n| b | B. |")
    assert after["x-error-codes"] == [row("b", "B.")]


def test_table_and_examples_that_agree_are_silent() -> None:
    assert lifted(f"{TABLE}| a | A. |", "a")["x-error-codes"] == [row("a", "A.")]


def test_table_and_examples_that_disagree_warn_and_are_united() -> None:
    with pytest.warns(ContractWarning) as seen:
        after = lifted(f"{TABLE}| a | A. |\n| b | B. |", "b", "c")
    texts = [str(one.message) for one in seen]
    assert len(texts) == 2
    assert "the table give a, the examples do not" in texts[0]
    assert "the examples give c, the table do not" in texts[1]
    assert after["x-error-codes"] == [row("a", "A."), row("b", "B."), row("c", "About c")]


def test_examples_alone_give_codes() -> None:
    assert lifted("Does it.", "a")["x-error-codes"] == [row("a", "About a")]


@pytest.mark.parametrize(
    ("status", "media", "codes"),
    [
        ("400", {"example": {"code": 7}}, ["7"]),
        ("500", {"example": {"error": {"code": "a"}}}, ["a"]),
        ("default", {"example": {"code": "a"}}, ["a"]),
        ("200", {"example": {"code": "a"}}, None),
        ("400", {"example": {"code": True}}, None),
        ("400", {"examples": {"x": {"value": ["a"]}}}, None),
        ("400", {"example": "a"}, None),
    ],
)
def test_only_codes_of_error_examples_count(status: str, media: dict[str, Any], codes: list[str] | None) -> None:
    after = ran(lift_error_codes, document({"/a": {"get": op("a", responses=answer({}, status, **media))}}))
    found = after["paths"]["/a"]["get"].get("x-error-codes")
    assert (found and [one["code"] for one in found]) == codes


def test_text_around_a_table_stays_and_a_row_that_cannot_be_read_keeps_its_table() -> None:
    table = "| Error Code | Description |\n| --- | --- |\n| a | x |\n| b | y | z |"
    prose = f"Important words.\n{table}\nNote: more words."
    before = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": {"description": prose, "responses": {}}}}}
    with pytest.warns(ContractWarning, match="a row of the error table cannot be read"):
        operation = lift_error_codes(before)["paths"]["/a"]["get"]
    assert [one["code"] for one in operation["x-error-codes"]] == ["a"]
    assert [part in operation["description"] for part in ("Important words.", "| b | y | z |", "Note: more")] == [
        True
    ] * 3
