# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
from __future__ import annotations

from ..encoding import path_segment, query_string
from ..types import UNSET, Call, Unset


def delete_pin_category(category_id: str, *, unpin_all: bool | Unset = UNSET) -> Call[None]:
    """Delete a folder.

    Delete a folder. Its chats go to the default folder, or are unpinned if `unpin_all` is true. The default folder
    itself stays.

    `DELETE /pin-categories/{category_id}`, operation `deletePinCategory`. At most 20 calls in 60 s per user, then
    locked for 300 s. Scope: ZohoCliq.Chats.DELETE.

    Args:
        category_id: The folder to delete, by the `category_id` that getPinCategories gives.
        unpin_all: What becomes of the folder's chats: - `true`: they are unpinned. - `false`, which is the default:
            they move to My Pins.

    Raises:
        CallError: An argument breaks the contract; nothing was sent.
    """
    return Call[None](
        operation_id="deletePinCategory",
        method="DELETE",
        path="/pin-categories/" + path_segment("deletePinCategory", "category_id", category_id),
        query=query_string("deletePinCategory", {"unpin_all": (unpin_all, bool)}),
        content=None,
        answers={204: None},
    )
