# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
from __future__ import annotations

from collections.abc import Mapping

from ..encoding import Shape, encode_body, path_segment
from ..models import (
    BulkUpdateChatsInCategoryRequest,
    ReorderCategoryRequest,
    ReorderChatInCategoryRequest,
    UpdatePinCategoryDetailsRequest,
)
from ..types import Call

_SHAPES = (
    Shape("reorderChatInCategory", ReorderChatInCategoryRequest, has=("chat_id",)),
    Shape("bulkUpdateChatsInCategory", BulkUpdateChatsInCategoryRequest, has=("chat_ids",)),
    Shape("reorderCategory", ReorderCategoryRequest, has=("last_sync_time",)),
    Shape("updatePinCategory", UpdatePinCategoryDetailsRequest, fewest=1),
)


def update_pin_category(
    category_id: str,
    *,
    body: ReorderChatInCategoryRequest
    | BulkUpdateChatsInCategoryRequest
    | ReorderCategoryRequest
    | UpdatePinCategoryDetailsRequest
    | Mapping[str, object],
) -> Call[None]:
    """Change a folder's details.

    The body decides which of 4 operations it is:

    - `updatePinCategory`: Change a folder's title, symbol or state.
    - `reorderChatInCategory`: Move one chat of a folder up or down its list.
    - `reorderCategory`: Move a folder up or down the list of folders.
    - `bulkUpdateChatsInCategory`: Give a folder a new list of chats. A chat that the list lacks leaves the folder.

    `PUT /pin-categories/{category_id}`, operation `updatePinCategory`. At most 50 calls in 60 s per user, then
    locked for 300 s. Scope: ZohoCliq.Chats.UPDATE.

    Args:
        category_id: The folder to change, by the `category_id` that getPinCategories gives.
        body: What the body holds decides what is done; one thing in one call.

    Raises:
        CallError: An argument breaks the contract; nothing was sent.
    """
    operation_id, content = encode_body(body, _SHAPES)
    return Call[None](
        operation_id=operation_id,
        method="PUT",
        path="/pin-categories/" + path_segment("updatePinCategory", "category_id", category_id),
        query="",
        content=content,
        answers={204: None},
    )
