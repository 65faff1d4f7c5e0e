"""`explain_diff`: a code that corrections add to a status is told as what it is, like one that is documented."""

from __future__ import annotations

from typing import Any

from contract.changes import compare
from drift.published import PUBLISHED, Doc, at, copied, documented, normalised

OPERATION = "getPinCategories"
DOCUMENTED = normalised(PUBLISHED)


def response(document: Doc, status: str) -> Any:
    """What a contract says of a status of the operation."""
    return at(document, (*documented()[OPERATION], "responses", status))


def added(*codes: tuple[str, str], **meaning: str) -> Doc:
    """The published contract with codes added to statuses of the operation."""
    document = copied()
    for status, code in codes:
        response(document, status).setdefault("x-added-codes", []).append({"code": code, **meaning})
    return normalised(document)


def said(old: Doc, new: Doc) -> list[tuple[str, str, str, str]]:
    """What is said of the operation; nothing else has changed."""
    changes = compare(old, new)
    assert {one.operation for one in changes} <= {OPERATION}
    return [(one.impact, one.where, one.kind, one.text) for one in changes]


def test_an_added_code_is_one_code_more_and_no_throttle_code() -> None:
    new = added(("401", "x"))
    assert said(DOCUMENTED, new) == [("tolerated", "errors", "code-added", "the code x is new")]
    assert said(new, DOCUMENTED) == [("breaks-types", "errors", "code-removed", "the code x is gone")]


def test_an_added_code_that_means_throttled_is_a_matter_of_policy() -> None:
    one, other = (added(("400", code), meaning="throttled") for code in "xy")
    for old, new, codes in ((DOCUMENTED, one, "x"), (one, other, "y"), (one, DOCUMENTED, "none")):
        text = f"the codes that mean throttled are now {codes}"
        assert said(old, new) == [("policy", "400", "throttle-code", text)]


def test_a_code_that_means_something_else_now_is_told_as_both() -> None:
    assert said(added(("400", "x"), meaning="throttled"), added(("400", "x"))) == [
        ("policy", "400", "throttle-code", "the codes that mean throttled are now none"),
        ("tolerated", "errors", "code-added", "the code x is new"),
    ]


def test_one_status_more_breaks_nobody_and_one_less_does() -> None:
    one, two = added(("401", "x")), added(("401", "x"), ("403", "x"))
    assert said(one, two) == [("tolerated", "403", "code-added", "the code x comes with it too now")]
    assert said(two, one) == [("breaks-types", "403", "code-moved", "the code x no longer comes with it")]


def test_a_code_that_moves_says_where_to() -> None:
    assert said(added(("401", "x")), added(("403", "x"), ("404", "x"))) == [
        ("breaks-types", "401", "code-moved", "the code x comes with 403, 404 now")
    ]


def test_a_code_of_which_the_status_is_told_for_the_first_time_is_none_more() -> None:
    old, new = added(), added(("401", "x"))
    for document in (old, new):
        at(document, ("paths", *documented()[OPERATION][1:]))["x-error-codes"].append({"code": "x"})
    assert said(old, new) == []


def test_an_added_code_that_the_vendor_documents_in_its_place_is_no_change() -> None:
    document = copied()
    for content in response(document, "401")["content"].values():
        content["examples"] = {"x": {"value": {"code": "x"}}}
    assert said(added(("401", "x")), normalised(document)) == []
