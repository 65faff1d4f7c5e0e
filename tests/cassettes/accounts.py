"""What the accounts server is asked and answers. It has no contract; this is what its help pages say."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from cliq_pins.engine.refreshing import TOKEN_PATH
from held_to_contract import read
from schema_problems import against

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    properties = {**required, **optional}
    return {"type": "object", "required": [*required], "properties": properties, "additionalProperties": False}


CLIENT = {"client_id": TEXT, "client_secret": TEXT}
EXCHANGE = _object({**CLIENT, "grant_type": {"const": "authorization_code"}, "code": TEXT}, redirect_uri=TEXT)
REFRESH = _object({**CLIENT, "grant_type": {"const": "refresh_token"}, "refresh_token": TEXT})
GRANTED = _object(
    {"access_token": TEXT, "token_type": TEXT, "expires_in": NUMBER},
    expires_in_sec=NUMBER,
    refresh_token=TEXT,
    scope=TEXT,
    api_domain=TEXT,
)
DENIED = _object({"error": TEXT}, error_description=TEXT, status=TEXT)
FORM: dict[str, Any] = {"oneOf": [EXCHANGE, REFRESH]}
ANSWERS: dict[int, dict[str, Any]] = {200: {"oneOf": [GRANTED, DENIED]}, 400: DENIED}
"""By status; most errors come with status 200."""
NAMES = frozenset(name for schema in (EXCHANGE, REFRESH, GRANTED, DENIED) for name in schema["properties"])


def asked(method: str, target: str, *, body: bytes) -> list[str]:
    """What is wrong with what the accounts server is asked."""
    wrong = [] if (method, target) == ("POST", TOKEN_PATH) else ["no such call"]
    given = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    twice = ["form: a field is there twice"] if len(given) != len(dict(given)) else []
    return [*wrong, *twice, *against(FORM, dict(given), "form")]


def answered(status: int, *, body: bytes, content_type: str) -> list[str]:
    """What is wrong with what the accounts server answers."""
    if status not in ANSWERS:
        return ["the status is not documented"]
    said, wrong = read(body, content_type, ["application/json"])
    return wrong or against(ANSWERS[status], said, "$")
