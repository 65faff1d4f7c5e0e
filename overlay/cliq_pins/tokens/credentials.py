"""What an OAuth client signs in with."""

from __future__ import annotations

from typing import cast

from cliq_pins.errors import ConfigurationError
from cliq_pins.reprs import half_made_too
from cliq_pins.secret import Secret, usable


class Credentials:
    """An OAuth client of the vendor's developer console, with a refresh token or a self client's grant code.

    A grant code is exchanged once, on the first call, for a refresh token, which is put in the token store: without a
    store that outlives the process it is lost with it. The client's tokens are a user's; `client_credentials` tokens
    are refused for these scopes.
    """

    __slots__ = ("client_id", "client_secret", "code", "refresh_token")

    def __init__(
        self, *, client_id: str, client_secret: str, refresh_token: str | None = None, code: str | None = None
    ) -> None:
        if (refresh_token is None) == (code is None):
            raise ConfigurationError("credentials: give refresh_token or code, one of them")
        given = refresh_token if code is None else code
        for name, value in (
            ("client_id", client_id),
            ("client_secret", client_secret),
            ("refresh_token" if code is None else "code", given),
        ):
            if not isinstance(cast(object, value), str) or not usable(cast(str, value)):
                raise ConfigurationError(f"credentials: {name} is no text, empty, or has characters that none can have")
        self.client_id = Secret(client_id)
        self.client_secret = Secret(client_secret)
        self.refresh_token = None if refresh_token is None else Secret(refresh_token)
        self.code = None if code is None else Secret(code)

    @property
    def key(self) -> str:
        """What tells these credentials from others, without giving them away."""
        own = self.refresh_token or self.code or Secret("")
        return Secret(f"{self.client_id.reveal()} {own.reveal()}").fingerprint()

    @half_made_too
    def __repr__(self) -> str:
        return f"Credentials({self.key})"
