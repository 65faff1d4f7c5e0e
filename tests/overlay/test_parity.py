"""Both clients are one: the same names, signatures and docs, and every public name is where it says."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import pytest
from msgspec import Struct

import cliq_pins
from cliq_pins import aio, client, raw

PAIRS = {
    client.CliqPins: aio.AsyncCliqPins,
    client.Folders: aio.AsyncFolders,
    client.Chats: aio.AsyncChats,
    raw.RawCliqPins: raw.RawAsyncCliqPins,
    raw.RawFolders: raw.RawAsyncFolders,
    raw.RawChats: raw.RawAsyncChats,
}
ENTER = {"__enter__": "__aenter__", "__exit__": "__aexit__"}


def public(kind: type[Any]) -> dict[str, Any]:
    names = [name for name in vars(kind) if not name.startswith("_") or name in (*ENTER, *ENTER.values(), "__init__")]
    return {name: inspect.getattr_static(kind, name) for name in names}


def plain(text: Any) -> str:
    """An annotation or a text without what tells the two apart."""
    return str(text).replace("Async", "").replace("async_", "")


def structs(kind: type[Struct] = Struct) -> list[type[Struct]]:
    ours = [one for below in kind.__subclasses__() for one in (below, *structs(below))]
    return [one for one in ours if one.__module__.startswith("cliq_pins")]


def test_what_hides_something_hides_it_from_rich_too() -> None:
    hiding = [one for one in structs() if "__repr__" in vars(one)]
    assert hiding
    assert [one for one in hiding if "__rich_repr__" not in vars(one)] == []


@pytest.mark.parametrize("blocking", PAIRS, ids=lambda one: one.__name__)
def test_the_two_have_the_same_methods(blocking: type[Any]) -> None:
    ours, theirs = public(blocking), public(PAIRS[blocking])
    assert [ENTER.get(name, name) for name in ours] == list(theirs)
    assert plain(PAIRS[blocking].__doc__) == plain(blocking.__doc__)
    for name, one in ours.items():
        other = theirs[ENTER.get(name, name)]
        assert type(one) is type(other), name
        if isinstance(one, property):
            one, other = one.fget, other.fget
        elif isinstance(one, classmethod):
            one, other = one.__func__, other.__func__
        assert plain(other.__doc__) == plain(one.__doc__), name
        mine, yours = inspect.signature(one), inspect.signature(other)
        assert [plain(part) for part in mine.parameters.values()] == [plain(part) for part in yours.parameters.values()]
        assert plain(mine.return_annotation) == plain(yours.return_annotation), name


MAKE_NO_CALL = {"__init__", "from_env", "with_options", "with_raw_response", "settings"}


@pytest.mark.parametrize("blocking", [client.CliqPins, client.Folders, client.Chats], ids=lambda one: one.__name__)
def test_what_makes_a_call_is_awaited(blocking: type[Any]) -> None:
    for name, one in public(PAIRS[blocking]).items():
        assert inspect.iscoroutinefunction(one) == (name not in MAKE_NO_CALL), name


@pytest.mark.parametrize(
    "kind", [client.Folders, client.Chats, aio.AsyncFolders, aio.AsyncChats], ids=lambda one: one.__name__
)
def test_every_method_has_its_raw_form_and_no_other(kind: type[Any]) -> None:
    of = object.__new__(kind)
    of._run = None
    made = getattr(raw, f"Raw{kind.__name__}")(of)
    assert vars(made).keys() == public(kind).keys() - MAKE_NO_CALL
    for name, method in vars(made).items():
        assert method.__wrapped__ == getattr(of, name), name


@pytest.mark.parametrize("kind", [client.CliqPins, aio.AsyncCliqPins], ids=lambda one: one.__name__)
def test_what_a_client_does_itself_has_its_raw_form_and_no_other(kind: type[Any]) -> None:
    of = kind(token="1000.x")  # noqa: S106
    for name in ("board", "edit"):
        assert getattr(of.with_raw_response, name).__wrapped__ == getattr(of, name), name


@pytest.mark.parametrize("kind", [client.CliqPins, client.Folders, client.Chats], ids=lambda one: one.__name__)
def test_every_method_says_which_operation_it_makes(kind: type[Any]) -> None:
    silent = {"edit", "send", "close", "__enter__", "__exit__"} | MAKE_NO_CALL
    for name, one in public(kind).items():
        if name not in silent:
            assert "Operation" in one.__doc__, name


@pytest.mark.parametrize("kind", [client.CliqPins, client.Folders, client.Chats], ids=lambda one: one.__name__)
def test_nothing_that_can_be_mistaken_is_given_by_position(kind: type[Any]) -> None:
    for name, one in public(kind).items():
        if not inspect.isfunction(one) or name in ("__exit__", "send", "edit"):
            continue
        by_position = [
            part.name for part in inspect.signature(one).parameters.values() if part.kind == part.POSITIONAL_OR_KEYWORD
        ]
        assert len(by_position) <= 3, name
        assert not [part for part in inspect.signature(one).parameters.values() if part.kind == part.VAR_KEYWORD], name


def test_every_public_name_is_there_and_is_listed() -> None:
    for name in cliq_pins.__all__:
        assert getattr(cliq_pins, name) is not None
    assert dir(cliq_pins) == sorted(cliq_pins.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        cliq_pins.nothing  # noqa: B018
    errors = {
        name for name, one in vars(cliq_pins.errors).items() if isinstance(one, type) and issubclass(one, Exception)
    }
    assert errors <= {*cliq_pins.__all__, "CliqError"}


def test_to_import_the_package_imports_no_http_library() -> None:
    code = "import sys, cliq_pins; sys.exit(bool({'httpx2', 'msgspec', 'ssl'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_to_make_a_client_imports_nothing_that_only_calls_need() -> None:
    needed = {"concurrent.futures", "cliq_pins.engine.guarded", "cliq_pins.raw"}
    code = f"import sys, cliq_pins; cliq_pins.CliqPins(token='1000.x'); sys.exit(bool({needed} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_derived_client_takes_every_setting() -> None:
    taken = inspect.signature(client.CliqPins.with_options).parameters.keys() - {"self"}
    assert taken == set(cliq_pins.Settings.__struct_fields__)
    assert taken <= inspect.signature(client.CliqPins).parameters.keys()
    for name, default in zip(cliq_pins.Settings.__struct_fields__, cliq_pins.Settings.__struct_defaults__, strict=True):
        if name not in ("headers", "hooks"):
            assert inspect.signature(client.CliqPins).parameters[name].default == default, name
