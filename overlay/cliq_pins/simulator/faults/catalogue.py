"""The faults that a client must survive, by number, as scripts ready to arm.

Some numbers are missing because no server can cause them: a name that is not found, a connection that times out, a
certificate that is wrong, an exhausted pool, a caller that gives up. A token that dies at the 15th after it, a token
of another data centre and a lacking scope need no script: the accounts server and the scopes of a token make them.
"""

from __future__ import annotations

from base64 import b64encode

from msgspec import Struct

from .actions import Action
from .script import CONNECTION, Fault

HTML = "<!doctype html><title>Sign in</title><p>Please sign in."
RETRY_AFTER = ("120", "0", "Thu, 01 Jan 2026 00:02:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "-5", "1e3", "soon")
SKEWS = (-1000, 60_000, 3_600_000, -86_400_000)
"""In milliseconds."""
FOLDER = {"category_id": "1", "title": "A", "state": "expanded"}


class Entry(Struct, frozen=True):
    """A fault of the catalogue."""

    says: str
    script: tuple[Fault, ...]


def catalogue(on: str = "*", elsewhere: str = "https://elsewhere.invalid/") -> dict[str, Entry]:
    """Every fault by its number, to strike an operation; those of redirects send the caller elsewhere.

    Where one entry has several faults, they strike one call after the other.
    """
    return {
        **_connections(on),
        **_framing(on),
        **_bodies(on),
        **_contract(on),
        **_redirects(on, elsewhere),
        **_calls(on),
    }


def _entry(says: str, *script: Fault) -> Entry:
    return Entry(says, script)


def _before(on: str, action: Action, nth: int = 1, **args: object) -> Fault:
    return Fault(on=on, phase="before", action=action, nth=nth, args=args)


def _after(on: str, action: Action, nth: int = 1, **args: object) -> Fault:
    return Fault(on=on, phase="after", action=action, nth=nth, args=args)


def _statuses(on: str, *statuses: int, **args: object) -> tuple[Fault, ...]:
    return tuple(_before(on, "status", nth, status=status, **args) for nth, status in enumerate(statuses, start=1))


def _texts(on: str, *texts: str) -> tuple[Fault, ...]:
    return tuple(_after(on, "body", nth, content={"text": text}) for nth, text in enumerate(texts, start=1))


def _connections(on: str) -> dict[str, Entry]:
    return {
        "F01": _entry("connections are refused for a while", _after(on, "refuse")),
        "F05": _entry("accepted and closed unread", _before(CONNECTION, "close")),
        "F06": _entry("accepted and reset unread", _before(CONNECTION, "reset")),
        "F07": _entry("an idle connection is closed unannounced", _after(on, "drop")),
        "F09": _entry("reset within the request's body", _before(on, "reset", at="body")),
        "F10": _entry("closed without an answer, nothing done", _before(on, "close")),
        "F11": _entry("closed without an answer, though done", _after(on, "close")),
        "F12": _entry("reset without an answer, though done", _after(on, "reset")),
        "F13": _entry("silence, though done", _after(on, "hang")),
        "F14": _entry("silence, nothing done", _before(on, "hang")),
        "F15": _entry("the head comes a byte at a time", _after(on, "slow", part="head")),
        "F16": _entry("the body comes a byte at a time", _after(on, "slow", part="body")),
    }


def _framing(on: str) -> dict[str, Entry]:
    return {
        "F17": _entry("a status line and no more", _after(on, "truncate", at="status")),
        "F18": _entry("no HTTP", _before(on, "garbage")),
        "F19": _entry("a length beyond the body", _after(on, "length", by=5)),
        "F20": _entry("a length short of the body", _after(on, "length", by=-5)),
        "F21": _entry("cut within a chunk", _after(on, "truncate", framing="chunked", keep=10)),
        "F22": _entry("cut with no length given", _after(on, "truncate", framing="close", keep=10)),
        "F23": _entry("cut where JSON can end", _after(on, "body", content={"text": "[]"}, framing="close")),
        "F24": _entry("two lengths", _after(on, "headers", add=(("content-length", "3"), ("content-length", "4")))),
        "F25": _entry("a header of 200 KiB", _after(on, "headers", pad=200 * 2**10)),
        "F26": _entry("informational answers first", _after(on, "interim", statuses=(100, 103))),
    }


def _bodies(on: str) -> dict[str, Entry]:
    html = {"headers": {"content-type": "text/html"}, "body": {"text": HTML}}
    latin = b'{"data":[{"category_id":"1","title":"Caf\xe9"}]}'
    return {
        "F27": _entry("200 with nothing", *_statuses(on, 200)),
        "F28": _entry("JSON that stops", *_texts(on, '{"data":[')),
        "F29": _entry("a page to sign in", *_statuses(on, 200, **html)),
        "F30": _entry("a gateway's pages", *_statuses(on, 502, 503, 504, **html)),
        "F31": _entry("a throttle's page", *_statuses(on, 429, **html)),
        "F32": _entry("JSON said to be HTML", _after(on, "headers", set={"content-type": "text/html"})),
        "F33": _entry("a byte order mark", *_texts(on, '\ufeff{"data":[]}')),
        "F34": _entry("Latin-1", _after(on, "body", content={"base64": b64encode(latin).decode()})),
        "F35": _entry("numbers that JSON lacks", *_texts(on, '{"data":NaN}', '{"data":-Infinity}')),
        "F36": _entry("a key twice", *_texts(on, '{"data":[],"data":[{"category_id":"default"}]}')),
        "F37": _entry("200,000 levels", _after(on, "body", content={"repeat": ("[", 200_000)})),
        "F38": _entry("a number of 5,000 digits", *_texts(on, f'{{"data":{"1" * 5000}}}')),
        "F39": _entry("half a character", *_texts(on, r'{"data":[{"category_id":"1","title":"\ud800"}]}')),
        "F40": _entry("plain bytes said to be gzip", _after(on, "gzip", defect="plain")),
        "F41": _entry("gzip that stops", _after(on, "gzip", defect="truncated")),
        "F42": _entry("gzip with a wrong check sum", _after(on, "gzip", defect="crc")),
        "F43": _entry("64 MiB in 64 KiB", _after(on, "gzip", defect="bomb")),
        "F44": _entry("an unknown encoding", _after(on, "headers", set={"content-encoding": "unheard-of"})),
        "F45": _entry(
            "a body too many, a body too few",
            _after(on, "status", 1, status=204, body={"json": {"data": []}}),
            _after(on, "status", 2, status=200, body={"json": {}}),
            _after(on, "status", 3, status=204),
        ),
    }


def _contract(on: str) -> dict[str, Entry]:
    envelopes: tuple[object, ...] = ({"data": {}}, {"data": "x"}, {}, {"data": None}, [], {"type": 5, "data": []})
    tolerable: tuple[object, ...] = (
        {"data": [{**FOLDER, "colour": "red"}], "page": 1},
        {"data": [{**FOLDER, "state": "floating", "chats": [{"chat_id": "1", "chat_type": "hologram"}]}]},
        {"data": [{**FOLDER, "category_id": 9007199254740993}]},
        {"data": [{"category_id": "1"}]},
    )
    errors: tuple[dict[str, object], ...] = (
        {"code": "unheard_of"},
        {},
        {"message": "No."},
        {"code": "operation_failed"},
    )
    return {
        "F46": _entry("an envelope of another form", *_jsons(on, envelopes)),
        "F47": _entry("fields and values that nobody knows", *_jsons(on, tolerable)),
        "F48": _entry(
            "errors that say little",
            *(_before(on, "status", nth, status=400, body={"json": one}) for nth, one in enumerate(errors, start=1)),
            _before(on, "status", len(errors) + 1, status=400),
        ),
        "F49": _entry("statuses that nobody knows", *_statuses(on, 299, 418, 999)),
    }


def _jsons(on: str, values: tuple[object, ...]) -> tuple[Fault, ...]:
    return tuple(_after(on, "body", nth, content={"json": value}) for nth, value in enumerate(values, start=1))


def _redirects(on: str, elsewhere: str) -> dict[str, Entry]:
    statuses = enumerate((302, 307, 308), start=1)
    return {
        "F50": _entry(
            "sent to another origin",
            *(_before(on, "redirect", nth, location=elsewhere, status=status) for nth, status in statuses),
        ),
        "F51": _entry(
            "sent in a circle, by a status that changes the method",
            Fault(on=on, phase="before", action="redirect", every=1, args={"location": "self", "status": 301}),
        ),
    }


def _calls(on: str) -> dict[str, Entry]:
    dead = {"status": 401, "body": {"json": {"code": "oauthtoken_invalid"}}}
    denied = {"error": "Access Denied", "status": "failure"}
    throttled = {"json": {"code": "request_limit_exceeded"}}
    rolling = {"code": "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED", "message": "Too many calls. Try again after 22 minutes."}
    minutes = {"json": rolling}
    return {
        "F52": _entry("the token dies", _before(on, "expire")),
        "F53": _entry("every token is dead", Fault(on=on, phase="before", action="status", every=1, args=dead)),
        "F55": _entry(
            "no token to be had",
            _before("token", "status", 1, status=200, body={"json": denied}),
            _before("token", "status", 2, status=503),
            _before("token", "status", 3, status=200, headers={"content-type": "text/html"}, body={"text": HTML}),
            _before("token", "status", 4, status=200, body={"json": {"token_type": "Bearer"}}),
        ),
        "F57": _entry("throttled, for how long is not said", *_statuses(on, 429, body={"json": {"message": "Slow."}})),
        "F58": _entry(
            "throttled, with Retry-After in its forms",
            *(
                _before(on, "status", nth, status=429, headers={"retry-after": value})
                for nth, value in enumerate(RETRY_AFTER, start=1)
            ),
        ),
        "F59": _entry(
            "throttled, by a code; by one that names the minutes; by that one in a success",
            _before(on, "status", 1, status=400, body=throttled),
            _before(on, "status", 2, status=400, body=minutes),
            _before(on, "status", 3, status=200, body=minutes),
        ),
        "F60": _entry("reset without an answer, though done; then the repeat is stale", _after(on, "reset")),
        "F61": _entry(
            "another client was first",
            _before(on, "meanwhile", method="PUT", target="self", json={"state": "collapsed"}),
        ),
        "F62": _entry(
            "a clock that cannot be trusted",
            *(_after(on, "skew", nth, ms=ms) for nth, ms in enumerate(SKEWS, start=1)),
            _after(on, "headers", 5, remove=("date",)),
            _after(on, "headers", 6, set={"date": "yesterday"}),
        ),
        "F63": _entry("made, and never told", _after(on, "hang")),
    }
