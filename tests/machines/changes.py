"""What two clients of one user do to one board: how each change is made, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

from cliq_pins import END
from cliq_pins.layout import moved
from cliq_pins.simulator import Board

Row: TypeAlias = tuple[str, ...]
Facets: TypeAlias = dict[str, Row]


def facets(now: Board) -> Facets:
    """What writes overwrite: the order of the folders, and the chats of each."""
    return {"order": tuple(one.id for one in now.folders), **{one.id: one.chats for one in now.folders}}


class Write(NamedTuple):
    """A change: how it is made with a folder and beside it, and what it must make of what it finds."""

    place: str
    """What it changes: `order`, or the chats of a folder."""
    where: str
    call: Callable[[Any, Any, str], Any]
    """Takes the client, the folder and what to do on a conflict."""
    makes: Callable[[Row], Row] | None = None
    """`None` for one that takes the place of what it finds, or makes something new."""
    guarded: bool = True
    """Whether it is sent with a sync point."""


Change: TypeAlias = Callable[[str, Any], Write]
"""Takes the folder, and a chat or chats."""


def adding(where: str, chat: str) -> Write:
    return Write(
        where,
        where,
        lambda pins, held, how: pins.folders.add_chats(held, [chat], on_conflict=how),
        lambda has: has if chat in has else (*has, chat),
    )


def removing(where: str, chat: str) -> Write:
    return Write(
        where,
        where,
        lambda pins, held, how: pins.folders.remove_chats(held, [chat], on_conflict=how),
        lambda has: tuple(one for one in has if one != chat),
    )


def moving(where: str, _: str) -> Write:
    return Write(
        "order",
        where,
        lambda pins, held, how: pins.folders.move(held, above=END, on_conflict=how),
        lambda order: moved(order, where, None),
    )


def moving_chat(where: str, chat: str) -> Write:
    return Write(
        where,
        where,
        lambda pins, held, how: pins.folders.move_chat(held, chat, above=END, on_conflict=how),
        lambda has: moved(has, chat, None),
    )


def replacing(where: str, chats: list[str]) -> Write:
    return Write(where, where, lambda pins, held, _: pins.folders.replace_chats(held, chats))


def creating(where: str, chat: str) -> Write:
    return Write("order", where, lambda pins, *_: pins.folders.create("New", chats=[chat]), guarded=False)


def deleting(where: str, _: str) -> Write:
    return Write(
        "order",
        where,
        lambda pins, *_: pins.folders.delete(where, unpin_all=True),
        lambda order: tuple(one for one in order if one != where),
        guarded=False,
    )


def pinning(where: str, chat: str) -> Write:
    return Write(
        where,
        where,
        lambda pins, *_: pins.chats.pin(chat, folder=where),
        lambda has: has if chat in has else (*has, chat),
        guarded=False,
    )


def learnt(known: dict[str, set[Row]], write: Write, before: Facets, now: Facets) -> dict[str, set[Row]]:
    """What a client may take each facet for after a change of its own, from what it could before."""
    new = [one for one in now if one not in before]
    filled = new[0] if new else write.place
    put = set(now[filled] if write.guarded or new or write.makes is None else write.makes(()))
    come = [put, *(put - set(row) for row in rows_of(filled, before, known))]
    gone = [set(row) for one in before if one not in now for row in rows_of(one, before, known)]
    found = {each: had | set(left_in(had, come + gone)) for each, had in known.items()}
    if write.makes is not None or write.guarded:  # what is held does not know of a change that it is made on
        found[write.place] = set(map(write.makes, known.get(write.place, ()))) if write.makes else set()
    if write.guarded:  # nobody else has changed it
        found[write.place].add(now[write.place])
    for one in new:
        found["order"] = {order for had in known["order"] for order in ((*had, one), (one, *had))}
        found[one] = {now[one]}
    return found


def rows_of(place: str, before: Facets, known: dict[str, set[Row]]) -> list[Row]:
    """What a place had, and what a client may have taken it to have."""
    return [before.get(place, ()), *known.get(place, ())]


def left_in(known: set[Row], taken: list[set[str]]) -> Iterator[Row]:
    """What is put into one folder leaves the others, under some reading, and so does what a deleted one had.

    A client cannot tell that from somebody else who took it out there, and may take it for its own doing.
    """
    for had in known:
        yield from (tuple(chat for chat in had if chat not in chats) for chats in taken)
