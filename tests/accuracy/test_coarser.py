"""Error bars by a coarser mesh: they cover what finer meshes change, in two and in three dimensions."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from meshes.errors import MeshError
from meshes.grading import Coarsening, Grading
from solver.accuracy import coarser
from solver.accuracy.coarser import SAFETY, Coarser, Shares
from solver.accuracy.coarser_bars import CoarserBars
from solver.case.case import Case
from solver.case.studies.points import Point, plan
from solver.discretization.evaluation import Evaluation
from solver.nonlinear.continuation import ConvergenceError
from solver.parallel.clock import Clock
from solver.results import headers
from solver.results.headers import error_header
from solver.simulation.simulation import Simulation
from tests.support.small_cone import small_cone
from validation.devices import rows

CONE = small_cone(100.0, base={"potential": 0.2}) | {"outputs": {"profile_points": 20, "fields": "none"}}
JUDGED = (headers.CURRENT, headers.FLOW_RATE, "current_base_K [A]", "current_base_Cl [A]", "salt_mean [mol/m^3]")
COARSE = {"wall_size": "3 debye_length", "corner_size": "2 debye_length", "growth": 6.0, "axial_cells": 2}
IN_SPACE: dict[str, Any] = {
    "dimension": 3,
    "length": 20e-9,
    "radius_tip": 4e-9,
    "reservoirs": {"length": 20e-9, "radius": 20e-9},
}


def measured(data: dict[str, Any], comm: MPI.Comm = MPI.COMM_WORLD) -> tuple[dict[str, float], dict[str, float]]:
    """Row of the only point of a case, and the error columns by a coarser mesh."""
    points = plan(Case.model_validate(data))
    simulation = Simulation.of(points[0], points, comm, Clock())
    state = simulation.reach(points[0]).state
    observed = simulation.observer.observe(state, points[0].case)
    bars = simulation.bars
    if not isinstance(bars, CoarserBars):
        case = points[0].case
        bars = CoarserBars(simulation.problem, Coarser.of(simulation.problem, case, [case], simulation.clock), case)
    return dict(observed.row), bars.columns(points[0], state, observed)


@pytest.mark.serial
@pytest.mark.parametrize("cells", range(1, 14))
def test_thinned_edges_keep_their_grading_and_have_at_most_half_of_the_cells(cells: int) -> None:
    whole = tuple(map(float, range(cells + 1)))
    lines = Coarsening(2.0).thinned(whole)
    assert lines[0] == 0.0
    assert lines[-1] == cells
    assert len(lines) - 1 == max(1, cells // 2)
    assert len(Coarsening(2.0, 2).thinned(whole)) - 1 == max(min(cells, 2), cells // 2)
    assert Coarsening().thinned(whole) == whole
    edge = Grading(cells, 1.5).positions(lines)
    lengths = np.diff(edge)
    assert all(0 < one <= other * (1 + 1e-12) for one, other in itertools.pairwise(lengths))


@pytest.mark.serial
def test_parts_that_numbers_lack_cover_smooth_fields_and_corners() -> None:
    """Half as many lines; cells at corners twice, three and five times as long."""
    for first in (2.0, 3.0, 5.0):
        shares = Shares.of(2.0, first, resolved=True)
        assert SAFETY * shares.of_rates >= max(1.0 / 7.0, 1.0 / (min(first, 4.0) ** (4 / 3) - 1.0))
        assert SAFETY * shares.of_means == pytest.approx(2.0 / 3.0, rel=0.02)
        assert Shares.of(2.0, first, resolved=False).of_rates == shares.of_means >= shares.of_rates
    assert SAFETY * Shares.of(2.0, 5.0, resolved=True).of_rates == pytest.approx(2.0 / 7.0)


@pytest.mark.serial
def test_bars_in_the_plane_cover_what_a_fine_mesh_changes() -> None:
    """And are no more than twenty times that, but for what happens to be right."""
    row, bars = measured(CONE)
    (fine,) = rows(CONE | {"mesh": CONE["mesh"] | {"refinement": 2}, "outputs": {"errors": "none", "fields": "none"}})
    for header in JUDGED:
        error = abs(row[header] - fine[header])
        assert error <= bars[error_header(header)], header
        assert bars[error_header(header)] <= 20.0 * error or header not in JUDGED[:2], header


def test_bars_in_space_cover_the_difference_to_the_half_plane_on_any_number_of_ranks() -> None:
    """All numbers that have a bar in the plane have one in space."""
    in_space = CONE | {"geometry": CONE["geometry"] | IN_SPACE, "mesh": COARSE}
    row, bars = measured(in_space)
    flat = {key: value for key, value in in_space["geometry"].items() if key != "dimension"}
    (fine,) = rows(CONE | {"geometry": flat, "mesh": CONE["mesh"] | {"refinement": 2}})
    for header in JUDGED[:4]:
        error = abs(row[header] - fine[header])
        assert error <= bars[error_header(header)] <= 30.0 * error, header
    of_fields = {name for name in fine if name.endswith("_field_error")}
    judged = {error_header(name) for name in row} & set(fine) - of_fields
    assert judged <= set(bars)
    assert math.isnan(bars[headers.RESERVOIR_ERROR])
    if MPI.COMM_WORLD.size > 1:
        _, alone = measured(in_space, MPI.COMM_SELF)
        for header in JUDGED[:4]:
            assert bars[error_header(header)] == pytest.approx(alone[error_header(header)], rel=1e-4)


@pytest.mark.serial
def test_without_a_coarser_mesh_or_a_state_on_it_numbers_have_no_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case.model_validate(CONE)
    points = plan(case)
    simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
    beside = Coarser.of(simulation.problem, case, [case], simulation.clock)
    state = simulation.reach(points[0]).state
    observed = simulation.observer.observe(state, case)

    def fails(self: Coarser, point: Point[Case]) -> Evaluation:
        raise ConvergenceError(point.name, "no", "none", simulation.reach(point))

    monkeypatch.setattr(Coarser, "reach", fails)
    bars = CoarserBars(simulation.problem, beside, case).columns(points[0], state, observed)
    assert math.isnan(bars[headers.CURRENT_ERROR])
    assert math.isnan(bars["salt_mean_error [mol/m^3]"])

    def refuses(*args: Any, **keys: Any) -> None:
        raise MeshError("inverted")

    monkeypatch.setattr(coarser.meshing, "make_mesh", refuses)
    with pytest.raises(MeshError, match="inverted"):
        Coarser.of(simulation.problem, case, [case], simulation.clock)
