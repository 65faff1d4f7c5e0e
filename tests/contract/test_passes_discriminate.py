"""The proof that shapes are disjoint, held against an enumeration of every body."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

from contract_documents import document
from hypothesis import given
from hypothesis import strategies as st

from contract.discriminate import ByPresence, ByValue, Shape, tell_apart

NAMES = ("a", "b", "c", "d")
VALUES = ("v", "w", "x")
Closed = dict[str, Any]


@st.composite
def closed_objects(draw: st.DrawFn, with_values: bool = False) -> Closed:
    may = draw(st.lists(st.sampled_from(NAMES), unique=True))
    kinds = st.just({"type": "string"})
    if with_values:
        kinds |= st.builds(lambda values: {"enum": values}, st.lists(st.sampled_from(VALUES), unique=True, min_size=1))
        kinds |= st.builds(lambda value: {"const": value}, st.sampled_from(VALUES))
    properties = {name: draw(kinds) for name in may}
    must = draw(st.lists(st.sampled_from(may), unique=True)) if may else []
    return {"type": "object", "properties": properties, "required": must, "additionalProperties": False}


def proof(bodies: list[Closed]) -> ByValue | ByPresence | None:
    shapes = [Shape(f"op{index}", f"S{index}") for index in range(len(bodies))]
    return tell_apart(document({}, {shape.schema: body for shape, body in zip(shapes, bodies, strict=True)}), shapes)


def fits(names: set[str], body: Closed) -> bool:
    return set(body["required"]) <= names <= set(body["properties"])


def every_set() -> list[set[str]]:
    return [set(names) for size in range(len(NAMES) + 1) for names in combinations(NAMES, size)]


@given(st.lists(closed_objects(), min_size=2, max_size=4))
def test_presence_is_a_proof_and_classifies_every_body_to_its_own_shape(bodies: list[Closed]) -> None:
    told = proof(bodies)
    if told is None:
        return
    assert isinstance(told, ByPresence)
    assert sorted(told.order) == list(range(len(bodies)))
    for names in every_set():
        fitting = [index for index, body in enumerate(bodies) if fits(names, body)]
        assert len(fitting) <= 1
        if fitting:
            first = next(index for index, has in zip(told.order, told.has, strict=True) if set(has) <= names)
            assert first == fitting[0]


@given(st.lists(closed_objects(), min_size=2, max_size=2))
def test_two_disjoint_shapes_are_always_told_apart(bodies: list[Closed]) -> None:
    disjoint = not any(all(fits(names, body) for body in bodies) for names in every_set())
    assert disjoint == (proof(bodies) is not None)


def matches(value: str, schema: Closed) -> bool:
    return value in schema.get("enum", [schema.get("const", value)])


@given(st.lists(closed_objects(with_values=True), min_size=2, max_size=4), st.permutations(VALUES), st.booleans())
def test_a_value_is_a_proof_and_classifies_every_body_to_its_own_shape(
    bodies: list[Closed], values: list[str], disjoint: bool
) -> None:
    # Values drawn alone would seldom be a proof.
    for index, body in enumerate(bodies[:3]):
        if disjoint:
            body["properties"]["a"] = {"const": values[index]}
    told = proof(bodies)
    assert not disjoint or len(bodies) > 3 or isinstance(told, ByValue)
    if not isinstance(told, ByValue):
        return
    for value in VALUES:
        # Whatever else a body holds: the property stands in every shape, and is made required in the union.
        fitting = [index for index, body in enumerate(bodies) if matches(value, body["properties"][told.name])]
        assert len(fitting) <= 1
        assert fitting == [index for index, values in enumerate(told.values) if value in values]


def test_the_module_can_be_imported_before_the_passes() -> None:
    # A circular import shows only in a fresh interpreter.
    scripts = Path(__file__).parents[2] / "scripts"
    subprocess.run([sys.executable, "-c", "import contract.discriminate"], check=True, cwd=scripts)  # ours


def test_a_required_discriminator_is_preferred() -> None:
    bodies = [
        {
            "type": "object",
            "properties": {"a": {"const": one}, "b": {"const": one}},
            "required": ["b"],
            "additionalProperties": False,
        }
        for one in "xy"
    ]
    assert proof(bodies) == ByValue("b", (("x",), ("y",)))


def test_what_opens_a_shape_is_no_proof() -> None:
    closed = {"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False}
    other = {"type": "object", "properties": {"b": {}}, "required": ["b"], "additionalProperties": False}
    assert proof([closed, other]) is not None
    for change in (
        {"additionalProperties": True},
        {"type": None},
        {"patternProperties": {"^b": {}}},
        {"type": ["object", "null"]},
        {"anyOf": [{}]},
        {"required": ["a", "undeclared"]},
    ):
        assert proof([{**closed, **change}, other]) is None, change
    del other["additionalProperties"]
    assert proof([closed, other]) is None
