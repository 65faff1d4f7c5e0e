"""Whether two lines of code differ in nothing but the wording of a text for people, or the type of a cast."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

CAST = re.compile(r"cast\((?:[^,\[\]]|\[[^\[\]]*\])*, ")
WORDS = re.compile(r"[A-Za-z]{2,}.* | .*[A-Za-z]{2,}", re.DOTALL)


def differs_in_wording(was: str, now: str) -> bool:
    """Compares the tokens; a string with words and a space in it is a text for people, whatever it says."""
    return was != now and list(_tokens(was)) == list(_tokens(now))


def _tokens(line: str) -> Iterator[str]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(CAST.sub("cast(", line)).readline):
            is_text = "STRING" in tokenize.tok_name[token.type] and WORDS.search(token.string)
            yield "text" if is_text else token.string
    except (tokenize.TokenError, IndentationError):
        return  # it is a part of a statement
