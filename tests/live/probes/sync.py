"""When a `last_sync_time` is stale: four readings that have to be told apart by the same refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from live.journal import Unobserved, Untold
from live.said import Said, is_stale
from live.server_time import SECOND
from live.stage import APART, Stage

from .probe import Findings, Probe, found

Guarded: TypeAlias = Callable[[str, int], Said]
"""A guarded change of a folder with a `last_sync_time`; it leaves the folder's chats as they are."""
MARGIN = 50
"""Milliseconds that a change has to be away from the ends of its second, so that it is clear which one that is."""
TRIES = 6
SURE = 3
"""How often a guarded change has to be refused as stale."""


def staleness_scope(stage: Stage, spend: int) -> Findings:
    """Another folder changes, and a guarded change of this one is sent with a time before that."""
    one, two, three = stage.chats[:3]
    folder, other = stage.make(one), stage.make()
    guarded: dict[str, Guarded] = {
        "reorder folder": lambda to, at: stage.put(to, last_sync_time=at),
        "reorder chat": lambda to, at: stage.put(to, chat_id=one, last_sync_time=at),
        "replace chats": lambda to, at: stage.put(to, chat_ids=stage.chats_of(to), last_sync_time=at),
    }
    _insist_on_staleness(stage, folder, two)
    of_user: dict[str, bool] = {}
    for name, change in guarded.items():
        toggled = _Toggle(stage, other, three)
        of_user[name] = _is_stale_after(stage, folder, toggled.change, change)
        toggled.change()
    if len(set(of_user.values())) > 1:
        told = ", ".join(f"{name}: {'any folder' if one else 'this folder'}" for name, one in of_user.items())
        raise Unobserved(f"none of the readings, it differs: {told}")
    reading = "user" if of_user["reorder folder"] else "folder"
    answer = "client_not_synced" if reading == "user" else "204"
    return found("staleness_scope", reading, f"another folder changed since: {answer} ({', '.join(of_user)})")


def details_count_as_change(stage: Stage, spend: int) -> Findings:
    """The folder gets a new title, and a guarded change is sent with a time before that."""
    folder = stage.make(stage.chats[0])
    _insist_on_staleness(stage, folder, stage.chats[1])
    counts = _is_stale_after(
        stage, folder, lambda: stage.done(stage.rename(folder), "renaming a folder"), _reorder(stage)
    )
    answer = "client_not_synced" if counts else "204"
    return found("details_count_as_change", counts, f"the folder was renamed since: {answer}")


def resolution_and_comparison(stage: Stage, spend: int) -> Findings:
    """A change in the middle of a second, and then times around it: which is the earliest that is not stale?"""
    change = _Toggle(stage, stage.make(), stage.chats[0])
    stage.time.narrow(lambda: _tick(stage, change.folder))
    if not _refuses(stage, change, lambda second, _: second - SECOND):
        raise Unobserved("a last_sync_time before the folder's last change is accepted")
    if not _refuses(stage, change, lambda second, _: second):
        return _both("1s", "<", "the beginning of the change's second: 204, the second before: client_not_synced")
    if not _refuses(stage, change, lambda second, _: second + SECOND - 1):
        evidence = "the end of the change's second: 204, its beginning: client_not_synced"
        return {**found("staleness_resolution", "1ms", evidence), **_comparison_in_milliseconds(stage, change)}
    if not _refuses(stage, change, lambda second, _: second + SECOND):
        return _both("1s", "<=", "the second after the change's: 204, the end of the change's: client_not_synced")
    raise Unobserved("none of the readings: even the second after the change's is refused")


def _comparison_in_milliseconds(stage: Stage, change: _Toggle) -> Findings:
    """The very millisecond of the change: that takes a clock that is known to the millisecond."""
    if stage.time.width:
        known = f"the service's clock is known to {stage.time.width} ms only, and it matters within one"
        return {"staleness_comparison": Untold(known).reading}
    exchange = change.change().exchange
    if exchange.sent != exchange.received:
        known = "an answer takes longer than the millisecond within which it matters"
        return {"staleness_comparison": Untold(known).reading}
    stale = _refuses(stage, change, lambda _, moment: moment)
    answer = "client_not_synced" if stale else "204"
    return found("staleness_comparison", "<=" if stale else "<", f"the millisecond of the change: {answer}")


def _both(resolution: str, comparison: str, evidence: str) -> Findings:
    return {
        **found("staleness_resolution", resolution, evidence),
        **found("staleness_comparison", comparison, evidence),
    }


class _Toggle:
    """A change of a folder that counts under every reading and is not guarded: a chat goes in or out."""

    def __init__(self, stage: Stage, folder: str, chat: str) -> None:
        self.stage = stage
        self.folder = folder
        self._chat = chat
        self._inside = False

    def change(self) -> Said:
        """Change it."""
        said = self.stage.unpin(self._chat) if self._inside else self.stage.pin(self._chat, self.folder)
        self._inside = not self._inside
        return self.stage.done(said, "pinning or unpinning a chat")

    def change_in_mid_second(self) -> int:
        """Change it in the middle of a second of the service's clock; gives when, in epoch milliseconds."""
        for _ in range(TRIES):
            self.stage.sleep_until(SECOND // 2)
            earliest, latest = self.stage.time.of(self.change().exchange)
            if (earliest - MARGIN) // SECOND == (latest + MARGIN) // SECOND:
                return (earliest + latest) // 2
        raise Unobserved("answers take too long to tell in which second a change was made")


def _refuses(stage: Stage, change: _Toggle, at: Callable[[int, int], int]) -> bool:
    """Whether a time is stale that is made from the second and the moment of a change."""

    def once() -> Said:
        moment = change.change_in_mid_second()
        stage.sleep(APART)
        return _reorder(stage)(change.folder, at(moment // SECOND * SECOND, moment))

    return _is_stale_each_time(stage, once, lambda in_step: _reorder(stage)(change.folder, in_step))


def _tick(stage: Stage, folder: str) -> None:
    """Call when the service's clock is about to tick. Of the calls that do no harm, this may be made most often."""
    stage.sleep_until(0)
    stage.rename(folder)


def _reorder(stage: Stage) -> Guarded:
    return lambda folder, at: stage.put(folder, last_sync_time=at)


def _is_stale_after(stage: Stage, folder: str, change: Callable[[], Any], guarded: Guarded) -> bool:
    """Whether a time from before a change is stale after it."""

    def once() -> Said:
        before = stage.moment()
        change()
        return guarded(folder, before)

    return _is_stale_each_time(stage, once, lambda in_step: guarded(folder, in_step))


def _is_stale_each_time(stage: Stage, once: Callable[[], Said], control: Callable[[int], Said]) -> bool:
    """Whether a guarded change is stale again and again: once, it could be for what somebody else did meanwhile.

    The same change is the control: with a time that no change is after, it is accepted.
    """
    stale = all(_judge(once()) for _ in range(SURE))
    if stale:
        stage.done(stage.in_step(control), "a guarded change that is in step")
    return stale


def _insist_on_staleness(stage: Stage, folder: str, chat: str) -> None:
    """The two things without which nothing can be told: no change, not stale; a change of the folder's chats, stale."""
    if _is_stale_after(stage, folder, lambda: None, _reorder(stage)):
        raise Unobserved("a change is refused as stale though nothing changed: does somebody use this account now?")
    if not _is_stale_after(stage, folder, _Toggle(stage, folder, chat).change, _reorder(stage)):
        raise Unobserved("a last_sync_time before the folder's last change is accepted")


def _judge(said: Said) -> bool:
    if said.is_refusal() and not is_stale(said):
        raise Unobserved(f"a guarded change: {said}: none of the readings")
    return is_stale(said)


PROBES = (
    Probe(("staleness_resolution", "staleness_comparison"), resolution_and_comparison),
    Probe(("staleness_scope",), staleness_scope),
    Probe(("details_count_as_change",), details_count_as_change),
)
