"""Headers by allow-list: of names, and of the forms of values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

DATE = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
MEDIA_TYPE = r"(application/(json|x-www-form-urlencoded)|text/html)(; ?charset=utf-8)?"
FORMS = {
    "accept": re.compile(MEDIA_TYPE),
    "content-type": re.compile(MEDIA_TYPE, re.IGNORECASE),
    "date": re.compile(DATE),
    "retry-after": re.compile(rf"\d{{1,6}}|{DATE}"),
}


def allowed(headers: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The headers of these names."""
    return {name.lower(): value for name, value in headers.items() if name.lower() in names}


def formed(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The headers whose every value has the form of its name."""
    return {name: value for name, value in headers.items() if all(_is_formed(name, one) for one in _listed(value))}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_formed(name: str, value: Any) -> bool:
    form = FORMS.get(name.lower())
    return form is None or form.fullmatch(str(value)) is not None
