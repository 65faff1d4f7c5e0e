"""A contract as plain JSON values: reading, writing, walking and following references."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias
from urllib.parse import unquote

import yaml

from contract.errors import ContractError

Json: TypeAlias = Any
Document: TypeAlias = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""The operation keys of an OpenAPI path item, in the specification's order."""

_MAX_DEPTH = 100
"""Levels of nesting; the deepest known contract has 24."""
_MAX_CHARACTERS = 16 * 1024 * 1024
_MAX_NODES = 500_000
"""Values in a document once its YAML aliases are expanded; the largest known contract has under 20,000."""


class _Loader(yaml.CSafeLoader):
    """YAML 1.2's core types: dates stay text, and `yes` is a word."""


class _Dumper(yaml.SafeDumper):
    """Block style throughout, long text as literal blocks, no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, indentless=False)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Json:
    loader.flatten_mapping(node)
    result: dict[str, Json] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(problem="a key is not plain text", problem_mark=key.start_mark)
        if key.value in result:
            raise yaml.constructor.ConstructorError(
                problem=f"the key {key.value!r} stands twice", problem_mark=key.start_mark
            )
        result[key.value] = loader.construct_object(value, deep=True)
    return result


def _unknown(_: _Loader, node: yaml.Node) -> Json:
    raise yaml.constructor.ConstructorError(
        problem=f"the tag {node.tag!r} is none of JSON's", problem_mark=node.start_mark
    )


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text.strip("\n") or text.endswith("\n") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_CORE_TYPES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", (*"tTfF",)),
    ("tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]*)$", (*"-+0123456789",)),
    ("tag:yaml.org,2002:float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", (*"-+0123456789.",)),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", (*"~nN", "")),
    ("tag:yaml.org,2002:merge", r"^(?:<<)$", ("<",)),
)

_Loader.yaml_implicit_resolvers = {}
# The dumper keeps YAML 1.1's types too, so that it quotes text which another reader would take for a date or a truth.
for _tag, _pattern, _first in _CORE_TYPES:
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))
for _tag in ("binary", "omap", "pairs", "set", "timestamp"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _unknown)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Dumper.add_representer(str, _text)


def parse(text: str, name: str) -> Json:
    """Read YAML or JSON text; `name` says in an error where it came from. Raises `ContractError`."""
    try:
        _check_depth(text, name)
        return _expand(yaml.load(text, Loader=_Loader), name)  # noqa: S506  # the loader extends the safe one
    except yaml.YAMLError as error:
        raise ContractError(f"{name}: not YAML: {_where(error)}") from error
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        # What the loader raises for a value that its explicit tag does not fit.
        raise ContractError(f"{name}: not YAML that a contract could be: {error}") from error


def _check_depth(text: str, name: str) -> None:
    """Refuse deep nesting before the loader, which is C and recursive, runs out of stack."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                raise ContractError(f"{name}: nested over {_MAX_DEPTH} levels deep; a contract is flatter")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else str(problem)


def _expand(root: Json, name: str) -> Json:
    """Copy a loaded value so that aliases share nothing, within a bound that an alias bomb meets."""
    left, characters = _MAX_NODES, _MAX_CHARACTERS

    def copied(node: Json) -> Json:
        nonlocal left, characters
        left -= 1
        characters -= len(node) if isinstance(node, str) else 0
        if left < 0 or characters < 0:
            raise ContractError(f"{name}: far too large once its YAML aliases are expanded")
        if isinstance(node, dict):
            return {key: copied(value) for key, value in node.items()}
        return [copied(value) for value in node] if isinstance(node, list) else node

    return copied(root)


def dump(document: Document, header: str = "") -> str:
    """Write YAML, byte-identical for equal documents; `header` becomes comment lines above it."""
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return "".join(f"# {line}\n" for line in header.splitlines()) + text


def copied(document: Document) -> Document:
    """A copy that a pass may edit."""
    copy: Document = copy_json(document)
    return copy


def copy_json(node: Json) -> Json:
    """Copy a JSON value, several times faster than `copy.deepcopy`."""
    if isinstance(node, dict):
        return {key: copy_json(value) for key, value in node.items()}
    return [copy_json(value) for value in node] if isinstance(node, list) else node


_NAMED = frozenset({"properties", "patternProperties", "schemas", "paths", "responses", "examples", "headers"}) | {
    "content",
    "mapping",
    "scopes",
    "variables",
}
"""Keys whose members have names of the document's own, which are no keywords."""
_VALUES = frozenset({"example", "value", "default", "enum", "const"})
"""Keys that hold data of the service, which says nothing of the document."""


def objects(node: Json, named: bool = False) -> Iterator[dict[str, Any]]:
    """Every object of the document itself: example values are left out, and so are maps of named members."""
    if isinstance(node, dict):
        if not named:
            yield node
        for key, value in node.items():
            if named or (key not in _VALUES and not (key == "examples" and isinstance(value, list))):
                yield from objects(value, named=not named and key in _NAMED)
    elif isinstance(node, list):
        for value in node:
            yield from objects(value)


def resolve(document: Document, ref: str) -> Json:
    """What a local `$ref` points at. Raises `ContractError` if nothing stands there."""
    node: Json = document
    if not ref.startswith("#/"):
        raise ContractError(f"$ref {ref!r}: only references within the document are followed; copy its target in")
    for part in ref[2:].split("/"):
        part = unquote(part).replace("~1", "/").replace("~0", "~")
        try:
            node = node[int(part)] if isinstance(node, list) else node[part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise ContractError(f"$ref {ref!r}: nothing stands there; the document is incomplete") from None
    return node


def deref(document: Document, node: Json) -> Json:
    """Follow `$ref` until a value stands there. Raises `ContractError` on a reference to itself."""
    seen: set[str] = set()
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        if node["$ref"] in seen:
            raise ContractError(f"$ref {node['$ref']!r}: refers to itself")
        seen.add(node["$ref"])
        node = resolve(document, node["$ref"])
    return node


def operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation as (path, method, operation), in document order."""
    for path, item in document["paths"].items():
        for method in item:
            if method in METHODS:
                yield path, method, item[method]
