"""Code as users write it, never run: mypy and pyright, both strict, check it.

What must be an error is marked as one; where it no longer is, the mark itself becomes an error.
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_type

from cliq_pins import (
    END,
    AddChats,
    AsyncCliqPins,
    Board,
    CallOptions,
    Chat,
    CliqError,
    CliqPins,
    Credentials,
    Drift,
    Edit,
    FileTokenStore,
    Folder,
    Hooks,
    KeyringTokenStore,
    MemoryTokenStore,
    Move,
    MoveChat,
    PartiallyDone,
    RateLimited,
    RawResponse,
    RedisStore,
    RemoveChats,
    ReplaceChats,
    StaleBoard,
)
from cliq_pins.telemetry import traced
from cliq_pins_client import Call, models
from cliq_pins_client.operations import get_pin_categories, unpin_chat


def make() -> CliqPins:
    CliqPins.from_env()
    CliqPins(
        credentials=Credentials(client_id="a", client_secret="b", refresh_token="c"),
        data_centre="eu",
        network="acme",
        token_store=FileTokenStore("~/.tokens"),
        limits=RedisStore("redis://localhost"),
        on_drift=lambda drift: print(assert_type(drift, Drift).path),
        hooks=traced(Hooks(on_wait=lambda event: print(event.seconds + 1, event.operation.upper()))),
        headers={"x-request-source": "nightly"},
        timeout=None,
    )
    CliqPins(token="a", token_store=KeyringTokenStore())
    CliqPins(token="a", token_store=MemoryTokenStore())
    CliqPins("a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    CliqPins(token="a", dead_line=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    CliqPins(token="a", limits=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    return CliqPins(token="a")


def read(pins: CliqPins) -> None:
    board = assert_type(pins.board(include=["chats", "last_message_info"]), Board)
    for folder in board:
        assert_type(folder, Folder)
        for chat in folder.chats or ():
            assert_type(chat, Chat)
        assert_type(folder.chats, tuple[Chat, ...] | None)
        len(folder.chats)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(board["Work"], Folder)
    assert_type(board.find("Work"), Folder | None)
    assert_type(board.sync_point, datetime | None)
    assert_type(board.my_pins, Folder | None)
    board.folders[0].title = "x"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    pins.board(include=["chat"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


def change(pins: CliqPins) -> None:
    board = pins.board()
    made = assert_type(pins.folders.create("New", symbol=":books:", chats=["C1", *(board["Work"].chats or ())]), Folder)
    pins.folders.move(made, above=board["Work"], on_conflict="rebase")
    pins.folders.move("id", above=END)
    pins.folders.move("id")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pins.folders.move("id", above=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pins.folders.move("x", above=END, on_conflict="no")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pins.folders.update(made, title="Other", state="collapsed", options=CallOptions(timeout=5, max_wait=0))
    pins.folders.update(made, state="closed")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pins.folders.delete(made)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pins.folders.delete(made, unpin_all=False)
    pins.chats.pin("C1", folder=made)
    pins.chats.unpin_many(f"C{number}" for number in range(100))
    pins.edit(lambda now: [Move(now["Work"], above=END), AddChats(now["Work"], ["C1"])])
    pins.edit(lambda now: None if now.find("Work") else MoveChat("id", "C1", above=END))
    pins.edit(lambda now: "Work")  # type: ignore[arg-type,return-value]  # pyright: ignore[reportArgumentType]


def tidy(now: Board) -> list[Edit]:
    return [RemoveChats(now["Work"], ["C1"]), ReplaceChats(now["Later"], [])]


def observe(pins: CliqPins) -> None:
    raw = assert_type(pins.with_raw_response.board(), RawResponse[Board])
    print(raw.value.folders, [one.status for one in raw.answers])
    assert_type(pins.with_raw_response.folders.create("New"), RawResponse[Folder])
    assert_type(pins.with_raw_response.chats.unpin("C1"), RawResponse[None])
    assert_type(pins.with_options(strict=True), CliqPins)


def escape(pins: CliqPins) -> None:
    call = assert_type(get_pin_categories(include_fields=["chats"]), Call[models.GetPinCategoriesResponse])
    assert_type(pins.send(call), models.GetPinCategoriesResponse)
    pins.send(unpin_chat("C1"))


def errors(pins: CliqPins) -> float | None:
    try:
        pins.edit(tidy)
    except StaleBoard as error:
        assert_type(error.board, Board | None)
    except RateLimited as error:
        return error.retry_after
    except PartiallyDone as error:
        print([chat for batch in error.batches if batch.outcome != "applied" for chat in batch.chats])
    except CliqError as error:
        if error.outcome == "unknown":
            assert_type(pins.folders.reconcile(error), Folder | None)
            assert_type(pins.chats.reconcile(error), bool | None)
        _ = error.outcome == "no"  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
    return None


async def tasks() -> None:
    async with AsyncCliqPins.from_env() as pins:
        board = assert_type(await pins.board(), Board)
        made = assert_type(await pins.folders.create_or_get("New"), Folder)
        await pins.folders.add_chats(made, board["Work"].chats or (), above=END)
        await pins.edit(tidy, board=board)
        assert_type(await pins.with_raw_response.board(), RawResponse[Board])
        assert_type(await pins.send(get_pin_categories()), models.GetPinCategoriesResponse)
        len(pins.board())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
