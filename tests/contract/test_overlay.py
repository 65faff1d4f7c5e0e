"""Corrections change what they name, and fail by name when they no longer fit."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from contract.errors import ContractError
from contract.overlay import apply

BEFORE = {"info": {"title": "T", "tags": ["a", "b"]}, "paths": {"/a": {"get": {"x": 1}}, "/b": {"get": {"x": 1}}}}


def action(target: str = "$.info", **more: Any) -> dict[str, Any]:
    return {"target": target, "x-name": "fix-it", "x-evidence": "Because.", "x-certainty": "doc", **more}


def applied(*actions: Any) -> dict[str, Any]:
    before = copy.deepcopy(BEFORE)
    after = apply(before, {"overlay": "1.0.0", "actions": list(actions)}, "fixes.yaml")
    assert before == BEFORE, "an overlay changes its input"
    return after


def test_objects_merge_and_other_values_are_replaced() -> None:
    after = applied(action("$.paths['/a']", update={"get": {"y": [2]}, "z": 3}))
    assert after["paths"] == {"/a": {"get": {"x": 1, "y": [2]}, "z": 3}, "/b": {"get": {"x": 1}}}


def test_a_list_gets_an_entry_once() -> None:
    after = applied(action("$.info.tags", update="c"))
    assert after["info"]["tags"] == ["a", "b", "c"]
    with pytest.raises(ContractError, match="already right"):
        applied(action("$.info.tags", update="a"))


def test_every_target_is_changed_and_shares_nothing() -> None:
    after = applied(action("$.paths[*].get", update={"new": {"deep": []}}))
    after["paths"]["/a"]["get"]["new"]["deep"].append(1)
    assert after["paths"]["/b"]["get"]["new"] == {"deep": []}


def test_targets_are_removed() -> None:
    assert applied(action("$.paths['/a']", remove=True))["paths"] == {"/b": {"get": {"x": 1}}}
    assert applied(action("$.paths[*].get", remove=True))["paths"] == {"/a": {}, "/b": {}}


def test_actions_apply_in_order() -> None:
    second = {**action("$.info.new", update={"y": 2}), "x-name": "second"}
    assert applied(action(update={"new": {"x": 1}}), second)["info"]["new"] == {"x": 1, "y": 2}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"target": "$.gone", "update": {"a": 1}}, r"nothing stands at \$\.gone"),
        ({"target": "$.gone", "remove": True}, r"nothing stands at \$\.gone"),
        ({"update": {"title": "T"}}, "already right"),
        ({"update": {}}, "already right"),
        ({"target": "$.info[", "update": {"a": 1}}, "no JSONPath"),
        ({"target": "info", "update": {"a": 1}}, "no JSONPath"),
        ({"target": "$.info.title", "update": {"a": 1}}, "is no object or array"),
        ({"update": "text"}, "an update of an object is an object"),
        ({"target": "$", "remove": True}, "correction"),
        ({}, "either update or remove"),
        ({"update": {"a": 1}, "remove": True}, "either update or remove"),
        ({"x-certainty": "sure", "update": {"a": 1}}, "x-certainty is one of doc, seen, sibling, open"),
    ],
)
def test_an_action_that_does_not_fit_fails_by_its_name(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ContractError, match=problem) as raised:
        applied({**action(), **change})
    assert "fixes.yaml: correction 'fix-it'" in str(raised.value)


@pytest.mark.parametrize("key", ["target", "x-name", "x-evidence", "x-certainty"])
@pytest.mark.parametrize("value", [None, "", "  ", 1])
def test_an_action_without_evidence_or_name_is_refused(key: str, value: object) -> None:
    with pytest.raises(ContractError, match=f"action 2 lacks {key}"):
        applied(action(update={"a": 1}), {**action(update={"b": 1}), key: value})


def test_two_actions_of_one_name_are_refused() -> None:
    with pytest.raises(ContractError, match="correction 'fix-it' stands twice"):
        applied(action(update={"a": 1}), action(update={"b": 1}))


@pytest.mark.parametrize(
    "overlay",
    [None, [], "text", {}, {"overlay": "2.0.0", "actions": [action()]}, {"overlay": "1.0.0"}]
    + [{"overlay": "1.0.0", "actions": actions} for actions in ([], {}, ["text"], [None])],
)
def test_what_is_no_overlay_is_refused(overlay: Any) -> None:
    with pytest.raises(ContractError, match=r"fixes\.yaml: "):
        apply(copy.deepcopy(BEFORE), overlay, "fixes.yaml")
