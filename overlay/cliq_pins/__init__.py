"""Zoho Cliq's My Pins and chat folders for Python: `CliqPins`, and `AsyncCliqPins` for tasks.

Names are imported when they are first used, so that to import the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .aio import AsyncChats, AsyncCliqPins, AsyncFolders
    from .board import Board, Chat, Folder
    from .client import Chats, CliqPins, Folders
    from .drift import ContractDriftWarning, Drift
    from .edits import AddChats, Edit, Move, MoveChat, RemoveChats, ReplaceChats
    from .errors import (
        AccessDenied,
        AuthenticationError,
        Batch,
        CliqError,
        ConfigurationError,
        ConnectionFailed,
        DeadlineExceeded,
        DecodeError,
        InvalidRequest,
        LimitReached,
        NotFound,
        OperationFailed,
        PartiallyDone,
        PermissionDenied,
        ProtocolError,
        RateLimited,
        RawAnswer,
        RedirectRefused,
        RefreshError,
        ResponseTooLarge,
        SchemaError,
        ServerError,
        StaleBoard,
        Timeout,
        UnknownError,
    )
    from .hooks import Hooks
    from .limits.redis_store import RedisStore
    from .position import END
    from .raw import RawResponse
    from .settings import CallOptions, Settings
    from .tokens import Credentials, MemoryTokenStore
    from .tokens.file_store import FileTokenStore
    from .tokens.keyring_store import KeyringTokenStore

_HOMES = {
    "aio": ("AsyncChats", "AsyncCliqPins", "AsyncFolders"),
    "board": ("Board", "Chat", "Folder"),
    "client": ("Chats", "CliqPins", "Folders"),
    "drift": ("ContractDriftWarning", "Drift"),
    "edits": ("AddChats", "Edit", "Move", "MoveChat", "RemoveChats", "ReplaceChats"),
    "errors": (
        "AccessDenied",
        "AuthenticationError",
        "Batch",
        "CliqError",
        "ConfigurationError",
        "ConnectionFailed",
        "DeadlineExceeded",
        "DecodeError",
        "InvalidRequest",
        "LimitReached",
        "NotFound",
        "OperationFailed",
        "PartiallyDone",
        "PermissionDenied",
        "ProtocolError",
        "RateLimited",
        "RawAnswer",
        "RedirectRefused",
        "RefreshError",
        "ResponseTooLarge",
        "SchemaError",
        "ServerError",
        "StaleBoard",
        "Timeout",
        "UnknownError",
    ),
    "hooks": ("Hooks",),
    "limits.redis_store": ("RedisStore",),
    "position": ("END",),
    "raw": ("RawResponse",),
    "settings": ("CallOptions", "Settings"),
    "tokens": ("Credentials", "MemoryTokenStore"),
    "tokens.file_store": ("FileTokenStore",),
    "tokens.keyring_store": ("KeyringTokenStore",),
}
"""Where each name stands."""

_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "END",
    "AccessDenied",
    "AddChats",
    "AsyncChats",
    "AsyncCliqPins",
    "AsyncFolders",
    "AuthenticationError",
    "Batch",
    "Board",
    "CallOptions",
    "Chat",
    "Chats",
    "CliqError",
    "CliqPins",
    "ConfigurationError",
    "ConnectionFailed",
    "ContractDriftWarning",
    "Credentials",
    "DeadlineExceeded",
    "DecodeError",
    "Drift",
    "Edit",
    "FileTokenStore",
    "Folder",
    "Folders",
    "Hooks",
    "InvalidRequest",
    "KeyringTokenStore",
    "LimitReached",
    "MemoryTokenStore",
    "Move",
    "MoveChat",
    "NotFound",
    "OperationFailed",
    "PartiallyDone",
    "PermissionDenied",
    "ProtocolError",
    "RateLimited",
    "RawAnswer",
    "RawResponse",
    "RedirectRefused",
    "RedisStore",
    "RefreshError",
    "RemoveChats",
    "ReplaceChats",
    "ResponseTooLarge",
    "SchemaError",
    "ServerError",
    "Settings",
    "StaleBoard",
    "Timeout",
    "UnknownError",
]


def __getattr__(name: str) -> Any:
    """Import a name from where it stands (PEP 562)."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Every public name."""
    return sorted(__all__)
