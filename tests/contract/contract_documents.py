"""Small documents for the tests of the passes, and one pass run with the promises that every pass keeps."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

from contract.errors import ContractWarning

Doc = dict[str, Any]


def document(paths: Doc, schemas: Doc | None = None, **more: Any) -> Doc:
    """A document with these paths and named schemas; nothing in it is shared."""
    whole = {"openapi": "3.0.0", "info": {"title": "T", "version": "1"}, "paths": paths}
    return copy.deepcopy({**whole, "components": {"schemas": schemas or {}}, **more})


def op(operation_id: str, **more: Any) -> Doc:
    """An operation that answers 204."""
    return {"operationId": operation_id, "responses": {"204": {"description": "Done."}}, **more}


def body(schema: Doc, **more: Any) -> Doc:
    """A required JSON body."""
    return {"required": True, "content": {"application/json": {"schema": schema}}, **more}


def answer(schema: Doc, status: str = "200", **media: Any) -> Doc:
    """The responses of an operation with one JSON answer."""
    return {status: {"description": "", "content": {"application/json": {"schema": schema, **media}}}}


def param(name: str, place: str = "query", **more: Any) -> Doc:
    """A parameter, a string unless said otherwise."""
    return {"name": name, "in": place, "schema": {"type": "string"}, **more}


def ref(name: str) -> Doc:
    """A reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def virtual(operation_id: str, real: str, **more: Any) -> Doc:
    """An operation that really stands at another path."""
    return op(operation_id, **{"x-virtual-endpoint": True, "x-display-path": real, **more})


def ran(one: Callable[[Doc], Doc], before: Doc) -> Doc:
    """What a pass makes of a document, once it is seen to leave its input alone and to be idempotent."""
    given = copy.deepcopy(before)
    after = one(given)
    assert given == before, f"{one.__name__} changes its input"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ContractWarning)
        assert one(copy.deepcopy(after)) == after, f"{one.__name__} is not idempotent"
    return after
