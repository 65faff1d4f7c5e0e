"""Canaries: a value for each kind of secret, encoding and position, planted in an exchange that is then recorded."""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import product
from types import MappingProxyType
from urllib.parse import quote

import httpx2
from msgspec import Struct

from cliq_pins.simulator import Request, Simulator

from .library import Tape, library
from .sanitise import Sanitiser
from .sanitise.fields import RULES
from .sanitise.requests import FORM


class Kind(Struct, frozen=True):
    """A kind of secret: what its values look like, in which property one stands, and in which header."""

    form: str
    field: str
    header: str


KINDS = {
    "access token": Kind("1000.4cc{n}.a{n}", "access_token", "authorization"),
    "refresh token": Kind("1000.4ef{n}.b{n}", "refresh_token", "x-refresh-token"),
    "client id": Kind("1000.C11E{n}N71D", "client_id", "x-client-id"),
    "client secret": Kind("5ec4e7{n}abcdef", "client_secret", "x-client-secret"),
    "grant code": Kind("1000.94a{n}.c{n}", "code", "x-code"),
    "cookie": Kind("JSESSIONID=c00{n}", "cookie", "cookie"),
    "set-cookie": Kind("zsid=5e7{n}c00kie", "set_cookie", "set-cookie"),
    "org id": Kind("8147{n}88", "zoid", "x-zoid"),
    "user id": Kind("6439{n}81", "id", "x-user-id"),
    "email": Kind("ada.{n}@mail.org", "email", "x-user"),
    "person name": Kind("Ada Byron {n}", "name", "x-name"),
    "chat title": Kind("Payroll talk {n}", "title", "x-title"),
    "message text": Kind("meet at {n} sharp", "text", "x-text"),
    "chat id": Kind("CT_22{n}_64{n}", "chat_id", "x-chat-id"),
    "request id": Kind("req-7f3a{n}", "request_id", "x-request-id"),
    "IP": Kind("203.0.{a}.{b}", "ip", "x-forwarded-for"),
}


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "percent": _percent,
    "double percent": lambda text: _percent(_percent(text)),
    "base64": lambda text: _base64(text.encode()),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "JSON escape": lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
    "gzip": lambda text: _base64(gzip.compress(text.encode(), mtime=0)),
    "deflate": lambda text: _base64(zlib.compress(text.encode())),
}
"""As text. Where a body can be packed as a whole, that is what gzip and deflate do there."""
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda content: gzip.compress(content, mtime=0),
    "deflate": zlib.compress,
}
TEXT = "exception, log, repr"
POSITIONS = ("URL", "request header", "request body", "response header", "response body", TEXT)


class Probe(Struct, frozen=True, kw_only=True):
    """One cell, and its canary."""

    kind: str
    encoding: str
    position: str
    canary: str

    @property
    def encoded(self) -> str:
        """The canary as it is planted in a text."""
        return ENCODINGS[self.encoding](self.canary)


PROBES = [
    Probe(
        kind=kind,
        encoding=encoding,
        position=position,
        canary=KINDS[kind].form.format(n=number, a=number // 100, b=number % 100 + 100),
    )
    for number, (kind, encoding, position) in enumerate(product(KINDS, ENCODINGS, POSITIONS), start=10_001)
]


class PlantedExchange(Struct, frozen=True, kw_only=True):
    """What is sent and what is answered, each with a canary somewhere, or without."""

    url: str = "https://cliq.zoho.com/api/v3/pin-categories"
    headers: Mapping[str, str] = MappingProxyType({"accept": "application/json", "content-type": "application/json"})
    content: bytes = b""
    answer_headers: Mapping[str, str] = MappingProxyType({"content-type": "application/json"})
    answer: bytes = b'{"code":"operation_failed"}'
    phrase: str = ""


def exchanges(probe: Probe) -> Iterator[PlantedExchange]:
    """The exchanges that have a probe's canary in its position, one for each way that a value can be there."""
    kind, text = KINDS[probe.kind], probe.encoded
    if probe.position == "URL":
        part = quote(text, safe="%+=-_.~")
        yield PlantedExchange(
            url=f"https://cliq.zoho.com/api/v3/chats/{part}/pins?{kind.field}={part}&chat_ids=1,{part}#{part}"
        )
        yield PlantedExchange(url=f"https://{part}@cliq.zoho.com/network/{part}/api/v3/pin-categories")
    elif probe.position == "request header":
        yield PlantedExchange(
            headers={kind.header: text, "accept": f"*/*;v={text}", "content-type": f"text/html;v={text}"}
        )
    elif probe.position == "response header":
        formed = dict.fromkeys(("date", "retry-after"), text)
        yield PlantedExchange(
            answer_headers={kind.header: text, "content-type": f"text/html;v={text}", **formed}, phrase=text
        )
    else:
        yield from _with_body(probe, kind.field)


def _with_body(probe: Probe, field: str) -> Iterator[PlantedExchange]:
    text = probe.canary if probe.encoding in PACKINGS else probe.encoded
    pack = PACKINGS.get(probe.encoding, bytes)
    fields = ",".join(f'"{name}":"{text}"' for name in (*RULES, field, "something", "X1"))
    json = pack(f'{{{fields},"list":["{text}"],"within":{{"error_description":"no access for {text}"}}}}'.encode())
    page, form = pack(f"<p>{text}</p>".encode()), pack(f"{field}={quote(text, safe='%')}&some={text}".encode())
    packed = {"content-encoding": probe.encoding} if probe.encoding in PACKINGS else {}
    if probe.position == "request body":
        yield PlantedExchange(content=json)
        yield PlantedExchange(content=form, headers={"content-type": FORM})
        yield PlantedExchange(content=page, headers={"content-type": "text/html"})
    else:
        yield PlantedExchange(answer=json, answer_headers={"content-type": "application/json", **packed})
        yield PlantedExchange(answer=page, answer_headers={"content-type": "text/html", **packed})


AT_ONCE = 10
"""Exchanges to a cassette: VCR.py looks through all of those before, for each."""


def taped(planted: list[PlantedExchange], without: Collection[str] = ()) -> list[str]:
    """Cassettes, as they would be written, of exchanges that a service has with a client that sends what it likes."""
    return [_taped(part, Sanitiser(without=without)) for part in batched(planted, AT_ONCE)]


def batched(planted: list[PlantedExchange], size: int) -> Iterator[list[PlantedExchange]]:
    """Parts of a list. `itertools` has it from Python 3.12 on."""
    yield from (planted[start : start + size] for start in range(0, len(planted), size))


def _taped(planted: list[PlantedExchange], sanitiser: Sanitiser) -> str:
    simulator, tape = Simulator(), Tape()

    def answer(request: httpx2.Request) -> httpx2.Response:
        planned = next(plan)
        fault = {"status": 400, "headers": dict(planned.answer_headers), "body": {"base64": _base64(planned.answer)}}
        simulator.script({"on": "*", "phase": "before", "action": "status", "args": fault})
        said = simulator.handle(Request(request.method, "/api/v3/pin-categories"))
        extensions = {"reason_phrase": planned.phrase.encode()} if planned.phrase else {}
        return httpx2.Response(
            said.status, headers=list(said.headers), stream=httpx2.ByteStream(said.body), extensions=extensions
        )

    plan = iter(planted)
    client = httpx2.Client(transport=httpx2.MockTransport(answer))
    own = library(before_record_request=sanitiser.request, before_record_response=sanitiser.response)
    with own.use_cassette("tape", record_mode="all", persister=tape):
        for one in planted:
            client.request("POST", one.url, headers=one.headers, content=one.content)
    return tape.text
