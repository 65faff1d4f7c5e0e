"""What to do about a sign-in that is not taken, by the variables of the environment that it comes from."""

from __future__ import annotations

import re

from cliq_pins import CliqError, ConfigurationError
from cliq_pins_client import operation_table
from contract_schemas import ENDPOINTS, added_codes
from schema_problems import shown

from .answer import Refused
from .settings import Place, Problem
from .telling import cause, told

QUOTED = r"""(?:'(?:[^'\\]|\\.)*'|"[^"]*")"""
ARGUMENT = re.compile(
    rf"{QUOTED}|^(?:token|network|data_centre)(?=:)|\b(?:client_id|client_secret|refresh_token|base_url|accounts_url)\b"
)
"""An argument of the client, where it is named as one; and a value in quotes, which is left as it is."""
TOO_MANY = "Access Denied"
"""The accounts server's word for more access tokens than it gives in ten minutes."""
ELSEWHERE = (301, 302, 303, 307, 308, 404, 405)
"""What is answered where there is no API; where there is one, reading the board meets none of them."""
SCOPES = sorted({scope for one in operation_table().values() for scopes in one.scopes for scope in scopes})
CREDENTIALS = {
    "invalid_client": "CLIQ_CLIENT_ID",
    "invalid_client_secret": "CLIQ_CLIENT_SECRET",
    "invalid_code": "CLIQ_REFRESH_TOKEN",
}
"""What of the credentials the accounts server means, by its word for it."""
(LACKS_SCOPE,) = set.intersection(*(set(added_codes(ENDPOINTS["getPinCategories"], one)) for one in (401, 403)))
"""The service's word for a token that lacks a scope, which comes with either status."""


def misconfigured(error: ConfigurationError, **variables: str) -> Problem:
    """What is wrong with the settings, by the names that they have in the environment, if need be by other ones."""

    def named(found: re.Match[str]) -> str:
        quoted = found[0][0] in "'\""
        return found[0] if quoted else variables.get(found[0], f"CLIQ_{found[0].upper()}")

    return Problem(ARGUMENT.sub(named, str(error)))


def cannot_begin(error: Exception, where: Place) -> Problem:
    """Why a run cannot begin: what was answered, and the variable to look at if the sign-in was not taken."""
    answered, refused = cause(error, CliqError), cause(error, Refused)
    status, code = (refused.said.status, refused.said.code) if refused else (None, answered and answered.code)
    advice = _advice(status, code or "", where)
    if answered is None or answered.answer is not None or shown(code or "") != (code or ""):
        return Problem(f"cannot begin: {told(error)}{advice}")  # the answer's own text may be of the user's board
    return Problem(f"cannot begin: {answered}{advice}")


def _advice(status: int | None, code: str, where: Place) -> str:
    if code in CREDENTIALS:
        return f"; look at {CREDENTIALS[code]}"
    if code == TOO_MANY:
        return "; too many access tokens were asked for: wait ten minutes"
    if status in ELSEWHERE:
        return "; look at CLIQ_BASE_URL, CLIQ_DATA_CENTRE and CLIQ_NETWORK: is the API there?"
    given = "CLIQ_REFRESH_TOKEN" if where.user else "CLIQ_TOKEN"
    if code == LACKS_SCOPE:
        return f"; {given} needs the scopes {','.join(SCOPES)}"
    if status == 401:
        lives = "is it of this data centre?" if where.user else "it lives for an hour: get a new one"
        return f"; look at {given}: {lives}"
    return ""
