"""Descriptions: HTML becomes Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from markdownify import MarkdownConverter

from contract.document import Document, copied, objects

_TAGS = [
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "code",
    "details",
    "div",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
]
_TAG = re.compile(rf"</?(?:{'|'.join(_TAGS)})(?=[\s/>])[^<>]*>", re.IGNORECASE)
_OTHER_ANGLE = re.compile(rf"<(?!/?(?:{'|'.join(_TAGS)})(?=[\s/>])[^<>]*>)", re.IGNORECASE)
_CONVERTER = MarkdownConverter(
    heading_style="ATX",
    bullets="-",
    autolinks=False,
    escape_asterisks=False,
    escape_underscores=False,
    escape_misc=False,
    newline_style="BACKSLASH",
)


def html_to_markdown(document: Document) -> Document:
    """Turn HTML in every description and summary into Markdown; text without tags stays as it is."""
    document = copied(document)
    for node, key in texts(document):
        node[key] = to_markdown(node[key])
    return document


def texts(document: Document) -> Iterator[tuple[dict[str, Any], str]]:
    """Every place that holds documentation text."""
    for node in objects(document):
        for key in ("description", "summary"):
            if isinstance(node.get(key), str):
                yield node, key


def to_markdown(text: str) -> str:
    """Markdown for a description; what is no known tag, such as `<id>`, is kept as text."""
    if not _TAG.search(text):
        return tidy(text)
    markdown: str = _CONVERTER.convert(_OTHER_ANGLE.sub("&lt;", text))
    # An entity that spelt a tag would be taken for one the next time.
    return tidy(_TAG.sub(lambda tag: "&lt;" + tag.group()[1:], markdown))


def tidy(text: str) -> str:
    """Strip trailing spaces, outer blank lines, blank lines beyond one, and line breaks that break nothing."""
    before = None
    while text != before:
        before = text
        lines = [line.rstrip() for line in text.strip().splitlines()]
        for index, line in enumerate(lines):
            ends = not any(lines[index + 1 : index + 2])
            if ends and line.endswith("\\") and not line.endswith("\\\\"):
                lines[index] = line[:-1].rstrip()
            elif line.strip() == "\\":
                lines[index] = ""
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return text
