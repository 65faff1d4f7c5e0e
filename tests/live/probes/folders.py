"""Where folders go, what making and deleting them does, and what is answered for one that is not there."""

from __future__ import annotations

from functools import partial

from cliq_pins import CliqPins
from cliq_pins_client import operation_table
from live.answer import Said
from live.journal import Unasked, Unobserved, Untold
from live.settings import NARROW
from live.signing_in import LACKS_SCOPE
from live.testbed import Testbed

from .probe import Findings, Probe, by_refusal, found, sure

(READ,) = operation_table()["getPinCategories"].scopes
MAKE_ONE = f"make a new one, of the run's own user, with the scope {','.join(READ)} alone"
"""What to do about a token that lacks no scope, or lacks all."""


def new_folder_goes(testbed: Testbed, spend: int) -> Findings:
    """Two folders are made one after the other: which of them is listed first?"""
    first, second = testbed.make(), testbed.make()
    order = list(testbed.board(first, second))
    if order.index(first) < order.index(second):
        return found("new_folder_goes", "last", "the second of two new folders is listed after the first")
    return found("new_folder_goes", "first", "the second of two new folders is listed before the first")


def symbol_on_create(testbed: Testbed, spend: int) -> Findings:
    """A folder is made without a symbol."""
    said = sure(lambda: testbed.create(symbol=False), testbed.create, "made without a symbol")
    if said.is_refusal() and said.code != "param_missing":
        raise Unobserved(f"made without a symbol: {said}: none of the readings")
    return by_refusal("symbol_on_create", said, "optional", "required", "made without a symbol")


def unknown_folder(testbed: Testbed, spend: int) -> Findings:
    """A folder is renamed, deleted and renamed again; 401 means the folder, for another one can be renamed."""
    folder, other = testbed.make(), testbed.make()
    testbed.done(testbed.rename(folder), "renaming a folder")
    testbed.done(testbed.delete(folder), "deleting a folder")
    said = sure(lambda: testbed.rename(folder), lambda: testbed.rename(other), "renaming a deleted folder")
    if said.status not in (400, 404) and (said.status, said.code) != (401, LACKS_SCOPE):
        raise Unobserved(f"renaming a deleted folder: {said}: none of the readings")
    return found("unknown_folder", str(said.status), f"renaming a folder: 204, the same after it was deleted: {said}")


def unpin_all_reaches(testbed: Testbed, spend: int) -> Findings:
    """A chat is in two folders, and one of them is deleted with `unpin_all`: is it still in the other?"""
    chat = testbed.chats[0]
    stays, goes = testbed.make(chat), testbed.make(chat)
    if chat not in testbed.chats_of(stays):
        raise Untold("a chat is never in two folders here, so both readings are the same")
    testbed.done(testbed.delete(goes, unpin_all=True), "deleting a folder")
    if chat in testbed.chats_of(stays):
        return found("unpin_all_reaches", "folder", "the chat is still in the other folder")
    return found("unpin_all_reaches", "everywhere", "the chat left the other folder, too")


def missing_scope_status(testbed: Testbed, spend: int) -> Findings:
    """A folder is renamed with a token that may not do that; the run's own token may."""
    narrow = testbed.clients.narrow
    if narrow is None:
        raise Unasked(f"no token that lacks a scope is given ({NARROW})")
    folder = testbed.make()
    read = testbed.read(narrow)
    if not read.ok:
        raise Unobserved(f"{NARROW} is not taken ({read}): it is wrong or has expired: {MAKE_ONE}")
    if folder not in {one.category_id for one in read.value.data}:
        raise Unobserved(f"{NARROW} is of another user: {MAKE_ONE}")
    said = sure(lambda: _collapse(testbed, folder, narrow), lambda: _collapse(testbed, folder), "without the scope")
    if said.ok:
        raise Unobserved(f"{NARROW} has the scope to change folders: {MAKE_ONE}")
    if said.code != LACKS_SCOPE or said.status not in (401, 403):
        raise Unobserved(f"a token that lacks the scope: {said}: none of the readings")
    return found("missing_scope_status", str(said.status), f"with all scopes: 204, without: {said}")


def max_folders(testbed: Testbed, spend: int) -> Findings:
    """Folders are made until that is refused, and one that is deleted makes room for another."""
    others = len(testbed.board()) - 1
    last = testbed.make()
    for made in range(1, spend):
        what = f"with {others + made} folders, another one"
        said = sure(testbed.create, partial(_another, testbed, last), what)
        if said.code == "max_folders_error":
            return found("max_folders", others + made, f"{what}: {said}")
        last = testbed.done(said, "making a folder").value.data.category_id
    raise Untold(f"{others + spend} folders are allowed; no more were tried")


def _another(testbed: Testbed, folder: str) -> Said:
    """A folder in the place of one that is deleted."""
    testbed.done(testbed.delete(folder), "deleting a folder")
    return testbed.create()


def _collapse(testbed: Testbed, folder: str, client: CliqPins | None = None) -> Said:
    return testbed.put(folder, client, state="collapsed")


PROBES = (
    Probe(("new_folder_goes",), new_folder_goes),
    Probe(("symbol_on_create",), symbol_on_create),
    Probe(("unknown_folder",), unknown_folder),
    Probe(("unpin_all_reaches",), unpin_all_reaches),
    Probe(("missing_scope_status",), missing_scope_status),
    Probe(("max_folders",), max_folders, "max_folders"),
)
