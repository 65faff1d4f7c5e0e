"""Downloads are bounded, refused if odd, and one error each; nothing here leaves the machine."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator

import httpx2
import pytest

from contract import source
from contract.errors import ContractError

ADDRESS = "https://example.com/contract.yaml"
CONTRACT = {"openapi": "3.0.0", "info": {"title": "T", "version": "1"}, "paths": {"/a": {}}}
CHUNK = 64 * 1024
Serve = Callable[[Callable[[httpx2.Request], httpx2.Response]], None]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Answer downloads with a handler, through the client's own settings."""
    real = source.client

    def served(handler: Callable[[httpx2.Request], httpx2.Response]) -> None:
        def client() -> httpx2.Client:
            ours = real()
            settings = {"timeout": ours.timeout, "follow_redirects": ours.follow_redirects}
            ours.close()
            return httpx2.Client(transport=httpx2.MockTransport(handler), **settings)

        monkeypatch.setattr(source, "client", client)

    return served


class Body(httpx2.SyncByteStream):
    """A body that counts how much of it was read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self.data), CHUNK):
            self.taken += CHUNK
            yield self.data[start : start + CHUNK]


def test_a_contract_is_fetched_once_and_parsed(serve: Serve) -> None:
    seen: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(f"{request.method} {request.url}")
        return httpx2.Response(200, json=CONTRACT)

    serve(handler)
    assert source.read(ADDRESS) == CONTRACT
    assert seen == [f"GET {ADDRESS}"]


def test_a_compressed_contract_and_a_byte_order_mark_are_read(serve: Serve) -> None:
    data = gzip.compress(b"\xef\xbb\xbf" + json.dumps(CONTRACT).encode())
    serve(lambda _: httpx2.Response(200, headers={"Content-Encoding": "gzip"}, content=data))
    assert source.read(ADDRESS) == CONTRACT


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "10"}, {"Content-Length": str(2**40)}])
def test_a_download_over_the_bound_stops_whatever_its_length_says(serve: Serve, headers: dict[str, str]) -> None:
    body = Body(b" " * (4 * source.MAX_BYTES))
    serve(lambda _: httpx2.Response(200, headers=headers, stream=body))
    with pytest.raises(ContractError, match="over 8 MiB"):
        source.read(ADDRESS)
    assert body.taken <= source.MAX_BYTES + 2 * CHUNK


def test_a_download_of_just_the_bound_is_read(serve: Serve) -> None:
    text = json.dumps(CONTRACT).encode()
    serve(lambda _: httpx2.Response(200, stream=Body(text.ljust(source.MAX_BYTES))))
    assert source.read(ADDRESS) == CONTRACT


def test_a_gzip_bomb_is_stopped_by_what_it_becomes(serve: Serve) -> None:
    bomb = Body(gzip.compress(b" " * (128 * 2**20), 1))
    assert len(bomb.data) < source.MAX_BYTES
    serve(lambda _: httpx2.Response(200, headers={"Content-Encoding": "gzip"}, stream=bomb))
    with pytest.raises(ContractError, match="over 8 MiB"):
        source.read(ADDRESS)
    assert bomb.taken < len(bomb.data)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_named_and_not_followed(serve: Serve, status: int) -> None:
    seen: list[httpx2.URL] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url)
        return httpx2.Response(status, headers={"Location": "https://elsewhere.example/x"})

    serve(handler)
    with pytest.raises(ContractError, match=r"redirects to 'https://elsewhere\.example/x'"):
        source.read(ADDRESS)
    assert len(seen) == 1


@pytest.mark.parametrize("status", [201, 204, 304, 401, 404, 500])
def test_any_answer_but_200_is_refused(serve: Serve, status: int) -> None:
    serve(lambda _: httpx2.Response(status, json=CONTRACT))
    with pytest.raises(ContractError, match=f"answered HTTP {status}"):
        source.read(ADDRESS)


@pytest.mark.parametrize("error", [httpx2.ConnectError("refused"), httpx2.ReadTimeout(""), httpx2.ReadError("reset")])
def test_a_connection_that_fails_is_one_error(serve: Serve, error: Exception) -> None:
    def handler(_: httpx2.Request) -> httpx2.Response:
        raise error

    serve(handler)
    with pytest.raises(ContractError, match=f"cannot be fetched: {str(error) or type(error).__name__}"):
        source.read(ADDRESS)


def test_a_body_that_cannot_be_decompressed_is_one_error(serve: Serve) -> None:
    serve(lambda _: httpx2.Response(200, headers={"Content-Encoding": "gzip"}, stream=Body(b"not gzip")))
    with pytest.raises(ContractError, match="cannot be fetched"):
        source.read(ADDRESS)


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><html></html>", b"\xff\xfe\x00", b"plain text", b""])
def test_a_body_that_is_no_contract_is_refused(serve: Serve, body: bytes) -> None:
    serve(lambda _: httpx2.Response(200, content=body))
    with pytest.raises(ContractError, match=ADDRESS):
        source.read(ADDRESS)


@pytest.mark.parametrize("address", ["http://example.com/x", "ftp://example.com/x", "file:///etc/hosts"])
def test_only_https_is_fetched(serve: Serve, address: str) -> None:
    serve(lambda _: pytest.fail("a request was sent"))
    with pytest.raises(ContractError, match="only https addresses are read"):
        source.read(address)


@pytest.mark.parametrize("address", ["https://", "https://[", "https://host:port/", "https://\x01/"])
def test_an_address_that_is_none_is_one_error(address: str) -> None:
    with pytest.raises(ContractError, match="cannot be fetched"):
        source.read(address)
