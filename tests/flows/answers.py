"""A flow for each operation and documented answer: one call, made as `recipes` say, on folders of the stage's own."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import UNSET

from cliq_pins import CallOptions, CliqError
from cliq_pins_client import Call, models
from contract_schemas import ENDPOINTS, SCHEMAS, answers
from service import NOW, NOWHERE, OPERATIONS, PEOPLE, RIGHT, STALE, WORK

from .flow import Flow
from .recipes import CODES, LONG, STATUSES, Natural, Recipe, Scripted
from .stage import NO_CHAT, NO_FOLDER, UNPINNABLE, Given, Stage, error_of

ONCE = CallOptions(max_attempts=1, max_wait=0)
DEAD_TOKEN = "dead-token"  # noqa: S105  # nobody's
SECONDS = 2
"""The `Date` of answers is cut to seconds: between two moments that must be told apart, two pass."""
SENT_IN_SPITE = {
    *("getPinCategories/400-operation_failed", "createPinCategory/400-param_missing"),
    *("createPinCategory/400-operation_failed", "updatePinCategory/400-invalid_inputs"),
    *("updatePinCategory/400-operation_failed", "reorderChatInCategory/400-invalid_inputs"),
    *("reorderCategory/400-invalid_inputs", "bulkUpdateChatsInCategory/400-invalid_inputs"),
    "removeChatsAcrossCategories/400-operation_failed",
}
"""The flows whose request the contract does not allow; the client would refuse to make it."""


class OwnCall(Call[Any], frozen=True, kw_only=True):
    """A call that is sent as it is, whatever the contract says of it."""

    accept: str

    @property
    def headers(self) -> dict[str, str]:
        """The call's headers, with a form of answers of its own."""
        return {**super().headers, "accept": self.accept}


def folders(stage: Stage) -> Given:
    """Make the folders of the small board: Work with two chats, People with one; a fourth chat is in My Pins."""
    stale = stage.now_ms()
    stage.wait(SECONDS)
    work = stage.make("Work", *stage.chats[:2], symbol=":razz:")
    people = stage.make("X", stage.chats[2])
    stage.pins.chats.pin(stage.chats[3])
    stage.wait(SECONDS)
    return {"work": work.id, "people": people.id, "stale": stale, "now": stage.now_ms()}


def on_this_stage(stage: Stage, given: Given) -> dict[Any, Any]:
    """What the small board's names, ids and times are here."""
    chats = {f"c{number}": chat for number, chat in enumerate((*stage.chats, UNPINNABLE), start=1)}
    times = {NOW: given["now"], STALE: given["stale"]}
    titles = {"New": stage.title("New"), "Renamed": stage.title("Renamed"), "x": stage.title("X")}
    too_long = "x" * (SCHEMAS["CreatePinCategoryRequest"]["properties"]["title"]["maxLength"] + 1)
    known = {
        WORK: given["work"],
        PEOPLE: given["people"],
        NOWHERE: NO_FOLDER,
        "c9": NO_CHAT,
        LONG: too_long,
    }
    return {**chats, **times, **titles, **known}


def translated(value: Any, names: dict[Any, Any]) -> Any:
    """A body with the names of this stage."""
    if isinstance(value, dict):
        return {key: translated(one, names) for key, one in value.items()}
    return [translated(one, names) for one in value] if isinstance(value, list) else names.get(value, value)


def call_of(operation: str, recipe: Recipe, names: dict[Any, Any]) -> OwnCall:
    """The call that a recipe describes; for an answer that is scripted, the operation's right call."""
    own = recipe if isinstance(recipe, Natural) else Natural()
    method, path, json = RIGHT[operation]
    path = re.sub(r"\bc\d\b|\d{9,}", lambda found: quote(str(names[found[0]])), own.path or path)
    body = json if own.json is UNSET else own.json
    success = min(OPERATIONS[operation].statuses)
    content = answers(ENDPOINTS[operation], success).get("content")
    return OwnCall(
        operation_id=operation,
        method=method,
        path=path.partition("?")[0],
        query=path.partition("?")[2],
        content=None if body is UNSET else msgspec.json.encode(translated(body, names)),
        answers={success: content and getattr(models, content["application/json"]["schema"]["$ref"].split("/")[-1])},
        accept=own.headers.get("accept", "application/json"),
    )


def prepare(stage: Stage, operation: str, recipe: Recipe) -> Given:
    """Bring about, off the record, what the call meets."""
    given = folders(stage)
    if isinstance(recipe, Natural) and recipe.repeated:
        right = call_of(operation, Natural(), on_this_stage(stage, given))
        stage.overrun(right.method, right.target, right.content or b"")
    return given


def bring_about(stage: Stage, operation: str, status: int, code: str | None, recipe: Recipe) -> Any:
    """Set the simulator as the answer needs it, and give the client that gets it."""
    if isinstance(recipe, Scripted):
        body = {"code": code} if code else {"message": HTTPStatus(status).phrase}
        args = {"status": status, "headers": {"content-type": "application/json"}, "body": {"json": body}}
        stage.script(on=operation, phase="before", action="status", args=args)
        return stage.pins
    if recipe.readings:
        stage.behave(**recipe.readings)
    if "authorization" in recipe.headers:
        return stage.connect(token=DEAD_TOKEN)
    return stage.connect(network=recipe.network) if recipe.network else stage.pins


def answer(operation: str, status: int, code: str | None, recipe: Recipe) -> Flow:
    """The flow that gets one answer."""
    name = f"{operation}/{status}" + (f"-{code}" if code else "")

    def play(stage: Stage) -> None:
        given = stage.given(lambda: prepare(stage, operation, recipe))
        call = call_of(operation, recipe, on_this_stage(stage, given))
        pins = bring_about(stage, operation, status, code, recipe)
        if status not in call.answers:
            error = error_of(CliqError, lambda: pins.send(call, options=ONCE))
            if (error.status, error.code if code else None) != (status, code):
                raise AssertionError(f"{name}: {error}") from error  # who plays it may want to know what was answered
            return
        made = pins.send(call, options=ONCE)
        if operation == "createPinCategory":
            stage.made.append(made.data.category_id)

    return Flow(name=name, play=play, simulated_because=why(recipe), breaks_contract=name in SENT_IN_SPITE)


def why(recipe: Recipe) -> str:
    """Why an answer can only be had from the simulator; empty if it cannot be said."""
    if isinstance(recipe, Scripted):
        return recipe.why
    if recipe.repeated:
        return "it would lock the user out for minutes"
    if recipe.readings:
        return "it hangs on a reading or a maximum that nobody has published"
    if recipe.network or "accept" in recipe.headers:
        return "what is asked for is not the client's to ask"
    unpinnable = "c6" in f"{recipe.path} {recipe.json}"
    return "it needs a chat that the user is in and may not pin" if unpinnable else ""


ANSWERS = [
    *(answer(operation, 400, code, recipe) for (operation, code), recipe in CODES.items()),
    *(answer(operation, status, None, one) for (operation, status), one in STATUSES.items() if status != 400),
]
"""One flow for each code, and one for each status that no code is documented for."""
