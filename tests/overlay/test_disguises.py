"""Secrets that somebody else wrote down in another way are hidden too, and nothing else is."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pytest

from cliq_pins import disguises
from cliq_pins.secret import Secret, conceal, one_line

TEXT = "1000.c0ffee?c0ffee/ö"


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(one):04x}" for one in text)


DISGUISES: dict[str, Callable[[str], str]] = {
    "none": lambda text: text,
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "as in a URL": lambda text: quote(text, safe=""),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "base64": lambda text: base64_of(text.encode()),
    "base64 for URLs, without its end": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 of a header": lambda text: base64_of(b"Zoho-oauthtoken " + text.encode()),
    "base64 of base64": lambda text: base64_of(base64_of(text.encode()).encode()),
    "gzip": lambda text: base64_of(gzip.compress(text.encode())),
    "deflate": lambda text: base64_of(zlib.compress(text.encode())),
    "base64 in a URL": lambda text: quote(base64_of(text.encode()), safe=""),
}


@pytest.mark.parametrize("name", DISGUISES)
@pytest.mark.parametrize("around", ["{}", "no access for {}", "token={}, sorry", '"{}"', "({})"])
def test_a_secret_is_hidden_in_any_encoding(name: str, around: str) -> None:
    held = Secret(TEXT)
    disguised = DISGUISES[name](held.reveal())
    shown = conceal(around.format(disguised))
    assert disguised not in shown
    assert "[hidden]" in shown
    if around.startswith("no access"):
        assert shown.startswith("no access for ")


@pytest.mark.parametrize("text", ["1000.abcdef", "s3cr3t-of-a-gateway"])
def test_a_secret_is_hidden_in_json_escapes(text: str) -> None:
    held = Secret(text)
    assert conceal(f"for {escaped(text)}") == "for [hidden]"
    assert conceal(json.dumps({"for": escaped(text)})) == '{"for": "[hidden]"}'
    del held


@pytest.mark.parametrize(
    "text",
    [
        "CT_2230642524712404875_64396981 is no chat of yours",
        "50%25 of 100%, dGhlIHJlc3Q= and H4sIAAAAAAAA",
        "C:\\users\\u0041\\uzzzz",
        "the folder 4000000000000010001 is gone",
    ],
)
def test_what_is_no_secret_is_shown_as_it_is(text: str) -> None:
    held = Secret(TEXT)
    assert conceal(text) == text
    del held


def test_a_layer_is_undone_within_another_up_to_a_depth() -> None:
    text = b"at the bottom"
    for depth in range(disguises.LAYERS + 2):
        assert (b"at the bottom" in disguises.layers(text.decode())) == (depth <= disguises.LAYERS)
        text = base64.b64encode(text)


def test_what_is_packed_is_unpacked_up_to_a_size() -> None:
    bomb = base64_of(zlib.compress(bytes(2**22)))
    assert max(map(len, disguises.layers(bomb))) <= disguises.MOST


@pytest.mark.parametrize("length", [100, 10**6])
def test_of_a_long_text_the_beginning_is_looked_at(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []
    monkeypatch.setattr("cliq_pins.secret.conceal", lambda text: (looked_at.append(len(text)), text)[1])
    assert len(one_line("word " * length)) <= 200
    assert looked_at == [min(5 * length, 2**14)]
