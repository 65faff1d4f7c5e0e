"""No canary is on a cassette, each sanitiser is there for some of them, and the scanner finds them all without."""

from __future__ import annotations

import base64
import gzip
import logging
import zlib

import pytest

from cliq_pins import Hooks
from cliq_pins.simulator import Simulator
from cliq_pins.testing import connect

from .measuring import IN_WORDS, ON_TAPE, everywhere, in_words, on_tape
from .probes import ENCODINGS, KINDS, POSITIONS, PROBES, PlantedExchange, Probe, taped
from .provenance import load, recorded
from .sanitise import EVERY, RESPONSE, Names
from .sanitise.fields import NUMBERS, RULES, clean
from .sanitise.requests import FORM
from .scanning import SUSPECTS, find, layers, suspicious, texts
from .telling import QUOTED, SECRETS, logged, outspoken, unconcealed

FEW = [one for one in ON_TAPE if one.kind in ("email", "chat id") and one.encoding in ("raw", "gzip")]


def test_there_is_a_probe_for_every_kind_encoding_and_position() -> None:
    cells = {(probe.kind, probe.encoding, probe.position) for probe in PROBES}
    assert len(cells) == len(PROBES) == len(KINDS) * len(ENCODINGS) * len(POSITIONS) == 768
    assert len({probe.canary for probe in PROBES}) == len(PROBES)


def test_no_canary_is_on_a_cassette() -> None:
    assert everywhere() == set()


def test_without_sanitisers_the_scanner_finds_the_canaries() -> None:
    assert everywhere(without=EVERY) == set(ON_TAPE)


GZIPPED = next(probe for probe in ON_TAPE if (probe.encoding, probe.position) == ("gzip", "response body"))


@pytest.mark.parametrize("left_out", sorted(EVERY - {"response.packing"}))
def test_each_sanitiser_keeps_canaries_off(left_out: str) -> None:
    side = "response" if left_out in RESPONSE else "URL" if left_out.startswith("url") else "request"
    assert side in {probe.position.partition(" ")[0] for probe in on_tape(FEW, without={left_out})}


def test_a_packed_answer_stays_readable() -> None:
    """Unpacking hides nothing by itself: without it, what is packed would be hidden as a whole."""
    packed = PlantedExchange(
        answer=gzip.compress(b'{"code":"operation_failed"}'),
        answer_headers={"content-type": "application/json", "content-encoding": "gzip"},
    )
    assert '{"code":"operation_failed"}' in taped([packed])[0]
    assert "operation_failed" not in taped([packed], without={"response.packing"})[0]


def raw_probe(position: str) -> Probe:
    return next(one for one in ON_TAPE if (one.kind, one.encoding, one.position) == ("email", "raw", position))


@pytest.mark.parametrize("name", RULES)
def test_each_rule_keeps_canaries_off(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    probes = [raw_probe("request body"), raw_probe("response body")]
    monkeypatch.setitem(RULES, name, lambda names, value: value)
    assert on_tape(probes) == set(probes)


@pytest.mark.parametrize("name", ["id", "chat_id", "zoid", *NUMBERS])
def test_a_number_stays_only_where_one_belongs(name: str) -> None:
    number = 6_439_698_112_345
    tapes = taped([PlantedExchange(answer=f'{{"{name}":{number}00,"data":[{number}00]}}'.encode())])
    assert find([str(number).encode()], texts(tapes[0])) == set()


def test_what_an_answer_means_stays() -> None:
    said = (
        b'{"type":"pin_categories","data":[{"category_id":"default"},{"category_id":"40001","state":"collapsed","chats":'
        b'[{"chat_id":"CT_1_2","chat_type":"bot","participant_count":3}]}],"message":"Try again after 22 minutes",'
        b'"n":1.5}'
    )
    (tape,) = taped(
        [PlantedExchange(answer=said, answer_headers={"content-type": "application/json", "Retry-After": "60"})]
    )
    assert (
        '{"type":"pin_categories","data":[{"category_id":"default"},{"category_id":"80000000000000001",'
        '"state":"collapsed","chats":[{"chat_id":"CT_80000000000000002","chat_type":"bot","participant_count":3}]}],'
        '"message":"message-1: try again after 22 minutes","property-1":0}'
    ) in tape
    assert "retry-after" in tape


@pytest.mark.parametrize(
    "planted",
    [
        PlantedExchange(answer=b'{"data":{"payroll_talk":1}}'),
        PlantedExchange(content=b'{"payroll_talk":"x"}'),
        PlantedExchange(content=b"payroll_talk=x", headers={"content-type": FORM}),
        PlantedExchange(url="https://cliq.zoho.com/api/v3/pin-categories?payroll_talk=x"),
    ],
    ids=["answer", "request", "form", "query"],
)
def test_a_value_that_is_the_name_of_a_property_is_hidden(planted: PlantedExchange) -> None:
    (tape,) = taped([planted])
    assert find([b"payroll"], texts(tape)) == set()
    assert "property-1" in tape


def test_the_names_of_the_contract_and_of_the_accounts_server_stay() -> None:
    named = dict.fromkeys((*RULES, *NUMBERS, "chats", "is_pinned", "recipients_summary", "api_domain"), None)
    assert clean(Names(), named) == named


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


PLAIN = b"ada was here?>"
TOUCHING = [("a", ""), ("ab", "c"), ("abc", ""), ("abcd", "ef"), ("", "abc")]
"""What may stand right before and behind a run of base64, and is none of it."""
NESTED = [
    PLAIN.decode(),
    "%25%36%31da was",
    b64(PLAIN),
    base64.urlsafe_b64encode(PLAIN).decode().rstrip("="),
    f"chats/{b64(PLAIN)}/pins",
    f"token={b64(PLAIN)}&a=b",
    *(f"{before}{base64.urlsafe_b64encode(PLAIN).decode().rstrip('=')}{behind}" for before, behind in TOUCHING),
    b64(gzip.compress(PLAIN, mtime=0)),
    b64(gzip.compress(PLAIN, mtime=0)[:-8]),
    b64(zlib.compress(PLAIN)),
    b64(zlib.compress(PLAIN)[2:-4]),
    '{"a":"\\u0061\\u0064\\u0061"}',
    "\\\\u0061da",
    b64(b64(gzip.compress(b"%61%64%61", mtime=0)).encode()),
]


@pytest.mark.parametrize("text", NESTED)
def test_the_scanner_looks_under_every_layer(text: str) -> None:
    assert any(b"ada" in layer for layer in layers(text.encode()))


def test_the_scanner_finds_nothing_where_nothing_is() -> None:
    assert not any(b"ada" in layer for layer in layers(b64(gzip.compress(b"somebody else")).encode()))


LOOK_ALIKES = {
    "a token": "1000.8cb99d4c0ffee00.1234",
    "a signed token": "eyJhbGciOiJIUzI1NiJ9.e30.x",
    "a key by its name": '{"client_secret":"5ec4e7abcdef"}',
    "an address": "ada@example.org",
    "an IP address": "203.0.113.7",
    "an id": "1488288613043522033",
    "a group chat": "CT_2230642524712404875_64396981",
    "a header": "Authorization: x",
}


@pytest.mark.parametrize("what", SUSPECTS)
def test_what_looks_like_a_secret_is_found(what: str) -> None:
    assert f"{what} in line 2" in suspicious(f"- 1\n- {LOOK_ALIKES[what]!r}")


def test_pseudonyms_do_not_look_like_secrets() -> None:
    assert suspicious("- [800000000000000012, CT_800000000000000012_800000000000000013, access_token-1]") == []


def test_no_log_hook_or_repr_tells_anything_and_no_error_a_secret() -> None:
    """Errors quote what else the service says; so that the canaries are there for all to tell."""
    found = in_words()
    assert found.leaks == set()
    assert found.in_every_error == {probe for probe in IN_WORDS if probe.kind in QUOTED}


def test_without_concealing_errors_tell_every_canary_behind_anything() -> None:
    with unconcealed():
        found = in_words()
    assert found.in_every_error == set(IN_WORDS)
    assert found.leaks == {probe for probe in IN_WORDS if probe.kind in SECRETS}


def test_canaries_are_found_in_logs_and_events_that_tell_too_much() -> None:
    """Errors apart: what they quote says nothing of whether a log or a hook would be looked at."""
    with outspoken():
        assert in_words().in_all_rest == set(IN_WORDS)


def test_what_is_logged_and_told_to_hooks_is_looked_at() -> None:
    events = list[object]()
    with logged() as lines, connect(Simulator(), hooks=Hooks(on_response=events.append)) as pins:
        pins.board()
        logging.getLogger("cliq_pins").debug("a canary of %s", "Ada")
    assert len(events) == 1
    assert any("ResponseEvent" in line for line in lines)
    assert any("Ada" in line for line in lines)


def test_every_cassette_in_the_repository_is_free_of_what_flows_start_from() -> None:
    """The simulator's own values, which recordings are made from, are on none of them."""
    real = [b"4000000000000", b"1488288613043522033", b"Private matters", b"Ada Byron", b"Grace Hopper", b"Family"]
    assert any("name-1" in said for said in [str(load(path)) for path in recorded().values()])
    tapes = (path.read_text(encoding="utf-8") for path in recorded().values())
    assert find(real, (text for tape in tapes for text in texts(tape))) == set()
