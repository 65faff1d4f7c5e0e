"""Where something is put: above something else, or at the end."""

from __future__ import annotations

from enum import Enum
from typing import Final


class End(Enum):
    """The type of `END`."""

    END = "the end"

    def __repr__(self) -> str:
        return "END"


END: Final = End.END
"""A position: after everything else."""
