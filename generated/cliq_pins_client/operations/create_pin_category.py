# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
from __future__ import annotations

from collections.abc import Mapping

from ..encoding import Shape, encode_body
from ..models import CreatePinCategoryRequest, CreatePinCategoryResponse
from ..types import Call

_SHAPES = (Shape("createPinCategory", CreatePinCategoryRequest),)


def create_pin_category(*, body: CreatePinCategoryRequest | Mapping[str, object]) -> Call[CreatePinCategoryResponse]:
    """Make a chat folder.

    Create a folder, empty or with chats pinned in it from the start.

    The vendor's text says in one place that a symbol is needed and in another that it is optional; its schema
    has it optional.

    `POST /pin-categories`, operation `createPinCategory`. At most 20 calls in 60 s per user, then locked for 300 s.
    Scope: ZohoCliq.Chats.CREATE.

    Args:
        body: The title; a symbol and chats if wanted.

    Raises:
        CallError: An argument breaks the contract; nothing was sent.
    """
    operation_id, content = encode_body(body, _SHAPES)
    return Call[CreatePinCategoryResponse](
        operation_id=operation_id,
        method="POST",
        path="/pin-categories",
        query="",
        content=content,
        answers={200: CreatePinCategoryResponse},
    )
