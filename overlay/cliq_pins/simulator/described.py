"""Forms described for those who cannot read their classes: as JSON Schema with its texts, and in refusals."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from textwrap import dedent
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

F = TypeVar("F", bound=Struct)


def schema_of(forms: tuple[type[Struct], ...], within: tuple[type[Struct], ...]) -> dict[str, Any]:
    """The JSON Schema of forms, with the texts below their fields, and below those of some that are part of them."""
    _, components = msgspec.json.schema_components(forms)
    for form in (*forms, *within):
        properties = components.get(form.__name__, {}).get("properties", {})
        for name, text in field_texts(form).items():
            if name in properties:
                properties[name]["description"] = text
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": components}


def read_as(form: type[F], plain: object) -> F:
    """Plain values as a form; `ValueError` with one line, and with the values that there are for one that is none."""
    try:
        return msgspec.convert(plain, form)
    except msgspec.ValidationError as error:
        said = str(error)
        for name, values in _listed(form).items():
            if said.startswith("Invalid enum value") and said.endswith(f" - at `$.{name}`"):
                raise ValueError(f"{said}; it is one of {', '.join(map(str, values))}") from None
        raise ValueError(said) from None


def _listed(form: type[Struct]) -> dict[str, tuple[object, ...]]:
    """The values of each field that has but a few."""
    kind = msgspec.inspect.type_info(form)
    fields = kind.fields if isinstance(kind, msgspec.inspect.StructType) else ()
    return {one.encode_name: one.type.values for one in fields if isinstance(one.type, msgspec.inspect.LiteralType)}


def field_texts(form: type[Struct]) -> dict[str, str]:
    """The text below each field of a class, by the name that the field has on the wire: Python does not keep it."""
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
