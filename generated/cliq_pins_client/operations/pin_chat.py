# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
from __future__ import annotations

from collections.abc import Mapping

from ..encoding import Shape, encode_body, path_segment
from ..models import PinChatRequest, PinChatResponse
from ..types import UNSET, Call, Unset

_SHAPES = (Shape("pinChat", PinChatRequest),)


def pin_chat(chat_id: str, *, body: PinChatRequest | Mapping[str, object] | Unset = UNSET) -> Call[PinChatResponse]:
    """Pin a chat.

    Pin a chat, in My Pins or in a folder.

    `POST /chats/{chat_id}/pins`, operation `pinChat`. At most 50 calls in 60 s per user, then locked for 300 s.
    Scope: ZohoCliq.Chats.UPDATE.

    Args:
        chat_id: The chat to pin.
        body: The folder to pin it in; none means My Pins.

    Raises:
        CallError: An argument breaks the contract; nothing was sent.
    """
    operation_id, content = ("pinChat", None) if isinstance(body, Unset) else encode_body(body, _SHAPES)
    return Call[PinChatResponse](
        operation_id=operation_id,
        method="POST",
        path="/chats/" + path_segment("pinChat", "chat_id", chat_id) + "/pins",
        query="",
        content=content,
        answers={200: PinChatResponse},
    )
