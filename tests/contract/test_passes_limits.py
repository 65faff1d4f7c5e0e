"""Limits in prose become data, or a warning; never a guess."""

from __future__ import annotations

from typing import Any

import pytest
from contract_documents import document, op, ran

from contract.errors import ContractWarning
from contract.passes.limits import lift_rate_limits

LOCK = "**Lock period**: 5 minutes"


def lifted(description: str, introduction: str = "") -> dict[str, Any]:
    before = document({"/a": {"get": op("a", description=description)}})
    before["info"]["description"] = introduction
    return ran(lift_rate_limits, before)["paths"]["/a"]["get"]


def limit(requests: int, seconds: int, scope: str | None, lock: int | None, *values: str) -> dict[str, Any]:
    found = {"requests": requests, "seconds": seconds, "scope": scope, "lock_seconds": lock}
    return {**found, "applies_to": list(values)} if values else found


@pytest.mark.parametrize(
    ("prose", "expected"),
    [
        (f"**Threshold limit**: 20 requests per min per user\\\n{LOCK}", limit(20, 60, "user", 300)),
        ("**Threshold limit:** 20 requests per min per user\n**Lock period:** 1 hour", limit(20, 60, "user", 3600)),
        ("**Threshold limit**: 60 requests per min", limit(60, 60, None, None)),
        ("Threshold limit: 10 requests per 5 min per user", limit(10, 300, "user", None)),
        ("Threshold: 20 requests per min per user", limit(20, 60, "user", None)),
        ("Threshold limits: 1,000 calls/day per organization", limit(1000, 86400, "organization", None)),
        ("threshold limit : 5 API calls in a second for each token", limit(5, 1, "token", None)),
        ("Threshold limit: 3 reqs every 2 hours\nLock periods: 90 seconds", limit(3, 7200, None, 90)),
    ],
)
def test_a_limit_is_read_in_each_phrasing(prose: str, expected: dict[str, Any]) -> None:
    after = lifted(f"What it does.\n\n{prose}\n\nMore.")
    assert after["x-rate-limit"] == [expected]
    assert after["description"] == "What it does.\n\nMore."


def test_a_limit_for_each_value_says_what_it_applies_to() -> None:
    after = lifted(
        "**Threshold limits**:\n\n- `add`: no limit stated.\n\n"
        "**Threshold limits**:\n- `block`: 10 requests per min per user\n- `clear`: 5 requests per 10 min\n\n"
        "**Lock periods**:\n- `block`: 5 minutes\n- `clear`: 30 sec"
    )
    assert after["x-rate-limit"] == [limit(10, 60, "user", 300, "block"), limit(5, 600, None, 30, "clear")]


def test_one_lock_period_holds_for_every_value() -> None:
    after = lifted(f"Threshold limits:\n- `a`: 1 request per min\n- `b`: 2 requests per min\n\n{LOCK}")
    assert [one["lock_seconds"] for one in after["x-rate-limit"]] == [300, 300]


@pytest.mark.parametrize(
    ("prose", "warning"),
    [
        ("**Threshold limit**: as many as seems fair", "the limit cannot be read"),
        ("Threshold limit: 20 requests per fortnight", "the limit cannot be read"),
        ("**Lock period**: 5 minutes", "a lock period without a limit"),
        ("Threshold limit: 2 requests per min\nThreshold limit: 3 requests per min", "more than one limit"),
    ],
)
def test_what_cannot_be_read_warns_and_gives_nothing(prose: str, warning: str) -> None:
    with pytest.warns(ContractWarning, match=warning):
        after = lifted(prose)
    assert "x-rate-limit" not in after
    # The reader of the text still has it.
    assert after["description"] == prose


@pytest.mark.parametrize(
    "prose",
    [
        "Threshold limit: 2 requests per min\nLock period: a while",
        "Threshold limits:\n- `a`: 2 requests per min\n- `b`: 2 requests per min\n\nLock periods:\n- `a`: 5 min",
    ],
)
def test_an_unreadable_lock_is_null_with_a_warning(prose: str) -> None:
    with pytest.warns(ContractWarning, match="the lock period cannot be read"):
        assert lifted(prose)["x-rate-limit"][-1]["lock_seconds"] is None


@pytest.mark.parametrize("prose", ["Sends 20 requests per min.", "A minimum of 3 per day.", ""])
def test_other_numbers_are_no_limit(prose: str) -> None:
    assert "x-rate-limit" not in lifted(prose)


def test_the_introductions_limit_holds_where_an_operation_states_none() -> None:
    with pytest.warns(ContractWarning, match="GET /a: states no limit"):
        after = lifted("What it does.", "Threshold limit: 30 requests per min per user")
    assert after["x-rate-limit"] == [limit(30, 60, "user", None)]
    own = lifted("Threshold limit: 9 requests per min", "Threshold limit: 30 requests per min per user")
    assert own["x-rate-limit"] == [limit(9, 60, None, None)]


def test_an_unreadable_limit_is_not_replaced_by_the_introductions() -> None:
    with pytest.warns(ContractWarning, match="the limit cannot be read"):
        after = lifted("Threshold limit: plenty", "Threshold limit: 30 requests per min per user")
    assert "x-rate-limit" not in after


def test_the_lines_that_explain_a_limit_go_with_it() -> None:
    after = lifted(
        "What it does.\n\n**Threshold limit**: 2 requests per min\n\nMaximum API calls allowed in a time frame.\n\n"
        f"{LOCK}\n\nWait time before the next call.\n\nWhat else."
    )
    assert after["description"] == "What it does.\n\nWhat else."


@pytest.mark.parametrize(
    "prose",
    [
        "**Threshold limit**: 10 requests per minute, 100 requests per hour",
        "**Threshold limit**: 10 requests per min for admins and 5 requests per min for members",
        "**Threshold limit**: 10 requests per min\n**Lock period**: 1 hour 30 minutes",
        "**Threshold limits**:\n`a`: 10 requests per min\n`b`: unlimited",
        "**Threshold limit**: 0 requests per 0 minutes",
    ],
)
def test_a_limit_that_says_more_than_can_be_read_is_not_half_read(prose: str) -> None:
    before = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": {"description": prose, "responses": {}}}}}
    with pytest.warns(ContractWarning):
        after = lift_rate_limits(before)
    assert after["paths"]["/a"]["get"] == {"description": prose, "responses": {}}


def test_what_stands_beside_a_limit_stays_in_the_text() -> None:
    prose = "Pins a chat. **Threshold limit:** 10 requests per minute. Only admins may do this."
    before = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": {"description": prose, "responses": {}}}}}
    operation = lift_rate_limits(before)["paths"]["/a"]["get"]
    assert operation["description"] == prose
    assert operation["x-rate-limit"][0]["requests"] == 10
