"""Optimisation: a known optimum, evaluations that are kept, failures that are named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from exploration.fit.model import EvaluationFailed
from exploration.fit.parameters import FreeParameter
from exploration.optimise.objective import Objective, earlier
from exploration.optimise.optimise import GLOBAL, METHODS, WITH_GRADIENT, _search, optimise
from solver.case.case import Case
from solver.results.rows import ResultError
from tests.support.small_cone import small_cone

pytestmark = pytest.mark.serial

FREE = [
    FreeParameter("geometry.radius_tip", "m", 2e-9, 1e-9, 1e-8, logarithmic=True),
    FreeParameter("terminals.base.pressure", "Pa", 0.0, -1e5, 2e5, logarithmic=False),
]
BEST = {"geometry.radius_tip": 4e-9, "terminals.base.pressure": 5e4}


def hill(values: Mapping[str, float]) -> tuple[float, np.ndarray]:
    """A smooth maximum of 3 at BEST, with its derivatives by the variables; nothing at pressures above 1.8 bar."""
    if values["terminals.base.pressure"] > 1.8e5:
        raise EvaluationFailed(ValueError("the device bursts"))
    x = math.log(values["geometry.radius_tip"] / 4e-9)
    y = (values["terminals.base.pressure"] - 5e4) / 1e5
    slopes = np.array([-2.0 * x * FREE[0].slope(1.0), -2.0 * y / 1e5 * FREE[1].slope(1.0)])
    return 3.0 - x * x - y * y, slopes


def objective(file: Path | None, method: str) -> Objective:
    """That of the hill."""

    def device(values: Mapping[str, float]) -> tuple[float, np.ndarray | None]:
        value, slopes = hill(values)
        return value, slopes if method in WITH_GRADIENT else None

    known = {} if file is None else earlier(file, FREE, "height", "m")
    return Objective(FREE, device, -1.0, "height", "m", 400, MPI.COMM_SELF, file, known)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_a_known_optimum(method: str) -> None:
    found = objective(None, method)
    _search(found, method)
    assert found.best is not None
    assert found.best.value == pytest.approx(3.0, abs=2e-2 if method == GLOBAL else 1e-4)
    if method != GLOBAL:
        assert found.best.values == pytest.approx(BEST, rel=3e-2)


def test_evaluations_are_kept(tmp_path: Path) -> None:
    """A second search computes nothing again that succeeded; a file of something else is refused."""
    file = tmp_path / "evaluations.csv"
    first = objective(file, "SLSQP")
    _search(first, "SLSQP")
    again = objective(file, "SLSQP")
    _search(again, "SLSQP")
    assert again.computed == sum(math.isnan(one.value) for one in first.done)  # what failed is tried again
    assert again.best is not None
    assert first.best is not None
    assert again.best.values == first.best.values
    with pytest.raises(ResultError, match="is not of this optimisation"):
        earlier(file, FREE[:1], "depth", "m")


def test_rectification_of_a_cone_has_its_optimum_at_the_bounds(tmp_path: Path) -> None:
    """The narrower the tip, the more it rectifies; the value is that of a run of its own."""
    potential = "terminals.base.potential"
    data = small_cone(10.0) | {"study": {"type": "sweep", "parameter": potential, "values": [-0.5, 0.5]}}
    over = {"geometry.radius_tip": ("2.5 nm", "3.5 nm")}
    found = optimise(Case.model_validate(data), "rectification", over, out=tmp_path / "optimum")
    assert found.values == pytest.approx({"geometry.radius_tip": 2.5e-9})
    assert "at the lower bound of geometry.radius_tip" in found.warnings[0]
    assert found.best is not None
    currents = found.best["current"].abs()
    assert found.value == pytest.approx(currents.max() / currents.min(), rel=1e-9)
    assert found.data["value_in_search"] == pytest.approx(found.value, rel=2e-2)
    with pytest.raises(ResultError, match="did you mean 'rectification'"):
        optimise(Case.model_validate(data), "rectificaton", over)
