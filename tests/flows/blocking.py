"""An `AsyncCliqPins` in blocking form: what would be awaited is run by one `asyncio.Runner`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from cliq_pins import AsyncCliqPins
from cliq_pins.aio import AsyncChats, AsyncFolders


class Blocker:
    """Makes asynchronous clients block; a context manager that ends their event loop."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()

    def __enter__(self) -> Blocker:
        return self

    def __exit__(self, *error: object) -> None:
        self.runner.close()

    def client(self, pins: AsyncCliqPins) -> Any:
        """The client with every method in blocking form."""
        return _Blocking(self.runner, pins)


class _Blocking:
    def __init__(self, runner: asyncio.Runner, of: Any) -> None:
        self._runner = runner
        self._of = of

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._of, name)
        if isinstance(found, AsyncFolders | AsyncChats):
            return _Blocking(self._runner, found)
        return self._blocking(found) if inspect.iscoroutinefunction(found) else found

    def _blocking(self, method: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: self._runner.run(method(*args, **kwargs))
