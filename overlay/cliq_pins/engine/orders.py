"""What calls of ours may have made of a board, in every order in which the service can have carried them out.

A call is carried out at some moment between its beginning and its end, and one of unknown outcome at any time after its
beginning, or never. So those that follow each other are carried out in turn, and those that cross in any order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from cliq_pins.layout import Change, Created, Creating, Deleted, Layout, Pinned, after

if TYPE_CHECKING:
    from .own_calls import OwnCall

Layouts: TypeAlias = tuple[Layout, ...]
"""One for each reading of the contract, or one for all of them."""
State: TypeAlias = tuple[frozenset["OwnCall"], Layouts]
"""Which calls were carried out, and what has become of the board."""

MOST_STATES = 1000
"""How many states are looked at."""


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
) -> Iterator[State]:
    """What calls may have made of a board, all that are needed and any of the others carried out.

    With what a reading has shown, the orders that fit it best come first; `again`: what calls have made or pinned may
    be there already. Raises `TooManyOrdersError` after `most` states.
    """
    rows = _as_tried(calls, shown)
    before = {one: frozenset(other for other in needed if other.ended < one.began) for one in rows}
    later = {one: frozenset(other for other in rows if one.ended < other.began) for one in rows}
    deleted = [one.change.folder for one in rows if isinstance(one.change, Deleted)]
    folders = dict.fromkeys((*(shown.order if shown else ()), *deleted))

    def following(state: State) -> Iterator[State]:
        done, made = state
        for one in rows:
            if one not in done and before[one] <= done and not later[one] & done:
                for results in _results(one.change, made, folders, again):
                    yield done | {one}, results

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
            yield state
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


def _results(change: Change, made: Layouts, folders: Iterable[str], again: bool) -> Iterator[Layouts]:
    """What a call may have made of a board; one that may have made a folder has made any that is new."""
    changes = [change]
    if isinstance(change, Creating):
        changes = [Created(one, change.chats) for one in folders if again or one not in made[0].chats]
    for one in changes:
        yield after(made, [one])
        if again:
            yield after(tuple(map(one.unmade, made)), [one])
