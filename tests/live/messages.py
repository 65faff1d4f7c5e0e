"""What requests and answers say, as far as the guard has to know. What could be read in two ways is `Forbidden`."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import httpx2

from cliq_pins.engine.retry_after import server_time
from cliq_pins.layout import DEFAULT


class Forbidden(RuntimeError):  # noqa: N818  # it is a verdict
    """A request that could touch what is the user's; it was not sent."""


def query_of(request: httpx2.Request) -> dict[str, str]:
    """The parameters of a request's query."""
    return _once(parse_qsl(request.url.query.decode("ascii"), keep_blank_values=True))


def body_of(request: httpx2.Request) -> dict[str, Any]:
    """The object in a request's body; an empty one if there is no body."""
    try:
        body = json.loads(request.read() or b"{}", object_pairs_hook=_once)
    except ValueError:
        raise Forbidden("the guard lets no body pass that it cannot read") from None
    if not isinstance(body, dict):
        raise Forbidden("the guard lets no body pass that is no object")
    return body


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Names and values, none of them twice: nobody knows which of two a service takes."""
    named = dict(pairs)
    if len(named) < len(pairs):
        raise Forbidden("the guard lets nothing pass that has a name twice")
    return named


def whole(answer: httpx2.Response) -> httpx2.Response:
    """The answer with its whole body in memory, still packed."""
    try:
        packed = _packed(answer)
    finally:
        answer.close()
    return httpx2.Response(answer.status_code, headers=answer.headers, stream=httpx2.ByteStream(packed))


def date_of(answer: httpx2.Response) -> int | None:
    """The answer's `Date` in epoch milliseconds."""
    at = server_time(answer.headers.get("date", ""))
    return None if at is None else round(at * 1000)


def made_by(answer: httpx2.Response) -> str | None:
    """The id of the folder that a create made, if its answer has one."""
    data = _data(answer)
    made = id_of(data.get("category_id")) if isinstance(data, dict) else ""
    return made if made not in ("", DEFAULT) else None


def titles_in(listed: list[dict[str, Any]]) -> dict[str, object]:
    """The title of each folder that is listed."""
    return {id_of(one.get("category_id")): one.get("title") for one in listed}


def chats_in(listed: list[dict[str, Any]]) -> dict[str, set[str]]:
    """The chats of each folder that is listed with its chats."""
    held = {id_of(one.get("category_id")): one.get("chats") for one in listed}
    return {
        folder: {id_of(chat.get("chat_id") if isinstance(chat, dict) else None) for chat in chats}
        for folder, chats in held.items()
        if isinstance(chats, list)
    }


def id_of(value: object) -> str:
    """An id as a text, whatever a service makes of it; empty if it is none."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def listed(answer: httpx2.Response) -> list[dict[str, Any]]:
    """The folders that a listing has."""
    data = _data(answer)
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def _data(answer: httpx2.Response) -> object:
    """What a whole answer gives."""
    try:
        said = json.loads(content_of(answer))
    except ValueError:
        return None
    return said.get("data") if isinstance(said, dict) else None


def content_of(answer: httpx2.Response) -> bytes:
    """The body of a whole answer, unpacked; as it came if that cannot be done."""
    packed = _packed(answer)
    if "content-encoding" not in answer.headers:
        return packed
    try:
        return httpx2.Response(200, headers=answer.headers, content=packed).content
    except httpx2.DecodingError:
        return packed


def _packed(answer: httpx2.Response) -> bytes:
    return b"".join(answer.stream)  # type: ignore[arg-type]  # it is the blocking one; in memory, it can be read again
