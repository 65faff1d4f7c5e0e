"""The board as a tree, for people. It needs `rich`, of the extra `cli`."""

from __future__ import annotations

from rich.text import Text
from rich.tree import Tree

from .board import MY_PINS, Board, Chat, Folder


def tree(board: Board) -> Tree:
    """A board as a tree of folders and chats."""
    root = Tree(Text("Chats", "bold"))
    for folder in board.everything:
        branch = root.add(_folder(folder))
        for chat in folder.chats or ():
            branch.add(_chat(chat))
    return root


def _folder(folder: Folder) -> Text:
    label = Text(f"{folder.symbol} " if folder.symbol else "")
    return label.append(MY_PINS if folder.is_default else folder.title or "", "bold")


def _chat(chat: Chat) -> Text:
    label = Text(chat.name or chat.id)
    return label.append(f" ({chat.participant_count})", "dim") if chat.participant_count else label
