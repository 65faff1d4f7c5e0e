"""Where access tokens come from, and where they are kept."""

from .credentials import Credentials
from .store import MemoryTokenStore, StoredTokens, TokenStore

__all__ = ["Credentials", "MemoryTokenStore", "StoredTokens", "TokenStore"]
