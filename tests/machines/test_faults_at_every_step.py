"""The same two users, and something goes wrong at every step: the client may fail, but it never says what is not so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from cliq_pins import AuthenticationError, Board, CliqError, Credentials, Folder, RateLimited, StaleBoard
from cliq_pins.engine.guarded import MOST_SENDINGS
from cliq_pins.simulator import Fault
from cliq_pins_client import operation_table
from machines.acting import FAR, USERS, Acting, Action, must, users
from machines.drawn_faults import READ, SHARES, Drawn, scripts
from machines.model import DONE, Model, Must
from machines.running import BEHAVIOURS, FACADES, has_met, met, run, step, steps

ATTEMPTS = 3
PAUSE = 5.0
"""Seconds between two steps: what changes at the same time changes within a step."""
MINUTES = 120.0
"""Seconds: long enough for the client's own limits, and too short for a lock."""
TOKENS_AGAIN = 700.0
"""Seconds after which the accounts server gives tokens again, whatever was asked of it before."""
ACTIONS = {
    *("before close", "before expire", "before hang", "before meanwhile", "before redirect", "before reset"),
    *("before status", "after body", "after close", "after expire", "after gzip", "after hang", "after headers"),
    *("after meanwhile", "after reset", "after skew", "after status"),
}
"""What each kind of fault does, and when."""
MET = {"done", "not_applied", "unknown: not done", "unknown: done", "struck", "reconciled", *SHARES, *ACTIONS}
STRUCK = 0.6
"""The share of the steps of each run that are struck at least: not every call sends a request."""


class Came(NamedTuple):
    """What came of a call."""

    result: Any
    error: CliqError | None
    faults: tuple[Fault, ...]
    """The faults that struck it."""


class Faulty(Acting):
    """A fault is drawn for each call; what comes of the call is compared with what the service has then."""

    name = "faults"
    limits = False

    def __init__(self) -> None:
        self.made = 0
        super().__init__()

    def arguments(self, user: str) -> dict[str, Any]:
        return {
            "credentials": Credentials(**self.simulator.sign_up(user)),
            "accounts_url": "https://accounts.zoho.com",
            "user": user,
            "max_attempts": ATTEMPTS,
            "max_wait": MINUTES,
            "deadline": FAR,
        }

    def new_title(self, title: str) -> str:
        """One that no other folder has, so that what was made twice shows."""
        self.made += 1
        return f"{title[:5]} {self.made}"

    @initialize()
    def sign_in(self) -> None:
        for user in USERS:
            self.held[user] = self.clients[user].do(lambda pins: pins.board())

    @step(data=st.data(), user=users)
    def read(self, data: st.DataObject, user: str) -> None:
        self.perform(data, Action(user, READ, lambda pins: pins.board(), lambda model, _: DONE))

    def perform(self, data: st.DataObject, action: Action) -> None:
        self.simulator.clock.advance(PAUSE)
        self.simulator.log.clear()
        before, known = self.models[action.user], {one[0] for one in self.facts(action.user)}
        # whose board another client changes is told by a token that is alive, else it is the first user's
        others = next(iter(before.ids), None) if action.user == USERS[0] else None
        sends = must(before.copy(), action, "").sent
        came = self.struck(action, data.draw(scripts(action.operation, sends, others), label="faults"))
        self.nobody_else_is_blamed(action, came)
        now = self.facts(action.user)
        made = next((one[0] for one in now if one[0] not in known), getattr(came.result, "id", ""))
        self.models[action.user] = after = judged(came, now, Outcomes.of(before, action, made, came.faults))
        self.note(came, now == before.facts())
        self.is_sent_again_only_if_nothing_was_done(action)
        if isinstance(came.result, Folder):
            assert came.result.id in after.ids
        if isinstance(came.result, Board):
            self.held[action.user] = came.result
            shown = {one: tuple(after.chats(one)) if after.lists(one) else None for one in ("default", *after.ids)}
            assert came.result.layout().chats == shown
        if came.error:
            self.recover(action, came.error, made)
        if any(one.operation == "token" for one in self.simulator.log):
            self.simulator.clock.advance(TOKENS_AGAIN)  # so that the next step can have as many as it needs

    def struck(self, action: Action, drawn: Drawn) -> Came:
        """Make a call that faults may strike."""
        self.simulator.script(*drawn.script)
        try:
            result, error = self.clients[action.user].do(action.call), None
        except CliqError as raised:
            result, error = None, raised
        finally:
            unused = self.simulator.unused_faults()
            self.simulator.script()
        if not unused:
            self.count(drawn.kind)
        return Came(result, error, tuple(one for one in drawn.script if one not in unused))

    def note(self, came: Came, same: bool) -> None:
        if came.faults:
            self.count("struck")
        for one in came.faults:
            self.count(f"{one.phase} {one.action}")
        outcome = came.error.outcome if came.error else "done"
        self.count(f"{outcome}: {'not done' if same else 'done'}" if outcome == "unknown" else outcome)

    def nobody_else_is_blamed(self, action: Action, came: Came) -> None:
        """Nobody else changes what is guarded. The service says so at times, and a reading tells that it is not so.

        Where a folder's chats are not listed it cannot tell of a write that was lost and then refused, a second time.
        """
        if isinstance(came.error, StaleBoard):
            unread = came.error.board is None
            misled = any(one.action == "skew" and one.nth is None for one in came.faults)
            sent = {one.body for one in self.simulator.log if one.operation == action.operation}
            where = came.error.request.path.rpartition("/")[2] if came.error.request else ""
            untold = came.error.outcome == "unknown" and not self.models[action.user].lists(where) and len(sent) > 1
            assert unread or misled or untold, "nobody else changed what is guarded"

    def is_sent_again_only_if_nothing_was_done(self, action: Action) -> None:
        sent = [one for one in self.simulator.log if one.operation == action.operation]
        retry_class = operation_table()[action.operation].retry_class
        assert len(sent) <= ATTEMPTS * (MOST_SENDINGS if retry_class == "guarded" else 1)
        if retry_class == "create":
            assert all(one.status is not None and 400 <= one.status < 500 for one in sent[:-1])

    def recover(self, action: Action, error: CliqError, made: str) -> None:
        """Do what a caller does after an error; there are no more faults."""
        client, model = self.clients[action.user], self.models[action.user]
        assert error.attempts <= ATTEMPTS
        self.simulator.clock.advance(max(map(wait, chain(error))))
        if isinstance(error, RateLimited):
            client.do(lambda pins: pins.board())
        if error.outcome != "unknown" or error.operation not in ("createPinCategory", "pinChat"):
            return
        self.count("reconciled")
        body = msgspec.json.decode(error.request.content or b"{}")  # type: ignore[union-attr]  # it was sent
        if error.operation == "pinChat":
            where, chat = body.get("category_id", "default"), error.request.path.split("/")[2]  # type: ignore[union-attr]
            there = chat in model.chats(where) if model.lists(where) else None
            assert client.do(lambda pins: pins.chats.reconcile(error)) is there or model.naive.find(where) is None
            return
        found = client.do(lambda pins: pins.folders.reconcile(error))
        assert (found.id if found else "") == made
        if made:
            again = client.do(lambda pins: pins.folders.create_or_get(body["title"]))
            assert again.id == made

    @invariant()
    def both_boards_are_as_the_models_say(self) -> None:
        for user in USERS:
            assert self.facts(user) == self.models[user].facts()


def chain(error: BaseException | None) -> Iterator[CliqError]:
    """An error and those behind it, such as that of a reading that was to tell what it means."""
    while isinstance(error, CliqError):
        yield error
        error = error.__cause__


def wait(error: CliqError) -> float:
    """Seconds until a call can go better."""
    if isinstance(error, RateLimited):
        assert error.retry_after is not None
    return max(TOKENS_AGAIN if isinstance(error, AuthenticationError) else 0.0, error.retry_after or 0.0)


class Outcomes(NamedTuple):
    """What the board can be after a call."""

    undone: list[Model]
    done: list[Model]
    must: Must
    """What must come of the call if nothing goes wrong."""

    @classmethod
    def of(cls, before: Model, action: Action, made: str, faults: tuple[Fault, ...]) -> Outcomes:
        """With and without the call, and with what another client did before or after it."""
        undone, done, last = before.copy(), before.copy(), before.copy()
        other(undone, faults)
        other(done, faults)
        wanted = must(done, action, made)
        finished = [done] if wanted.error is None or action.is_so(done) else []
        if must(last, action, made).error is None:
            other(last, faults)
            finished.append(last)
        return cls([undone], finished, wanted)


def other(model: Model, faults: tuple[Fault, ...]) -> None:
    """What another client did meanwhile."""
    for fault in faults:
        if fault.action == "meanwhile":
            model.update(fault.args["target"].rpartition("/")[2], fault.args["json"])


def judged(came: Came, now: list[tuple[Any, ...]], possible: Outcomes) -> Model:
    """The model of the board as it is; it must be one that the call's outcome allows."""
    error = came.error
    if not came.faults and not isinstance(error, StaleBoard):
        told = (type(error).__name__ if error else None, error.code if error else None)
        assert told == (possible.must.error, possible.must.code), "nothing went wrong"
    outcome = error.outcome if error else "applied"
    allowed = {"applied": possible.done, "not_applied": possible.undone, "unknown": possible.undone + possible.done}
    found = [one for one in allowed[outcome] if one.facts() == now]
    assert found, f"the call is said to be {outcome}, and is not"
    return found[0]


@pytest.mark.filterwarnings("ignore::cliq_pins.ContractDriftWarning")
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.parametrize("facade", FACADES)
def test_no_outcome_is_a_lie(facade: Any, behaviour: str) -> None:
    run(Faulty, behaviour, facade)


def test_enough_was_met() -> None:
    has_met("faults", MET)
    for one in met:
        if one.machine == "faults":
            assert met[one]["struck"] >= STRUCK * steps[one], f"too few steps were struck: {one}"
