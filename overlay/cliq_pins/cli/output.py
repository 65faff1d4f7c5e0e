"""What the commands print, and the problems that end them."""

from __future__ import annotations

import os
import sys

import click

FAILED = 1


class Problem(click.ClickException):
    """What could not be done, in one line."""

    exit_code = FAILED


def say(text: str) -> None:
    """Print; what cannot be written is a problem, and so is that nobody can read it."""
    if sys.stdout is None:
        raise Problem("standard output is closed")
    try:
        print(text, flush=True)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123  # or Python would try again at its end
        raise Problem("standard output was closed") from None
    except OSError as error:
        raise Problem(f"standard output: {error.strerror}") from None
