# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
"""The bodies that the contract names."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from .types import Request, Response


class BulkUpdateChatsInCategoryRequest(Request, frozen=True, kw_only=True):
    """All chats of a folder."""

    chat_ids: Annotated[list[str], Meta(max_length=100)]
    """
    The chats that the folder holds from now on, in this order, 100 at most. To add one, send it together
    with those that are there.
    """
    last_sync_time: str | int
    """
    When the caller last read the folders: an ISO 8601 date and time, or epoch time as a number.
    The call is refused if the folders changed after it.
    """


ChatType: TypeAlias = Literal["direct_message", "bot", "channel", "group_chat"]
"""
The kinds of chat that the contract names; there may be others.
"""


class Content(Response, frozen=True, kw_only=True):
    text: str | None = None


class CreatePinCategoryRequest(Request, frozen=True, kw_only=True):
    """A new folder."""

    title: Annotated[str, Meta(max_length=255)]
    """The folder's name, 255 characters at most."""
    symbol: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    """An emoji or zomoji, 50 characters at most; an empty string for none."""
    chat_ids: Annotated[list[str], Meta(max_length=100)] | UnsetType = UNSET
    """The chats to pin in it, in this order, 100 at most; none for an empty folder."""


IncludeField: TypeAlias = Literal["chats", "recipients_summary", "last_message_info"]
"""
What getPinCategories can add to each folder; the last two need `chats` beside them.
"""


class PinChatRequest(Request, frozen=True, kw_only=True):
    """Where to pin a chat."""

    category_id: str | UnsetType = UNSET
    """The folder; without it, My Pins."""


class PinChatResponseData(Response, frozen=True, kw_only=True):
    chat_id: str | None = None
    category_id: str | None = None


class PinnedChatRecipientsSummaryItem(Response, frozen=True, kw_only=True):
    id: str | None = None
    """The person's user id."""
    name: str | None = None
    """The person's name."""


class ReorderCategoryRequest(Request, frozen=True, kw_only=True):
    """A folder's new place in the list."""

    last_sync_time: str | int
    """
    When the caller last read the folders: an ISO 8601 date and time, or epoch time as a number.
    The call is refused if the folders changed after it.
    """
    pin_above: str | UnsetType = UNSET
    """The folder to stand above; without it, **the end of the list**."""


class ReorderChatInCategoryRequest(Request, frozen=True, kw_only=True):
    """A chat's new place in its folder."""

    chat_id: str
    """The chat to move."""
    last_sync_time: str | int
    """
    When the caller last read the folders: an ISO 8601 date and time, or epoch time as a number.
    The call is refused if the folders changed after it.
    """
    pin_above: str | UnsetType = UNSET
    """The chat to stand above; without it, the end of the folder."""


class Sender(Response, frozen=True, kw_only=True):
    id: str | None = None
    name: str | None = None


State: TypeAlias = Literal["expanded", "collapsed"]
"""
Whether the folder stands open in the sidebar.
"""


class UnpinChatResponseData(Response, frozen=True, kw_only=True):
    chat_id: str | None = None


class UpdatePinCategoryDetailsRequest(Request, frozen=True, kw_only=True):
    """New details of a folder; what is left out stays as it is."""

    title: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET
    """The new name, 255 characters at most."""
    symbol: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    """The new emoji or zomoji, 50 characters at most; an empty string takes it away."""
    state: State | UnsetType = UNSET
    """
    Whether the folder stands open:

    - `expanded`: its chats are shown.
    - `collapsed`: they are hidden.
    """


class LastMessageInfo(Response, frozen=True, kw_only=True):
    """Its last message; there only if `include_fields` has `chats` and `last_message_info`."""

    id: str | None = None
    """The message's id."""
    sender: Sender | None = None
    time: str | None = None
    """When it was sent, as an ISO 8601 date and time."""
    type: str | None = None
    """The kind of message."""
    content: Content | None = None


class PinChatResponse(Response, frozen=True, kw_only=True):
    """The chat that was pinned, and where."""

    type: str | None = None
    data: PinChatResponseData | None = None


class PinnedChat(Response, frozen=True, kw_only=True):
    """A chat in a folder."""

    chat_id: str | None = None
    """The chat's id."""
    chat_type: ChatType | str | None | None = None
    """The kind of chat; `direct_message`, `bot`, `channel` and `group_chat` are known."""
    name: str | None = None
    """The chat's name as the user sees it."""
    participant_count: int | None = None
    """How many people are in it."""
    recipients_summary: list[PinnedChatRecipientsSummaryItem] | None = None
    """The people in it; there only if `include_fields` has `chats` and `recipients_summary`."""
    last_message_info: LastMessageInfo | None = None
    """Its last message; there only if `include_fields` has `chats` and `last_message_info`."""
    is_pinned: bool | None = None
    """Whether it is pinned now."""


class UnpinChatResponse(Response, frozen=True, kw_only=True):
    """The chat that was unpinned."""

    type: str | None = None
    data: UnpinChatResponseData | None = None


UpdatePinCategoryBody: TypeAlias = (
    UpdatePinCategoryDetailsRequest
    | ReorderChatInCategoryRequest
    | ReorderCategoryRequest
    | BulkUpdateChatsInCategoryRequest
)


class PinCategory(Response, frozen=True, kw_only=True):
    """A chat folder. The default folder has `category_id: "default"` and nothing else."""

    category_id: str | None = None
    """The folder's id; `default` for the default folder."""
    title: str | None = None
    """The folder's name as the user sees it."""
    symbol: str | None = None
    """An emoji, or a zomoji such as `:razz:`."""
    state: State | str | None | None = None
    """Whether the folder stands open in the sidebar."""
    chats: list[PinnedChat] | None = None
    """The chats in it, in order; there only if `include_fields` has `chats`."""


class CreatePinCategoryResponse(Response, frozen=True, kw_only=True):
    """The folder that was created."""

    url: str | None = None
    type: str | None = None
    data: PinCategory | None = None


class GetPinCategoriesResponse(Response, frozen=True, kw_only=True):
    """The list of folders."""

    url: str | None = None
    type: str | None = None
    data: list[PinCategory] | None = None
