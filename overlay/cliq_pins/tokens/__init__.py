"""Where access tokens come from, and where they are kept. Stores that outlive the process have modules of their own."""

from .credentials import Credentials
from .store import MemoryTokenStore, StoredTokens, TokenStore

__all__ = ["Credentials", "MemoryTokenStore", "StoredTokens", "TokenStore"]
