"""What tests of adapted meshes compare with."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.adapted import CONE
from validation.devices import row


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    """Row at -0.4 V on a fine mesh, whose bar is 1.1e-4; with its estimate nearly all of that is gone."""
    return row(CONE | {"mesh": {"refinement": 1, "growth": 2.2}})
