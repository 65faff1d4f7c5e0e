"""`with_raw_response`: the same methods, whose results have the answers beside the value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

from msgspec import Struct

from .engine.capture import capture
from .errors import RawAnswer

if TYPE_CHECKING:
    from .aio import AsyncChats, AsyncCliqPins, AsyncFolders
    from .client import Chats, CliqPins, Folders

P = ParamSpec("P")
T = TypeVar("T")


class RawResponse(Struct, Generic[T], frozen=True):
    """A value, and the answers that it came from: one for each request, the last one last."""

    value: T
    answers: tuple[RawAnswer, ...]

    @property
    def last(self) -> RawAnswer | None:
        """The last answer; `None` if nothing had to be sent."""
        return self.answers[-1] if self.answers else None


def raw(method: Callable[P, T]) -> Callable[P, RawResponse[T]]:
    """A method with the answers beside its value."""

    @wraps(method)
    def with_answers(*args: P.args, **kwargs: P.kwargs) -> RawResponse[T]:
        with capture() as answers:
            value = method(*args, **kwargs)
        return RawResponse(value, tuple(answers))

    return with_answers


def raw_async(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[RawResponse[T]]]:
    """The same for tasks."""

    @wraps(method)
    async def with_answers(*args: P.args, **kwargs: P.kwargs) -> RawResponse[T]:
        with capture() as answers:
            value = await method(*args, **kwargs)
        return RawResponse(value, tuple(answers))

    return with_answers


class RawFolders:
    """The methods of `Folders`."""

    def __init__(self, of: Folders) -> None:
        self.create = raw(of.create)
        self.create_or_get = raw(of.create_or_get)
        self.reconcile = raw(of.reconcile)
        self.update = raw(of.update)
        self.move = raw(of.move)
        self.replace_chats = raw(of.replace_chats)
        self.add_chats = raw(of.add_chats)
        self.remove_chats = raw(of.remove_chats)
        self.move_chat = raw(of.move_chat)
        self.delete = raw(of.delete)


class RawChats:
    """The methods of `Chats`."""

    def __init__(self, of: Chats) -> None:
        self.pin = raw(of.pin)
        self.unpin = raw(of.unpin)
        self.unpin_many = raw(of.unpin_many)
        self.reconcile = raw(of.reconcile)


class RawCliqPins:
    """The methods of `CliqPins`."""

    def __init__(self, of: CliqPins) -> None:
        self.folders = RawFolders(of.folders)
        self.chats = RawChats(of.chats)
        self.board = raw(of.board)
        self.edit = raw(of.edit)


class RawAsyncFolders:
    """The methods of `AsyncFolders`."""

    def __init__(self, of: AsyncFolders) -> None:
        self.create = raw_async(of.create)
        self.create_or_get = raw_async(of.create_or_get)
        self.reconcile = raw_async(of.reconcile)
        self.update = raw_async(of.update)
        self.move = raw_async(of.move)
        self.replace_chats = raw_async(of.replace_chats)
        self.add_chats = raw_async(of.add_chats)
        self.remove_chats = raw_async(of.remove_chats)
        self.move_chat = raw_async(of.move_chat)
        self.delete = raw_async(of.delete)


class RawAsyncChats:
    """The methods of `AsyncChats`."""

    def __init__(self, of: AsyncChats) -> None:
        self.pin = raw_async(of.pin)
        self.unpin = raw_async(of.unpin)
        self.unpin_many = raw_async(of.unpin_many)
        self.reconcile = raw_async(of.reconcile)


class RawAsyncCliqPins:
    """The methods of `AsyncCliqPins`."""

    def __init__(self, of: AsyncCliqPins) -> None:
        self.folders = RawAsyncFolders(of.folders)
        self.chats = RawAsyncChats(of.chats)
        self.board = raw_async(of.board)
        self.edit = raw_async(of.edit)
