"""`python -m live`, with `tests` on the path; `nox -s live` runs it."""

from __future__ import annotations

import os
import sys

from .run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
