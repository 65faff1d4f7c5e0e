"""Where folders go, what making and deleting them does, and what is answered for one that is not there."""

from __future__ import annotations

from live.journal import Reading, Unobserved
from live.stage import Stage

from .probe import Findings, Probe, by_refusal, found


def new_folder_goes(stage: Stage, spend: int) -> Findings:
    """Two folders are made one after the other: which of them is listed first?"""
    first, second = stage.make(), stage.make()
    order = list(stage.board(first, second))
    if order.index(first) < order.index(second):
        return found("new_folder_goes", "last", "the second of two new folders is listed after the first")
    return found("new_folder_goes", "first", "the second of two new folders is listed before the first")


def symbol_on_create(stage: Stage, spend: int) -> Findings:
    """A folder is made without a symbol, after one with a symbol showed that nothing else is wrong."""
    stage.make()
    said = stage.create(symbol=False)
    if said.is_refusal() and said.code != "param_missing":
        raise Unobserved(f"made without a symbol: {said}: none of the readings")
    return by_refusal("symbol_on_create", said, "optional", "required", "made without a symbol")


def unknown_folder(stage: Stage, spend: int) -> Findings:
    """A folder is renamed, deleted and renamed again; 401 means the folder, for the token goes on to work."""
    folder = stage.make()
    stage.done(stage.rename(folder), "renaming a folder")
    stage.done(stage.delete(folder), "deleting a folder")
    said = stage.rename(folder)
    stage.board()
    if said.status not in (400, 404) and str(said) != "401 oauthtoken_scope_invalid":
        raise Unobserved(f"renaming a deleted folder: {said}: none of the readings")
    return found("unknown_folder", str(said.status), f"renaming a folder: 204, the same after it was deleted: {said}")


def unpin_all_reaches(stage: Stage, spend: int) -> Findings:
    """A chat is in two folders, and one of them is deleted with `unpin_all`: is it still in the other?"""
    chat = stage.chats[0]
    stays, goes = stage.make(chat), stage.make(chat)
    if chat not in stage.chats_of(stays):
        raise Unobserved("a chat is never in two folders here, so both readings are the same")
    stage.done(stage.delete(goes, unpin_all=True), "deleting a folder")
    if chat in stage.chats_of(stays):
        return found("unpin_all_reaches", "folder", "the chat is still in the other folder")
    return found("unpin_all_reaches", "everywhere", "the chat left the other folder, too")


def missing_scope_status(stage: Stage, spend: int) -> Findings:
    """A folder is renamed with a token that may not do that; the run's own token may."""
    narrow = stage.clients.narrow
    if narrow is None:
        raise Unobserved("no token that lacks a scope is given (CLIQ_NARROW_TOKEN)")
    folder = stage.make()
    stage.done(stage.rename(folder), "renaming a folder")
    said = stage.put(folder, narrow, state="collapsed")
    if said.ok:
        raise Unobserved("CLIQ_NARROW_TOKEN has the scope to change folders: make one without it")
    if said.code != "oauthtoken_scope_invalid" or said.status not in (401, 403):
        raise Unobserved(f"a token that lacks the scope: {said}: none of the readings")
    return found("missing_scope_status", str(said.status), f"with all scopes: 204, without: {said}")


def max_folders(stage: Stage, spend: int) -> Findings:
    """Folders are made until that is refused."""
    others = len(stage.board()) - 1
    for made in range(spend):
        said = stage.create()
        if said.code == "max_folders_error":
            return found("max_folders", others + made, f"with {others + made} folders, another one: {said}")
        stage.done(said, "making a folder")
    return {"max_folders": Reading(None, f"{others + spend} folders are allowed; no more were tried")}


PROBES = (
    Probe(("new_folder_goes",), new_folder_goes),
    Probe(("symbol_on_create",), symbol_on_create),
    Probe(("unknown_folder",), unknown_folder),
    Probe(("unpin_all_reaches",), unpin_all_reaches),
    Probe(("missing_scope_status",), missing_scope_status),
    Probe(("max_folders",), max_folders, "max_folders"),
)
