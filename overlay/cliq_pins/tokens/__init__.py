"""Where access tokens come from, and where they are kept."""

from .credentials import Credentials
from .file_store import FileTokenStore
from .keyring_store import KeyringTokenStore
from .store import MemoryTokenStore, StoredTokens, TokenStore

__all__ = ["Credentials", "FileTokenStore", "KeyringTokenStore", "MemoryTokenStore", "StoredTokens", "TokenStore"]
