"""Boards in few words, for tests and samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

from msgspec.structs import replace

from .clock import START_MS
from .state import DEFAULT, FIRST_ID, Board, Chat, Folder, LastMessage, Person, State, Text, User

USER = "user-1"
"""Who a board belongs to if no user is named."""


def chat(
    chat_id: str,
    name: str | None = None,
    *,
    chat_type: str = "channel",
    people: Iterable[str] = (),
    last_message: str | None = None,
) -> Chat:
    """Describe a chat; `people` are names, `last_message` is what it says."""
    persons = tuple(Person(id=f"{chat_id}-{number}", name=person) for number, person in enumerate(people, start=1))
    message = None
    if last_message is not None:
        sender = persons[0] if persons else Person(id=f"{chat_id}-0", name="Someone")
        time = datetime.fromtimestamp(START_MS / 1000, UTC).isoformat().replace("+00:00", "Z")
        message = LastMessage(id=f"{chat_id}-m", sender=sender, time=time, content=Text(last_message))
    return Chat(
        chat_id=chat_id,
        name=chat_id if name is None else name,
        chat_type=chat_type,
        participant_count=max(len(persons), 2),
        people=persons,
        last_message=message,
    )


def folder(title: str, *chats: str, symbol: str = "", state: str = "expanded", folder_id: str | None = None) -> Folder:
    """Describe a folder by its title and the ids of its chats; without an id, the board gives it one."""
    return Folder(id=folder_id or "", title=title, symbol=symbol, state=state, chats=_ids("folder", chats))


def board(
    *folders: Folder,
    my_pins: Iterable[str] = (),
    chats: Iterable[Chat | str] = (),
    unpinnable: Iterable[str] = (),
) -> Board:
    """Describe a board by its folders. Chats that are only named get a plain description.

    `chats` describes chats, pinned or not; `my_pins` are the ids in the default folder, `unpinnable` the ids of chats
    that the user is in but may not pin.
    """
    my_pins, unpinnable = _ids("my_pins", my_pins), _ids("unpinnable", unpinnable)
    known = {one.chat_id: one for one in (chat(one) if isinstance(one, str) else one for one in chats)}
    placed = tuple(
        one if one.id else replace(one, id=str(FIRST_ID - len(folders) + number)) for number, one in enumerate(folders)
    )
    default = Folder(id=DEFAULT, chats=my_pins)
    for named in (*default.chats, *unpinnable, *(item for one in placed for item in one.chats)):
        known.setdefault(named, chat(named))
    return Board(chats=known, default=default, folders=placed, unpinnable=frozenset(unpinnable))


def _ids(what: str, ids: Iterable[Any]) -> tuple[str, ...]:
    """Ids as a tuple; `ValueError` for what are none."""
    found = tuple(ids)
    if isinstance(ids, str) or not all(isinstance(one, str) for one in found):
        raise ValueError(f"{what}: the ids of chats are wanted, each a text, not {ids!r}")
    return found


def state(boards: Board | Mapping[str, Board], seed: int = 0) -> State:
    """The state of a service whose users have these boards; a single board is `user-1`'s."""
    users = {USER: boards} if isinstance(boards, Board) else boards
    return State(users={name: User(boards={"": one}) for name, one in users.items()}, seed=seed)


NAMES = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Ken", "Frances", "Dennis")
TOPICS = ("Launch", "Support", "Design", "Incidents", "Hiring", "Research", "Releases", "Lunch")


def sample(seed: int = 0) -> Board:
    """A small board to look at: chats of every kind, two folders, something in My Pins."""
    random = Random(seed)  # noqa: S311  # a sample, the same for the same seed
    first = 1_488_288_613_043_522_033 + random.randrange(10**6) * 1000
    chats: list[Chat] = []
    for number, topic in enumerate(random.sample(TOPICS, 5)):
        people = random.sample(NAMES, 4)
        chats.append(chat(str(first + number), topic, people=people, last_message=f"{people[0]}: see you there"))
    for number, name in enumerate(random.sample(NAMES, 3), start=len(chats)):
        chats.append(chat(str(first + number), name, chat_type="direct_message", people=[name], last_message="Thanks!"))
    chats.append(chat(str(first + len(chats)), "Reminders", chat_type="bot"))
    chats.append(chat(f"CT_{first + len(chats)}", "Team", chat_type="group_chat", people=NAMES[:3]))
    ids = [one.chat_id for one in chats]
    return board(
        folder("Work", *ids[:3], symbol=":razz:"),
        folder("People", *ids[5:8], state="collapsed"),
        my_pins=ids[3:4],
        chats=chats,
    )
