"""How the service's answers do not fit the contract, in words without ids.

What is asked is the tests' business; but what the contract does not allow and the service did is told, too.
"""

from __future__ import annotations

from functools import lru_cache

import httpx2

from cassettes import accounts
from held_to_contract import asked, exchange

from .messages import content_of


def in_exchange(request: httpx2.Request, target: str, answer: httpx2.Response) -> tuple[str, ...]:
    """What does not fit in an exchange with the API; the target is what of the URL is below its base."""
    sent = request.method, target, request.read(), _type(request)
    return _in_exchange(*sent, answer.status_code, content_of(answer), _type(answer))


@lru_cache(maxsize=2**10)  # most are said again and again
def _in_exchange(
    method: str, target: str, sent: bytes, sent_type: str, status: int, said: bytes, said_type: str
) -> tuple[str, ...]:
    read = asked(method, target, body=sent, content_type=sent_type)
    if status >= 400 and read.operation:
        read = read._replace(problems=())
    return tuple(exchange(read, status, body=said, content_type=said_type))


def in_sign_in(answer: httpx2.Response) -> list[str]:
    """What does not fit in an answer of the accounts server, by what is known of it."""
    wrong = accounts.answered(answer.status_code, body=content_of(answer), content_type=_type(answer))
    return [f"sign-in {answer.status_code}: {one}" for one in wrong]


def _type(message: httpx2.Request | httpx2.Response) -> str:
    return str(message.headers.get("content-type", ""))
