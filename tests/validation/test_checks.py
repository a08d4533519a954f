"""The checks of `nanochannel validate`, the quick subset: every one has to pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from mpi4py import MPI

from tests.support.shipped import SHORTER
from validation import (
    conductors,
    electrostatics,
    jumps,
    long_channels,
    manufactured,
    membranes,
    neutral,
    one_dimension,
    particles,
    report,
    resistances,
    shipped,
    solids,
    trends,
    varying,
)
from validation.checks import Check, Plot
from validation.run import SECTIONS
from validation.setting import Setting

# Parts of the sections, so that a failure says where. Left out: the shipped cases and what is drawn from the result of
# one that takes long (tests/shipped runs them all).
PARTS: tuple[Callable[[Setting], Iterator[Check | Plot]], ...] = (
    long_channels.transport_matrices,
    long_channels.narrow_pore,
    long_channels.slipping_slit,
    long_channels.surface_conductance,
    electrostatics.electrostatics,
    resistances.access_resistance,
    resistances.cones,
    resistances.symmetric_devices,
    one_dimension.film,
    one_dimension.diode,
    one_dimension.membrane_potentials,
    shipped.microchannel,
    manufactured.manufactured,
    jumps.jumps,
    varying.varying,
    membranes.resolved,
    neutral.diode,
    neutral.potentials,
    neutral.unlike,
    neutral.leaky,
    solids.pores,
    solids.gates,
    conductors.metal_limit,
    particles.drag,
    particles.blockade,
    particles.charged,
    trends.concentration,
    trends.shape,
    trends.optimal_pressure,
)
ALONE = {
    long_channels.transport_matrices,
    long_channels.narrow_pore,
    long_channels.slipping_slit,
    long_channels.surface_conductance,
    electrostatics.electrostatics,
    resistances.access_resistance,
    resistances.cones,
    resistances.symmetric_devices,
    one_dimension.diode,
    shipped.microchannel,
    manufactured.orders,
    particles.drag,
    particles.blockade,
    particles.charged,
    trends.concentration,
    trends.shape,
    trends.optimal_pressure,
}
"""Parts that are not run under mpirun: many solves that use nothing of ranks which the others do not."""
NOT_HERE = {"cases"}
"""Sections without a part here."""


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A quick validation with a folder that all ranks share."""
    comm = MPI.COMM_WORLD
    return Setting(comm, quick=True, scratch=Path(comm.bcast(str(tmp_path), root=0)))


@pytest.mark.parametrize(
    "part",
    [pytest.param(part, marks=[pytest.mark.serial] if part in ALONE else [], id=part.__name__) for part in PARTS],
)
def test_checks_pass(part: Callable[[Setting], Iterator[Check | Plot]], setting: Setting) -> None:
    """Deviations within their tolerances, and covered by the error bars that have to."""
    items = list(part(setting))
    checks = [item for item in items if isinstance(item, Check)]
    assert checks
    failed = [f"{c.name}, {c.quantity}: {report.verdict(c)}" for c in checks if not c.passed]
    assert not failed, "\n".join(failed)
    assert {item.section for item in items} <= {section.key for section in SECTIONS} - NOT_HERE


@pytest.mark.serial
def test_expected_numbers_as_checks(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of expected.csv, with the kind of their reference and the error bar of their value."""
    monkeypatch.setattr(shipped, "QUICK_CASES", ("slit_polarization",))
    whole = Setting.shipped
    monkeypatch.setattr(Setting, "shipped", lambda self, name: whole(self, name, SHORTER[name]))
    items = list(shipped.shipped(setting))
    checks = [item for item in items if isinstance(item, Check)]
    assert len(checks) == 8
    assert all(check.within for check in checks)
    assert {check.kind for check in checks} == {"refined", "model", "exact"}
    assert [item.name for item in items if isinstance(item, Plot)] == ["slit_polarization"]


def test_a_source_that_is_that_of_the_line_before_is_written_out() -> None:
    sources = ["exact: closed form", "the same", "the same, on", "this program, refined", "the same"]
    assert list(shipped.with_sources(pd.DataFrame({"source": sources}))["source"]) == [
        *["exact: closed form"] * 2, "exact: closed form, on", *["this program, refined"] * 2,
    ]  # fmt: skip
