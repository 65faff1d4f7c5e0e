"""Holds requests and answers to the normalised contract, by the document and JSON Schema alone.

The simulator and the client have their own ways to read the contract, and are judged by this one. What the contract
does not name may not be asked or answered. What is wrong is told without ids and other values; only a name or a code
that is not in the contract is told as it is, if it looks like one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_plus, urlsplit

import msgspec

from contract_schemas import (
    DOCUMENT,
    DOCUMENTED_CODES,
    DOCUMENTED_STATUSES,
    ENDPOINTS,
    added_codes,
    answers,
    resolved,
    sources,
)
from schema_problems import against, shown

NETWORK = "{network}"
(ROOT,) = {urlsplit(one["url"].replace(NETWORK, "")).path for one in DOCUMENT["servers"]}
BASE = re.compile(rf"(?:/network/[^/]+)?{re.escape(ROOT)}(?=/)")
ROUTES = [
    (method, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))), template, source)
    for method, template, source in sources()
]
WORDS = {part for _, _, template, _ in ROUTES for part in template.split("/")}
CODED = 400
"""The status whose answers say in a code what is wrong; the contract lists the codes of each operation."""


class Asked(NamedTuple):
    """A request in the contract's terms, and what of it is not as the contract has it."""

    operation: str
    """Its operationId; empty if the contract has no such call, and then there is nothing else of it."""
    template: str = ""
    ids: Mapping[str, str] = {}
    query: Mapping[str, Any] = {}
    body: Any = None
    """`None` if there is none."""
    problems: tuple[str, ...] = ()


def below_base(target: str) -> str:
    """A path without that of every server, and without the network's."""
    found = BASE.match(target)
    return target[found.end() :] if found else target


def asked(method: str, target: str, *, body: bytes, content_type: str) -> Asked:
    """Read a request; the target is the raw path below the API's base, with the query."""
    path, _, query = target.partition("?")
    for own, pattern, template, source in ROUTES:
        if own == method and (found := pattern.fullmatch(path)):
            pairs = [one.partition("=")[::2] for one in query.split("&")] if query else []
            ids, wrong_ids = _parameters(source, "path", list(found.groupdict().items()), unquote)
            given, wrong_query = _parameters(source, "query", pairs, unquote_plus)
            said, wrong_body = _body(source, body, content_type)
            problems = (*wrong_ids, *wrong_query, *wrong_body)
            return Asked(_shape(source, said)[0], template, ids, given, said, problems)
    words = "/".join(one if one in WORDS else "…" for one in path.split("/"))
    return Asked("", problems=(f"no operation is {method} {words}",))


def answered(operation: str, status: int, *, body: bytes, content_type: str) -> list[str]:
    """What of an answer to an operation is not as the contract has it."""
    if (operation, status) not in DOCUMENTED_STATUSES:
        return ["the status is not documented"]
    content = answers(ENDPOINTS[operation], status).get("content")
    if content is None:
        return ["it has a body"] if body else ["it has no body, but a content type"] if content_type else []
    said, wrong = read(body, content_type, content)
    if wrong:
        return wrong
    schema, added = content[kind(content_type)]["schema"], added_codes(ENDPOINTS[operation], status)
    if status == CODED:
        return [*against(schema, said, "$"), *_of_code(said, _own_codes(operation).union(added))]
    return against(schema, _without_code(said, added), "$")


def exchange(request: Asked, status: int, *, body: bytes, content_type: str) -> list[str]:
    """What of a request and its answer is not as the contract has it, each with what it is said of."""
    if not request.operation:
        return list(request.problems)
    wrong = answered(request.operation, status, body=body, content_type=content_type)
    return [
        *(f"{request.operation}: {one}" for one in request.problems),
        *(f"{request.operation} {status}: {one}" for one in wrong),
    ]


def kind(content_type: str) -> str:
    """A content type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def of_type(content_type: str, wanted: Collection[str]) -> list[str]:
    """What is wrong with a content type."""
    own = kind(content_type)
    named = own if re.fullmatch(r"[\w.+-]+/[\w.+-]+", own) else "of no type"
    return [] if own in wanted else [f"it is {named}"]


def read(body: bytes, content_type: str, wanted: Collection[str]) -> tuple[Any, list[str]]:
    """What an answer's body says, and why it cannot be read, if so."""
    if wrong := of_type(content_type, wanted):
        return None, wrong
    try:
        return decoded(body), []
    except ValueError:
        return None, ["it is no JSON"]


def value_of(schema: Mapping[str, Any], text: str, decode: Callable[[str], str] = str) -> Any:
    """What a text in a URL means; commas part the items before they are decoded, or an item could have none."""
    if schema.get("type") == "array":
        return [decode(one) for one in text.split(",")] if text else []
    plain = decode(text)
    if schema.get("type") == "boolean":
        return {"true": True, "false": False}.get(plain, plain)
    return int(plain) if schema.get("type") == "integer" and plain.isdecimal() else plain


def decoded(body: bytes) -> Any:
    """The JSON in a body; raises `ValueError` if it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:  # what is no UTF-8 is a `ValueError` as it is
        raise ValueError from error


def told_apart(rules: Iterable[Mapping[str, Any]], body: object) -> Mapping[str, Any]:
    """The shape of a body, by the contract's rule: the first whose telling properties are all there."""
    names = body.keys() if isinstance(body, dict) else set()
    return next(rule for rule in rules if names >= set(rule["has"]))


def _shape(source: Mapping[str, Any], body: object) -> tuple[str, Mapping[str, Any]]:
    """The operation that a body asks for, of those that share an endpoint, and the schema that the body must have."""
    media = next(iter(source.get("requestBody", {}).get("content", {}).values()), {"schema": {}})
    whole = {"operationId": source["operationId"], "has": [], "schema": media["schema"]}
    named = resolved(media["schema"]["$ref"]) if "$ref" in media["schema"] else media["schema"]
    rule = told_apart(named.get("x-discriminator", [whole]), body)
    return rule["operationId"], rule["schema"]


def _parameters(
    source: Mapping[str, Any], place: str, given: list[tuple[str, str]], decode: Callable[..., str]
) -> tuple[dict[str, Any], list[str]]:
    """The values of parameters, and what is wrong with them."""
    known = {one["name"]: one for one in source.get("parameters", ()) if one["in"] == place}
    names = [decode(name) for name, _ in given]
    wrong = [f"{place}.{shown(name)}: not in the contract" for name in dict.fromkeys(names) if name not in known]
    wrong += [f"{place}.{name}: more than once" for name in known if names.count(name) > 1]
    wrong += [f"{place}.{name}: missing" for name, one in known.items() if one.get("required") and name not in names]
    values: dict[str, Any] = {}
    for name, (_, text) in zip(names, given, strict=True):
        if name in known:
            schema = known[name]["schema"]
            try:
                values[name] = value_of(schema, text, lambda one: decode(one, errors="strict"))
            except UnicodeDecodeError:
                wrong.append(f"{place}.{name}: no UTF-8")
            else:
                wrong += against(schema, values[name], f"{place}.{name}")
    return values, wrong


def _body(source: Mapping[str, Any], body: bytes, content_type: str) -> tuple[Any, list[str]]:
    """What a body says, and what is wrong with it."""
    documented = source.get("requestBody")
    if not body:
        missing = ["body: missing"] if documented and documented.get("required") else []
        return None, [*missing, *(["body: none, but a content type"] if content_type else [])]
    if documented is None:
        return None, ["body: not in the contract"]
    try:
        said = decoded(body)
    except ValueError:
        return None, ["body: no JSON"]
    wrong = [f"body: {one}" for one in of_type(content_type, documented["content"])]
    return said, [*wrong, *against(_shape(source, said)[1], said, "body")]


def _own_codes(operation: str) -> set[str]:
    """The codes that the contract lists of an operation."""
    return {code for name, code in DOCUMENTED_CODES if name == operation}


def _of_code(said: Any, listed: Collection[str]) -> list[str]:
    """What is wrong with the code in an answer, if it has one."""
    code = said.get("code") if isinstance(said, dict) else None
    return [f"the code {shown(code)} is not documented"] if isinstance(code, str) and code not in listed else []


def _without_code(said: Any, added: Collection[str]) -> Any:
    """An answer without one of the codes that corrections add where its schema has a message alone."""
    if isinstance(said, dict) and said.get("code") in added:
        return {name: one for name, one in said.items() if name != "code"}
    return said
