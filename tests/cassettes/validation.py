"""Holds what was recorded to the normalised contract: nothing that it does not name may be asked or answered."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jsonschema import Draft202012Validator

from cliq_pins.codes import CODES, meaning
from cliq_pins.simulator.api.accounts import OPERATIONS as ACCOUNTS_PATHS
from cliq_pins.simulator.api.accounts import TOKEN_PATH
from contract_schemas import DOCUMENT, DOCUMENTED_CODES, answers, closed

from . import accounts
from .sanitise.requests import HOME, read

BASE = re.compile(rf"(/network/[^/]+)?{re.escape(urlsplit(HOME.base_url(None)).path)}")
CONTRACT_CODES = {code for _, code in DOCUMENTED_CODES}
COMPONENTS = closed(DOCUMENT["components"])
PATHS = {re.compile(re.sub(r"\{\w+\}", "[^/]+", template)): methods for template, methods in DOCUMENT["paths"].items()}


def problems(exchange: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What the contract does not allow in the request, and in the answer, of a recorded exchange."""
    request, response = exchange["request"], exchange["response"]
    parts = urlsplit(request["uri"])
    if parts.path in ACCOUNTS_PATHS:
        return list(of_form(request)), list(of_grant(response))
    endpoint = endpoint_of(request["method"], BASE.sub("", parts.path, count=1))
    if endpoint is None:
        return [f"no operation is {request['method']} {parts.path}"], []
    query = parse_qsl(parts.query, keep_blank_values=True)
    asked = [*of_query(endpoint, dict(query)), *of_request_body(endpoint, request["body"])]
    return asked, list(of_answer(endpoint, response))


def endpoint_of(method: str, path: str) -> dict[str, Any] | None:
    """The endpoint that a request is for."""
    methods: dict[str, Any] = next((methods for form, methods in PATHS.items() if form.fullmatch(path)), {})
    return methods.get(method.lower())


def of_query(endpoint: Mapping[str, Any], given: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a query."""
    known = {one["name"]: one for one in endpoint.get("parameters", ()) if one["in"] == "query"}
    yield from (f"query: no parameter is called {name!r}" for name in given.keys() - known.keys())
    for name, parameter in known.items():
        if name in given:
            yield from errors(parameter["schema"], value_of(parameter["schema"], given[name]), name)
        elif parameter.get("required"):
            yield f"query: {name} is missing"


def value_of(schema: Mapping[str, Any], text: str) -> object:
    """What a text in a query means."""
    if schema["type"] == "array":
        return text.split(",") if text else []
    return {"true": True, "false": False}.get(text, text) if schema["type"] == "boolean" else text


def of_request_body(endpoint: Mapping[str, Any], body: str) -> Iterator[str]:
    """What is wrong with a body that was sent."""
    documented = endpoint.get("requestBody")
    if documented is None:
        yield from ["body: none is documented"] if body else []
    elif body:
        yield from errors(documented["content"]["application/json"]["schema"], read(body), "body")
    elif documented.get("required"):
        yield "body: it is missing"


def of_answer(endpoint: dict[str, Any], response: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with an answer."""
    status, body = response["status"]["code"], response["body"]["string"]
    if str(status) not in endpoint["responses"]:
        yield f"answer: status {status} is not documented"
        return
    content = answers(endpoint, status).get("content")
    if content is None:
        yield from [f"answer: {status} has no body"] if body else []
        return
    yield from of_content_type(response, content)
    said = read(body)
    if isinstance(said, dict) and status > 400 and said.get("code") in seen_beside(status):
        del said["code"]
    yield from errors(next(iter(content.values()))["schema"], said, "answer")


def seen_beside(status: int) -> set[str]:
    """Codes beside a message, which the contract has alone there: those that mean what the status means."""
    same = {code for code in CODES.keys() - CONTRACT_CODES if meaning(status, code) is meaning(status, None)}
    return same | ({"oauthtoken_scope_invalid"} if status == 401 else set())  # seen with 403 and with 401


def of_content_type(response: Mapping[str, Any], wanted: Collection[str]) -> Iterator[str]:
    """What is wrong with an answer's content type."""
    kinds = response["headers"].get("content-type", ["nothing"])
    if kinds[0].partition(";")[0] not in wanted:
        yield f"answer: its content type is {kinds[0]}"


def of_form(request: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with what the accounts server was asked."""
    if (request["method"], urlsplit(request["uri"]).path, urlsplit(request["uri"]).query) != ("POST", TOKEN_PATH, ""):
        yield f"no operation is {request['method']} {request['uri']}"
    given = parse_qsl(request["body"], keep_blank_values=True)
    if len(given) != len(dict(given)):
        yield "form: a field is there twice"
    yield from errors(accounts.FORM, dict(given), "form")


def of_grant(response: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with what the accounts server answered."""
    status = response["status"]["code"]
    if status not in accounts.ANSWERS:
        yield f"answer: status {status} is not documented"
        return
    yield from of_content_type(response, ["application/json"])
    yield from errors(accounts.ANSWERS[status], read(response["body"]["string"]), "answer")


def errors(schema: Mapping[str, Any], value: object, where: str) -> Iterator[str]:
    """What a schema says against a value, if no property may be there that it does not name."""
    checker = Draft202012Validator({**closed(schema), "components": COMPONENTS})
    for error in checker.iter_errors(value):
        yield f"{where}{error.json_path[1:]}: {error.message}"
