"""Whatever the document, every pass leaves its input alone and is idempotent, and nothing documented is lost."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import pytest
from contract_documents import answer, body, document, param, ran, ref
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.errors import ContractWarning
from contract.passes import PASSES, normalise
from contract.passes.text import to_markdown

QUIET = pytest.mark.filterwarnings("ignore::contract.errors.ContractWarning")
Doc = dict[str, Any]

WORDS = st.sampled_from(["a", "b", "state", "chat-id", "chat_id", "ChatId", "x_y"])
SHARED = ("pin-chat", "PinChat", "state", "left-over")
TEXTS = st.sampled_from(
    [
        "Does it.",
        "<p>Does <b>it</b>.<br></p>",
        "**Threshold limit**: 5 requests per min per user\n**Lock period**: 5 minutes",
        "| Error Code | Description |\n| --- | --- |\n| a_b | Bad. |",
        "Ids, comma-separated; up to 25.",
    ]
)
ENUMS = st.lists(st.sampled_from(["on", "off", "x"]), min_size=1, unique=True).map(
    lambda values: {"type": "string", "enum": values}
)
LEAVES = st.one_of(
    st.sampled_from(
        [{"type": "string"}, {"type": "integer", "nullable": True}, {}, {"type": "boolean", "default": True}]
    ),
    ENUMS,
    st.sampled_from(SHARED).map(ref),
)


def objects(members: st.SearchStrategy[Doc]) -> st.SearchStrategy[Doc]:
    def made(properties: Doc, count: int, closed: Doc) -> Doc:
        return {"type": "object", "properties": properties, "required": list(properties)[:count], **closed}

    closed = st.sampled_from([{}, {"additionalProperties": False}, {"description": "<i>Its</i> own."}])
    return st.builds(made, st.dictionaries(WORDS, members, max_size=3), st.integers(0, 2), closed)


def grown(inner: st.SearchStrategy[Doc]) -> st.SearchStrategy[Doc]:
    arrays = inner.map(lambda schema: {"type": "array", "items": schema})
    unions = st.lists(inner, min_size=1, max_size=2).map(lambda schemas: {"oneOf": schemas})
    return objects(inner) | arrays | unions


SCHEMAS = st.recursive(LEAVES, grown, max_leaves=4)
PARAMETERS = st.builds(
    lambda name, text, place, schema: param(name, place, description=text, schema=copy.deepcopy(schema)),
    st.sampled_from(["ids", "state"]),
    TEXTS,
    st.sampled_from(["query", "header"]),
    st.sampled_from([{"type": "string"}, {"type": "string", "enum": ["on", "off"]}]),
)


@st.composite
def operations(draw: st.DrawFn) -> Doc:
    """An operation, whose name is told later."""
    responses = draw(st.sampled_from([{"204": {"description": "Done."}}, {}]))
    responses |= answer(draw(SCHEMAS))
    if draw(st.booleans()):
        responses |= {"401": {"description": "No."}} | answer(ref("pin-chat"), "400", example={"code": "a_b"})
    one = {"description": draw(TEXTS), "responses": responses}
    if draw(st.booleans()):
        one["parameters"] = draw(st.lists(PARAMETERS, max_size=2, unique_by=lambda each: each["name"]))
    if draw(st.booleans()):
        one["requestBody"] = body(draw(objects(LEAVES) | SCHEMAS))
    return one


@st.composite
def documents(draw: st.DrawFn) -> Doc:
    """A few paths, some of them virtual or with a query string, and shared schemas, some of which nothing uses."""
    paths: Doc = {}
    spelling = draw(st.sampled_from(["/chats/{CHAT_ID}", "/chats/{chat_id}", "/chats"]))
    several = st.lists(st.sampled_from([spelling, "/chats/{ChatID1}", "/notes?type=a", "/notes"]), unique=True)
    for number, path in enumerate(draw(several)):
        for method in draw(st.lists(st.sampled_from(["get", "put"]), min_size=1, unique=True)):
            operation = draw(operations()) | {"operationId": f"{method}{number}"}
            if path == "/chats/{ChatID1}":
                operation |= {"x-virtual-endpoint": True, "x-display-path": spelling}
            paths.setdefault(path, {})[method] = operation
    return document(
        paths, {name: draw(LEAVES.filter(lambda one: "$ref" not in one) | objects(LEAVES)) for name in SHARED}
    )


FEW = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@QUIET
@FEW
@given(documents())
def test_each_pass_in_its_place_is_idempotent_and_leaves_its_input_alone(drawn: Doc) -> None:
    wrong = []
    for one in PASSES:
        try:
            drawn = ran(one, drawn)
        except AssertionError as error:
            wrong.append(str(error).partition("\n")[0])
            drawn = one(drawn)
    assert wrong == []


@QUIET
@FEW
@given(documents())
def test_a_normalised_document_is_a_fixed_point(drawn: Doc) -> None:
    once = normalise(drawn)
    assert normalise(copy.deepcopy(once)) == once


@QUIET
@FEW
@given(documents())
def test_no_operation_and_no_status_is_lost(drawn: Doc) -> None:
    documented = {
        (operation["operationId"], status)
        for item in drawn["paths"].values()
        for operation in item.values()
        for status in operation["responses"]
    }
    found = set()
    for item in normalise(drawn)["paths"].values():
        for operation in item.values():
            for shape in operation.get("x-shapes", [operation]):
                found |= {(shape["operationId"], status) for status in shape.get("statuses", shape.get("responses"))}
    assert found == documented


PIECES = ["a", " ", "\n", "\n\n", "\\", "<br>", "<p>", "</p>", "<b>", "</b>", "&lt;", "<id>", "*", "`", "|", "- ", "<"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_text_that_is_markdown_stays_as_it_is(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", ContractWarning)
        once = to_markdown(text)
    assert to_markdown(once) == once
