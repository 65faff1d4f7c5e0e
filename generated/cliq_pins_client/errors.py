# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
"""The two ways in which a call can fail: it was never right, or its answer was no success."""

from __future__ import annotations

from typing import Any, cast

import msgspec

_SNIPPET = 200
_LONGEST = 500


class CallError(ValueError):
    """An argument that the contract does not allow; nothing was sent."""


class AnswerError(Exception):
    """An answer that is no success, or no documented body. `str()` is one line for people."""

    def __init__(
        self, operation_id: str, status: int, content: bytes, *, documented: bool, unreadable: str | None = None
    ) -> None:
        self.operation_id = operation_id
        """The documented operation."""
        self.status = status
        """The HTTP status."""
        self.content = content
        """The body as it came."""
        self.documented = documented
        """Whether the contract lists this status for the operation."""
        self.unreadable = unreadable
        """Why the body of a success could not be read; `None` for other statuses."""
        self.code, self.message = _code_and_message(content)
        """The service's code and message, each `None` where the body has none."""
        super().__init__(str(self))

    def __str__(self) -> str:
        said = ": ".join(part for part in (self.code, self.message) if part) or _snippet(self.content)
        if self.unreadable is not None:
            said = f"the body is not as documented: {self.unreadable}: {_snippet(self.content)}"
        undocumented = "" if self.documented else " (a status that the contract does not list)"
        return _line(f"{self.operation_id} answered {self.status}{undocumented}: {said}")

    def __reduce__(self) -> Any:
        return _again, (self.operation_id, self.status, self.content, self.documented, self.unreadable)


def _again(operation_id: str, status: int, content: bytes, documented: bool, unreadable: str | None) -> AnswerError:
    return AnswerError(operation_id, status, content, documented=documented, unreadable=unreadable)


def _code_and_message(content: bytes) -> tuple[str | None, str | None]:
    try:
        body: Any = msgspec.json.decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None, None
    if not isinstance(body, dict):
        return None, None
    code, message = cast(Any, body).get("code"), cast(Any, body).get("message")
    return None if code is None else str(code), message if isinstance(message, str) else None


def _line(text: str) -> str:
    """One line that is safe to print, however long and strange what the service sent is."""
    line = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in " ".join(text.split()))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _snippet(content: bytes) -> str:
    text = content[:_SNIPPET].decode("utf-8", "replace")
    return repr(text) + ("…" if len(content) > _SNIPPET else "") if content else "no body"
