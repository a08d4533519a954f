"""Golden rows: the numbers of all shipped cases and of some small ones are those that are stored in rows/.

`python3 -m tests.golden.store` makes the stored rows again; NANOCHANNEL_GOLDEN=all tests all entries, not only a few.

The stored rows come from one rank, DOLFINx 0.9 and OpenBLAS with AVX-512. Measured: run again in another process on the
same machine, every number is the same to the last bit, and all counts are. With other kernels of OpenBLAS (Haswell, Sandy
Bridge, Prescott) the main numbers move by up to 1e-10 of the largest one in their column (1e-9 for displacement currents
and for quotients of small currents, 1e-6 for error bars, 2e-10 for sensitivities, 5e-10 for what should be zero), and the
counts of three hard runs change; four entries are noisier, as catalogue.py says beside them.
On two ranks it is the same but for a closed cell (1e-7), and for the current through the cut of a device in time (up to
3e-3), where a node of the mesh lies on the cut.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.golden.catalogue import CORE, ENTRIES, entry, run
from tests.golden.comparing import Difference, differences
from tests.golden.tables import Tables, stored

pytestmark = pytest.mark.serial

WANTED = os.environ.get("NANOCHANNEL_GOLDEN", "core")
"""Which entries are tested: only the `core`, or `all`."""

CHOSEN = [found.name for found in ENTRIES if WANTED == "all" or found.name in CORE]

# both tests of an entry on the same worker of pytest-xdist (--dist loadgroup), which then runs it once
NAMES = [
    pytest.param(name, marks=[pytest.mark.xdist_group(name)] if find_spec("xdist") else [], id=name) for name in CHOSEN
]


@cache
def tables_of(name: str) -> Tables:
    """The numbers of an entry, computed once for all tests."""
    with tempfile.TemporaryDirectory() as folder:
        return run(entry(name), Path(folder))


def failures(name: str, *, counts: bool) -> list[Difference]:
    """What is beyond its tolerance: of the counts of iterations, or of everything else."""
    before = stored(name)
    assert before is not None, f"nothing stored: python3 -m tests.golden.store {name}"
    found = differences(entry(name), before, tables_of(name))
    return [difference for difference in found if (difference.kind == "count") == counts and not difference.passed]


def test_settings() -> None:
    assert WANTED in ("all", "core")
    assert set(CORE) <= {found.name for found in ENTRIES}


@pytest.mark.parametrize("name", NAMES, scope="module")
def test_rows(name: str) -> None:
    """Same columns, same rows, same instants, same numbers."""
    failed = failures(name, counts=False)
    assert not failed, "\n" + "\n".join(map(str, sorted(failed, key=lambda d: -d.size)))


@pytest.mark.parametrize("name", NAMES, scope="module")
def test_counts(name: str) -> None:
    """Same numbers of Newton iterations and factorisations, same events: rounding alone may change one of them."""
    failed = failures(name, counts=True)
    assert not failed, "\n" + "\n".join(map(str, failed))
