"""Drift in the service: what changed there and not in the document is caught; what has not changed raises nothing.

Two instances of each kind and some benign edits are tried here; `nox -s drift` tries them all.
"""

from __future__ import annotations

import pytest

from cliq_pins.simulator import PROFILES, Answer, Behaviour, Request, Simulator, covering_set
from contract.changes.change import TOLERATED
from drift import detectors
from drift.benign import EDITS, MOVED
from drift.drifted import Drift, DriftedSimulator
from drift.exchanges import Exchange, beyond, documented_places, seen
from drift.figures import broken, caught, ends, is_needed, unseen
from drift.kind import Instance, Kind
from drift.kinds import KINDS
from drift.published import copied, edited
from drift.story import STEPS, converse, full_board
from service import OPERATIONS

TRIED = [instance for kind in KINDS for instance in ends(kind)]
MATTERS = [one for one in TRIED if one.kind.impact != TOLERATED and not unseen(one)]
LOST = [one for one in TRIED if one.kind.impact != TOLERATED and unseen(one)]
BORNE = [one for one in TRIED if one.kind.impact == TOLERATED and not is_needed(one)]
NEEDED = [one for kind in KINDS for one in kind.instances if is_needed(one)]
FOLLOWED = [*MOVED, *(one for one in list(EDITS)[::6] if one not in MOVED)]
"""Benign edits that a service follows here: those after which there is something to be looked for, and every sixth."""
HEARD = ("answer property new", "answer values")
"""Kinds of tolerated drift that the client itself reports where it meets them."""


def named(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)


@pytest.mark.parametrize("instance", MATTERS, ids=str)
def test_what_matters_is_caught(instance: Instance) -> None:
    assert detectors.is_caught(Drift(instance.document()))


@pytest.mark.parametrize("instance", BORNE, ids=str)
def test_what_is_tolerated_breaks_no_call(instance: Instance) -> None:
    assert broken(Drift(instance.document())) == []


@pytest.mark.parametrize("instance", NEEDED, ids=str)
def test_what_a_call_is_made_for_is_missed_in_an_error(instance: Instance) -> None:
    """And in no other error than the client's own, or the conversation would end."""
    assert broken(Drift(instance.document()))


@pytest.mark.parametrize("kind", HEARD)
def test_what_is_tolerated_and_can_be_seen_is_reported(kind: str) -> None:
    instance = named(kind).instances[0]
    talk = converse(DriftedSimulator(full_board(), drift=Drift(instance.document())))
    assert detectors.reported(talk)


@pytest.mark.parametrize("instance", LOST, ids=str)
def test_what_cannot_be_seen_is_not_seen(instance: Instance) -> None:
    """Were it caught, it would be no survivor any more."""
    assert detectors.found(Drift(instance.document())) == {}


def test_a_service_as_documented_raises_nothing() -> None:
    assert detectors.found() == {}


@pytest.mark.parametrize("name", FOLLOWED)
def test_a_service_that_follows_a_benign_edit_raises_nothing(name: str) -> None:
    """Nor does any step of the client end otherwise: that is what the detector `flows` looks at."""
    assert detectors.found(Drift(edited(EDITS[name]))) == {}


def test_a_service_that_follows_the_document_as_it_is_raises_nothing() -> None:
    """So what is caught is caught for the change, and not for the way it is made."""
    assert detectors.found(Drift(copied())) == {}


BEHAVIOURS: dict[str, Behaviour] = {**PROFILES, **covering_set()}


@pytest.mark.parametrize("profile", BEHAVIOURS)
def test_no_reading_of_what_is_open_is_taken_for_drift(profile: str) -> None:
    behaviour = BEHAVIOURS[profile]
    talk = converse(Simulator(full_board(), behaviour=behaviour))
    assert (detectors.reported(talk), set(detectors.exchanged(talk))) == ([], beyond(behaviour))


def test_what_is_null_is_not_seen() -> None:
    answer = Answer(status=200, body=b'{"data":[{"a":null,"b":1}]}', operation="getPinCategories")
    assert seen(Exchange(Request("GET", "/"), answer)) == {"getPinCategories $.data", "getPinCategories $.data[*].b"}


def test_the_conversation_makes_every_call_and_sees_every_place() -> None:
    talk = detectors.usual()
    done = {one.answer.operation for one in talk.exchanges if one.answer.status < 300}
    assert done >= OPERATIONS.keys()
    assert talk.outcomes.keys() == {*STEPS, "sign in"}
    unseen = documented_places() - detectors.places(talk)
    # A folder's chats come only if they are asked for, and who makes a folder cannot ask.
    assert {place for place in unseen if not place.startswith("createPinCategory $.data.chats")} == set()


@pytest.mark.parametrize(
    ("detector", "kind"),
    [
        ("flows", "request value removed"),
        ("drift report", "answer property renamed"),
        ("exchanges", "answer content type"),
        ("coverage", "answer property removed"),
        ("scope probe", "scope"),
        ("limit probe", "lock period"),
        ("self-check", "code renamed"),
    ],
)
def test_each_detector_notices_what_it_is_for(detector: str, kind: str) -> None:
    assert detector in detectors.found(Drift(named(kind).instances[0].document()))


def test_what_the_self_check_alone_notices_is_counted_apart_and_what_only_scripts_give() -> None:
    by = {
        "updatePinCategory client_not_synced": {detectors.SCRIPTS},  # no call gets it
        "reorderCategory invalid_inputs": {detectors.SELF_CHECK},
        "reorderCategory client_not_synced": {detectors.SELF_CHECK, "flows"},
    }
    chosen = [one for one in named("code removed").instances if one.name in by]
    assert {one.name: set(detectors.found(Drift(one.document()))) for one in chosen} == by
    row = caught(lambda kind: chosen if kind == chosen[0].kind else [])["code removed"]
    assert (row["caught"], row["by self-check alone"], row["by scripts alone"]) == (3, 2, 1)
