"""All that the simulated service knows. Every value is replaced, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from .faults import ArmedFault

DEFAULT = "default"
"""The id of the default folder, My Pins."""

FIRST_ID = 4_000_000_000_000_020_001
"""Where the ids of new folders begin; beyond what a double can hold exactly, as the service's are."""


class Person(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Someone in a chat."""

    id: str
    name: str


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """What a message says."""

    text: str


class LastMessage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last message of a chat."""

    id: str
    sender: Person
    time: str
    """An ISO 8601 date and time."""
    content: Text
    type: str = "text"


class Chat(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A chat that the user is in, pinned or not."""

    chat_id: str
    name: str
    chat_type: str = "channel"
    participant_count: int = 2
    people: tuple[Person, ...] = ()
    last_message: LastMessage | None = None


class Folder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A chat folder, or My Pins."""

    id: str
    title: str = ""
    symbol: str = ""
    state: str = "expanded"
    chats: tuple[str, ...] = ()
    """Chat ids, in order."""
    changed_ms: int = 0
    """The last change, in epoch milliseconds."""


class Board(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A user's chats, folders and pins."""

    chats: dict[str, Chat] = {}
    """Every chat that the user is in, by id."""
    default: Folder = Folder(id=DEFAULT)
    folders: tuple[Folder, ...] = ()
    unpinnable: frozenset[str] = frozenset()
    """Chats that the user is in but may not pin."""
    changed_ms: int = 0
    """The last change of any folder, in epoch milliseconds."""

    def everything(self) -> tuple[Folder, ...]:
        """My Pins and the folders, in order."""
        return (self.default, *self.folders)


class User(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A user, with a board in each account: the key is the network's name, empty for the organisation itself."""

    boards: dict[str, Board]


class AccessToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A token for the API."""

    user: str
    scopes: frozenset[str]
    issued_ms: int
    expires_ms: int
    refresh_token: str = ""
    """What it was got with; empty if it was handed out directly."""
    data_centre: str = ""
    """Where it holds; empty for everywhere."""


class RefreshToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A token that gets access tokens."""

    user: str
    client_id: str
    scopes: frozenset[str]
    issued_ms: int
    uses: tuple[int, ...] = ()
    """When it was used of late, in epoch milliseconds."""
    data_centre: str = ""


class Grant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A grant code, good for one exchange."""

    user: str
    client_id: str
    scopes: frozenset[str]
    expires_ms: int
    data_centre: str = ""


class Usage(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The calls that count towards a rate limit."""

    calls: tuple[int, ...] = ()
    """When each was made, in epoch milliseconds, oldest first."""
    locked_until_ms: int = 0
    over_ms: int = 0
    """When neither the calls nor the lock matter any more."""


class State(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The whole service."""

    users: dict[str, User] = {}
    clients: dict[str, str] = {}
    """The secret of each OAuth client, by client id."""
    grants: dict[str, Grant] = {}
    refresh_tokens: dict[str, RefreshToken] = {}
    access_tokens: dict[str, AccessToken] = {}
    usage: dict[str, Usage] = {}
    faults: tuple[ArmedFault, ...] = ()
    seed: int = 0
    serial: int = 0
    """How many ids and secrets were made."""

    def new_id(self, board: Board) -> tuple[State, str]:
        """An id that no folder of a board has, and none that was made here before."""
        serial = self.serial
        while any(folder.id == str(FIRST_ID + serial) for folder in board.folders):
            serial += 1
        return replace(self, serial=serial + 1), str(FIRST_ID + serial)

    def new_secret(self, kind: str) -> tuple[State, str]:
        """A token, code or client secret that looks as the service's do; the same one for the same seed."""
        digest = sha256(f"{self.seed}:{self.serial}:{kind}".encode()).hexdigest()
        return replace(self, serial=self.serial + 1), f"1000.{digest[:32]}.{digest[32:]}"

    def board(self, user: str, network: str) -> Board:
        """A board; `KeyError` if the user is not there or not in that network."""
        return self.users[user].boards[network]

    def with_board(self, user: str, network: str, board: Board) -> State:
        """The same with one board replaced."""
        boards = {**(self.users[user].boards if user in self.users else {}), network: board}
        return replace(self, users={**self.users, user: User(boards=boards)})


def holding(board: Board, chat: str) -> Iterator[Folder]:
    """The folders, My Pins among them, that hold a chat."""
    return (folder for folder in board.everything() if chat in folder.chats)


def first_user(users: Mapping[str, User]) -> str:
    """Who is meant if nobody is named: the first by name, for the order of JSON's names tells nothing."""
    return min(users)
