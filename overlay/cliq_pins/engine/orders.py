"""What calls of ours may have made of a board, in every order in which the service can have carried them out.

A call is carried out at some moment between its beginning and its end, and one of unknown outcome at any time after its
beginning, or never. So those that follow each other are carried out in turn, and those that cross in any order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from cliq_pins.layout import Change, Created, Creating, Layout, Pinned, after

if TYPE_CHECKING:
    from .own_calls import OwnCall

Layouts: TypeAlias = tuple[Layout, ...]
"""One for each reading of the contract, or one for all of them."""
State: TypeAlias = tuple[frozenset["OwnCall"], Layouts]
"""Which calls were carried out, and what has become of the board."""

MOST_STATES, FEW_STATES = 2000, 200
"""How many states are looked at for a board, and for each of many calls."""


class TooManyOrdersError(Exception):
    """There are more orders than can be tried."""


def outcomes(
    layouts: Layouts,
    calls: Collection[OwnCall],
    needed: frozenset[OwnCall],
    shown: Layout | None = None,
    *,
    again: bool = False,
    most: int = MOST_STATES,
) -> Iterator[Layouts]:
    """What calls may have made of a board, all that are needed and any of the others carried out.

    With what a reading has shown, the orders that fit it best come first; `again`: what calls have made or pinned may
    be there already. Raises `TooManyOrdersError` after `most` states.
    """
    rows = _as_tried(calls, shown)
    before = {one: frozenset(other for other in needed if other.ended < one.began) for one in rows}
    later = {one: frozenset(other for other in rows if one.ended < other.began) for one in rows}

    def following(state: State) -> Iterator[State]:
        done, made = state
        for one in rows:
            if one not in done and before[one] <= done and not later[one] & done:
                for change in _changes(one.change, made, shown, again):
                    yield done | {one}, after(made, [change])

    start: State = frozenset(), layouts
    seen: dict[frozenset[OwnCall], list[Layouts]] = {}
    left, paths = most, [iter([start])]
    while paths:
        state = next(paths[-1], None)
        if state is None:
            paths.pop()
            continue
        done, made = state
        alike = seen.setdefault(done, [])
        if made in alike:
            continue
        alike.append(made)
        left -= 1
        if left < 0:
            raise TooManyOrdersError
        if needed <= done:
            yield made
        paths.append(following(state))


def _as_tried(calls: Collection[OwnCall], shown: Layout | None) -> list[OwnCall]:
    """Calls as they ended, those that pinned chats as these stand; last, what may have been done and does not show."""
    ended = sorted(calls, key=lambda one: (one.ended, _place(one, shown) is None, one.began))
    places = {one: place for one in ended if (place := _place(one, shown)) is not None}
    pins = iter(sorted(places, key=places.__getitem__))
    return [next(pins) if one in places else one for one in ended]


def _place(call: OwnCall, shown: Layout | None) -> int | None:
    """Where the chat stands that a call has pinned; `None` if it does not, or the call has pinned none."""
    if shown is None or not isinstance(call.change, Pinned):
        return None
    chats = shown.chats.get(call.change.folder) or ()
    return chats.index(call.change.chat) if call.change.chat in chats else None


def _changes(change: Change, made: Layouts, shown: Layout | None, again: bool) -> Iterator[Change]:
    """What a call may have done; one that may have made a folder has made any that is new."""
    if not isinstance(change, Creating):
        yield change
        if again and isinstance(change, Created | Pinned):
            yield replace(change, again=True)
    elif shown is not None:
        yield from (Created(one, change.chats, again) for one in shown.order if again or one not in made[0].chats)
