"""Both sides normalised and compared: what `explain_diff` says of a changed contract."""

from __future__ import annotations

from typing import Any

from contract.changes import CLASSES, Change, compare
from contract.document import operations
from drift.kind import Instance
from drift.published import PUBLISHED, Doc, normalised

NORMALISED = normalised(PUBLISHED)


def changes(document: Doc) -> list[Change]:
    """What is said of a document beside the published one."""
    return compare(NORMALISED, normalised(document))


def is_right(instance: Instance, document: Doc, said: list[Change]) -> bool:
    """Whether the gravest change has the kind's class, and is said of an operation that is concerned."""
    if instance.kind.silent:
        return not said
    gravest = [one for one in said if one.impact == said[0].impact]
    concerned = {one.operation for one in gravest} & {*_touched(document), ""}
    return bool(concerned) and said[0].impact == instance.kind.impact and said[0].impact in CLASSES


def _touched(document: Doc) -> set[str]:
    """The operations that a changed document says something else of, and all of them where it is of what they share."""
    before, after = (_by_name(one) for one in (PUBLISHED, document))
    touched = {name for name in before if before[name] != after.get(name)}
    return touched or set(before)


def _by_name(document: Doc) -> dict[str, Any]:
    return {one["operationId"]: (path, method, one) for path, method, one in operations(document)}


def is_prose(document: Doc) -> bool:
    """Whether only descriptions are changed, so that nothing but their reading can tell."""
    return _mute(document) == _mute(PUBLISHED)


def _mute(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _mute(one) for key, one in node.items() if key != "description" or not isinstance(one, str)}
    return [_mute(one) for one in node] if isinstance(node, list) else node
