"""`explain_diff`: every kind of change is seen, with its class; what is none is not reported."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract.changes import compare
from contract.document import dump
from contract.passes import normalise
from contract.source import read

ROOT = Path(__file__).parents[2]
PUBLISHED = read(str(ROOT / "spec" / "published" / "mypins.yaml"))
NORMALISED = normalise(PUBLISHED)
Doc = dict[str, Any]

FOLDERS, FOLDER, PINS = "/pin-categories", "/pin-categories/{CATEGORY_ID}", "/chats/{CHAT_ID}/pins"


def schema(document: Doc, name: str) -> Any:
    return document["components"]["schemas"][name]


def prop(document: Doc, name: str, member: str) -> Any:
    return schema(document, name)["properties"][member]


def rename(mapping: Doc, old: str, new: str) -> None:
    mapping[new] = mapping.pop(old)


def op(document: Doc, path: str, method: str) -> Any:
    return document["paths"][path][method]


def in_text(document: Doc, path: str, method: str, old: str, new: str) -> None:
    text = op(document, path, method)["description"]
    assert old in text
    op(document, path, method)["description"] = text.replace(old, new)


def enum_value(document: Doc, name: str, member: str, value: str) -> None:
    prop(document, name, member)["enum"].remove(value)


def example_of(document: Doc, path: str, method: str) -> Any:
    return op(document, path, method)["responses"]["400"]["content"]["application/json"]["examples"]


def code_gone(d: Doc) -> None:
    in_text(d, FOLDERS, "post", "max_folders_error", "too_many_folders")
    examples = example_of(d, FOLDERS, "post")
    rename(examples, "max_folders_error", "too_many_folders")
    examples["too_many_folders"]["value"]["code"] = "too_many_folders"


def code_moved(d: Doc) -> None:
    response = op(d, FOLDERS, "post")["responses"]
    response["409"] = copy.deepcopy(response["400"])
    response["409"]["content"]["application/json"]["examples"] = {
        "max_folders_error": example_of(d, FOLDERS, "post").pop("max_folders_error")
    }


def code_of_one_shape_moved(d: Doc) -> None:
    """Its siblings, which share the endpoint, go on as before."""
    responses = op(d, "/pin-categories/{CATEGORY_ID2}", "put")["responses"]
    responses["409"] = copy.deepcopy(responses["400"])
    for status, left in (("400", False), ("409", True)):
        examples = responses[status]["content"]["application/json"]["examples"]
        for name in [name for name in examples if (name == "client_not_synced") is not left]:
            del examples[name]


def moved_parameter(d: Doc) -> None:
    op(d, FOLDER, "delete")["parameters"][1]["in"] = "header"


def move_path(d: Doc) -> None:
    rename(d["paths"], PINS, "/chats/{CHAT_ID}/pin")


CREATE, DETAILS, CHAT = "create-pin-category-request", "update-pin-category-details-request", "pinned-chat"

BREAKING_WIRE: dict[str, Callable[[Doc], object]] = {
    "request property renamed": lambda d: rename(schema(d, CREATE)["properties"], "symbol", "icon"),
    "request property removed": lambda d: schema(d, DETAILS)["properties"].pop("state"),
    "request property retyped": lambda d: prop(d, CREATE, "title").update(type="integer"),
    "request property required": lambda d: schema(d, CREATE).update(required=["title", "symbol"]),
    "request property new and required": lambda d: (
        schema(d, CREATE)["properties"].update(x={"type": "string"}),
        schema(d, CREATE).update(required=["title", "x"]),
    ),
    "request enum value gone": lambda d: enum_value(d, DETAILS, "state", "collapsed"),
    "request length tighter": lambda d: prop(d, CREATE, "title").update(maxLength=10),
    "request items fewer": lambda d: prop(d, CREATE, "chat_ids").update(maxItems=99),
    "request item type": lambda d: prop(d, CREATE, "chat_ids").update(items={"type": "integer"}),
    "body now required": lambda d: op(d, PINS, "post")["requestBody"].update(required=True),
    "request content type": lambda d: rename(
        op(d, FOLDERS, "post")["requestBody"]["content"], "application/json", "text/plain"
    ),
    "request content type of a virtual shape": lambda d: rename(
        op(d, "/pin-categories/{CATEGORY_ID2}", "put")["requestBody"]["content"], "application/json", "text/plain"
    ),
    "response content type": lambda d: rename(
        op(d, FOLDERS, "get")["responses"]["200"]["content"], "application/json", "text/xml"
    ),
    "response property retyped": lambda d: prop(d, CHAT, "participant_count").update(type="string"),
    "response items retyped": lambda d: prop(d, "get-pin-categories-response", "data").update(items={"type": "string"}),
    "response object for list": lambda d: prop(d, "get-pin-categories-response", "data").update(type="object"),
    "parameter renamed": lambda d: op(d, FOLDERS, "get")["parameters"][0].update(name="fields"),
    "parameter retyped": lambda d: op(d, FOLDER, "delete")["parameters"][1].update(schema={"type": "integer"}),
    "parameter now required": lambda d: op(d, FOLDER, "delete")["parameters"][1].update(required=True),
    "parameter moved": moved_parameter,
    "most items of a query array": lambda d: op(d, FOLDERS, "delete")["parameters"][0].update(
        description="Comma-separated. Maximum limit: 20 ids."
    ),
    "operation gone": lambda d: d["paths"][PINS].pop("delete"),
    "method changed": lambda d: rename(d["paths"][PINS], "post", "put"),
    "path changed": move_path,
    "200 becomes 204": lambda d: rename(op(d, PINS, "delete")["responses"], "200", "204"),
    "204 becomes 200": lambda d: rename(op(d, FOLDER, "delete")["responses"], "204", "200"),
    "path parameter narrower": lambda d: op(d, FOLDER, "delete")["parameters"][0].update(
        schema={"type": "string", "maxLength": 9}
    ),
    "path parameter retyped": lambda d: op(d, FOLDER, "delete")["parameters"][0].update(schema={"type": "integer"}),
    "what a missing value means": lambda d: op(d, FOLDER, "delete")["parameters"][1]["schema"].update(default=True),
    "beside options": lambda d: (
        schema(d, CREATE).update(anyOf=[{"required": ["title"]}, {"required": ["symbol"]}]),
        prop(d, CREATE, "title").update(maxLength=2),
    ),
    "virtual shape gone": lambda d: d["paths"].pop("/pin-categories/{CATEGORY_ID3}"),
}
BREAKING_TYPES: dict[str, Callable[[Doc], object]] = {
    "response property renamed": lambda d: rename(schema(d, CHAT)["properties"], "name", "title"),
    "response property gone": lambda d: schema(d, CHAT)["properties"].pop("name"),
    "operation renamed": lambda d: op(d, PINS, "delete").update(operationId="removePin"),
    "operation and its body renamed": lambda d: (
        op(d, FOLDERS, "post").update(operationId="addFolder"),
        rename(d["components"]["schemas"], CREATE, "add-folder-request"),
        op(d, FOLDERS, "post")["requestBody"]["content"]["application/json"].update(
            schema={"$ref": "#/components/schemas/add-folder-request"}
        ),
    ),
    "path parameter renamed": lambda d: (
        rename(d["paths"], PINS, "/chats/{ID}/pins"),
        [one["parameters"][0].update(name="ID") for one in d["paths"]["/chats/{ID}/pins"].values()],
    ),
    "error code renamed": code_gone,
    "error code moved": code_moved,
    "error code of a virtual shape moved": code_of_one_shape_moved,
    "every error code moved": lambda d: rename(op(d, FOLDERS, "post")["responses"], "400", "422"),
}
POLICY: dict[str, Callable[[Doc], object]] = {
    "rate limit": lambda d: in_text(d, FOLDERS, "get", "20 requests", "10 requests"),
    "rate window": lambda d: in_text(d, FOLDERS, "get", "per min", "per hour"),
    "rate scope": lambda d: in_text(d, FOLDERS, "get", " per user", ""),
    "lock period": lambda d: in_text(d, FOLDERS, "get", "5 minutes", "10 minutes"),
    "lock gone": lambda d: in_text(d, FOLDERS, "get", "**Lock period**: 5 minutes", ""),
    "limit of a virtual shape": lambda d: in_text(
        d, "/pin-categories/{CATEGORY_ID2}", "put", "50 requests", "40 requests"
    ),
    "scope": lambda d: op(d, FOLDERS, "get").update(security=[{"Cliq_Auth": ["ZohoCliq.Chats.ALL"]}]),
    "scheme optional": lambda d: op(d, FOLDERS, "get")["security"].append({}),
    "deprecated": lambda d: op(d, FOLDERS, "get").update(deprecated=True),
    "an operation's server": lambda d: op(d, FOLDERS, "get").update(servers=[{"url": "https://x.test"}]),
    "server": lambda d: d.update(servers=[{"url": "https://cliq.zoho.com/api/v4"}]),
    "sign-in address": lambda d: d["components"]["securitySchemes"]["Cliq_Auth"]["flows"]["implicit"].update(
        authorizationUrl="https://x.test"
    ),
}
TOLERATED: dict[str, Callable[[Doc], object]] = {
    "request property new": lambda d: schema(d, CREATE)["properties"].update(x={"type": "string"}),
    "request property optional": lambda d: schema(d, CREATE).pop("required"),
    "request property nullable": lambda d: prop(d, CREATE, "symbol").update(nullable=True),
    "request enum value new": lambda d: prop(d, DETAILS, "state")["enum"].append("hidden"),
    "request length looser": lambda d: prop(d, CREATE, "title").update(maxLength=300),
    "request additional properties": lambda d: schema(d, CREATE).update(additionalProperties=True),
    "body now optional": lambda d: op(d, FOLDERS, "post")["requestBody"].pop("required"),
    "response property new": lambda d: schema(d, CHAT)["properties"].update(x={"type": "string"}),
    "response property required": lambda d: schema(d, CHAT).update(required=["name"]),
    "response enum value new": lambda d: prop(d, "pin-category", "state")["enum"].append("hidden"),
    "response enum value gone": lambda d: enum_value(d, "pin-category", "state", "collapsed"),
    "error code new": lambda d: in_text(
        d, FOLDERS, "get", "| operation_failed |", "| x_failed | It. |\n| operation_failed |"
    ),
    "error status new": lambda d: op(d, FOLDERS, "get")["responses"].update({"503": {"description": "x"}}),
    "error status gone": lambda d: op(d, FOLDERS, "get")["responses"].pop("406"),
    "parameter optional": lambda d: op(d, FOLDERS, "delete")["parameters"][0].update(required=False),
    "parameter new": lambda d: op(d, FOLDERS, "post").update(
        parameters=[{"name": "x", "in": "query", "schema": {"type": "string"}}]
    ),
    "operation new": lambda d: d["paths"][PINS].update(
        get={"operationId": "x", "responses": {"204": {"description": ""}}}
    ),
}
CASES = [
    *(
        (impact, kind, mutate)
        for impact, cases in (("breaks-wire", BREAKING_WIRE), ("breaks-types", BREAKING_TYPES))
        for kind, mutate in cases.items()
    ),
    *(
        (impact, kind, mutate)
        for impact, cases in (("policy", POLICY), ("tolerated", TOLERATED))
        for kind, mutate in cases.items()
    ),
]


@pytest.mark.filterwarnings("ignore::contract.errors.ContractWarning")
@pytest.mark.parametrize(("impact", "kind", "mutate"), CASES, ids=[kind for _, kind, _ in CASES])
def test_a_change_has_its_class(impact: str, kind: str, mutate: Callable[[Doc], object]) -> None:
    document = copy.deepcopy(PUBLISHED)
    mutate(document)
    changes = compare(NORMALISED, normalise(document))
    assert changes, kind
    # A change can bring milder ones along, never graver ones.
    assert changes[0].impact == impact, [(one.impact, one.operation, one.where, one.text) for one in changes]


def reordered(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: reordered(node[key]) for key in reversed(node)}
    return [reordered(one) for one in node] if isinstance(node, list) else node


def extract_error(d: Doc) -> None:
    for item in d["paths"].values():
        for one in item.values():
            d["components"]["schemas"]["plain-error"] = one["responses"]["401"]["content"]["application/json"].pop(
                "schema"
            )
            one["responses"]["401"]["content"]["application/json"]["schema"] = {
                "$ref": "#/components/schemas/plain-error"
            }


def other_aliases(d: Doc) -> None:
    for number in "123":
        item = d["paths"].pop(f"/pin-categories/{{CATEGORY_ID{number}}}")
        item["put"]["parameters"][0]["name"] = f"FOLDER{number}"
        d["paths"][f"/pin-categories/{{FOLDER{number}}}"] = item


def prose(d: Doc) -> None:
    for item in d["paths"].values():
        for one in item.values():
            one["summary"] = "Other words."
            one["description"] = "Other words first.\n\n" + one["description"]
    for one in d["components"]["schemas"].values():
        one["description"] = "Other words."
        one.pop("example", None)


BENIGN: dict[str, Callable[[Doc], object]] = {
    "words and examples": prose,
    "a new tag": lambda d: (d["tags"].append({"name": "x"}), op(d, FOLDERS, "get")["tags"].append("x")),
    "a schema inline": lambda d: op(d, PINS, "post")["requestBody"]["content"]["application/json"].update(
        schema=copy.deepcopy(schema(d, "pin-chat-request"))
    ),
    "a schema extracted": extract_error,
    "other aliases": other_aliases,
    "security for all": lambda d: d.update(security=op(d, FOLDERS, "get").pop("security")),
    "an unused schema": lambda d: d["components"]["schemas"].update(unused={"type": "object"}),
    "a version": lambda d: d["info"].update(version="3.0.1"),
    "a note": lambda d: op(d, FOLDERS, "get").update({"x-note": "x"}),
    "path-level parameters": lambda d: d["paths"][PINS].update(parameters=[op(d, PINS, "post")["parameters"].pop()]),
}


@pytest.mark.parametrize("mutate", BENIGN.values(), ids=BENIGN.keys())
def test_what_is_no_change_is_not_reported(mutate: Callable[[Doc], object]) -> None:
    document = copy.deepcopy(PUBLISHED)
    mutate(document)
    assert compare(NORMALISED, normalise(document)) == []


def test_the_order_of_keys_is_no_change() -> None:
    assert compare(NORMALISED, normalise(reordered(PUBLISHED))) == []


def test_a_recursive_schema_is_compared_once() -> None:
    def with_children(kind: str) -> Doc:
        document = copy.deepcopy(PUBLISHED)
        folder = schema(document, "pin-category")["properties"]
        folder["children"] = {"type": "array", "items": {"$ref": "#/components/schemas/pin-category"}}
        folder["depth"] = {"type": kind}
        return normalise(document)

    changes = compare(with_children("integer"), with_children("string"))
    assert {one.where for one in changes} == {"200 data[].depth", "200 data.depth"}


def explain(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = str(ROOT / "scripts" / "explain_diff.py")
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=False)


def written(tmp_path: Path, mutate: Callable[[Doc], object]) -> str:
    document = copy.deepcopy(PUBLISHED)
    mutate(document)
    path = tmp_path / "new.yaml"
    path.write_text(dump(document), encoding="utf-8")
    return str(path)


OLD = str(ROOT / "spec" / "published" / "mypins.yaml")


@pytest.mark.parametrize(
    ("mutate", "code"),
    [
        (BENIGN["a version"], 0),
        (POLICY["lock period"], 1),
        (TOLERATED["operation new"], 1),
        (BREAKING_TYPES["operation renamed"], 2),
    ],
    ids=["nothing", "policy", "tolerated", "breaks"],
)
def test_the_exit_code_says_whether_anything_breaks(tmp_path: Path, mutate: Callable[[Doc], object], code: int) -> None:
    done = explain(OLD, written(tmp_path, mutate))
    assert done.returncode == code, done.stderr
    assert (done.stdout == "Nothing changed.\n") == (code == 0)


def test_the_formats_say_the_same(tmp_path: Path) -> None:
    new = written(tmp_path, BREAKING_WIRE["request length tighter"])
    (change,) = json.loads(explain(OLD, new, "--format", "json").stdout)
    assert change["impact"] == "breaks-wire"
    assert (change["operation"], change["where"], change["kind"]) == ("createPinCategory", "body title", "maxLength")
    sentence = "body title: the most characters: 255 becomes 10"
    assert f"breaks-wire  createPinCategory: {sentence}" in explain(OLD, new).stdout
    assert f"### breaks-wire\n\n- `createPinCategory`: {sentence}" in explain(OLD, new, "--format", "markdown").stdout


def test_the_normalised_and_the_published_form_are_the_same_contract(tmp_path: Path) -> None:
    path = tmp_path / "normalised.yaml"
    path.write_text(dump(NORMALISED), encoding="utf-8")
    assert explain(OLD, str(path)).returncode == 0


@pytest.mark.parametrize(
    "arguments", [[], [OLD], [OLD, "missing.yaml"], [OLD, OLD, "--format", "xml"], ["http://x.test/a", OLD]]
)
def test_bad_input_and_usage_exit_3_with_one_line(arguments: list[str]) -> None:
    done = explain(*arguments)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
