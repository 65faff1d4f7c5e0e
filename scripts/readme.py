"""Put what `cliq-pins demo` prints into the README: between its two marks, and nowhere else.

Exit codes: 0 done, or with --check what stands there is what it prints; 1 it is not, or the marks are missing.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- demo: made by nox -s readme -->\n", "<!-- end of demo -->"
PORT = re.compile(r"(127\.0\.0\.1:)\d+")


def printed() -> str:
    """What the demo prints, with the same port each time."""
    command = Path(sys.executable).with_name("cliq-pins")
    done = subprocess.run([command, "demo"], capture_output=True, encoding="utf-8", check=True)
    return PORT.sub(r"\g<1>8080", done.stdout)


def with_demo(text: str, demo: str) -> str:
    """The README's text with a demo in place of the one before."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"README.md: the marks {BEGIN.strip()} and {END} are missing")
    return f"{before}{begin}\n```text\n{demo.strip()}\n```\n\n{end}{after}"


def main() -> int:
    """Write, or with --check compare."""
    text = README.read_text(encoding="utf-8")
    try:
        new = with_demo(text, printed())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if "--check" in sys.argv[1:]:
        if new != text:
            print("README.md: its demo is not what the demo prints; run nox -s readme", file=sys.stderr)
        return int(new != text)
    README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
