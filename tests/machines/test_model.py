"""Two users, each alone on a board: whatever they do, it is what a naive model of folders and pins says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant

from cliq_pins import CliqError, InvalidRequest
from machines.acting import USERS, Acting, Action, must, users
from machines.running import BEHAVIOURS, FACADES, has_met, run, step

FIELDS = ("chats", "recipients_summary", "last_message_info")
MET = {"done", "AccessDenied", "InvalidRequest", "LimitReached", "NotFound", "OperationFailed", "PermissionDenied"}


class Modelled(Acting):
    """No fault, no other client: every call does what it says, the client throttles itself, and no conflict is seen."""

    name = "model"

    def perform(self, data: st.DataObject, action: Action) -> None:
        before = self.changes()
        result, error = None, None
        try:
            result = self.clients[action.user].do(action.call)
        except CliqError as raised:
            error = raised
        wanted = must(self.models[action.user], action, getattr(result, "id", ""))
        self.count(wanted.error or "done")
        assert (type(error).__name__ if error else None, error.code if error else None) == (wanted.error, wanted.code)
        assert (self.changes() > before) == wanted.sent
        if error:
            assert error.outcome == "not_applied"

    def changes(self) -> int:
        """How many requests came that could change something."""
        return sum(one.method != "GET" for one in self.simulator.log)

    @step(user=users, include=st.lists(st.sampled_from(FIELDS), unique=True), seconds=st.sampled_from([0, 0.4, 1, 61]))
    def read(self, user: str, include: list[str], seconds: float) -> None:
        self.simulator.clock.advance(seconds)
        self.simulator.log.clear()
        self.held[user] = read = self.clients[user].do(lambda pins: pins.board(include=include))
        rows = read.to_dict()["data"]
        for row in rows:
            if "chats" in row:
                row["chats"] = [one["chat_id"] for one in row["chats"]]
        assert rows == [self.models[user].naive.row(one, bool(include)) for one in self.models[user].naive.folders]

    @step(user=users)
    def use_the_others_board(self, user: str) -> None:
        other = self.held[USERS[user == USERS[0]]]
        if other is not None and other.folders:
            before = self.changes()
            with pytest.raises(InvalidRequest, match="another user"):
                self.clients[user].do(lambda pins: pins.folders.delete(other.folders[0], unpin_all=True))
            assert self.changes() == before

    @invariant()
    def both_boards_are_as_the_models_say(self) -> None:
        for user in USERS:
            assert self.facts(user) == self.models[user].facts()

    @invariant()
    def nobody_is_throttled(self) -> None:
        assert not [one for one in self.simulator.log if one.status == 429 or one.code == "request_limit_exceeded"]


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.parametrize("facade", FACADES)
def test_a_client_does_what_the_model_says(facade: Any, behaviour: str) -> None:
    run(Modelled, behaviour, facade)


def test_enough_was_met() -> None:
    has_met("model", MET)
