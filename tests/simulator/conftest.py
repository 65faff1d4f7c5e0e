"""What a failed check of `ways` had before it is shown as a test's own would be."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("ways")
