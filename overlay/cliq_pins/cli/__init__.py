"""The command `cliq-pins`. It needs the extra `cli`.

Exit codes: 0 done, 1 it could not be done, 2 it was asked for in a way that makes no sense, 130 ended by Ctrl-C.
"""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run the command; every problem is one line on standard error."""
    try:
        from .commands import run

        return run(sys.argv[1:] if arguments is None else arguments)
    except ModuleNotFoundError as error:
        print(f"cliq-pins: {error.name} is missing; install it with: pip install 'cliq-pins[cli]'", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
