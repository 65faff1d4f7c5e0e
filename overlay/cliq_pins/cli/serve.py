"""`cliq-pins serve`: the simulator behind a socket, until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import signal
import sys
from contextlib import suppress
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from cliq_pins.simulator import Simulator, Urls, WallClock
from cliq_pins.simulator.admin import profile as profile_named
from cliq_pins.simulator.builders import sample, state
from cliq_pins.simulator.faces.server import Listener
from cliq_pins.simulator.state import State
from cliq_pins.simulator.storage import Saved, StateFileError, load, save

from .output import say

TOKEN_SECONDS = 10 * 365 * 24 * 3600
"""How long the ready-made token lives: longer than anyone serves."""

SAVE_SECONDS = 0.2
"""How long a change may wait to be written."""


def serve(*, port: int, profile: str, state_file: Path | None, seed: int | None, limits: bool, as_json: bool) -> None:
    """Serve until Ctrl-C or SIGTERM; `ValueError` with one line if it cannot begin."""
    behaviour = profile_named(profile)
    if state_file is None:
        simulator = Simulator(
            state(sample(seed or 0), seed or 0), behaviour=behaviour, limits=limits, clock=WallClock()
        )
        asyncio.run(_serve(simulator, port, as_json, None))
        return
    state_file = state_file.resolve()  # two names of one file are one file to be locked
    if state_file.exists() and not state_file.is_file():
        raise ValueError(f"{state_file}: is no file")
    if not state_file.parent.is_dir():
        raise ValueError(f"{state_file}: there is no folder {state_file.parent}")
    lock = FileLock(f"{state_file}.lock", timeout=0)
    try:
        with lock:
            saved = _begin(state_file, seed)
            clock = WallClock(saved.ahead_ms)
            simulator = Simulator(saved.state, behaviour=behaviour, limits=limits, clock=clock)
            asyncio.run(_serve(simulator, port, as_json, Keeper(simulator, clock, state_file)))
    except Timeout:
        raise ValueError(f"{state_file}: another server keeps its state there") from None
    except OSError as error:
        raise ValueError(f"{state_file}: cannot be used: {error.strerror or error}") from None


def _begin(path: Path, seed: int | None) -> Saved:
    """What the file holds, or a sample written to it."""
    saved = load(path)
    if saved is None:
        saved = Saved(state=state(sample(seed or 0), seed or 0))
        save(path, saved)
    elif seed not in (None, saved.state.seed):
        raise ValueError(f"--seed {seed}: {path} was made with seed {saved.state.seed}; leave --seed out")
    return saved


class Keeper:
    """Writes the state of a simulator to its file whenever it has changed."""

    def __init__(self, simulator: Simulator, clock: WallClock, path: Path) -> None:
        self._simulator = simulator
        self._clock = clock
        self._path = path
        self._kept: tuple[State, int] | None = None
        self._problem = ""

    def keep(self) -> None:
        """Write the state, unless that is what the file holds."""
        state, ahead_ms = self._simulator.state, self._clock.ahead_ms
        if self._kept is None or self._kept[0] is not state or self._kept[1] != ahead_ms:
            save(self._path, Saved(ahead_ms=ahead_ms, state=state))
            self._kept = (state, ahead_ms)

    def try_to_keep(self) -> None:
        """The same; if it cannot be done now, say so once and leave it to the next time."""
        try:
            self.keep()
            self._problem = ""
        except StateFileError as error:
            if str(error) != self._problem:
                print(f"cliq-pins: {error}; it is tried again while the server runs", file=sys.stderr, flush=True)
            self._problem = str(error)


async def _serve(simulator: Simulator, port: int, as_json: bool, keeper: Keeper | None) -> None:
    listener = Listener(simulator)
    try:
        urls = await listener.start(port)
    except OSError as error:
        why = "is in use; choose another, or 0 for a free one" if error.errno == errno.EADDRINUSE else error.strerror
        raise ValueError(f"--port {port}: {why}") from None
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # where the loop cannot: there Ctrl-C ends it by KeyboardInterrupt
            loop.add_signal_handler(name, stopped.set)
    try:
        say(_greeting(urls, _ready_token(simulator), as_json))
        while not stopped.is_set():
            if keeper:
                await asyncio.to_thread(keeper.try_to_keep)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), SAVE_SECONDS if keeper else None)
    finally:
        await listener.stop()
        if keeper:
            keeper.keep()


def _ready_token(simulator: Simulator) -> str:
    """The ready-made token that the state has, or a new one."""
    now, scopes = simulator.clock.now_ms, simulator.rules.contract.scopes
    for secret, token in simulator.state.access_tokens.items():
        if token.scopes == scopes and token.expires_ms - now > TOKEN_SECONDS * 500:
            return secret
    return simulator.token(seconds=TOKEN_SECONDS)


def _greeting(urls: Urls, token: str, as_json: bool) -> str:
    if as_json:
        said = {"base_url": urls.base_url, "token": token, "token_url": urls.token_url, "admin_url": urls.admin_url}
        return msgspec.json.encode(said).decode()
    return (
        f"API         {urls.base_url}\n"
        f"token       {token}\n"
        f"token URL   {urls.token_url}\n"
        f"admin API   {urls.admin_url}\n"
        f"Try: curl -H 'Authorization: Zoho-oauthtoken {token}' '{urls.base_url}/pin-categories?include_fields=chats'\n"
        "Ctrl-C ends it."
    )
