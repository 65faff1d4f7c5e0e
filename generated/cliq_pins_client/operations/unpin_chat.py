# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
from __future__ import annotations

from ..encoding import path_segment
from ..models import UnpinChatResponse
from ..types import Call


def unpin_chat(chat_id: str) -> Call[UnpinChatResponse]:
    """Take a chat out of all pins.

    Unpin a chat: it leaves My Pins and every folder.

    `DELETE /chats/{chat_id}/pins`, operation `unpinChat`. At most 50 calls in 60 s per user, then locked for 300 s.
    Scope: ZohoCliq.Chats.UPDATE.

    Args:
        chat_id: The chat to unpin.

    Raises:
        CallError: An argument breaks the contract; nothing was sent.
    """
    return Call[UnpinChatResponse](
        operation_id="unpinChat",
        method="DELETE",
        path="/chats/" + path_segment("unpinChat", "chat_id", chat_id) + "/pins",
        query="",
        content=None,
        answers={200: UnpinChatResponse},
    )
