"""How a client comes to be: its arguments, checked, become what its calls share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from random import Random, SystemRandom
from typing import Any, cast
from urllib.parse import urlsplit

from .data_centres import data_centre as data_centre_named
from .drift import Drift, DriftReporter
from .engine.auth import StaticToken, TokenSource
from .engine.own_calls import Views
from .engine.server_clock import ServerClock
from .engine.session import Budget, Session, Shared
from .errors import ConfigurationError
from .hooks import is_coroutine_function
from .limits import Limiter, MemoryStore, Store
from .secret import Secret, usable
from .settings import Settings, checked, origin
from .tokens import Credentials, MemoryTokenStore, TokenStore

PROCESS = MemoryStore()
"""The limits of this process: one user's clients share them, however many there are."""

VARIABLES = (
    *("CLIQ_TOKEN", "CLIQ_CLIENT_ID", "CLIQ_CLIENT_SECRET", "CLIQ_REFRESH_TOKEN"),
    *("CLIQ_DATA_CENTRE", "CLIQ_NETWORK", "CLIQ_BASE_URL", "CLIQ_ACCOUNTS_URL"),
)
"""What `from_env` reads."""


SUCH = {"limits": "RedisStore(url)", "token_store": "FileTokenStore(folder)"}
"""What is often meant by a text in place of a store."""


def session(
    *,
    token: str | None,
    credentials: Credentials | None,
    data_centre: str,
    network: str | None,
    base_url: str | None,
    accounts_url: str | None,
    user: str | None,
    token_store: TokenStore | None,
    limits: MemoryStore | Store | None,
    on_drift: Callable[[Drift], None] | None,
    random: Random | None,
    settings: Settings,
) -> Session:
    """Make a session of a client's arguments; `ConfigurationError` says which of them cannot be."""
    centre = data_centre_named(checked("data_centre", data_centre, str))
    checked("network", network, str, None)
    checked("user", user, str, None)
    checked("credentials", credentials, Credentials, None)
    checked("random", random, Random, None)
    if on_drift is not None and not callable(cast(object, on_drift)):
        raise ConfigurationError("on_drift: a function is wanted")
    blocks("token_store", token_store, "load", "save", "try_lock")
    if not isinstance(limits, MemoryStore):
        blocks("limits", limits, "acquire", "lock")
    if base_url is not None and network is not None:
        raise ConfigurationError("give network or base_url, not both: a base_url has its network in its path")
    api = origin("base_url", centre.base_url(network) if base_url is None else base_url)
    accounts = origin("accounts_url", centre.accounts_url if accounts_url is None else accounts_url)
    jitter = SystemRandom() if random is None else random  # one with a state would be the same in every forked child
    tokens: TokenSource
    if credentials is not None and token is None:
        if base_url is not None and accounts_url is None:
            raise ConfigurationError(
                "base_url is given and accounts_url is not: say where the refresh token and the client secret may go"
            )
        from .engine.refreshing import RefreshingToken  # a static token needs none of it

        tokens = RefreshingToken(
            credentials,
            accounts,
            MemoryTokenStore() if token_store is None else token_store,
            jitter,
        )
    elif token is not None and credentials is None:
        tokens = StaticToken(_token(token), urlsplit(api).netloc)
    else:
        raise ConfigurationError("give a token or credentials, one of them")
    memory = limits if isinstance(limits, MemoryStore) else PROCESS
    shared = limits if limits is not None and not isinstance(limits, MemoryStore) else None
    whose = f"{urlsplit(api).netloc} {user or tokens.key}"
    return Session(
        shared=Shared(
            base_url=api,
            user=whose,
            tokens=tokens,
            limiter=Limiter(whose, memory, shared),
            drift=DriftReporter(on_drift),
            random=jitter,
            server_clock=ServerClock(),
            views=Views(),
        ),
        settings=settings,
        budget=Budget(0.0, 0.0),  # every method begins with one of its own
    )


def has(name: str, value: object, *methods: str) -> None:
    """Raise `ConfigurationError` for an object that lacks methods; there may be none at all."""
    missing = [method for method in methods if value is not None and not callable(getattr(value, method, None))]
    if missing:
        such = f", such as {SUCH[name]}," if name in SUCH else ""
        raise ConfigurationError(
            f"{name}: an object with {', '.join(methods)}{such} is wanted, not {type(value).__name__}"
        )


def blocks(name: str, value: object, *methods: str) -> None:
    """The same, and for one whose methods would have to be awaited."""
    has(name, value, *methods)
    awaited = [method for method in methods if value is not None and is_coroutine_function(getattr(value, method))]
    if awaited:
        raise ConfigurationError(f"{name}: {awaited[0]} must be a plain method; it runs in a thread where tasks wait")


def _token(text: str) -> Secret:
    if not isinstance(cast(object, text), str) or not usable(text.strip()):
        scheme = isinstance(cast(object, text), str) and text.lower().startswith(("bearer ", "zoho-oauthtoken "))
        why = "give it without the word before it" if scheme else "it is empty or has characters that none can have"
        raise ConfigurationError(f"token: this is no access token: {why}")
    return Secret(text.strip())


def from_env(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A client's arguments from the environment variables of `VARIABLES`."""
    env = {name: value for name, value in (os.environ if environ is None else environ).items() if value}
    if "CLIQ_DATA_CENTER" in env:
        raise ConfigurationError("CLIQ_DATA_CENTER: the variable is spelt CLIQ_DATA_CENTRE")
    sign_in = [name for name in ("CLIQ_CLIENT_ID", "CLIQ_CLIENT_SECRET", "CLIQ_REFRESH_TOKEN") if name in env]
    found: dict[str, Any] = {"data_centre": env.get("CLIQ_DATA_CENTRE", "us")}
    if "CLIQ_TOKEN" in env:
        found["token"] = env["CLIQ_TOKEN"]
        if sign_in:
            raise ConfigurationError(f"CLIQ_TOKEN and {sign_in[0]} are both set; unset one of them")
    elif len(sign_in) == 3:
        found["credentials"] = Credentials(
            client_id=env["CLIQ_CLIENT_ID"],
            client_secret=env["CLIQ_CLIENT_SECRET"],
            refresh_token=env["CLIQ_REFRESH_TOKEN"],
        )
    else:
        missing = [name for name in ("CLIQ_CLIENT_ID", "CLIQ_CLIENT_SECRET", "CLIQ_REFRESH_TOKEN") if name not in env]
        raise ConfigurationError(f"set CLIQ_TOKEN, or {' and '.join(missing)}")
    for name, argument in (
        ("CLIQ_NETWORK", "network"),
        ("CLIQ_BASE_URL", "base_url"),
        ("CLIQ_ACCOUNTS_URL", "accounts_url"),
    ):
        if name in env:
            found[argument] = env[name]
    return found
