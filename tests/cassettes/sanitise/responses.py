"""What sanitises a response, in the form that VCR.py gives it. Each does one thing to it, in place."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import Any

from cliq_pins.unpacking import BadEncodingError, TooLargeError, unpack

from .fields import clean
from .headers import allowed, formed
from .names import Names
from .requests import HIDDEN, read, written

ENCODING = "content-encoding"
MOST = 2**23


def packing(response: Any, names: Names) -> None:
    """The body is kept unpacked: within a packed one nobody sees a secret."""
    encoding = [one for name, all_of_it in response["headers"].items() if name.lower() == ENCODING for one in all_of_it]
    with suppress(BadEncodingError, TooLargeError):
        response["body"]["string"] = unpack(response["body"]["string"], ",".join(encoding), MOST)


def headers(response: Any, names: Names) -> None:
    """Only headers of these names stay."""
    response["headers"] = allowed(response["headers"], ("content-type", "date", "retry-after"))


def header_values(response: Any, names: Names) -> None:
    """A header stays if its value has one of the forms that it should have."""
    response["headers"] = formed(response["headers"])


def reason(response: Any, names: Names) -> None:
    """The phrase beside the status is the standard's."""
    code = response["status"]["code"]
    response["status"]["message"] = HTTPStatus(code).phrase if code in list(HTTPStatus) else ""


def json_body(response: Any, names: Names) -> None:
    """Of a JSON body what may stay of each property."""
    said = read(response["body"]["string"])
    if said is not None:
        response["body"]["string"] = written(clean(names, said))


def opaque_body(response: Any, names: Names) -> None:
    """Nothing of a body that is not JSON."""
    body = response["body"]["string"]
    if body and read(body) is None:
        response["body"]["string"] = HIDDEN
