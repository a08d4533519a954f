"""Parameters of tests of which not all are run under mpirun."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def few_on_ranks(values: Iterable[Any], *kept: int) -> list[Any]:
    """Values for `parametrize`, tuples where a test has several parameters: those at the positions `kept` are run under
    mpirun, too, the others say the same of ranks.
    """
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else (value,)), marks=[] if k in kept else [pytest.mark.serial]
        )
        for k, value in enumerate(values)
    ]
