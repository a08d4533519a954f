"""Golden rows: the numbers of all shipped cases and of some small ones are those that are stored in rows/.

The stored rows come from one rank, DOLFINx 0.9 and OpenBLAS. MEASURED
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

import pytest
from catalogue import CORE, ENTRIES, Tables, entry, run, stored
from comparing import Difference, differences

pytestmark = pytest.mark.serial

WANTED = os.environ.get("NANOCHANNEL_GOLDEN", "all")
"""Which entries are tested: `all`, or only the `core`."""

NAMES = [found.name for found in ENTRIES if WANTED == "all" or found.name in CORE]


@cache
def tables_of(name: str) -> Tables:
    """The numbers of an entry, computed once for all tests."""
    with tempfile.TemporaryDirectory() as folder:
        return run(entry(name), Path(folder))


def failures(name: str, *, counts: bool) -> list[Difference]:
    """What is beyond its tolerance: of the counts of iterations, or of everything else."""
    before = stored(name)
    assert before is not None, f"nothing stored: python3 tests/golden/store.py {name}"
    found = differences(entry(name), before, tables_of(name))
    return [difference for difference in found if (difference.kind == "count") == counts and not difference.passed]


def test_settings() -> None:
    assert WANTED in ("all", "core")
    assert set(CORE) <= {found.name for found in ENTRIES}


@pytest.mark.parametrize("name", NAMES)
def test_rows(name: str) -> None:
    """Same columns, same rows, same instants, same numbers."""
    failed = failures(name, counts=False)
    assert not failed, "\n" + "\n".join(map(str, sorted(failed, key=lambda d: -d.size)))


@pytest.mark.parametrize("name", NAMES)
def test_counts(name: str) -> None:
    """Same numbers of Newton iterations and factorisations, same events: rounding alone may change one of them."""
    failed = failures(name, counts=True)
    assert not failed, "\n" + "\n".join(map(str, failed))
