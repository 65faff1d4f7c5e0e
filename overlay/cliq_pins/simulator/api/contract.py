"""The normalised contract, made ready to answer by: endpoints, the shapes of their input, limits, codes, scopes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, cast
from urllib.parse import unquote

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from cliq_pins._generated import Operation, document_json, operation_table
from cliq_pins.simulator.message import Refusal, Request

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
ENOUGH = 100
"""How many things that are wrong with a value are looked at."""
NETWORK = "{network}"
"""The server variable that stands for `/network/NAME`."""


class Parameter:
    """A query parameter."""

    def __init__(self, source: Mapping[str, Any], components: Mapping[str, Any]) -> None:
        self.name: str = source["name"]
        self.required: bool = source.get("required", False)
        self.schema: Mapping[str, Any] = source["schema"]
        self.check = Draft202012Validator({**self.schema, "components": components})

    def read(self, text: str) -> object:
        """The value that a query string means."""
        kind = self.schema.get("type")
        if kind == "array":
            return text.split(",") if text else []
        if kind == "boolean":
            return {"true": True, "false": False}.get(text, text)
        return text

    @property
    def default(self) -> object:
        """What holds if it is left out."""
        return self.schema.get("x-default")


class Shape:
    """One form of a request body: the whole of an endpoint's, or one that its properties tell from the others."""

    def __init__(self, has: Iterable[str], operation: Operation, schema: Mapping[str, Any], components: Any) -> None:
        self.has = frozenset(has)
        """The properties that tell it from the shapes after it."""
        self.operation = operation
        self.properties = frozenset(schema.get("properties", ()))
        self.check = Draft202012Validator({**schema, "components": components})


class Endpoint:
    """A method of a path. It is one operation, or several that the body tells apart."""

    def __init__(self, method: str, path: str, source: Mapping[str, Any], components: Mapping[str, Any]) -> None:
        self.method = method
        self.path = path
        parameters: list[Mapping[str, Any]] = source.get("parameters", [])
        self.parameters = {one["name"]: Parameter(one, components) for one in parameters if one["in"] == "query"}
        body: Mapping[str, Any] = source.get("requestBody", {})
        self.body_required: bool = body.get("required", False)
        self.shapes = tuple(_shapes(source, body, components))
        names = [one["operationId"] for one in source.get("x-shapes", [source])]
        self.operations = tuple(operation_table()[name] for name in names)

    def operation(self, body: Any) -> Operation:
        """The operation that a decoded body asks for."""
        return self.shape(body).operation if self.shapes else self.operations[0]

    def shape(self, body: Any) -> Shape:
        """The shape that a decoded body has: the first whose telling properties it has."""
        keys = frozenset(cast(dict[str, Any], body) if isinstance(body, dict) else ())
        return next((shape for shape in self.shapes if shape.has <= keys), self.shapes[-1])


class Route(msgspec.Struct, frozen=True):
    """Where a request goes."""

    endpoint: Endpoint
    ids: dict[str, str]
    """The path's parameters."""
    network: str
    """The network account, empty for none."""


class Server:
    """A data centre's API and accounts server."""

    def __init__(self, source: Mapping[str, Any]) -> None:
        url: str = source["url"]
        accounts: str = source["x-accounts-url"]
        _, _, self.host, *rest = url.replace(NETWORK, "").split("/")
        self.path = "/" + "/".join(rest)
        self.accounts_host = accounts.rpartition("/")[2]
        self.data_centre: str = source["x-data-centre"]


class Contract:
    """The whole contract."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        components = document["components"]
        servers = [Server(one) for one in document["servers"]]
        self.data_centres = {one.host: one.data_centre for one in servers}
        """The data centre of each API host."""
        self.accounts = {one.accounts_host: one.data_centre for one in servers}
        """The data centre of each accounts host."""
        self.base_path = servers[0].path
        self._schemas: Mapping[str, Any] = components["schemas"]
        self._base = re.compile(rf"(?:/network/(?P<network>[^/]+))?{re.escape(self.base_path)}(?P<path>/.*)")
        self.paths: list[tuple[re.Pattern[str], dict[str, Endpoint]]] = []
        for path, item in document["paths"].items():
            pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))
            methods = {
                name.upper(): Endpoint(name.upper(), path, item[name], components) for name in item if name in METHODS
            }
            self.paths.append((pattern, methods))
        self.scopes = frozenset(
            scope for one in operation_table().values() for alternative in one.scopes for scope in alternative
        )

    def envelope(self, schema: str) -> dict[str, Any]:
        """What stands beside `data` in an answer, as the contract's own example has it."""
        return {key: value for key, value in self._schemas[schema]["example"].items() if key != "data"}

    def is_api(self, path: str) -> bool:
        """Whether a path is below the API's base path."""
        return self._base.fullmatch(path) is not None

    def route(self, request: Request) -> Route:
        """Find the endpoint; a `Refusal` with 404 or 405 if there is none."""
        found = self._base.fullmatch(request.path)
        path = found["path"] if found else ""
        for pattern, methods in self.paths:
            if ids := pattern.fullmatch(path):
                if request.method not in methods:
                    allowed = ", ".join(methods)
                    raise Refusal(405, None, f"the path takes {allowed} only", (("allow", allowed),))
                values = {name: unquote(value) for name, value in ids.groupdict().items()}
                return Route(methods[request.method], values, unquote((found and found["network"]) or ""))
        raise Refusal(404, "request_url_invalid", "no endpoint has this path")

    def endpoints(self) -> Iterator[Endpoint]:
        """Every endpoint."""
        for _, methods in self.paths:
            yield from methods.values()


@cache
def contract() -> Contract:
    """The contract that the package carries."""
    return Contract(msgspec.json.decode(document_json()))


def first_error(check: Draft202012Validator, value: Any) -> ValidationError | None:
    """The first thing that is wrong with a value; something missing comes before anything else."""
    found: Iterator[ValidationError] = check.iter_errors(value)  # pyright: ignore[reportUnknownMemberType]  # its stubs
    try:
        errors = sorted(islice(found, ENOUGH), key=lambda error: error.validator != "required")
    except RecursionError:  # a value of that many levels breaks the rules anyway, and cannot even be named
        return ValidationError("too many levels")
    return errors[0] if errors else None


def _resolve(schema: Mapping[str, Any], components: Mapping[str, Any]) -> Mapping[str, Any]:
    name: str = schema["$ref"].rpartition("/")[2]
    found: Mapping[str, Any] = components["schemas"][name]
    return found


def _shapes(source: Mapping[str, Any], body: Mapping[str, Any], components: Mapping[str, Any]) -> Iterator[Shape]:
    if not body:
        return
    content = body["content"]["application/json"]["schema"]
    whole: dict[str, Any] = {"operationId": source["operationId"], "has": [], "schema": content}
    rules: list[dict[str, Any]] = _resolve(content, components).get("x-discriminator", [whole])
    for rule in rules:
        operation = operation_table()[rule["operationId"]]
        yield Shape(rule["has"], operation, _resolve(rule["schema"], components), components)
