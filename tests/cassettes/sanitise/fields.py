"""What may stay of a value, by the name of its property: an allow-list. What has no rule gets a pseudonym."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeAlias

from cassettes.accounts import NAMES as ACCOUNTS_NAMES
from cliq_pins.codes import CODES
from cliq_pins.engine.refreshing import ADVICE
from cliq_pins.simulator.api.service import MESSAGES
from cliq_pins_client import operation_table
from contract_schemas import DOCUMENT
from flows.stage import NAMES, PREFIX

from .names import Names

Rule: TypeAlias = Callable[[Names, str], str]

EPOCH_MS = range(10**12, 10**13)
WAIT = re.compile(r"after (\d{1,4}) (second|minute|hour)")
OWN_TITLES = {f"{PREFIX} {name}" for name in NAMES}
THROTTLED = "You have exceeded the URL throttle limits."
"""What users have seen the service say."""


def inside(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within a document."""
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(one)


def examples(name: str) -> set[str]:
    """The values of a property in the contract's examples."""
    return {one[name] for one in inside(DOCUMENT) if isinstance(one.get(name), str)}


def enumerated(schema: str) -> set[str]:
    """The values of an enumeration of the contract."""
    return set(DOCUMENT["components"]["schemas"][schema]["enum"])


def named() -> set[str]:
    """The names of the contract's properties and parameters."""
    objects = [one for one in inside(DOCUMENT) if isinstance(one.get("properties"), dict)]
    parameters = {one["name"] for one in inside(DOCUMENT) if "in" in one and "name" in one}
    return parameters.union(*(one["properties"] for one in objects))


def any_of(kind: str, *values: str) -> Rule:
    """Values that may stay; any other gets a pseudonym."""
    return lambda names, value: value if value in values else names.text(kind, value)


def every_of(kind: str, *values: str) -> Rule:
    """The same for several values in one text, with spaces between them."""
    one = any_of(kind, *values)
    return lambda names, value: " ".join(one(names, part) for part in value.split())


def hidden(kind: str) -> Rule:
    """Nothing may stay."""
    return lambda names, value: names.text(kind, value)


def title(names: Names, value: str) -> str:
    """The flows' own titles stay, and one that is a single character over and over."""
    return value if value in OWN_TITLES or len(set(value)) < 2 else names.text("title", value)


def moment(names: Names, value: str) -> str:
    """A time stays."""
    try:
        return datetime.fromisoformat(value).isoformat() and value
    except ValueError:
        return any_of("moment", "yesterday")(names, value)


def message(names: Names, value: str) -> str:
    """What the service is known to say stays; of anything else, how long it says to wait."""
    if value in {*MESSAGES.values(), *(status.phrase for status in HTTPStatus), THROTTLED, ""}:
        return value
    wait = WAIT.search(value)
    said = names.text("message", value)
    return f"{said}: try again {wait[0]}s" if wait and said != value else said


def ident(names: Names, value: str) -> str:
    """An id."""
    return names.ident(value)


SCOPES = {scope for one in operation_table().values() for scopes in one.scopes for scope in scopes}
KEYS = ("access_token", "refresh_token", "client_id", "client_secret")
"""What somebody could sign in with."""
RULES: dict[str, Rule] = {
    **dict.fromkeys(("category_id", "chat_id", "chat_ids", "id", "pin_above", "work", "people"), ident),
    **dict.fromkeys(("last_sync_time", "time"), moment),
    **{kind: hidden(kind) for kind in ("name", "text", *KEYS)},
    "title": title,
    "symbol": any_of("symbol", "", ":razz:"),
    "state": any_of("state", *enumerated("State")),
    "chat_type": any_of("chat_type", *enumerated("ChatType")),
    "type": any_of("type", *examples("type"), "text"),
    "url": any_of("url", *examples("url")),
    "code": any_of("code", *CODES),
    "message": message,
    "include_fields": any_of("field", *enumerated("IncludeField"), "nothing"),
    "unpin_all": any_of("flag", "true", "false"),
    "grant_type": any_of("grant_type", "authorization_code", "refresh_token"),
    "token_type": any_of("token_type", "Bearer"),
    "scope": every_of("scope", *SCOPES),
    "error": any_of("error", *ADVICE),
}
"""For texts. `code` is an error's, or a grant code."""
NUMBERS = {"participant_count": range(10**5), "expires_in": range(10**7), "expires_in_sec": range(10**7)}
NUMBERS |= dict.fromkeys(("last_sync_time", "now", "stale"), EPOCH_MS)
PROPERTIES = frozenset({*named(), *ACCOUNTS_NAMES, *RULES, *NUMBERS})
"""Names that stay: the contract's, the accounts server's, and those of what flows start from."""


def clean(names: Names, value: Any, name: str = "") -> Any:
    """A JSON value with nothing in it that may not stay. Types, lengths of lists and nulls do."""
    if isinstance(value, dict):
        known = {key: key if key in PROPERTIES else names.text("property", key) for key in value}
        return {known[key]: clean(names, one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [clean(names, one, name) for one in value]
    if isinstance(value, str):
        return RULES.get(name, hidden("value"))(names, value)
    if value is None or isinstance(value, bool):
        return value
    return value if value in NUMBERS.get(name, ()) else 0
