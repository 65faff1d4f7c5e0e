"""Rate limits stand in prose; here they become `x-rate-limit`."""

from __future__ import annotations

import re
from typing import Any

from contract.document import Document, copied, operations
from contract.errors import warn
from contract.passes.text import tidy

_UNITS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hour": 3600, "day": 86400}
_UNIT = r"(?P<unit>sec|s|min|m|hour|h|day)(?:ond|ute|r)?s?\b"
_REQUESTS = r"(?P<requests>[1-9][\d,]*)\s*(?:requests?|reqs?|(?:API )?calls?)?"
_RATE = rf"{_REQUESTS}\s*(?:per|/|in an?|every)\s*(?P<count>[1-9]\d*)?\s*{_UNIT}"
_SCOPE = r"(?:\s*(?:per|for each|/)\s*(?P<scope>user|token|organi[sz]ation|org|app|account|client))?"
_PER_VALUE = r"`(?P<value>[\w.-]+)`\s*:\s*"
_LIMIT = re.compile(rf"threshold(?:\s+limits?)?\s*:\s*{_RATE}{_SCOPE}", re.IGNORECASE)
_LOCK = re.compile(rf"lock\s+periods?\s*:\s*(?P<count>\d+)\s*{_UNIT}", re.IGNORECASE)
_LIMIT_OF = re.compile(rf"{_PER_VALUE}{_RATE}{_SCOPE}", re.IGNORECASE)
_LOCK_OF = re.compile(rf"{_PER_VALUE}(?P<count>\d+)\s*{_UNIT}", re.IGNORECASE)
_STATES_LIMIT = re.compile(r"threshold(?:\s+limits?)?\s*:|threshold\s+limits?\b", re.IGNORECASE)
_STATES_LOCK = re.compile(r"lock\s+periods?\b", re.IGNORECASE)
_EXPLAINS = re.compile(
    r"(?:number of|maximum) api calls allowed|wait time before|cooldown period applied", re.IGNORECASE
)


def lift_rate_limits(document: Document) -> Document:
    """Read each operation's limit and lock out of its description, or out of the introduction where it states none."""
    document = copied(document)
    general = _read(str(document["info"].get("description", "")), "the introduction")
    for path, method, operation in operations(document):
        if "x-rate-limit" in operation:
            continue
        name = f"{method.upper()} {path}"
        limits = _read(str(operation.get("description", "")), name)
        if limits:
            operation["description"] = _without(operation["description"])
        elif general and not _STATES_LIMIT.search(str(operation.get("description", ""))):
            limits = [dict(limit) for limit in general]
            warn(f"{name}: states no limit; the introduction's is taken")
        if limits:
            operation["x-rate-limit"] = limits
    return document


def _read(description: str, name: str) -> list[dict[str, Any]]:
    text = description.replace("**", "").replace("\\", "")
    blocks = text.split("\n\n")
    stated = [block for block in blocks if _STATES_LIMIT.search(block) or _STATES_LOCK.search(block)]
    if not any(_STATES_LIMIT.search(block) for block in stated):
        if stated:
            warn(f"{name}: a lock period without a limit: {_first(stated[0])!r}")
        return []
    prose = "\n".join(stated)
    more = [line for line in prose.splitlines() if re.search(r"\d", _left_over(line)) and _left_over(line) != line]
    if more:
        warn(f"{name}: the limit says more than can be read: {_first(more[0])!r}")
        return []
    locks = list(_LOCK.finditer(prose))
    limits = list(_LIMIT.finditer(prose))
    if limits:
        if len(limits) > 1 or len(locks) > 1:
            warn(f"{name}: more than one limit and none says what it applies to: {_first(prose)!r}")
            return []
        if not locks and _STATES_LOCK.search(prose):
            warn(f"{name}: the lock period cannot be read: {_first(prose)!r}")
        return [_limit(limits[0], _seconds(locks[0]) if locks else None)]
    of_value = list(_LIMIT_OF.finditer(prose))
    lock_of = {match["value"]: _seconds(match) for match in _LOCK_OF.finditer(prose)}
    unread = [
        line for line in prose.splitlines() if re.match(_PER_VALUE, line.strip("-* ")) and _left_over(line) == line
    ]
    if unread:
        warn(f"{name}: the limit cannot be read for every value: {_first(unread[0])!r}")
        return []
    if not of_value:
        warn(f"{name}: the limit cannot be read: {_first(prose)!r}")
    elif not locks and _STATES_LOCK.search(prose) and not {match["value"] for match in of_value} <= lock_of.keys():
        warn(f"{name}: the lock period cannot be read for every value: {_first(prose)!r}")
    whole = _seconds(locks[0]) if len(locks) == 1 else None
    return [{**_limit(match, lock_of.get(match["value"], whole)), "applies_to": [match["value"]]} for match in of_value]


def _limit(match: re.Match[str], lock: int | None) -> dict[str, Any]:
    scope = match["scope"]
    return {
        "requests": int(match["requests"].replace(",", "")),
        "seconds": _seconds(match),
        "scope": scope.lower() if scope else None,
        "lock_seconds": lock,
    }


def _seconds(match: re.Match[str]) -> int:
    return int(match["count"] or 1) * _UNITS[match["unit"].lower()]


def _first(text: str) -> str:
    return text.strip().splitlines()[0][:80]


def _left_over(line: str) -> str:
    """What a line says besides a limit or a lock."""
    for pattern in (_LIMIT, _LOCK, _LIMIT_OF, _LOCK_OF):
        line = pattern.sub("", line)
    return line


def _without(description: str) -> str:
    """The description without the lines that are data now, and the stock line that explains each."""
    kept: list[str] = []
    lifted = False
    for line in description.splitlines():
        plain = line.replace("**", "")
        states = bool(_STATES_LIMIT.search(plain) or _STATES_LOCK.search(plain))
        of_value = lifted and bool(_LIMIT_OF.search(plain) or _LOCK_OF.search(plain))
        said = re.sub(r"threshold\s+limits?\s*:|lock\s+periods?\s*:|[\W_]", "", _left_over(plain), flags=re.IGNORECASE)
        explains = _EXPLAINS.search(plain)
        if (states or of_value) and said and not explains:
            kept.append(line)  # it says something else too
            continue
        if states or of_value or (lifted and _EXPLAINS.search(plain)):
            lifted = True
            continue
        if plain.strip():
            lifted = False
        kept.append(line)
    return tidy("\n".join(kept))
