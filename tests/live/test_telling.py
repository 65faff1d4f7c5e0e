"""An error is told in words that are the project's own, or the contract's: no text that a service sent."""

from __future__ import annotations

import pytest

from cliq_pins import CliqError, ConnectionFailed, RateLimited, RefreshError
from cliq_pins.errors import Context

from .journal import Unobserved
from .simulated import CHATS
from .telling import told

OF_A_USER = f"chat {CHATS[0]} of Ada"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Unobserved("pinning a chat was refused: 400"), "pinning a chat was refused: 400"),
        (CliqError(OF_A_USER, Context(operation="pinChat", status=500)), "pinChat: unknown_error (500 without a code)"),
        (
            RateLimited(OF_A_USER, Context(operation="pinChat", status=429)),
            "pinChat: rate_limited (429 without a code)",
        ),
        (CliqError(OF_A_USER, Context(operation="pinChat", status=400, code="Ada")), "pinChat: unknown_error (400 …)"),
        (ConnectionFailed(OF_A_USER, Context(operation="pinChat")), "pinChat: connection"),
        (
            RefreshError(OF_A_USER, Context(status=200, code="invalid_code")),
            "signing in: auth_refresh (200 invalid_code)",
        ),
        (OSError(28, "No space left on device", OF_A_USER), "No space left on device"),
    ],
)
def test_an_error_is_told_by_what_it_is(error: Exception, words: str) -> None:
    assert told(error) == words


def test_what_nobody_expected_is_told_by_the_place_that_expects_something_else() -> None:
    with pytest.raises(KeyError) as caught:
        {}[OF_A_USER]
    assert told(caught.value).startswith("KeyError in test_telling.py, line ")
    assert told(caught.value).endswith(": {}[OF_A_USER]")
