"""The board as a tree, for people. It needs `rich`, of the extra `cli`."""

from __future__ import annotations

from rich.markup import escape
from rich.tree import Tree

from .board import Board, Folder


def tree(board: Board) -> Tree:
    """A board as a tree of folders and chats."""
    root = Tree("[bold]Chats[/bold]")
    for folder in board.everything:
        branch = root.add(_label(folder))
        for chat in folder.chats or ():
            people = f" [dim]({chat.participant_count})[/dim]" if chat.participant_count else ""
            branch.add(escape(chat.name or chat.id) + people)
    return root


def _label(folder: Folder) -> str:
    symbol = f"{escape(folder.symbol)} " if folder.symbol else ""
    return f"{symbol}[bold]{escape(folder.title or 'My Pins')}[/bold]"
