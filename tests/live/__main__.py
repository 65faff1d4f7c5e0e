"""`python -m live`, with `tests` on the path; `nox -s live` runs it."""

from __future__ import annotations

import os
import signal
import sys

from .run import main

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # it cleans up as after Ctrl-C
    sys.exit(main(sys.argv[1:], os.environ))
