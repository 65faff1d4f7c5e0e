"""Every request that the client can make is one that the contract allows; what it does not is refused and not sent.

Beside the contract's schemas there are a few rules of the client's own, each named here: they are what a URL or a list
of chats cannot carry.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cliq_pins import END, CliqPins, InvalidRequest
from cliq_pins.client import Chats, Folders
from cliq_pins.limits import MemoryStore
from cliq_pins_client import UNSET
from contract_schemas import SCHEMAS, sources, validator, values
from properties.requests_seen import FOLDER, HELD, OTHER, Listening, Seen
from schema_strategies import matching

Args = dict[str, Any]
met: Counter[tuple[str, str]] = Counter()
"""How often a call of each method was sent, and how often refused."""
LISTED = "/pin-categories"
ONE = "/pin-categories/{category_id}"
PINS = "/chats/{chat_id}/pins"
SYNC = "2026-01-01T00:00:00.000Z"
CREATE, DETAILS = SCHEMAS["CreatePinCategoryRequest"], SCHEMAS["UpdatePinCategoryDetailsRequest"]
MOST = SCHEMAS["BulkUpdateChatsInCategoryRequest"]["properties"]["chat_ids"]["maxItems"]


def mostly(right: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A call has several arguments, and none of them may be odd if it is to be sent."""
    return st.sampled_from([right] * 5 + [odd]).flatmap(lambda one: one)


folder_ids = st.sampled_from([FOLDER, OTHER, "default"])
right_ids = st.sampled_from([*HELD, "CT_2230642524712404875_64396981", "../x?y=1", "%2e", "a b", "é😀"]) | st.text(
    min_size=1, max_size=8
).filter(lambda text: text not in (".", ".."))
ids = mostly(right_ids, st.sampled_from([".", "..", "", None, 5, True, "1,2"]))
"""Ids of chats and folders: real ones, odd ones, and none at all."""
chats = mostly(
    st.lists(right_ids, max_size=4, unique=True),
    st.lists(ids, max_size=4) | st.integers(MOST - 4, MOST + 1).map(lambda most: [f"c{one}" for one in range(most)]),
)
titles = mostly(matching(CREATE["properties"]["title"]), values(CREATE["properties"]["title"]))
symbols = mostly(
    st.sampled_from([UNSET, ":razz:", "🎉", "👨‍👩‍👧‍👦", ""]) | matching(CREATE["properties"]["symbol"]),
    values(CREATE["properties"]["symbol"]),
)
states = mostly(st.sampled_from([UNSET, *SCHEMAS["State"]["enum"]]), values(DETAILS["properties"]["state"]))
fields = mostly(st.lists(matching(SCHEMAS["IncludeField"]), max_size=4), st.lists(values(SCHEMAS["IncludeField"])))


class Method(NamedTuple):
    """A method of the client: its arguments, how it is called, and what it must send."""

    draws: dict[str, st.SearchStrategy[Any]]
    call: Callable[[CliqPins, Args], Any]
    sends: Callable[[Args], list[Seen]]
    refuses: Callable[[Args], bool] = lambda args: False
    """The client's own rules; see `segment` and `listing`."""


def present(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not UNSET}


def segment(value: Any) -> bool:
    """A URL cannot have these as one part of its path."""
    return value in ("", ".", "..")


def listing(items: list[Any]) -> bool:
    """An id is a text that is not empty, and comes once."""
    return "" in items or len(set(map(repr, items))) < len(items)


def put(args: Args, **body: Any) -> list[Seen]:
    return [Seen("PUT", ONE, {"category_id": args["folder"]}, {}, body)]


def filled(args: Args, after: list[Any], before: list[Any]) -> list[Seen]:
    return [] if after == before else put(args, chat_ids=after, last_sync_time=SYNC)


def held(args: Args) -> list[Any]:
    return list(HELD) if args["folder"] == FOLDER else []


def batches(items: list[Any]) -> list[Seen]:
    """As many calls as it takes."""
    most = parameter("DELETE", LISTED, "chat_ids")["maxItems"]
    once = list(dict.fromkeys(items))
    parts = [once[start : start + most] for start in range(0, len(once), most)]
    return [Seen("DELETE", LISTED, {}, {"chat_ids": part}, None) for part in parts]


def parameter(method: str, path: str, name: str) -> dict[str, Any]:
    (source,) = (one for own, template, one in sources() if (own, template) == (method, path))
    return next(one["schema"] for one in source["parameters"] if one["name"] == name)  # type: ignore[no-any-return]


def listed(args: Args) -> bool:
    """The chats of My Pins are not listed here, and cannot be edited as a list."""
    return args["folder"] == "default" or listing(args["chats"])


METHODS: dict[str, Method] = {
    "board": Method(
        {"include": fields},
        lambda pins, args: pins.board(include=args["include"]),
        lambda args: [Seen("GET", LISTED, {}, asked(args["include"]), None)],
    ),
    "create": Method(
        {"title": titles, "symbol": symbols, "chats": chats},
        lambda pins, args: pins.folders.create(**args),
        lambda args: [Seen("POST", LISTED, {}, {}, created(args))],
        lambda args: listing(args["chats"]),
    ),
    "create_or_get": Method(
        {"title": titles, "symbol": symbols, "chats": chats},
        lambda pins, args: pins.folders.create_or_get(**args),
        lambda args: [Seen("POST", LISTED, {}, {}, created(args))] if args["title"] not in ("Work", "Other") else [],
        lambda args: listing(args["chats"]),
    ),
    "update": Method(
        {"folder": ids, "title": st.just(UNSET) | titles, "symbol": symbols, "state": states},
        lambda pins, args: pins.folders.update(**args),
        lambda args: put(args, **present(title=args["title"], symbol=args["symbol"], state=args["state"])),
        lambda args: segment(args["folder"]),
    ),
    "move": Method(
        {"folder": st.sampled_from([FOLDER, OTHER]), "above": st.sampled_from([OTHER, FOLDER, END])},
        lambda pins, args: pins.folders.move(**args),
        lambda args: put(args, last_sync_time=SYNC, **({} if args["above"] is END else {"pin_above": args["above"]})),
        lambda args: args["above"] == args["folder"],
    ),
    "replace_chats": Method(
        {"folder": folder_ids, "chats": chats},
        lambda pins, args: pins.folders.replace_chats(**args),
        lambda args: put(args, chat_ids=args["chats"], last_sync_time=SYNC),
        lambda args: listing(args["chats"]),
    ),
    "add_chats": Method(
        {"folder": folder_ids, "chats": chats},
        lambda pins, args: pins.folders.add_chats(**args),
        lambda args: filled(args, held(args) + [one for one in args["chats"] if one not in held(args)], held(args)),
        listed,
    ),
    "remove_chats": Method(
        {"folder": folder_ids, "chats": chats},
        lambda pins, args: pins.folders.remove_chats(**args),
        lambda args: filled(args, [one for one in held(args) if one not in args["chats"]], held(args)),
        lambda args: listed(args) or not all(isinstance(one, str) for one in args["chats"]),
    ),
    "move_chat": Method(
        {"folder": st.just(FOLDER), "chat": st.sampled_from(HELD), "above": st.sampled_from([*HELD, END])},
        lambda pins, args: pins.folders.move_chat(**args),
        lambda args: put(
            args,
            chat_id=args["chat"],
            last_sync_time=SYNC,
            **({} if args["above"] is END else {"pin_above": args["above"]}),
        ),
        lambda args: args["above"] == args["chat"],
    ),
    "delete": Method(
        {"folder": ids, "unpin_all": mostly(st.booleans(), values({"type": "boolean"}))},
        lambda pins, args: pins.folders.delete(**args),
        lambda args: [Seen("DELETE", ONE, {"category_id": args["folder"]}, {"unpin_all": args["unpin_all"]}, None)],
        lambda args: segment(args["folder"]),
    ),
    "pin": Method(
        {"chat": ids, "folder": st.none() | ids},
        lambda pins, args: pins.chats.pin(**args),
        lambda args: [Seen("POST", PINS, {"chat_id": args["chat"]}, {}, place(args["folder"]))],
        lambda args: segment(args["chat"]) or args["folder"] == "",
    ),
    "unpin": Method(
        {"chat": ids},
        lambda pins, args: pins.chats.unpin(**args),
        lambda args: [Seen("DELETE", PINS, {"chat_id": args["chat"]}, {}, None)],
        lambda args: segment(args["chat"]),
    ),
    "unpin_many": Method(
        {"chats": chats},
        lambda pins, args: pins.chats.unpin_many(**args),
        lambda args: batches(args["chats"]),
    ),
}


def asked(include: list[Any]) -> dict[str, Any]:
    """What is asked for, once each, and before all else what the others need."""
    every = ["chats", *include]
    return {"include_fields": [one for at, one in enumerate(every) if one not in every[:at]]} if include else {}


def created(args: Args) -> dict[str, Any]:
    symbol = "" if args["symbol"] is UNSET else args["symbol"]  # the vendor's text wants one in one place
    return {"title": args["title"], "symbol": symbol} | ({"chat_ids": args["chats"]} if args["chats"] else {})


def place(folder: Any) -> dict[str, Any] | None:
    return None if folder is None else {"category_id": folder}


def allowed(seen: Seen) -> bool:
    """Whether the contract allows a request."""
    (source,) = (one for own, path, one in sources() if (own, path) == (seen.method, seen.path))
    given = {("path", name): value for name, value in seen.ids.items()}
    given |= {("query", name): value for name, value in seen.query.items()}
    schemas = {(one["in"], one["name"]): one["schema"] for one in source.get("parameters", [])}
    fine = all(validator(schemas[where]).is_valid(value) for where, value in given.items())
    if seen.body is None:
        return fine
    return fine and validator(source["requestBody"]["content"]["application/json"]["schema"]).is_valid(seen.body)


def test_every_method_is_here() -> None:
    calls_nothing_new = {"reconcile", "with_raw_response"}
    public = {name for kind in (Folders, Chats) for name, _ in inspect.getmembers(kind) if name[0] != "_"}
    assert public - calls_nothing_new == METHODS.keys() - {"board"}


@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=70)
@given(data=st.data())
def test_a_call_is_sent_if_and_only_if_the_contract_allows_it(name: str, data: st.DataObject) -> None:
    holds(name, {one: data.draw(strategy, label=one) for one, strategy in METHODS[name].draws.items()})


@settings(max_examples=20)
@given(st.integers(MOST - 4, MOST + 1))
@example(MOST - len(HELD))
@example(MOST - len(HELD) + 1)
def test_a_folder_is_not_filled_beyond_what_one_call_can_say(more: int) -> None:
    holds("add_chats", {"folder": FOLDER, "chats": [f"c{one}" for one in range(more)]})


def test_enough_was_met() -> None:
    """Of each method, calls that are made and calls that are refused."""
    if len({name for name, _ in met}) < len(METHODS):
        pytest.skip("not every method was called")
    assert {(name, how) for name in METHODS for how in ("sent", "refused")} == met.keys()
    assert min(met.values()) >= 2  # there are few ways to move something


def holds(name: str, args: Args) -> None:
    method, transport = METHODS[name], Listening()
    pins = CliqPins(token="t", transport=transport, limits=MemoryStore())  # noqa: S106
    wanted = method.sends(args)
    refused = not all(map(allowed, wanted)) or method.refuses(args)
    try:
        method.call(pins, args)
    except InvalidRequest:
        assert refused, "the contract allows it"
        assert transport.changes == []
        met[name, "refused"] += 1
        return
    assert not refused, "the contract does not allow it"
    met[name, "sent"] += 1
    sent = transport.seen if name == "board" else transport.changes
    assert [plain(one) for one in sent] == [plain(one) for one in wanted]


def plain(seen: Seen) -> Seen:
    """A request without its sync point, which is whatever time it is."""
    body = {**seen.body, "last_sync_time": SYNC} if seen.body and "last_sync_time" in seen.body else seen.body
    return seen._replace(body=body)
