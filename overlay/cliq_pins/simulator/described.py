"""The texts below the fields of a class, which Python itself does not keep: for schemas that are read elsewhere."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from textwrap import dedent
from typing import Any

import msgspec
from msgspec import Struct


def schema_of(forms: tuple[type[Struct], ...], within: tuple[type[Struct], ...]) -> dict[str, Any]:
    """The JSON Schema of forms, with the texts below their fields, and below those of some that are part of them."""
    _, components = msgspec.json.schema_components(forms)
    for form in (*forms, *within):
        properties = components.get(form.__name__, {}).get("properties", {})
        for name, text in field_texts(form).items():
            if name in properties:
                properties[name]["description"] = text
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": components}


def field_texts(form: type[Struct]) -> dict[str, str]:
    """The text below each field of a class, by the name that the field has on the wire."""
    (made,) = ast.parse(dedent(inspect.getsource(form))).body
    names = {one.name: one.encode_name for one in msgspec.structs.fields(form)}
    texts: dict[str, str] = {}
    body = made.body if isinstance(made, ast.ClassDef) else []
    for field, below in pairwise(body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str() as text)):
                texts[names[name]] = inspect.cleandoc(text)
            case _:
                pass
    return texts
