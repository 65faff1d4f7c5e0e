"""The accounts server as a pure function: access tokens from grant codes and refresh tokens."""

from __future__ import annotations

from email.utils import formatdate
from urllib.parse import parse_qsl

import msgspec
from msgspec.structs import replace

from cliq_pins.simulator.message import JSON, Answer, Request
from cliq_pins.simulator.state import AccessToken, Grant, RefreshToken, State

from .contract import Contract

# The numbers are the accounts server's own documented ones; the API's contract does not hold them.
TOKEN_PATH = "/oauth/v2/token"  # noqa: S105  # a path
REVOKE_PATH = "/oauth/v2/token/revoke"
LIFE_SECONDS = 3600
"""How long an access token lives."""
GRANT_SECONDS = 600
"""How long a grant code can be exchanged."""
TOKENS_PER_WINDOW = 10
WINDOW_MS = 600_000
"""How many access tokens a refresh token gets in ten minutes."""
LIVE_TOKENS = 15
"""How many access tokens of one refresh token live at once; the oldest dies."""
REFRESH_TOKENS = 20
"""How many refresh tokens a user and client have; the oldest dies."""

OPERATIONS = {TOKEN_PATH: "token", REVOKE_PATH: "revoke"}
"""The accounts server's two operations, as fault scripts and the log name them."""


class Denied(Exception):  # noqa: N818  # it is an answer, not an error of ours
    """A request that is answered with an error."""

    def __init__(self, error: str, reason: str, status: int = 200) -> None:
        super().__init__(reason)
        self.error = error
        self.status = status
        self.reason = reason


def respond(contract: Contract, state: State, request: Request, now: int) -> tuple[State, Answer]:
    """Answer a request to the accounts server. Errors come with status 200, as its own do."""
    name = OPERATIONS[request.path]
    headers = (*JSON, ("date", formatdate(now / 1000, usegmt=True)))
    if request.method != "POST":
        return state, Answer(status=405, headers=(("allow", "POST"), headers[-1]), operation=name)
    form = dict(request.query)
    form.update(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    here = contract.accounts.get(request.host, "")
    try:
        state, said = (_token if name == "token" else _revoke)(state, form, here, now)
    except Denied as denied:
        said = {"error": denied.error}
        if denied.status != 200:
            said |= {"error_description": "Too many tokens were asked for; try again later.", "status": "failure"}
        body = msgspec.json.encode(said)
        return state, Answer(
            status=denied.status, headers=headers, body=body, operation=name, code=denied.error, reason=denied.reason
        )
    return state, Answer(status=200, headers=headers, body=msgspec.json.encode(said), operation=name)


def register(state: State) -> tuple[State, str]:
    """Register a client, as the vendor's developer console does; gives its id."""
    state, secret = state.new_secret("client secret")
    client_id = f"1000.{secret[5:35].upper()}"
    return replace(state, clients={**state.clients, client_id: secret}), client_id


def allow(state: State, grant: Grant, now: int) -> tuple[State, dict[str, str]]:
    """Give a client a grant code, as the console does; `KeyError` for an unknown client."""
    state, code = state.new_secret("grant")
    grants = {key: one for key, one in state.grants.items() if now < one.expires_ms}
    client = {"client_id": grant.client_id, "client_secret": state.clients[grant.client_id], "code": code}
    return replace(state, grants={**grants, code: grant}), client


def issue(state: State, token: AccessToken) -> tuple[State, str]:
    """Make an access token known, and forget those that are over."""
    state, secret = state.new_secret("access")
    kept = {key: one for key, one in state.access_tokens.items() if token.issued_ms < one.expires_ms}
    mine = [key for key, one in kept.items() if token.refresh_token and one.refresh_token == token.refresh_token]
    mine.sort(key=lambda key: kept[key].issued_ms)  # the order of what was kept as JSON tells nothing
    for oldest in mine[: max(0, len(mine) + 1 - LIVE_TOKENS)]:
        del kept[oldest]
    return replace(state, access_tokens={**kept, secret: token}), secret


def known(state: State) -> State:
    """Forget what was given to users that are not there."""
    return replace(
        state,
        grants={key: one for key, one in state.grants.items() if one.user in state.users},
        refresh_tokens={key: one for key, one in state.refresh_tokens.items() if one.user in state.users},
        access_tokens={key: one for key, one in state.access_tokens.items() if not one.user or one.user in state.users},
    )


def _token(state: State, form: dict[str, str], here: str, now: int) -> tuple[State, dict[str, object]]:
    client = form.get("client_id", "")
    if client not in state.clients:
        raise Denied("invalid_client", "no such client")
    if form.get("client_secret") != state.clients[client]:
        raise Denied("invalid_client_secret", "the client secret is wrong")
    kind = form.get("grant_type")
    if kind == "authorization_code":
        return _exchange(state, form, here, now)
    if kind == "refresh_token":
        return _refresh(state, form, here, now)
    if kind == "client_credentials":
        token = AccessToken(user="", scopes=frozenset(), issued_ms=now, expires_ms=now + LIFE_SECONDS * 1000)
        return _answer(state, token)
    raise Denied("unsupported_grant_type", f"grant_type is {kind!r}")


def _exchange(state: State, form: dict[str, str], here: str, now: int) -> tuple[State, dict[str, object]]:
    grant = state.grants.get(form.get("code", ""))
    if grant is None or grant.client_id != form["client_id"] or now >= grant.expires_ms:
        raise Denied("invalid_code", "the grant code is unknown, used, expired or another client's")
    if here and grant.data_centre not in ("", here):
        raise Denied("invalid_code", "the grant code is of another data centre")
    state = replace(state, grants={key: one for key, one in state.grants.items() if one is not grant})
    state, secret = state.new_secret("refresh")
    mine = [
        key for key, one in state.refresh_tokens.items() if (one.user, one.client_id) == (grant.user, grant.client_id)
    ]
    mine.sort(key=lambda key: state.refresh_tokens[key].issued_ms)
    for oldest in mine[: max(0, len(mine) + 1 - REFRESH_TOKENS)]:
        state = _forget(state, oldest)
    refresh = RefreshToken(
        user=grant.user,
        client_id=grant.client_id,
        scopes=grant.scopes,
        issued_ms=now,
        uses=(now,),
        data_centre=grant.data_centre or here,
    )
    state = replace(state, refresh_tokens={**state.refresh_tokens, secret: refresh})
    state, said = _answer(state, _access(refresh, secret, now))
    return state, {**said, "refresh_token": secret}


def _refresh(state: State, form: dict[str, str], here: str, now: int) -> tuple[State, dict[str, object]]:
    secret = form.get("refresh_token", "")
    refresh = state.refresh_tokens.get(secret)
    if refresh is None or refresh.client_id != form["client_id"]:
        raise Denied("invalid_code", "the refresh token is unknown, revoked or another client's")
    if here and refresh.data_centre not in ("", here):
        raise Denied("invalid_code", "the refresh token is of another data centre")
    uses = tuple(use for use in refresh.uses if now - use < WINDOW_MS)
    if len(uses) >= TOKENS_PER_WINDOW:
        raise Denied("Access Denied", f"{TOKENS_PER_WINDOW} tokens in ten minutes", 400)
    refresh = replace(refresh, uses=(*uses, now))
    state = replace(state, refresh_tokens={**state.refresh_tokens, secret: refresh})
    return _answer(state, _access(refresh, secret, now))


def _revoke(state: State, form: dict[str, str], here: str, now: int) -> tuple[State, dict[str, object]]:
    secret = form.get("token", "")
    if secret in state.refresh_tokens:
        return _forget(state, secret), {"status": "success"}
    if secret in state.access_tokens:
        left = {key: one for key, one in state.access_tokens.items() if key != secret}
        return replace(state, access_tokens=left), {"status": "success"}
    raise Denied("invalid_code", "the token is unknown")


def _forget(state: State, secret: str) -> State:
    """Revoke a refresh token, and what was got with it."""
    return replace(
        state,
        refresh_tokens={key: one for key, one in state.refresh_tokens.items() if key != secret},
        access_tokens={key: one for key, one in state.access_tokens.items() if one.refresh_token != secret},
    )


def _access(refresh: RefreshToken, secret: str, now: int) -> AccessToken:
    return AccessToken(
        user=refresh.user,
        scopes=refresh.scopes,
        issued_ms=now,
        expires_ms=now + LIFE_SECONDS * 1000,
        refresh_token=secret,
        data_centre=refresh.data_centre,
    )


def _answer(state: State, token: AccessToken) -> tuple[State, dict[str, object]]:
    state, secret = issue(state, token)
    return state, {
        "access_token": secret,
        "scope": " ".join(sorted(token.scopes)),
        "token_type": "Bearer",
        "expires_in": (token.expires_ms - token.issued_ms) // 1000,
    }
