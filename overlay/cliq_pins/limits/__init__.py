"""Rate limits kept on this side, so that the service never has to lock anyone out."""

from .limiter import Endpoint, Limiter, Slot, Store
from .window import MemoryStore

__all__ = ["Endpoint", "Limiter", "MemoryStore", "Slot", "Store"]
