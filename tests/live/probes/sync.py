"""When a `last_sync_time` is stale: four readings that have to be told apart by the same refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from live.answer import Said, is_stale
from live.journal import Unobserved, Untold
from live.server_time import SECOND
from live.testbed import APART, Testbed

from .probe import Findings, Probe, found, same

Guarded: TypeAlias = Callable[[str, int], Said]
"""A guarded change of a folder with a `last_sync_time`; it leaves the folder's chats as they are."""
MARGIN = 50
"""Milliseconds that a change has to be away from the ends of its second, so that it is clear which one that is."""
TRIES = 6
SURE = 3
"""How often a guarded change has to be refused as stale."""


def staleness_scope(testbed: Testbed, spend: int) -> Findings:
    """Another folder changes, and a guarded change of this one is sent with a time before that."""
    one, two, three = testbed.chats[:3]
    folder, other = testbed.make(one), testbed.make()
    guarded: dict[str, Guarded] = {
        "reorder folder": lambda to, at: testbed.put(to, last_sync_time=at),
        "reorder chat": lambda to, at: testbed.put(to, chat_id=one, last_sync_time=at),
        "replace chats": lambda to, at: testbed.put(to, chat_ids=testbed.chats_of(to), last_sync_time=at),
    }
    _insist_on_staleness(testbed, folder, two)
    of_user: dict[str, bool] = {}
    for name, change in guarded.items():
        toggled = _Toggle(testbed, other, three)
        of_user[name] = _is_stale_after(testbed, folder, toggled.change, change)
        toggled.change()
    reading = "user" if same(of_user, "any folder", "this folder") else "folder"
    answer = "client_not_synced" if reading == "user" else "204"
    return found("staleness_scope", reading, f"another folder changed since: {answer} ({', '.join(of_user)})")


def details_count_as_change(testbed: Testbed, spend: int) -> Findings:
    """The folder gets a new title, and a guarded change is sent with a time before that."""
    folder = testbed.make(testbed.chats[0])
    _insist_on_staleness(testbed, folder, testbed.chats[1])
    counts = _is_stale_after(
        testbed, folder, lambda: testbed.done(testbed.rename(folder), "renaming a folder"), _reorder(testbed)
    )
    answer = "client_not_synced" if counts else "204"
    return found("details_count_as_change", counts, f"the folder was renamed since: {answer}")


def resolution_and_comparison(testbed: Testbed, spend: int) -> Findings:
    """A change in the middle of a second, and then times around it: which is the earliest that is not stale?"""
    change = _Toggle(testbed, testbed.make(), testbed.chats[0])
    testbed.time.narrow(lambda: _tick(testbed, change.folder))
    if not _refuses(testbed, change, lambda second, _: second - SECOND):
        raise Unobserved("a last_sync_time before the folder's last change is accepted")
    if not _refuses(testbed, change, lambda second, _: second):
        return _both("1s", "<", "the beginning of the change's second: 204, the second before: client_not_synced")
    if not _refuses(testbed, change, lambda second, _: second + SECOND - 1):
        evidence = "the end of the change's second: 204, its beginning: client_not_synced"
        return {**found("staleness_resolution", "1ms", evidence), **_comparison_in_milliseconds(testbed, change)}
    if not _refuses(testbed, change, lambda second, _: second + SECOND):
        return _both("1s", "<=", "the second after the change's: 204, the end of the change's: client_not_synced")
    raise Unobserved("none of the readings: even the second after the change's is refused")


def _comparison_in_milliseconds(testbed: Testbed, change: _Toggle) -> Findings:
    """The very millisecond of the change: that takes a clock that is known to the millisecond."""
    if testbed.time.width:
        known = f"the service's clock is known to {testbed.time.width} ms only, and it matters within one"
        return {"staleness_comparison": Untold(known).reading}
    exchange = change.change().exchange
    if exchange.sent != exchange.received:
        known = "an answer takes longer than the millisecond within which it matters"
        return {"staleness_comparison": Untold(known).reading}
    stale = _refuses(testbed, change, lambda _, moment: moment)
    answer = "client_not_synced" if stale else "204"
    return found("staleness_comparison", "<=" if stale else "<", f"the millisecond of the change: {answer}")


def _both(resolution: str, comparison: str, evidence: str) -> Findings:
    return {
        **found("staleness_resolution", resolution, evidence),
        **found("staleness_comparison", comparison, evidence),
    }


class _Toggle:
    """A change of a folder that counts under every reading and is not guarded: a chat goes in or out."""

    def __init__(self, testbed: Testbed, folder: str, chat: str) -> None:
        self.testbed = testbed
        self.folder = folder
        self._chat = chat
        self._inside = False

    def change(self) -> Said:
        """Change it."""
        said = self.testbed.unpin(self._chat) if self._inside else self.testbed.pin(self._chat, self.folder)
        self._inside = not self._inside
        return self.testbed.done(said, "pinning or unpinning a chat")

    def change_in_mid_second(self) -> int:
        """Change it in the middle of a second of the service's clock; gives when, in epoch milliseconds."""
        for _ in range(TRIES):
            self.testbed.sleep_until(SECOND // 2)
            earliest, latest = self.testbed.time.of(self.change().exchange)
            if (earliest - MARGIN) // SECOND == (latest + MARGIN) // SECOND:
                return (earliest + latest) // 2
        raise Unobserved("answers take too long to tell in which second a change was made")


def _refuses(testbed: Testbed, change: _Toggle, at: Callable[[int, int], int]) -> bool:
    """Whether a time is stale that is made from the second and the moment of a change."""

    def once() -> Said:
        moment = change.change_in_mid_second()
        testbed.sleep(APART)
        return _reorder(testbed)(change.folder, at(moment // SECOND * SECOND, moment))

    return _is_stale_each_time(testbed, once, lambda in_step: _reorder(testbed)(change.folder, in_step))


def _tick(testbed: Testbed, folder: str) -> None:
    """Call when the service's clock is about to tick. Of the calls that do no harm, this may be made most often."""
    testbed.sleep_until(0)
    testbed.rename(folder)


def _reorder(testbed: Testbed) -> Guarded:
    return lambda folder, at: testbed.put(folder, last_sync_time=at)


def _is_stale_after(testbed: Testbed, folder: str, change: Callable[[], Any], guarded: Guarded) -> bool:
    """Whether a time from before a change is stale after it."""

    def once() -> Said:
        before = testbed.moment()
        change()
        return guarded(folder, before)

    return _is_stale_each_time(testbed, once, lambda in_step: guarded(folder, in_step))


def _is_stale_each_time(testbed: Testbed, once: Callable[[], Said], control: Callable[[int], Said]) -> bool:
    """Whether a guarded change is stale again and again: once, it could be for what somebody else did meanwhile.

    The same change is the control: with a time that no change is after, it is accepted.
    """
    stale = all(_judge(once()) for _ in range(SURE))
    if stale:
        testbed.done(testbed.in_step(control), "a guarded change that is in step")
    return stale


def _insist_on_staleness(testbed: Testbed, folder: str, chat: str) -> None:
    """The two things without which nothing can be told: no change, not stale; a change of the folder's chats, stale."""
    if _is_stale_after(testbed, folder, lambda: None, _reorder(testbed)):
        raise Unobserved("a change is refused as stale though nothing changed: does somebody use this account now?")
    if not _is_stale_after(testbed, folder, _Toggle(testbed, folder, chat).change, _reorder(testbed)):
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
