"""Sanitising: what a cassette may hold is on a list, and everything else is replaced before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from . import requests, responses
from .names import Names

VERSION = 2
"""To be counted up with every change that makes other cassettes; each says by which it was sanitised."""

REQUEST: dict[str, Callable[[Any, Names], None]] = {
    "url.host": requests.host,
    "url.path": requests.path,
    "url.query": requests.query,
    "request.headers": requests.headers,
    "request.header-values": requests.header_values,
    "request.json": requests.json_body,
    "request.form": requests.form_body,
    "request.opaque": requests.opaque_body,
}
RESPONSE: dict[str, Callable[[Any, Names], None]] = {
    "response.packing": responses.packing,
    "response.headers": responses.headers,
    "response.header-values": responses.header_values,
    "response.reason": responses.reason,
    "response.json": responses.json_body,
    "response.opaque": responses.opaque_body,
}
"""The sanitisers by their ids, in the order in which they work."""
EVERY = frozenset({*REQUEST, *RESPONSE})


class Sanitiser:
    """All sanitisers but those that are left out, with the pseudonyms of one cassette."""

    def __init__(self, names: Names | None = None, *, without: Collection[str] = ()) -> None:
        self.names = names or Names()
        self._request = [one for key, one in REQUEST.items() if key not in without]
        self._response = [one for key, one in RESPONSE.items() if key not in without]

    def request(self, request: Any) -> Any:
        """A request of VCR.py's, sanitised in place."""
        for one in self._request:
            one(request, self.names)
        return request

    def response(self, response: Any) -> Any:
        """A response of VCR.py's, sanitised in place."""
        for one in self._response:
            one(response, self.names)
        return response


__all__ = ["EVERY", "REQUEST", "RESPONSE", "VERSION", "Names", "Sanitiser"]
