# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
from __future__ import annotations

from collections.abc import Sequence

from ..encoding import query_string
from ..models import GetPinCategoriesResponse, IncludeField
from ..types import UNSET, Call, Unset


def get_pin_categories(*, include_fields: Sequence[IncludeField] | Unset = UNSET) -> Call[GetPinCategoriesResponse]:
    """List the chat folders.

    List the user's chat folders in their order. Each folder's chats, and details of each chat, come only if asked
    for.

    `GET /pin-categories`, operation `getPinCategories`. At most 20 calls in 60 s per user, then locked for 300 s.
    Scope: ZohoCliq.Chats.READ.

    Args:
        include_fields: What to add to each folder, comma-separated: - `chats`: the chats pinned in it. -
            `recipients_summary`: the people in each chat; needs `chats`. - `last_message_info`: the last message of
            each chat; needs `chats`.

    Raises:
        CallError: An argument breaks the contract; nothing was sent.
    """
    return Call[GetPinCategoriesResponse](
        operation_id="getPinCategories",
        method="GET",
        path="/pin-categories",
        query=query_string("getPinCategories", {"include_fields": (include_fields, list[IncludeField])}),
        content=None,
        answers={200: GetPinCategoriesResponse},
    )
