"""What the published contract leaves open, as switches; each default is the documented reading, if there is one."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct


class Behaviour(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, repr_omit_defaults=True):
    """How the simulated service reads what its contract leaves open. Nobody has published which reading is true.

    A reading that refuses answers 400 with the operation's own code for a failed call, such as
    `operation_failed`, unless it says otherwise.
    """

    staleness_scope: Literal["folder", "user"] = "folder"
    """What `last_sync_time` is judged against: this folder's last change, or the last change of any folder."""

    staleness_comparison: Literal["<", "<="] = "<"
    """A guarded call is stale if `last_sync_time < changed`, or already if `last_sync_time <= changed`."""

    staleness_resolution: Literal["1s", "1ms"] = "1s"
    """What both times are cut down to before they are compared."""

    details_count_as_change: bool = True
    """Whether a new title, symbol or state makes an older `last_sync_time` stale."""

    throttle_answer: Literal["429_message", "429_retry_after", "400_code"] = "429_message"
    """The answer to a call too many: 429 with a message, with `Retry-After` as well, or 400 with a code."""

    throttle_trips_at: Literal["after_nth", "nth"] = "after_nth"
    """With a limit of N calls: whether the call after the Nth is refused, or the Nth itself."""

    calls_while_locked: Literal["ignored", "lengthen"] = "ignored"
    """Whether a call during a lock starts the lock anew."""

    limit_counted_per: Literal["endpoint", "folder"] = "endpoint"
    """Whether calls are counted for each method and path template, or for each method and path with its ids."""

    pin_elsewhere: Literal["adds", "moves"] = "adds"
    """What becomes of a chat that is put into a second folder: it is in both, or it leaves the first.

    Holds for every way into a folder: pin, create, replace, and a reorder that adds.
    """

    pin_again: Literal["accepted", "refused"] = "accepted"
    """Pinning a chat into a folder that has it: changes nothing, or is refused."""

    duplicate_chat_ids: Literal["collapsed", "refused"] = "collapsed"
    """The same chat twice in one list: only its first place counts, or the call is refused."""

    unknown_folder: Literal["400", "404", "401"] = "400"
    """A folder that is not there: 400, 404 with a message, or 401 `oauthtoken_scope_invalid`."""

    unknown_chats_removed: Literal["ignored", "refused"] = "ignored"
    """Chats in a bulk removal that the user does not have."""

    new_folder_goes: Literal["last", "first"] = "last"
    """Where a new folder stands; My Pins is before all folders in either case."""

    default_folder_lists_chats: bool = False
    """Whether My Pins lists its chats when `include_fields` asks for `chats`."""

    symbol_on_create: Literal["optional", "required"] = "optional"
    """A new folder without `symbol`: made, or refused with `param_missing`. An empty symbol is one."""

    guarded_put_on_default: Literal["allowed", "refused"] = "allowed"
    """Replacing or reordering the chats of My Pins: as in a folder, or 400 `operation_not_allowed`.

    My Pins itself never moves and has no details: those two calls fail in either case.
    """

    bad_pin_above: Literal["refused", "end"] = "refused"
    """A `pin_above` that is not in the list, or is the item itself: refused, or the same as none (to the end)."""

    chat_not_in_folder: Literal["refused", "added"] = "refused"
    """Reordering a chat that the folder does not have: refused, or the chat is added at that place."""

    unpin_all_reaches: Literal["everywhere", "folder"] = "everywhere"
    """Deleting a folder with `unpin_all=true`: its chats leave every folder and My Pins, or only the one deleted."""

    missing_scope_status: Literal["401", "403"] = "401"
    """The status of `oauthtoken_scope_invalid` for a token that lacks the operation's scope."""

    max_folders: Annotated[int, Meta(ge=0)] = 100
    """How many folders a user may have, My Pins not counted."""

    max_pins: Annotated[int, Meta(ge=0)] = 100
    """How many chats a folder or My Pins may have. Moving chats to My Pins by deleting a folder is never refused."""

    def __post_init__(self) -> None:
        """Check the types: a reading may be made by hand. `ValueError` names the switch and its readings."""
        for field in _fields():
            try:
                msgspec.convert(getattr(self, field.name), field.type)
            except msgspec.ValidationError as error:
                raise ValueError(f"{field.name}: {getattr(self, field.name)!r}: {error}") from None


@cache
def _fields() -> tuple[msgspec.structs.FieldInfo, ...]:
    """The switches; to look them up takes longer than to make a simulator."""
    return msgspec.structs.fields(Behaviour)


PROFILES: dict[str, Behaviour] = {
    "documented": Behaviour(),
    "observed": Behaviour(
        throttle_answer="400_code",
        throttle_trips_at="nth",
        calls_while_locked="lengthen",
        unknown_folder="401",
    ),
    "strict": Behaviour(
        staleness_scope="user",
        staleness_comparison="<=",
        staleness_resolution="1s",
        throttle_answer="429_retry_after",
        throttle_trips_at="nth",
        calls_while_locked="lengthen",
        pin_elsewhere="moves",
        pin_again="refused",
        duplicate_chat_ids="refused",
        unknown_folder="404",
        unknown_chats_removed="refused",
        symbol_on_create="required",
        guarded_put_on_default="refused",
        missing_scope_status="403",
        max_folders=10,
        max_pins=20,
    ),
    "lenient": Behaviour(
        staleness_resolution="1ms",
        details_count_as_change=False,
        limit_counted_per="folder",
        new_folder_goes="first",
        default_folder_lists_chats=True,
        bad_pin_above="end",
        chat_not_in_folder="added",
        unpin_all_reaches="folder",
    ),
}
"""Useful combinations by name. `observed` is what users have reported of this service and its siblings."""


def readings() -> dict[str, tuple[str | bool, ...]]:
    """Every switch with its readings, the default first; the two numbers are not among them."""
    found: dict[str, tuple[str | bool, ...]] = {}
    for field in _fields():
        kind = msgspec.inspect.type_info(field.type)
        if isinstance(kind, msgspec.inspect.LiteralType):
            values = tuple(str(value) for value in kind.values)
            found[field.name] = (field.default, *(value for value in values if value != field.default))
        elif isinstance(kind, msgspec.inspect.BoolType):
            found[field.name] = (field.default, not field.default)
    return found
