"""Kinds that change how operations are called and answered, and on what terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from drift.kind import Cases
from drift.published import PUBLISHED, Doc, Place, at, documented, media, requests, responses
from drift.schemas import other, rename, retype, there

OTHER_METHODS = ("patch", "post", "put")
OTHER_TYPE_SENT = "application/x-www-form-urlencoded"
OTHER_TYPE_SAID = "text/xml"
MOVED_SUCCESS = "202"
FURTHER = 20
"""How far a refusal's status moves: to one that no operation has."""
NAMED = re.compile(r"{([^{}]*)}")
LIMIT = re.compile(r"(?<=: )\d+(?= requests)")
LOCK = re.compile(r"(?<=: )\d+(?= minutes)")
MOST = re.compile(r"(?<=:\*\* )\d+(?= ids)")


def parameters(*where: str) -> Iterator[tuple[str, Place, int]]:
    """The parameters of each operation that stand in one of some places, by their index."""
    for name, place in documented().items():
        for index, parameter in enumerate(at(PUBLISHED, place).get("parameters", [])):
            if parameter["in"] in where:
                yield f"{name} {parameter['name']}", (*place, "parameters"), index


def parameter_cases(change: Callable[[Doc], object], *where: str, required: bool | None = None) -> Cases:
    for name, place, index in parameters(*where):
        if required is None or at(PUBLISHED, place)[index].get("required", False) is required:
            yield name, there(place, lambda found, index=index: change(found[index]))


def query_renamed() -> Cases:
    return parameter_cases(lambda one: one.update(name=other(one["name"])), "query")


def parameter_retyped() -> Cases:
    return parameter_cases(lambda one: retype(one["schema"]), "query", "path")


def parameter_required() -> Cases:
    return parameter_cases(lambda one: one.update(required=True), "query", required=False)


def parameter_optional() -> Cases:
    return parameter_cases(lambda one: one.update(required=False), "query", required=True)


def parameter_moved() -> Cases:
    return parameter_cases(lambda one: one.update({"in": "header"}), "query")


def most_ids(by: int) -> Cases:
    """How many values a parameter takes stands in its description alone."""
    for name, place, index in parameters("query"):
        if MOST.search(at(PUBLISHED, place)[index]["description"]):
            yield name, there(place, lambda found, index=index: _number(found[index], MOST, by))


def _number(node: Doc, number: re.Pattern[str], by: int) -> None:
    """Change a number in a description; it must be there once."""
    text, found = number.subn(lambda match: str(int(match[0]) + by), node["description"])
    assert found == 1, node["description"]
    node["description"] = text


def is_alias(path: str) -> bool:
    """Whether a path only keeps documented operations apart."""
    return all("x-display-path" in one for one in PUBLISHED["paths"][path].values())


def path_parameter_renamed(aliases: bool = False) -> Cases:
    for path in PUBLISHED["paths"]:
        if is_alias(path) is aliases and NAMED.search(path):
            yield path, lambda document, path=path: rename_in_path(document, path)


def rename_in_path(document: Doc, path: str) -> None:
    """Give a path's one parameter another name."""
    (old,) = NAMED.findall(path)
    for operation in document["paths"][path].values():
        for parameter in operation["parameters"]:
            if parameter["name"] == old:
                parameter["name"] = other(old)
    rename(document["paths"], path, path.replace(old, other(old)))


def path_renamed() -> Cases:
    for path in PUBLISHED["paths"]:
        yield path, lambda document, path=path: move_path(document, path)


def move_path(document: Doc, path: str) -> None:
    """Move all of a path; what it is displayed as moves along."""
    for operation in document["paths"][path].values():
        if "x-display-path" in operation:
            operation["x-display-path"] = "/x" + operation["x-display-path"]
    rename(document["paths"], path, "/x" + path)


def operation_removed() -> Cases:
    for name, (_, path, method) in documented().items():
        yield name, lambda document, path=path, method=method: remove_operation(document, path, method)


def remove_operation(document: Doc, path: str, method: str) -> None:
    del document["paths"][path][method]
    if not document["paths"][path]:
        del document["paths"][path]


def method_changed() -> Cases:
    for name, (_, path, method) in documented().items():
        new = next(one for one in OTHER_METHODS if one not in PUBLISHED["paths"][path])
        yield name, there(("paths", path), lambda item, method=method, new=new: rename(item, method, new))


def body_optional() -> Cases:
    return _body_required(now=False)


def body_required() -> Cases:
    return _body_required(now=True)


def _body_required(now: bool) -> Cases:
    for name, place in requests():
        if at(PUBLISHED, place).get("required", False) is not now:
            yield name, there(place, lambda body: body.update(required=now))


def request_type() -> Cases:
    for name, place in requests():
        for one in media(place):
            yield name, there(one[:-1], lambda content, one=one: rename(content, one[-1], OTHER_TYPE_SENT))


def answer_type() -> Cases:
    for name, status, place in responses():
        for one in media(place):
            edit = there(one[:-1], lambda content, one=one: rename(content, one[-1], OTHER_TYPE_SAID))
            yield f"{name} {status}", edit


def status_moved(which: Callable[[str, Doc], bool]) -> Cases:
    for name, status, place in responses():
        if which(status, at(PUBLISHED, place)):
            new = MOVED_SUCCESS if status.startswith("2") else str(int(status) + FURTHER)
            edit = there(place[:-1], lambda found, status=status, new=new: rename(found, status, new))
            yield f"{name} {status}", edit


def has_codes(answer: Doc) -> bool:
    """Whether the contract lists codes that come with an answer."""
    return any("examples" in one for one in answer.get("content", {}).values())


def success_moved() -> Cases:
    return status_moved(lambda status, _: status.startswith("2"))


def refusal_moved() -> Cases:
    return status_moved(lambda status, answer: not status.startswith("2") and has_codes(answer))


def failure_moved() -> Cases:
    return status_moved(lambda status, answer: not status.startswith("2") and not has_codes(answer))


def body_lost() -> Cases:
    for name, status, place in responses():
        if status == "200":
            yield name, there(place[:-1], lambda found: (rename(found, "200", "204"), found["204"].pop("content")))


def body_gained() -> Cases:
    for name, status, place in responses():
        if status == "204":
            yield name, there(place[:-1], lambda found: rename(found, "204", "200"))


def scope_changed() -> Cases:
    """Each operation asks for the scope after its own."""
    for name, place in documented().items():
        yield name, there((*place, "security"), _other_scope)


def _other_scope(security: list[Doc]) -> None:
    ((scheme, [scope]),) = security[0].items()
    (flow,) = PUBLISHED["components"]["securitySchemes"][scheme]["flows"].values()
    after = dict(pairwise([*flow["scopes"], *flow["scopes"]]))
    security[0][scheme] = [after[scope]]


def limit_changed() -> Cases:
    for name, place in documented().items():
        yield name, there(place, lambda operation: _number(operation, LIMIT, -1))


def lock_changed() -> Cases:
    for name, place in documented().items():
        yield name, there(place, lambda operation: _number(operation, LOCK, 1))


def server_changed() -> Cases:
    for index, server in enumerate(PUBLISHED["servers"]):
        edit = there(("servers",), lambda found, index=index: _next_version(found[index], "url"))
        yield server["url"], edit


def sign_in_changed() -> Cases:
    for name, scheme in PUBLISHED["components"]["securitySchemes"].items():
        for flow, told in scheme["flows"].items():
            place = ("components", "securitySchemes", name, "flows", flow)
            for key in told.keys() & {"authorizationUrl", "tokenUrl", "refreshUrl"}:
                yield told[key], there(place, lambda told, key=key: _next_version(told, key))


def _next_version(node: Doc, key: str) -> None:
    """Change the version in an address."""
    node[key], found = re.subn(r"(?<=/v)\d", lambda match: str(int(match[0]) + 1), node[key])
    assert found == 1, node[key]
