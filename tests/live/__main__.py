"""`python -m live`, with `tests` on the path; `nox -s live` runs it."""

from __future__ import annotations

import os
import signal
import sys

from .run import main

ENDS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""What ends a run as Ctrl-C does: it cleans up."""

if __name__ == "__main__":
    for one in ENDS:
        if signal.getsignal(one) is signal.SIG_DFL:  # nohup lets it be ignored
            signal.signal(one, signal.default_int_handler)
    code = main(sys.argv[1:], os.environ)
    try:
        sys.stdout.flush()
    except OSError:  # it was told; but the interpreter would try again, and exit with a code of its own
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
