"""What a run is given: the environment and the command line, checked before anything is sent."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
from msgspec import Struct

from cliq_pins.data_centres import data_centre
from cliq_pins.setup import from_env

FOLDER = "CLIQ_LIVE_FOLDER"
BUILD = Path(__file__).resolve().parents[2] / "build" / "live"
CHATS = "CLIQ_TEST_CHATS"
NARROW = "CLIQ_NARROW_TOKEN"
GRANT = "CLIQ_GRANT_CODE"
FEWEST = 5
"""How many test chats the flows need; the probes would do with three."""
MOST = 1000
"""How many folders or pins may be asked for; as many folders take an hour to make, and one to remove."""


class Problem(Exception):  # noqa: N818  # it is a line for people
    """Why a run cannot begin, in one line."""


class Asked(Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    throttle: bool = False
    max_folders: int = 0
    """How many folders may be made to find the limit; 0 to leave it."""
    max_pins: int = 0
    """How many test chats may be pinned in one folder to find the limit; 0 to leave it."""
    flows: bool = True
    fresh: bool = False
    clean: bool = False
    by_title: bool = False
    """Whether what has a title that begins like ours is removed, too, though it is in no journal."""
    as_json: bool = False
    journal: Path | None = None
    cassettes: Path | None = None


def arguments(given: Sequence[str]) -> Asked:
    """Read the command line; exits with 2 for one that makes no sense."""
    parser = ArgumentParser("nox -s live --", description=__doc__)
    parser.add_argument("--throttle", action="store_true", help="overrun a limit; locks an endpoint, up to 12 minutes")
    parser.add_argument(
        "--max-folders", type=_number, default=0, metavar="N", help="make up to N folders to find the limit"
    )
    parser.add_argument(
        "--max-pins", type=_number, default=0, metavar="N", help="pin up to N test chats to find the limit"
    )
    parser.add_argument("--no-flows", action="store_false", dest="flows", help="leave the flows, and record nothing")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found out")
    parser.add_argument("--clean", action="store_true", help="only remove what a killed run left")
    parser.add_argument(
        "--by-title", action="store_true", help="with --clean: remove every folder with a title that begins like ours"
    )
    parser.add_argument("--json", action="store_true", dest="as_json", help="print the table as JSON")
    parser.add_argument("--journal", type=Path, help="where the journal is kept")
    parser.add_argument("--cassettes", type=Path, help="where cassettes are recorded")
    read: Namespace = parser.parse_args(given)
    if read.by_title and not read.clean:
        parser.error("--by-title goes with --clean")
    return Asked(**vars(read))


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST:
        raise ArgumentTypeError(f"{text!r} is no number from 0, which leaves it, to {MOST}")
    return int(text)


class Place(Struct, frozen=True, kw_only=True):
    """Where to run, by the environment."""

    sign_in: dict[str, Any]
    """The client's arguments."""
    base_url: str
    accounts_url: str
    chats: tuple[str, ...]
    """The chats that may be pinned and unpinned."""
    narrow: str | None
    """An access token that lacks a scope."""
    grant: dict[str, str | int]
    """An OAuth client with a grant code, to sign in for the first time; empty if none is given."""

    user: str
    """Who signs in: a Self Client is one user's. Empty where a token is given, which does not say whose it is."""
    folder: Path
    """Where all goes that is kept, unless it is said otherwise."""

    def journal(self, asked: Asked) -> Path:
        """Where the journal is: one for each service and user, whatever the test chats are."""
        return asked.journal or self.folder / f"journal-{self.key}.jsonl"

    def cassettes(self, asked: Asked) -> Path:
        """Where cassettes are recorded."""
        return asked.cassettes or self.folder / "cassettes"

    @property
    def lock(self) -> Path:
        """What is locked by a run, whatever its journal is: two runs on one board would mislead each other."""
        return self.folder / f"run-{self.key}.lock"

    @property
    def key(self) -> str:
        """A name for the service and the user."""
        return sha256(f"{self.base_url}\n{self.user}".encode()).hexdigest()[:12]


def place(environ: Mapping[str, str]) -> Place:
    """Read the environment. Raises `Problem`, and `ConfigurationError` for the sign-in; each names what is missing."""
    sign_in = from_env(environ)
    centre = data_centre(sign_in["data_centre"])
    base_url: str = sign_in.get("base_url") or centre.base_url(sign_in.get("network"))
    accounts_url: str = sign_in.get("accounts_url") or centre.accounts_url
    for variable, url in (("CLIQ_BASE_URL", base_url), ("CLIQ_ACCOUNTS_URL", accounts_url)):
        try:
            httpx2.URL(url)
        except httpx2.InvalidURL:
            raise Problem(f"{variable} is no URL") from None
    chats = test_chats(environ)
    names = {"client_id": "CLIQ_CLIENT_ID", "client_secret": "CLIQ_CLIENT_SECRET", "code": GRANT}
    grant = {name: environ.get(variable, "") for name, variable in names.items()}
    return Place(
        sign_in=sign_in,
        base_url=base_url.rstrip("/"),
        accounts_url=accounts_url.rstrip("/"),
        chats=chats,
        narrow=environ.get(NARROW) or None,
        grant=dict(grant) if all(grant.values()) else {},
        user=environ.get("CLIQ_CLIENT_ID", ""),
        folder=Path(environ.get(FOLDER) or BUILD),
    )


def check(asked: Asked, where: Place) -> None:
    """Raise `Problem` for what the command line asks for and the environment has not."""
    if asked.max_pins > len(where.chats):
        raise Problem(f"--max-pins {asked.max_pins} needs as many test chats; {CHATS} has {len(where.chats)}")


def test_chats(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The chats of the environment, each once."""
    chats = tuple(dict.fromkeys(re.findall(r"[^,\s]+", environ.get(CHATS, ""))))
    if len(chats) < FEWEST:
        raise Problem(f"set {CHATS} to the ids of at least {FEWEST} chats, with commas between; it has {len(chats)}")
    if no_ids := [str(number) for number, chat in enumerate(chats, start=1) if chat in (".", "..")]:
        raise Problem(f"{CHATS}: no. {', '.join(no_ids)} is no id of a chat")
    return chats
