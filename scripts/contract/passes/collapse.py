"""Virtual paths collapse onto the real one: one operation for each real method and path."""

from __future__ import annotations

import re
from typing import Any

from contract.document import METHODS, Document, copied
from contract.errors import warn
from contract.passes.merge import Operation, merged_operation


def collapse_virtual_paths(document: Document) -> Document:
    """Unite the operations that share a real method and path; each keeps what was documented of it under `x-shapes`."""
    document = copied(document)
    paths: dict[str, Any] = {}
    for (path, method), documented in _by_address(document).items():
        for operation in documented:
            _rename_path_parameters(operation, path)
        merged = (
            documented[0][1]
            if len(documented) == 1
            else merged_operation(document, path, method, [one for _, one in documented])
        )
        for key in ("x-virtual-endpoint", "x-virtual-operation", "x-display-path"):
            merged.pop(key, None)
        paths.setdefault(path, {})[method] = merged
    for path, item in document["paths"].items():
        rest = {key: value for key, value in item.items() if key not in METHODS}
        if rest and path in paths:
            paths[path] = {**rest, **paths[path]}
        elif path.startswith("x-"):
            paths[path] = item
    document["paths"] = paths
    return document


def _template(path: str) -> str:
    return re.sub(r"{[^{}]*}", "{}", path)


def _by_address(document: Document) -> dict[tuple[str, str], list[tuple[str, Operation]]]:
    """Each real (path, method) with its documented operations; the one that is not virtual comes first."""
    spelling: dict[str, str] = {}
    found: list[tuple[bool, str, str, str, Operation]] = []
    for path, item in document["paths"].items():
        for method in [key for key in item if key in METHODS]:
            real = item[method].get("x-display-path", path).partition("?")[0]
            found.append((real != path, path, real, method, item[method]))
    for _, _, real, _, _ in sorted(found, key=lambda one: one[0]):
        spelling.setdefault(_template(real), real)
    addresses: dict[tuple[str, str], list[tuple[str, Operation]]] = {}
    for _, path, real, method, operation in found:
        addresses.setdefault((spelling[_template(real)], method), []).append((path, operation))
    for documented in addresses.values():
        documented.sort(key=lambda one: bool(one[1].get("x-virtual-endpoint")))
    return addresses


def _rename_path_parameters(documented: tuple[str, Operation], real: str) -> None:
    """Give the path parameters the real path's names, by their place in the template."""
    path, operation = documented
    old = re.findall(r"{([^{}]*)}", path.partition("?")[0])
    new = re.findall(r"{([^{}]*)}", real)
    renamed = dict(zip(old, new, strict=True)) if len(old) == len(new) else {}
    kept: list[dict[str, Any]] = []
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter["name"] = renamed.get(parameter["name"], parameter["name"])
            if parameter["name"] not in new:
                warn(f"{path}: the path parameter {parameter['name']} is not in {real}; left out")
                continue
        kept.append(parameter)
    missing = [name for name in new if name not in {one["name"] for one in kept if one["in"] == "path"}]
    for name in missing:
        warn(f"{path}: the path parameter {name} of {real} is not declared; taken as a required string")
    made = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in missing]
    if kept or made:
        operation["parameters"] = [*made, *kept]
    else:
        operation.pop("parameters", None)
