"""Where a contract comes from: a file or an https address, read within bounds and checked to be what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx2
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from contract.document import Document, Json, deref, objects, operations, parse
from contract.errors import ContractError
from contract.shape import SHAPE

MAX_BYTES = 8 * 1024 * 1024
"""The largest contract that is read, in bytes; the largest known one has 0.3 MB."""

_TIMEOUT_SECONDS = 30


def read(source: str) -> Document:
    """Read the contract at a path or an https address. Raises `ContractError` with one line."""
    text = _fetch(source) if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", source) else _open(source)
    return check(_document(text, source), source)


def _open(source: str) -> str:
    path = Path(source)
    try:
        with path.open("rb") as file:
            body = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise ContractError(f"{source}: cannot be read: {reason or error}") from error
    _check_size(body, source)
    return _decode(body, source)


def _fetch(source: str) -> str:
    if not source.lower().startswith("https://"):
        raise ContractError(f"{source}: only https addresses are read; use https:// or a path")
    try:
        with client() as http, http.stream("GET", source) as response:
            if response.has_redirect_location:
                raise ContractError(
                    f"{source}: redirects to {response.headers.get('location')!r}; give that address if you trust it"
                )
            if response.status_code != 200:
                raise ContractError(f"{source}: answered HTTP {response.status_code}; check the address")
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                _check_size(body, source)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise ContractError(f"{source}: cannot be fetched: {str(error) or type(error).__name__}") from error
    return _decode(bytes(body), source)


def _check_size(body: bytes | bytearray, source: str) -> None:
    if len(body) > MAX_BYTES:
        raise ContractError(f"{source}: over {MAX_BYTES // 2**20} MiB; a contract is smaller")


def client() -> httpx2.Client:
    """The client that contracts are fetched with: no redirects, one bound on every wait."""
    return httpx2.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False)


def _decode(body: bytes, source: str) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContractError(f"{source}: not UTF-8 text (byte {error.start})") from error


def _document(text: str, source: str) -> Document:
    start = text.lstrip()
    if start.startswith("<"):
        raise ContractError(f"{source}: an HTML page, not a contract; download the OpenAPI document itself")
    if _flattened(start):
        raise ContractError(
            f"{source}: its indentation was lost on the way, so nesting cannot be told; download the raw file"
        )
    document = parse(text, source)
    if not isinstance(document, dict) or "openapi" not in document:
        what = (
            "Swagger 2, convert it first"
            if isinstance(document, dict) and "swagger" in document
            else "no `openapi` key at the top"
        )
        raise ContractError(f"{source}: not an OpenAPI 3 document: {what}")
    return document


def _flattened(text: str) -> bool:
    """Whether YAML lost its line breaks or its leading spaces, as text copied out of a web page does."""
    if text.startswith("{"):
        return False
    first, _, rest = text.partition("\n")
    if re.match(r"openapi:\s*\S+\s+\w+:", first):
        return True
    lines = [line for line in rest.splitlines() if line.strip() and not line.startswith("#")]
    return (
        len(lines) > 3
        and any(re.fullmatch(r"info:\s*", line) for line in lines)
        and not any(line[0].isspace() for line in lines)
    )


def check(document: Document, source: str) -> Document:
    """Refuse a document whose parts have other types than the passes rely on, or whose references dangle."""
    problem = best_match(Draft202012Validator(SHAPE).iter_errors(document))
    if problem is not None:
        raise ContractError(f"{source}: not OpenAPI: {_at(problem.absolute_path)}{problem.message[:200]}")
    try:
        for path, item in document["paths"].items():
            if "$ref" in item:
                raise ContractError(f"{path}: a path by reference is not followed; copy it in")
        for node in objects(document):
            deref(document, node)
        for path, method, operation in operations(document):
            _check_parameters(document, path, method, operation)
    except ContractError as error:
        raise ContractError(f"{source}: {error}") from error
    return document


def _check_parameters(document: Document, path: str, method: str, operation: dict[str, Any]) -> None:
    for parameter in [*document["paths"][path].get("parameters", []), *operation.get("parameters", [])]:
        target: Json = deref(document, parameter)
        if (
            not isinstance(target, dict)
            or not isinstance(target.get("name"), str)
            or not isinstance(target.get("in"), str)
        ):
            raise ContractError(f"not OpenAPI: {method.upper()} {path}: a parameter lacks its name or place")


def _at(path: Any) -> str:
    where = ".".join(str(part) for part in path)
    return f"{where}: " if where else ""
