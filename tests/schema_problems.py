"""What JSON Schema says against a value, in words that tell nothing of it, but for names that look like such."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from contract_schemas import DOCUMENT, closed

COMPONENTS = closed(DOCUMENT["components"])
WORD = re.compile(r"[a-z][A-Za-z_]*\d{0,2}|[A-Z_]+")
"""What names and codes look like; ids do not, nor do most people's names."""


def shown(name: str) -> str:
    """A name that nobody has documented, if it looks like one."""
    return name if len(name) <= 50 and WORD.fullmatch(name) else "…"


def against(schema: Mapping[str, Any], value: object, where: str) -> list[str]:
    """What is wrong with a value, each thing once; no property may be there that the schema does not name."""
    try:
        errors = _validator(json.dumps(schema)).iter_errors(value)
        return list(dict.fromkeys(one for error in errors for one in _words(error, where)))
    except RecursionError:
        return [f"{where}: of too many levels"]


@cache
def _validator(schema: str) -> Draft202012Validator:
    """The same for equal schemas: what they refer to is looked up once."""
    return Draft202012Validator({**closed(json.loads(schema)), "components": COMPONENTS})


def _words(error: ValidationError, where: str) -> Iterator[str]:
    if near := _nearest(error.context or ()):
        for one in near:
            yield from _words(one, where)
        return
    at = where + "".join(f".{part}" if isinstance(part, str) else "[*]" for part in error.absolute_path)
    rule, value = str(error.validator), error.validator_value
    if rule == "additionalProperties":
        extra = error.instance.keys() - error.schema.get("properties", {}).keys()
        yield from (f"{at}.{shown(name)}: not in the contract" for name in sorted(extra))
    elif rule == "required":
        yield from (f"{at}.{name}: missing" for name in value if name not in error.instance)
    elif rule in ("anyOf", "oneOf"):
        yield f"{at}: in {'none' if error.context else 'more than one'} of the contract's forms"
    else:
        yield f"{at}: not of {rule} {' or '.join(map(str, value)) if isinstance(value, list) else value}"


def _nearest(context: Iterable[ValidationError]) -> list[ValidationError]:
    """Of several forms that a value may have, what keeps it from the nearest one; nothing if it is near none.

    Near is a form that allows the type, and of those the one with the fewest rules that the value itself breaks.
    """
    forms = [list(errors) for _, errors in groupby(context, key=lambda one: one.schema_path[0])]
    own = {at: [one.validator for one in errors if not one.path] for at, errors in enumerate(forms)}
    near = sorted((at for at in own if "type" not in own[at]), key=lambda at: len(own[at]))
    return forms[near[0]] if near else []
