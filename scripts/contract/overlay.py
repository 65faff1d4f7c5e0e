"""Corrections: an OpenAPI Overlay 1.0 document whose actions each say why, and fail by name when they no longer fit."""

from __future__ import annotations

from typing import Any

from jsonpath_rfc9535 import JSONPathError, JSONPathNode, find

from contract.document import Document, Json, copied, copy_json
from contract.errors import ContractError

CERTAINTIES = ("doc", "seen", "sibling", "open")
"""How sure a correction is: documented elsewhere, seen on the live service, seen on a sibling product, or open."""


def apply(document: Document, overlay: Json, source: str) -> Document:
    """Apply every action in order. Raises `ContractError` naming one that is malformed or changes nothing."""
    document = copied(document)
    for action in _actions(overlay, source):
        name = f"{source}: correction {action['x-name']!r}"
        targets = _targets(action, document, name)
        if action.get("remove") is True:
            for target in reversed(targets):
                del _parent(document, target.location)[target.location[-1]]
            continue
        for target in targets:
            before = copy_json(target.value)
            if not action.get("x-replaces"):
                _refuse_replacing(target.value, action["update"], f"{name}: {target.path()}")
            _update(target.value, action["update"])
            if before == target.value:
                raise ContractError(f"{name}: what it corrects is already right at {target.path()}; remove the action")
    return document


def _targets(action: dict[str, Any], document: Document, name: str) -> list[JSONPathNode]:
    """The objects and arrays that an action changes, at least one."""
    try:
        targets = list({node.location: node for node in find(action["target"], document)}.values())
    except JSONPathError as error:
        raise ContractError(f"{name}: its target is no JSONPath: {error}") from error
    if not targets:
        raise ContractError(f"{name}: nothing stands at {action['target']}; its target moved or is gone")
    for target in targets:
        if not isinstance(target.value, dict | list):
            raise ContractError(
                f"{name}: {target.path()} is no object or array, which is all that an overlay can change"
            )
        if not target.location and "update" not in action:
            raise ContractError(f"{name}: would remove the whole document")
        if isinstance(target.value, dict) and not isinstance(action.get("update", {}), dict):
            raise ContractError(f"{name}: an update of an object is an object")
    return targets


def _actions(overlay: Json, source: str) -> list[dict[str, Any]]:
    if not isinstance(overlay, dict) or not str(overlay.get("overlay", "")).startswith("1.0"):
        raise ContractError(f"{source}: not an OpenAPI Overlay 1.0 document: no `overlay: 1.0.0` at the top")
    actions = overlay.get("actions")
    if not isinstance(actions, list) or not actions:
        raise ContractError(f"{source}: has no actions")
    names: set[str] = set()
    for number, action in enumerate(actions, 1):
        missing = [key for key in ("target", "x-name", "x-evidence", "x-certainty") if not _is_text(action, key)]
        if missing:
            raise ContractError(f"{source}: action {number} lacks {', '.join(missing)}")
        name = action["x-name"]
        if action["x-certainty"] not in CERTAINTIES:
            raise ContractError(f"{source}: correction {name!r}: x-certainty is one of {', '.join(CERTAINTIES)}")
        if (action.get("remove") is True) == ("update" in action):
            raise ContractError(f"{source}: correction {name!r}: needs either update or remove")
        if name in names:
            raise ContractError(f"{source}: correction {name!r} stands twice")
        names.add(name)
    return actions


def _is_text(action: Json, key: str) -> bool:
    return isinstance(action, dict) and isinstance(action.get(key), str) and bool(action[key].strip())


def _parent(document: Document, location: tuple[str | int, ...]) -> Any:
    node: Json = document
    for part in location[:-1]:
        node = node[part]
    return node


def _refuse_replacing(target: Json, update: Json, name: str) -> None:
    """An update adds; one that takes the place of something else says so with `x-replaces`."""
    if not isinstance(target, dict):
        return
    for key, value in update.items():
        there = target.get(key, value)
        if isinstance(there, dict) and isinstance(value, dict):
            _refuse_replacing(there, value, f"{name}.{key}")
        elif there != value:
            raise ContractError(f"{name}.{key}: something else stands there now; look at it again, or say x-replaces")


def _update(target: Json, update: Json) -> None:
    """Merge into an object; append to an array unless an equal entry stands there."""
    if isinstance(target, list):
        if update not in target:
            target.append(copy_json(update))
    else:
        for key, value in update.items():
            if isinstance(value, dict) and isinstance(target.get(key), dict):
                _update(target[key], value)
            else:
                target[key] = copy_json(value)
