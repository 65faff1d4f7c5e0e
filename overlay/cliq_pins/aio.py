"""The client, for tasks. `client` has the same, blocking."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from msgspec import UNSET

from . import engine, http, setup
from .engine.drivers import Clock, SystemClock, run_async
from .engine.effects import Flow
from .engine.session import Session
from .errors import CliqError, ConfigurationError, checked
from .hooks import Hooks
from .limits import MemoryStore, Store
from .pools import CLOSED, single
from .position import END, End
from .reprs import half_made_too
from .settings import CallOptions, Settings
from .tokens import Credentials, TokenStore

if TYPE_CHECKING:  # what is only needed to read what follows
    from ._generated import Call, Unset, models
    from .board import Board, Folder
    from .drift import Drift
    from .edits import ChatRef, Edit, FolderRef
    from .engine.folders import OnConflict
    from .raw import RawAsyncChats, RawAsyncCliqPins, RawAsyncFolders

T = TypeVar("T")


class _Runner:
    """Runs flows for a client and its parts."""

    def __init__(self, session: Session, sender: http.AsyncHTTPSender, clock: Clock) -> None:
        self.session = session
        self.sender = sender
        self.clock = clock

    async def run(self, flow: Callable[[Session], Flow[T]], options: CallOptions | None) -> T:
        if self.sender.closed:
            raise ConfigurationError(CLOSED)
        session = self.session if options is None else self.session.under(options)
        with checked():
            return await run_async(flow(session.begin(self.clock.now().monotonic)), self.sender, self.clock)


class AsyncFolders:
    """`pins.folders`: make, change, arrange, fill and delete chat folders.

    A folder is given by its id or as a `Folder` of a board. A `Folder` brings along what its board knew: if someone
    else changed since then what a call overwrites, the call raises `StaleBoard` and changes nothing. With an id the
    board is read first. Every method raises a `CliqError`; see its subclasses.
    """

    def __init__(self, runner: _Runner) -> None:
        self._run = runner.run

    @property
    def with_raw_response(self) -> RawAsyncFolders:
        """The same methods, with the answers beside the value."""
        from .raw import RawAsyncFolders  # seldom wanted

        return RawAsyncFolders(self)

    async def create(
        self,
        title: str,
        *,
        symbol: str | Unset = UNSET,
        chats: Iterable[ChatRef] = (),
        options: CallOptions | None = None,
    ) -> Folder:
        """Make a folder, with up to 100 chats pinned in it in this order.

        The title has up to 255 characters, the symbol, an emoji or zomoji, up to 50. If the answer is lost, the call is
        not sent again: the error's `outcome` is `unknown`, and `reconcile` tells what became of it. Raises
        `LimitReached` if there are as many folders as the service allows. Operation `createPinCategory`.
        """
        return await self._run(lambda session: engine.folders.create(session, title, symbol, chats), options)

    async def create_or_get(
        self,
        title: str,
        *,
        symbol: str | Unset = UNSET,
        chats: Iterable[ChatRef] = (),
        options: CallOptions | None = None,
    ) -> Folder:
        """Give the folder of that title, and make it if there is none. Safe to repeat.

        A folder that is there is left as it is; of several with that title it is the first. Titles are compared
        letter by letter. Operations `getPinCategories` and `createPinCategory`.
        """
        return await self._run(lambda session: engine.folders.create_or_get(session, title, symbol, chats), options)

    async def reconcile(self, error: CliqError, *, options: CallOptions | None = None) -> Folder | None:
        """Give the folder that a `create` made whose answer was lost; `None` if it made none.

        Takes the error that `create` raised, with the outcome `unknown`. It goes by title and chats: a folder that had
        both before cannot be told apart. Raises `InvalidRequest` if several could be the one. Operation
        `getPinCategories`.
        """
        return await self._run(lambda session: engine.folders.reconcile(session, error), options)

    async def update(
        self,
        folder: FolderRef,
        *,
        title: str | Unset = UNSET,
        symbol: str | Unset = UNSET,
        state: models.State | Unset = UNSET,
        options: CallOptions | None = None,
    ) -> None:
        """Change a folder's title, symbol or state (`expanded` or `collapsed`); an empty symbol takes it away.

        The service does not guard this: the last writer wins. Operation `updatePinCategory`.
        """
        await self._run(lambda session: engine.folders.update(session, folder, title, symbol, state), options)

    async def move(
        self,
        folder: FolderRef,
        *,
        above: FolderRef | Literal[End.END],
        on_conflict: OnConflict = "raise",
        options: CallOptions | None = None,
    ) -> None:
        """Put a folder above another, or at the `END`.

        Raises `StaleBoard` if the order was changed by someone else; with `on_conflict="rebase"` the move is made on
        the fresh board instead, `max_rebases` times at most. Operation `reorderCategory`.
        """
        await self._run(lambda session: engine.folders.move(session, folder, above, on_conflict), options)

    async def replace_chats(
        self, folder: FolderRef, chats: Iterable[ChatRef], *, options: CallOptions | None = None
    ) -> None:
        """Give a folder a new list of up to 100 chats; one that is not in it leaves the folder.

        Raises `StaleBoard` if its chats were changed by someone else. Operation `bulkUpdateChatsInCategory`.
        """
        await self._run(lambda session: engine.folders.replace_chats(session, folder, chats), options)

    async def add_chats(
        self,
        folder: FolderRef,
        chats: Iterable[ChatRef],
        *,
        above: ChatRef | Literal[End.END] = END,
        on_conflict: OnConflict = "raise",
        options: CallOptions | None = None,
    ) -> None:
        """Pin chats in a folder, above one of its chats or at the `END`, in one call; those in it stay where they are.

        A folder takes up to 100 chats this way. Raises `StaleBoard`, or rebases, as `move` does. Operation
        `bulkUpdateChatsInCategory`; nothing is sent if all of them are in the folder.
        """
        await self._run(lambda session: engine.folders.add_chats(session, folder, chats, above, on_conflict), options)

    async def remove_chats(
        self,
        folder: FolderRef,
        chats: Iterable[ChatRef],
        *,
        on_conflict: OnConflict = "raise",
        options: CallOptions | None = None,
    ) -> None:
        """Take chats out of a folder, in one call; they stay in other folders.

        Raises `StaleBoard`, or rebases, as `move` does. Operation `bulkUpdateChatsInCategory`; nothing is sent if none
        of them is in the folder.
        """
        await self._run(lambda session: engine.folders.remove_chats(session, folder, chats, on_conflict), options)

    async def move_chat(
        self,
        folder: FolderRef,
        chat: ChatRef,
        *,
        above: ChatRef | Literal[End.END],
        on_conflict: OnConflict = "raise",
        options: CallOptions | None = None,
    ) -> None:
        """Put a chat above another of its folder, or at the `END`.

        Raises `NotFound` if one of them is not in the folder, and `StaleBoard`, or rebases, as `move` does. Operation
        `reorderChatInCategory`.
        """
        await self._run(lambda session: engine.folders.move_chat(session, folder, chat, above, on_conflict), options)

    async def delete(self, folder: FolderRef, *, unpin_all: bool, options: CallOptions | None = None) -> None:
        """Delete a folder. Its chats go to My Pins, or with `unpin_all` are unpinned.

        Raises `PermissionDenied` for My Pins. Operation `deletePinCategory`.
        """
        await self._run(lambda session: engine.folders.delete(session, folder, unpin_all), options)


class AsyncChats:
    """`pins.chats`: pin and unpin chats. A chat is given by its id or as a `Chat` of a board."""

    def __init__(self, runner: _Runner) -> None:
        self._run = runner.run

    @property
    def with_raw_response(self) -> RawAsyncChats:
        """The same methods, with the answers beside the value."""
        from .raw import RawAsyncChats  # seldom wanted

        return RawAsyncChats(self)

    async def pin(self, chat: ChatRef, *, folder: FolderRef | None = None, options: CallOptions | None = None) -> None:
        """Pin a chat in a folder, or in My Pins.

        If the answer is lost, the call is not sent again: the error's `outcome` is `unknown`. Let it end before the
        list of the same folder is edited: within a second, the service cannot tell what such an edit knows. Raises
        `AccessDenied`, `PermissionDenied` and `LimitReached`. Operation `pinChat`.
        """
        await self._run(lambda session: engine.chats.pin(session, chat, folder), options)

    async def unpin(self, chat: ChatRef, *, options: CallOptions | None = None) -> None:
        """Take a chat out of every folder and My Pins. One that is not pinned is no error. Operation `unpinChat`."""
        await self._run(lambda session: engine.chats.unpin(session, chat), options)

    async def unpin_many(self, chats: Iterable[ChatRef], *, options: CallOptions | None = None) -> None:
        """Take any number of chats out of every folder and My Pins, 25 in a call.

        If one call of several fails, those after it are not sent, and `PartiallyDone` says what became of each.
        Operation `removeChatsAcrossCategories`.
        """
        await self._run(lambda session: engine.chats.unpin_many(session, chats), options)

    async def reconcile(self, error: CliqError, *, options: CallOptions | None = None) -> bool | None:
        """Tell whether a `pin` whose answer was lost was done; `None` where the folder's chats are not listed.

        Takes the error that `pin` raised. Operation `getPinCategories`.
        """
        return await self._run(lambda session: engine.chats.reconcile(session, error), options)


class AsyncCliqPins:
    """A user's pins and chat folders.

    Give a `token`, or `credentials` that get and refresh tokens. `data_centre` is one of `us`, `eu`, `in`, `au`, `jp`,
    `cn`, `sa`, `uk`, `ca`: it names the API's host and the accounts server's. `network` is the name or id of a network
    account. `base_url` and `accounts_url` point the client elsewhere, such as at a simulator or a gateway; the token
    and the secrets go there and nowhere else.

    `user` names the user where several tokens are one user's, so that they share the rate limits; `limits` is where
    those are kept: in this process, or in a store that processes share. `token_store` keeps tokens. `on_drift` is told
    what answers have that the contract does not; with it, every answer is looked through.

    `proxy` is the URL of a proxy. `verify` is whether certificates are checked, or an `ssl.SSLContext` that checks
    them, and `trust_env` whether the environment's proxies and `SSL_CERT_FILE` are used. The other arguments are those
    of `Settings`.

    `transport`, `clock` and `random` are for tests. Safe between threads. Raises `ConfigurationError`.
    """

    def __init__(
        self,
        *,
        token: str | None = None,
        credentials: Credentials | None = None,
        data_centre: str = "us",
        network: str | None = None,
        base_url: str | None = None,
        accounts_url: str | None = None,
        user: str | None = None,
        token_store: TokenStore | None = None,
        limits: MemoryStore | Store | None = None,
        on_drift: Callable[[Drift], None] | None = None,
        timeout: float | None = 30.0,
        deadline: float = 120.0,
        max_wait: float = 60.0,
        max_attempts: int = 3,
        headers: Mapping[str, str] | None = None,
        strict: bool = False,
        max_rebases: int = 5,
        max_response_bytes: int = 8 * 2**20,
        hooks: Hooks | None = None,
        proxy: str | None = None,
        verify: http.Verify = True,
        trust_env: bool = True,
        transport: http.AsyncTransport | None = None,
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        settings = Settings(
            timeout=timeout,
            deadline=deadline,
            max_wait=max_wait,
            max_attempts=max_attempts,
            headers={} if headers is None else headers,
            strict=strict,
            max_rebases=max_rebases,
            max_response_bytes=max_response_bytes,
            hooks=Hooks() if hooks is None else hooks,
        )
        session = setup.session(
            token=token,
            credentials=credentials,
            data_centre=data_centre,
            network=network,
            base_url=base_url,
            accounts_url=accounts_url,
            user=user,
            token_store=token_store,
            limits=limits,
            on_drift=on_drift,
            random=random,
            settings=settings,
        )
        setup.has("transport", transport, "handle_async_request", "aclose")
        pools = (
            http.async_pools(verify=verify, trust_env=trust_env, proxy=proxy)
            if transport is None
            else single(transport)
        )
        time = SystemClock() if clock is None else clock
        self._attach(session, http.AsyncHTTPSender(pools, time), time)

    def _attach(self, session: Session, sender: http.AsyncHTTPSender, clock: Clock) -> None:
        self._runner = _Runner(session, sender, clock)
        self.folders = AsyncFolders(self._runner)
        """The folders."""
        self.chats = AsyncChats(self._runner)
        """The chats."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **arguments: Any) -> Self:
        """A client by environment variables: `CLIQ_TOKEN`, or `CLIQ_CLIENT_ID`, `CLIQ_CLIENT_SECRET` and
        `CLIQ_REFRESH_TOKEN`; and `CLIQ_DATA_CENTRE`, `CLIQ_NETWORK`, `CLIQ_BASE_URL`, `CLIQ_ACCOUNTS_URL`.

        Takes every other argument of the client as well. Raises `ConfigurationError`, which names what is missing.
        """
        return cls(**{**setup.from_env(environ), **arguments})

    @property
    def settings(self) -> Settings:
        """How this client behaves."""
        return self._runner.session.settings

    @property
    def with_raw_response(self) -> RawAsyncCliqPins:
        """The same methods, with the answers beside the value."""
        from .raw import RawAsyncCliqPins  # seldom wanted

        return RawAsyncCliqPins(self)

    def with_options(
        self,
        *,
        timeout: float | Unset | None = UNSET,
        deadline: float | Unset = UNSET,
        max_wait: float | Unset = UNSET,
        max_attempts: int | Unset = UNSET,
        headers: Mapping[str, str] | Unset = UNSET,
        strict: bool | Unset = UNSET,
        max_rebases: int | Unset = UNSET,
        max_response_bytes: int | Unset = UNSET,
        hooks: Hooks | Unset = UNSET,
    ) -> Self:
        """A client with other settings that shares connections, limits and token with this one; it costs nothing.

        `headers` are added to those that there are; `hooks` take the place of those before. Close one of them, and all
        are closed. Raises `ConfigurationError`.
        """
        options = CallOptions(
            timeout=timeout, deadline=deadline, max_wait=max_wait, max_attempts=max_attempts, headers=headers
        )
        settings = self.settings.with_options(options).but(
            strict=strict, max_rebases=max_rebases, max_response_bytes=max_response_bytes, hooks=hooks
        )
        made = object.__new__(type(self))
        made._attach(self._runner.session.but(settings), self._runner.sender, self._runner.clock)
        return made

    async def board(
        self, *, include: Iterable[models.IncludeField] = ("chats",), options: CallOptions | None = None
    ) -> Board:
        """Read the board: the folders in order, and with them what `include` names.

        `chats`, `recipients_summary` and `last_message_info` can be included; the last two include the first. What is
        not asked for is `None`. Operation `getPinCategories`.
        """
        return await self._runner.run(lambda session: engine.reading.read_board(session, include), options)

    async def edit(
        self,
        change: Callable[[Board], Edit | Iterable[Edit] | None],
        *,
        board: Board | None = None,
        options: CallOptions | None = None,
    ) -> None:
        """Make the edits that `change` wants of the board; if someone else was faster, ask it again for the fresh one.

        `change` gets a `Board`, the given one first or one that is read, and gives edits in order: `Move`, `MoveChat`,
        `ReplaceChats`, `AddChats`, `RemoveChats`, or none. It is asked `max_rebases` times more at most; then
        `StaleBoard` is raised, with the fresh board. Edits made before a conflict stay made, and then an error's
        `outcome` is `unknown`.
        """
        await self._runner.run(lambda session: engine.guarded.edit(session, change, board), options)

    async def send(self, call: Call[T], *, options: CallOptions | None = None) -> T:
        """Send any call of the generated package `cliq_pins_client.operations`, under this client's limits and sign-in.

        No sync point is put in, no conflict resolved. Raises a `CliqError`.
        """
        return (await self._runner.run(lambda session: engine.call.send(session, call), options)).value

    async def close(self) -> None:
        """Close every connection. Later calls raise `ConfigurationError`; so do those under way when they next send."""
        await self._runner.sender.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    @half_made_too
    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._runner.session.shared.base_url!r})"
