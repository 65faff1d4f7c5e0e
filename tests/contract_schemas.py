"""The contract that the generated package carries, and JSON Schema validators of its parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cliq_pins_client import document_json

DOCUMENT: dict[str, Any] = msgspec.json.decode(document_json())
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
SHAPES = [rule["operationId"] for rule in SCHEMAS["UpdatePinCategoryBody"]["x-discriminator"]]


class Documented(NamedTuple):
    """An answer that the contract gives a body."""

    operation: str
    status: int
    schema: dict[str, Any]


def resolved(reference: str) -> dict[str, Any]:
    """What a `$ref` of the contract names."""
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found  # type: ignore[no-any-return]  # the document is plain JSON


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """A validator of a schema that may refer to the contract's components."""
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def named(name: str) -> Draft202012Validator:
    """A validator of one named schema of the contract."""
    return validator({"$ref": f"#/components/schemas/{name}"})


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values for a property: mostly right, at the bounds, beyond them, and of other types."""
    if "$ref" in schema:
        schema = resolved(schema["$ref"])
    # 1.0 is an integer to JSON Schema and a float to Python; the client, like its types, takes integers alone.
    anything = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer()),
        st.text(max_size=3),
        st.lists(st.text(max_size=2), max_size=2),
    )
    if "enum" in schema:
        return st.one_of(st.sampled_from(schema["enum"]), anything)
    if schema.get("type") == "string":
        most = schema.get("maxLength", 20)
        right = st.one_of(st.text(max_size=10), st.text(min_size=most, max_size=most), st.just("😀" * most))
        return st.one_of(right, right, st.just("x" * (most + 1)), anything)
    if schema.get("type") == "array":
        most = schema.get("maxItems", 5)
        items = values(schema["items"])
        return st.one_of(
            st.lists(st.text(max_size=5), max_size=3),
            st.just(["1"] * most),
            st.just(["1"] * (most + 1)),
            st.lists(items, max_size=3),
        )
    return st.one_of(st.text(max_size=30), st.integers(), anything)


def bodies(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with properties of the named schemas, mixed, and now and then an unknown one."""
    properties = {name: schema for one in names for name, schema in SCHEMAS[one]["properties"].items()}
    known = {name: values(schema) for name, schema in properties.items()}
    return st.fixed_dictionaries({}, optional={**known, "unknown": st.none()})


def sources() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every method of every path, as the contract has it."""
    for path, item in DOCUMENT["paths"].items():
        for method, source in item.items():
            yield method.upper(), path, source


def documented() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each documented operation, those that share an endpoint one by one, and the endpoint that it is of."""
    for _, _, endpoint in sources():
        for operation in endpoint.get("x-shapes", [endpoint]):
            yield operation, endpoint


def answers(endpoint: dict[str, Any], status: object) -> dict[str, Any]:
    """What the contract says of the answers of a status."""
    said: dict[str, Any] = endpoint["responses"][str(status)]
    if "$ref" in said:
        said = resolved(said["$ref"])
    return said


def added_codes(endpoint: dict[str, Any], status: object) -> list[str]:
    """The codes that corrections add to the answers of a status: known from elsewhere, and not documented."""
    return [one["code"] for one in answers(endpoint, status).get("x-added-codes", ())]


def closed(value: Any) -> Any:
    """A schema that allows nothing that it does not name."""
    if isinstance(value, dict):
        return {key: False if key == "additionalProperties" else closed(one) for key, one in value.items()}
    return [closed(one) for one in value] if isinstance(value, list) else value


ENDPOINTS = {operation["operationId"]: endpoint for operation, endpoint in documented()}
DOCUMENTED_CODES = {
    (operation["operationId"], one["code"]) for operation, _ in documented() for one in operation["x-error-codes"]
}
DOCUMENTED_STATUSES = {
    (operation["operationId"], int(status))
    for operation, endpoint in documented()
    for status in operation.get("statuses", endpoint["responses"])
}


def with_body() -> Iterator[Documented]:
    """Every answer with a body, of every operation."""
    for operation, endpoint in documented():
        for status in endpoint["responses"]:
            content = answers(endpoint, status).get("content")
            if content is not None:
                yield Documented(operation["operationId"], int(status), content["application/json"]["schema"])
