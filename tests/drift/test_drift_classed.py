"""Drift in the document: every instance of every kind has its class, and a benign edit raises nothing."""

from __future__ import annotations

import json

import pytest

from contract.changes.change import CLASSES
from drift import calls, errors
from drift.benign import EDITS
from drift.explained import changes, is_right
from drift.kind import Edit, Kind
from drift.kinds import KINDS
from drift.published import PUBLISHED, answer_objects, documented, edited, members, request_objects, responses

SENT, SAID = (list(members(objects)) for objects in (request_objects(), answer_objects()))
FEWER = {
    "request property nullable": len(SENT) - 3,  # three have no type, and so may be null already
    "path parameter renamed": 2,  # two paths have a name of the document's own; the aliases' names are nobody's
}


def test_there_are_as_many_kinds_as_in_the_catalogue() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) == 55
    assert {kind.impact for kind in KINDS} == set(CLASSES)


def test_the_instances_are_all_that_the_document_has_room_for() -> None:
    count = {kind.name: len(kind.instances) for kind in KINDS}
    codes = len(list(errors.codes()))
    answers = [place for _, _, place in responses()]
    expected = {
        "request property renamed": len(SENT),
        "request property removed": len(SENT),
        "answer property renamed": len(SAID),
        "answer property removed": len(SAID),
        "answer property nullable": len(SAID),
        "answer property now required": len(SAID),
        **dict.fromkeys(("code removed", "code renamed", "code moved to another status"), codes),
        **dict.fromkeys(("operation removed", "method changed", "scope", "rate limit"), len(documented())),
        **FEWER,
    }
    assert {name: count[name] for name in expected} == expected
    moved = ("status of a success", "status of refusals with a code", "status of other refusals")
    assert sum(count[name] for name in moved) == len(answers)
    required = count["request property now required"] + count["request property no longer required"]
    assert required == len(SENT)
    assert sum(count.values()) == 678
    not_null = len(SENT) - count["request property nullable"]
    not_on_a_path = len(list(calls.parameters("path"))) - count["path parameter renamed"]
    in_prose = 2 * len(list(calls.most_ids(1)))
    assert 678 + not_null + not_on_a_path - in_prose == 684, "the README says so"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_instance_has_its_class(kind: Kind) -> None:
    assert kind.instances
    wrong = {}
    seen = set()
    for instance in kind.instances:
        document = instance.document()
        seen.add(json.dumps(document))
        said = changes(document)
        if not is_right(instance, document, said):
            wrong[instance.name] = [(one.impact, one.operation, one.where, one.text) for one in said[:3]]
    assert wrong == {}
    assert len(seen) == len(kind.instances), "two instances are the same change"
    assert json.dumps(PUBLISHED) not in seen


def test_there_are_enough_benign_edits() -> None:
    assert len(EDITS) >= 40


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_a_benign_edit_raises_nothing(edit: Edit) -> None:
    document = edited(edit)
    assert json.dumps(document) != json.dumps(PUBLISHED), "it edits nothing"
    assert changes(document) == []


def test_an_alias_is_told_by_what_the_document_says_of_it() -> None:
    assert [path for path in PUBLISHED["paths"] if calls.is_alias(path)] == [
        path for path in PUBLISHED["paths"] if path.endswith(("1}", "2}", "3}"))
    ]
