"""The rules that every machine has in common: one for each method of a client, with what it must do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

from cliq_pins import END, Board
from cliq_pins.simulator import Simulator
from cliq_pins.testing import board, folder
from machines.facade import Facade
from machines.model import CHATS, FOREIGN, UNPINNABLE, Model, Must, facts, tried
from machines.running import Machine, step

USERS = ("ada", "grace")
TITLES = ("A", "B", "Ärger", "x" * 255)
FAR = 10**9
"""How long tokens live, in seconds: longer than any run."""

users = st.sampled_from(USERS)
some_chat = st.sampled_from([*CHATS, *CHATS, FOREIGN])
chat_lists = st.lists(st.sampled_from(CHATS[:5]), max_size=4, unique=True) | st.lists(some_chat, max_size=4)
details = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(TITLES),
        "symbol": st.sampled_from(["", ":razz:", "🎉"]),
        "state": st.sampled_from(["expanded", "collapsed"]),
    },
).filter(bool)


class Action(NamedTuple):
    """A call of a user."""

    user: str
    operation: str
    call: Callable[[Any], Any]
    does: Callable[[Model, str], Must]
    """What it must do; takes the id of the folder that is made, if one is."""
    is_so: Callable[[Model], bool] = lambda model: False
    """Whether what it is for is so already, though the service refuses it."""


class Acting(Machine):
    """Two users of one service, each alone on a board."""

    limits = True

    def __init__(self) -> None:
        super().__init__()
        start = board(folder("A", "C4", "C5", folder_id="1"), chats=CHATS, unpinnable=[UNPINNABLE])
        self.simulator = Simulator(dict.fromkeys(USERS, start), behaviour=self.behaviour, limits=self.limits)
        self.runner = asyncio.Runner() if self.awaiting else None
        self.models = {user: Model(self.behaviour) for user in USERS}
        for model in self.models.values():
            assert model.create("1", "A", "", ["C4", "C5"]).error is None
        self.clients = {user: Facade(self.simulator, self.runner, **self.arguments(user)) for user in USERS}
        self.held: dict[str, Board | None] = dict.fromkeys(USERS)

    def arguments(self, user: str) -> dict[str, Any]:
        """How a user's client is set up."""
        return {"token": self.simulator.token(user, seconds=FAR), "user": user, "max_wait": FAR, "deadline": FAR}

    def teardown(self) -> None:
        if self.runner:
            self.runner.close()

    def facts(self, user: str) -> list[tuple[Any, ...]]:
        """What the service has."""
        return facts(self.simulator.board(user))

    def perform(self, data: st.DataObject, action: Action) -> None:
        """Make the call and see what comes of it."""
        raise NotImplementedError

    def folder(self, data: st.DataObject, user: str, name: str = "folder") -> tuple[str, Any]:
        """A folder's id, oftenest a real one, and how it is given: as the id or as it was read, however long ago."""
        found = data.draw(st.sampled_from([*self.models[user].ids * 3, "default", "404"]), label=name)
        held = self.held[user]
        if held is None or data.draw(st.booleans(), label="by id"):
            return found, found
        return found, next((one for one in held.everything if one.id == found), found)

    @step(
        data=st.data(),
        user=users,
        title=st.sampled_from(TITLES),
        symbol=st.sampled_from([None, "", "🎉"]),
        chats=chat_lists,
    )
    def create(self, data: st.DataObject, user: str, title: str, symbol: str | None, chats: list[str]) -> None:
        given = {} if symbol is None else {"symbol": symbol}
        title = self.new_title(title)
        self.perform(
            data,
            Action(
                user,
                "createPinCategory",
                lambda pins: pins.folders.create(title, chats=chats, **given),
                lambda model, new: model.create(new, title, symbol, chats),
            ),
        )

    def new_title(self, title: str) -> str:
        """The title for a new folder."""
        return title

    @step(data=st.data(), user=users, title=st.sampled_from(TITLES), chats=chat_lists)
    def create_or_get(self, data: st.DataObject, user: str, title: str, chats: list[str]) -> None:
        self.perform(
            data,
            Action(
                user,
                "createPinCategory",
                lambda pins: pins.folders.create_or_get(title, chats=chats),
                lambda model, new: model.create_or_get(new, title, chats),
            ),
        )

    @step(data=st.data(), user=users, body=details)
    def update(self, data: st.DataObject, user: str, body: dict[str, Any]) -> None:
        found, ref = self.folder(data, user)
        self.perform(
            data,
            Action(
                user,
                "updatePinCategory",
                lambda pins: pins.folders.update(ref, **body),
                lambda model, _: model.update(found, body),
            ),
        )

    @step(data=st.data(), user=users, last=st.booleans())
    def move(self, data: st.DataObject, user: str, last: bool) -> None:
        found, ref = self.folder(data, user)
        above, place = (None, END) if last else self.folder(data, user, "above")
        self.perform(
            data,
            Action(
                user,
                "reorderCategory",
                lambda pins: pins.folders.move(ref, above=place),
                lambda model, _: model.move(found, above),
            ),
        )

    @step(data=st.data(), user=users, chats=chat_lists)
    def replace_chats(self, data: st.DataObject, user: str, chats: list[str]) -> None:
        found, ref = self.folder(data, user)
        self.perform(
            data,
            Action(
                user,
                "bulkUpdateChatsInCategory",
                lambda pins: pins.folders.replace_chats(ref, chats),
                lambda model, _: model.replace(found, chats),
                lambda model: model.chats(found) == chats,
            ),
        )

    @step(data=st.data(), user=users, chats=chat_lists)
    def add_chats(self, data: st.DataObject, user: str, chats: list[str]) -> None:
        found, ref = self.folder(data, user)
        above = data.draw(st.none() | st.sampled_from([*self.models[user].chats(found), FOREIGN]), label="above")
        self.perform(
            data,
            Action(
                user,
                "bulkUpdateChatsInCategory",
                lambda pins: pins.folders.add_chats(ref, chats, above=above or END),
                lambda model, _: model.add(found, chats, above),
            ),
        )

    @step(data=st.data(), user=users, chats=chat_lists)
    def remove_chats(self, data: st.DataObject, user: str, chats: list[str]) -> None:
        found, ref = self.folder(data, user)
        self.perform(
            data,
            Action(
                user,
                "bulkUpdateChatsInCategory",
                lambda pins: pins.folders.remove_chats(ref, chats),
                lambda model, _: model.remove(found, chats),
            ),
        )

    @step(data=st.data(), user=users)
    def move_chat(self, data: st.DataObject, user: str) -> None:
        found, ref = self.folder(data, user)
        here = st.sampled_from([*self.models[user].chats(found) * 3, FOREIGN])
        chat, above = data.draw(here, label="chat"), data.draw(st.none() | here, label="above")
        self.perform(
            data,
            Action(
                user,
                "reorderChatInCategory",
                lambda pins: pins.folders.move_chat(ref, chat, above=above or END),
                lambda model, _: model.move_chat(found, chat, above),
                lambda model: chat in model.chats(found) and _is_above(model.chats(found), chat, above),
            ),
        )

    @step(data=st.data(), user=users, unpin_all=st.booleans())
    def delete(self, data: st.DataObject, user: str, unpin_all: bool) -> None:
        found, ref = self.folder(data, user)
        self.perform(
            data,
            Action(
                user,
                "deletePinCategory",
                lambda pins: pins.folders.delete(ref, unpin_all=unpin_all),
                lambda model, _: model.delete(found, unpin_all),
                lambda model: model.naive.find(found) is None,
            ),
        )

    @step(data=st.data(), user=users, chat=some_chat, nowhere=st.booleans())
    def pin(self, data: st.DataObject, user: str, chat: str, nowhere: bool) -> None:
        found, ref = (None, None) if nowhere else self.folder(data, user)
        self.perform(
            data,
            Action(
                user,
                "pinChat",
                lambda pins: pins.chats.pin(chat, folder=ref),
                lambda model, _: model.pin(chat, found),
            ),
        )

    @step(data=st.data(), user=users, chat=some_chat)
    def unpin(self, data: st.DataObject, user: str, chat: str) -> None:
        self.perform(
            data,
            Action(
                user,
                "unpinChat",
                lambda pins: pins.chats.unpin(chat),
                lambda model, _: model.unpin(chat),
                lambda model: model.nowhere([chat]),
            ),
        )

    @step(data=st.data(), user=users, chats=st.lists(some_chat, max_size=3))
    def unpin_many(self, data: st.DataObject, user: str, chats: list[str]) -> None:
        self.perform(
            data,
            Action(
                user,
                "removeChatsAcrossCategories",
                lambda pins: pins.chats.unpin_many(chats),
                lambda model, _: model.unpin_many(chats),
                lambda model: model.nowhere(chats),
            ),
        )


def must(model: Model, action: Action, new: str) -> Must:
    """What must come of an action; the model has done it then."""
    return tried(model, lambda one: action.does(one, new))


def _is_above(chats: list[str], chat: str, above: str | None) -> bool:
    """Whether a chat stands right above another, or last."""
    return chats[chats.index(chat) + 1 :][:1] == [above] * (above is not None)
