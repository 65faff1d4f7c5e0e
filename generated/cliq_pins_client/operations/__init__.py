# Made by scripts/generate.py from spec/normalised.yaml; do not edit.
# Make it again: python scripts/generate.py
"""One function for each method and path of the contract."""

from .create_pin_category import create_pin_category
from .delete_pin_category import delete_pin_category
from .get_pin_categories import get_pin_categories
from .pin_chat import pin_chat
from .remove_chats_across_categories import remove_chats_across_categories
from .unpin_chat import unpin_chat
from .update_pin_category import update_pin_category

__all__ = [
    "create_pin_category",
    "delete_pin_category",
    "get_pin_categories",
    "pin_chat",
    "remove_chats_across_categories",
    "unpin_chat",
    "update_pin_category",
]
