"""Secrets that somebody else wrote down in another way are hidden too, and nothing else is."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import quote

import pytest

from cliq_pins import RawAnswer, disguises
from cliq_pins.secret import ROOM, Secret, _Held, _held, conceal, one_line

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
    assert max(map(len, disguises.layers(bomb))) < 2**13


BEFORE = ("/", "x/", "id-", "secret_", "token=", "a.b.", "oauth/v2/auth/", "===")
AFTER = ("", "-xy", "/z", "_1", "==", ".")


@pytest.mark.parametrize(
    "name", ["none", "base64", "base64 for URLs, without its end", "gzip", "percent", "as in a URL"]
)
@pytest.mark.parametrize("before", BEFORE)
def test_a_secret_is_hidden_whatever_stands_around_it(name: str, before: str) -> None:
    held = Secret(TEXT)
    for after in AFTER:
        disguised = DISGUISES[name](held.reveal())
        assert disguised not in conceal(f"see {before}{disguised}{after} for more")


def test_a_secret_that_comes_twice_in_a_run_is_hidden_twice() -> None:
    held, other = Secret("s3cr3t-of-mine"), Secret("an0ther-of-mine")
    text = f"{held.reveal()}/{base64_of(held.reveal().encode())}/{other.reveal()}/{base64_of(other.reveal().encode())}"
    shown = conceal(text)
    for one in (held, other):
        assert one.reveal() not in shown
        assert base64_of(one.reveal().encode())[:12] not in shown


def test_of_many_secrets_those_that_are_there_are_hidden() -> None:
    held = [Secret(f"{number:06}-of-many") for number in range(500)]
    shown = conceal(f"{held[7].reveal()} and {base64_of(held[499].reveal().encode())}, not 000500-of-many")
    assert shown == "[hidden] and [hidden], not 000500-of-many"


def test_a_secret_is_known_as_long_as_somebody_holds_it() -> None:
    held = [Secret(f"1000.{number:04}.of-many") for number in range(3 * ROOM)]
    twice = Secret(held[0].reveal())
    assert _held.longest() >= len("1000.0000.of-many")
    del held[: 2 * ROOM]
    newer = [Secret(f"{number:04}.and-of-more-than-many") for number in range(3 * ROOM)]
    for one in (twice, *held, *newer):
        assert conceal(f"see {one.reveal()}") == "see [hidden]"
    assert conceal("see 0001.of-many") == "see 0001.of-many"


def test_secrets_that_are_no_more_take_no_room() -> None:
    held = _Held()
    for number in range(10 * ROOM):
        held.add(Secret(f"{number:08}"))
    assert max(sum(map(len, index.values())) for index in (held._by_end, held._by_length)) <= ROOM
    assert held.longest() == 0


def test_only_those_that_may_be_there_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    held, revealed = [Secret(sha256(b"%d" % number).hexdigest()) for number in range(1000)], list[str]()
    monkeypatch.setattr(Secret, "reveal", lambda secret: (revealed.append(secret._text), secret._text)[1])
    assert one_line(f"see {held[500]._text}") == "see [hidden]"
    assert revealed == [held[500]._text]


def test_a_secret_within_another_leaves_nothing_of_that_one() -> None:
    inner, outer = Secret("s3cr3t-end"), Secret("beginning-of-a-s3cr3t-end")
    assert conceal(f"see {outer.reveal()}, {inner.reveal()}") == "see [hidden], [hidden]"


def test_a_short_secret_at_the_very_end_is_hidden() -> None:
    held = Secret("s3cr3t")
    assert [conceal(text) for text in ("s3cr3t", "it is s3cr3t")] == ["[hidden]", "it is [hidden]"]
    del held


def test_half_characters_are_no_error() -> None:
    held = Secret("\ud800s3cr3t")
    assert conceal(f"\udfff {held.reveal()}") == "\udfff [hidden]"


def test_a_text_that_is_cut_for_a_secrets_sake_says_so() -> None:
    held = Secret("s3cr3t" * 10)
    line = one_line("x y " * 500, 40)
    assert (len(line), line[-1]) == (40, "…")
    assert one_line(" " * 2**14 + "more", 40) == "…"
    assert one_line(" " * (2**14 - 4) + "more", 40) == "more"
    del held


def test_a_secret_of_letters_that_are_no_ascii_is_hidden() -> None:
    held = Secret("clé-secrète")
    assert conceal(f"la {held.reveal()} et {base64_of(held.reveal().encode())}") == "la [hidden] et [hidden]"


@pytest.mark.parametrize("most", [20, 200])
@pytest.mark.parametrize("name", DISGUISES)
def test_no_part_of_a_secret_is_shown_where_a_text_is_cut(name: str, most: int) -> None:
    held = Secret("s3cr3t" * 8)
    disguised = DISGUISES[name](held.reveal())
    for blanks in (0, most - 3, 4 * most, 2**14 - len(disguised) // 2, 2**14 - 1):
        for filler in (" ", "x y "):
            text = (filler * blanks)[:blanks] + disguised + " " + disguised
            shown = one_line(text, most)
            assert len(shown) <= most
            assert all(disguised[start : start + 8] not in shown for start in range(len(disguised) - 7))


def test_an_answer_is_shown_without_the_beginning_of_a_secret() -> None:
    held = Secret("5ec4e7" * 8)
    for blanks in (0, 150, 770, 2**14 - 5, 2**16):
        content = b" " * blanks + held.reveal().encode()
        assert "5ec4e7" not in RawAnswer(status=502, headers={}, content=content).snippet()


@pytest.mark.parametrize("length", [100, 10**6])
def test_of_a_long_text_the_beginning_is_looked_at(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []
    monkeypatch.setattr("cliq_pins.secret.conceal", lambda text: (looked_at.append(len(text)), text)[1])
    monkeypatch.setattr("cliq_pins.secret._held.longest", lambda: 50)
    shown = one_line("word " * length)
    assert (len(shown), shown[-1]) == (200, "…")
    assert looked_at == [min(5 * length - 1, 200 + 2 * 8 * 50)]


@pytest.mark.parametrize(("length", "shown"), [(199, 199), (200, 200), (201, 200)])
def test_a_text_is_cut_where_it_is_longer_than_it_may_be(length: int, shown: int) -> None:
    line = one_line("x" * length)
    assert (len(line), line.endswith("…")) == (shown, length > 200)
