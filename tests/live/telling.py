"""What went wrong, in words for the table: without ids, for what is recorded and printed may be shown to anybody."""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

from cassettes.library import LeakError
from cliq_pins import CliqError
from schema_problems import shown

from .journal import Unobserved
from .messages import Forbidden
from .settings import Problem

E = TypeVar("E", bound=BaseException)


def told(error: BaseException) -> str:
    """An error in words: an answer that was not expected, or else the place that expects something else."""
    if isinstance(error, (Unobserved, Problem, Forbidden)):
        return str(error)
    if isinstance(error, LeakError):
        return "what was recorded has something that must not be in a cassette"
    if answered := cause(error, CliqError):
        code = shown(answered.code) if answered.code else "without a code"
        status = f" ({answered.status} {code})" if answered.status else ""
        return f"{answered.operation or 'signing in'}: {answered.kind}{status}"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    at = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(at.filename).name}, line {at.lineno}: {at.line}"


def cause(error: BaseException | None, kind: type[E]) -> E | None:
    """The error of that kind that an error comes from, or is."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error
