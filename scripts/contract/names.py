"""Names in the two cases that the normalised contract uses."""

from __future__ import annotations

import re
from collections.abc import Container

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(name: str) -> list[str]:
    """`getPinCategories`, `v3-chat` and `CHAT_ID1` as their words; digits stay with the word before them."""
    parts: list[str] = []
    for part in re.split(r"[^A-Za-z0-9]+", name):
        for word in _WORD.findall(part):
            if word.isdigit() and parts and part.find(word) > 0:
                parts[-1] += word
            else:
                parts.append(word)
    return parts


def pascal(name: str) -> str:
    """PascalCase, and always a valid identifier; a name that is so already stays as it is."""
    if re.fullmatch(r"[A-Z][A-Za-z0-9]*", name):
        return name
    joined = "".join(word[:1].upper() + word[1:].lower() for word in words(name))
    return joined if joined[:1].isalpha() else f"N{joined}"


def snake(name: str) -> str:
    """snake_case."""
    return "_".join(word.lower() for word in words(name))


def unused(name: str, taken: Container[str]) -> str:
    """`name`, or it with the first number that makes it new."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}{number}"
    return candidate
