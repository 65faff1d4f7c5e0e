"""What a contract, or the way a script was called, can get wrong."""

from __future__ import annotations

import warnings


class ContractError(Exception):
    """Input that cannot be used; its text is one line that says what, where and what next."""


class ContractWarning(UserWarning):
    """Something the document leaves unclear, and what was done about it."""


def warn(text: str) -> None:
    """Warn that the document is unclear; the scripts print these as one line each."""
    warnings.warn(text, ContractWarning, stacklevel=2)
