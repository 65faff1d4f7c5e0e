"""Where the engine gets an access token."""

from __future__ import annotations

from typing import Protocol

from cliq_pins.secret import Secret
from cliq_pins.settings import Settings

from .effects import Flow


class TokenSource(Protocol):
    """Where the engine gets an access token."""

    key: str
    """What tells its user from others."""

    def token(self, deadline: float, settings: Settings) -> Flow[Secret]:
        """A token that is good for a while, got as a call's settings say. Raises `AuthenticationError`."""
        ...

    def refuse(self, token: Secret) -> str | None:
        """The service did not take a token. Gives why there is no other; `None` if there may be one."""
        ...


class StaticToken:
    """A token that the caller brought: nothing can be done when it dies."""

    def __init__(self, token: Secret, host: str) -> None:
        self.key = token.fingerprint()
        self._token = token
        self._host = host

    def token(self, deadline: float, settings: Settings) -> Flow[Secret]:
        """The token itself."""
        yield from ()
        return self._token

    def refuse(self, token: Secret) -> str:
        """It cannot be replaced."""
        return (
            f"the access token is expired, revoked or of another data centre than {self._host}; make a new one, or "
            "give credentials with a refresh token"
        )
