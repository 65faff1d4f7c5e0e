# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from ..encoding import query_string
from ..types import Call


def remove_chats_across_categories(*, chat_ids: Sequence[str]) -> Call[None]:
    """Unpin chats everywhere.

    Take chats out of all folders at once.

    `DELETE /pin-categories`, operation `removeChatsAcrossCategories`. At most 20 calls in 60 s per user, then
    locked for 300 s. Scope: ZohoCliq.Chats.DELETE.

    Args:
        chat_ids: The chats to take out of every folder that has them, as comma-separated ids. **Maximum limit:** 25
            ids in one call.

    Raises:
        CallError: An argument breaks the contract; nothing was sent.
    """
    return Call[None](
        operation_id="removeChatsAcrossCategories",
        method="DELETE",
        path="/pin-categories",
        query=query_string(
            "removeChatsAcrossCategories",
            {
                "chat_ids": (
                    chat_ids,
                    Annotated[list[Annotated[str, Meta(pattern="^[^,]+$")]], Meta(min_length=1, max_length=25)],
                )
            },
        ),
        content=None,
        answers={204: None},
    )
