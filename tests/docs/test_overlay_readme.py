"""The overlay's README: what it lists for those who read no Python is all that there is."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from cliq_pins.simulator.admin import PATHS
from cliq_pins.simulator.api import accounts, inputs
from cliq_pins.simulator.faults import ARGUMENTS

README = (Path(__file__).parents[2] / "overlay" / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The cells of the tables of a section, each as the words in it that are code."""
    lines = [line for line in section(title).splitlines() if line.startswith("| `")]
    return [[" ".join(re.findall(r"`([^`]+)`", cell)) for cell in line.split("|")[1:-1]] for line in lines]


FAULTS = {action.strip(","): args.split() for actions, args, _ in rows("Faults") for action in actions.split()}


def test_every_action_is_listed() -> None:
    assert FAULTS.keys() == ARGUMENTS.keys()


@pytest.mark.parametrize("action", ARGUMENTS)
def test_an_action_is_listed_with_its_arguments_and_their_values(action: str) -> None:
    form = msgspec.inspect.type_info(ARGUMENTS[action])
    assert isinstance(form, msgspec.inspect.StructType)
    expected = {field.encode_name for field in form.fields}
    for field in form.fields:
        if isinstance(field.type, msgspec.inspect.LiteralType):
            expected |= set(map(str, field.type.values))
    assert set(FAULTS[action]) == expected


def test_every_path_of_the_admin_api_is_listed() -> None:
    listed = {tuple(cells[0].rsplit(" ", 1)) for cells in rows("The admin API")}
    expected = {(" ".join(methods), path) for path, methods in PATHS.items() if path not in ("", "schema")}
    assert listed == expected
    assert all(f"GET /_sim/{path}" in section("The admin API") for path in ("", "schema"))


def test_the_accounts_server_is_told_as_it_is() -> None:
    told = section("The accounts server")
    assert {cells[0] for cells in rows("The accounts server")} == accounts.OPERATIONS.keys()
    for words in (
        f"gets {accounts.TOKENS_PER_WINDOW} access tokens in {accounts.WINDOW_MS // 1000} seconds",
        f"{accounts.LIVE_TOKENS} access tokens of a refresh token live at once",
        f"{accounts.REFRESH_TOKENS} refresh tokens of a user and client",
        f"An access token lives {accounts.LIFE_SECONDS} seconds, a grant code {accounts.GRANT_SECONDS}",
    ):
        assert words in " ".join(told.split())


def test_the_unit_of_a_sync_point_is_told_as_it_is_read() -> None:
    assert f"milliseconds from {inputs.MILLISECONDS_FROM:,} on" in " ".join(section("Readings").split())
