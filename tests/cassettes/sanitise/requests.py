"""What sanitises a request. Each does one thing to it, in place."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from cliq_pins.data_centres import data_centre
from cliq_pins.simulator.api.accounts import OPERATIONS as ACCOUNTS_PATHS
from contract_schemas import DOCUMENT

from .fields import clean, inside
from .headers import allowed, formed
from .names import Names

HIDDEN = b"[hidden]"
FORM = "application/x-www-form-urlencoded"
LISTS = {one["name"] for one in inside(DOCUMENT) if "in" in one and one.get("schema", {}).get("type") == "array"}
"""Parameters that hold several values with commas between them."""
HOME = data_centre("us")
"""Every cassette is of this data centre, wherever it was recorded."""
SEGMENTS = {
    part
    for path in (*DOCUMENT["paths"], *ACCOUNTS_PATHS, urlsplit(HOME.base_url(None)).path, "network/elsewhere")
    for part in path.split("/")
}
"""What may stand in a path beside ids, which are the templates' `{…}`."""


def host(request: Any, names: Names) -> None:
    """The host is the API's or the accounts server's; who was asked, or by whom, does not stay."""
    parts = urlsplit(request.uri)
    own = urlsplit(HOME.accounts_url if parts.path in ACCOUNTS_PATHS else HOME.base_url(None))
    request.uri = urlunsplit((own.scheme, own.netloc, parts.path, parts.query, ""))


def path(request: Any, names: Names) -> None:
    """Words of the contract stay in the path, ids get pseudonyms."""
    parts = urlsplit(request.uri)
    words = [one if one in SEGMENTS else names.ident(unquote(one)) for one in parts.path.split("/")]
    request.uri = urlunsplit(parts._replace(path="/".join(words)))


def query(request: Any, names: Names) -> None:
    """Parameters get the values that properties of their names have."""
    parts = urlsplit(request.uri)
    given = parse_qsl(parts.query, keep_blank_values=True)
    cleaned = [pair for name, value in given for pair in clean(names, {name: _listed(name, value)}).items()]
    kept = [(name, ",".join(value) if isinstance(value, list) else value) for name, value in cleaned]
    request.uri = urlunsplit(parts._replace(query=urlencode(kept, safe=",")))


def _listed(name: str, value: str) -> str | list[str]:
    return value.split(",") if value and name in LISTS else value


def headers(request: Any, names: Names) -> None:
    """Only headers of these names stay."""
    request.headers = allowed(request.headers, ("accept", "content-type"))


def header_values(request: Any, names: Names) -> None:
    """A header stays if its value has one of the forms that it should have."""
    request.headers = formed(request.headers)


def json_body(request: Any, names: Names) -> None:
    """Of a JSON body what may stay of each property."""
    said = read(request.body)
    if said is not None:
        request.body = written(clean(names, said))


def form_body(request: Any, names: Names) -> None:
    """The same of a form."""
    if request.body and FORM in str(request.headers.get("content-type", "")) and read(request.body) is None:
        given = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        request.body = urlencode([pair for name, value in given for pair in clean(names, {name: value}).items()])


def opaque_body(request: Any, names: Names) -> None:
    """Nothing of a body that is neither."""
    is_form = FORM in str(request.headers.get("content-type", ""))
    if request.body and not is_form and read(request.body) is None:
        request.body = HIDDEN


def read(body: bytes | str | None) -> Any:
    """A JSON object or array; `None` for anything else."""
    try:
        said = json.loads(body or b"")
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict | list) else None


def written(value: Any) -> bytes:
    """JSON as the service writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
