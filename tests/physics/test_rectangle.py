"""Rectangular cross-sections: a wide one is a slit, the resistance of a square is known, and Onsager's symmetry holds."""

from __future__ import annotations

import numpy as np
import pytest

from solver.case.case import Case
from solver.physics.cross_section import cross_section
from solver.physics.rectangle import rectangle
from solver.physics.solution import Solution

NM = 1e-9


def solution(concentration: float) -> Solution:
    slit = {"type": "slit", "length": 1e-6, "height": 20e-9, "width": 1e-6, "reservoirs": None}
    electrolyte = {"species": {"K": {}, "Cl": {}}, "concentration": concentration}
    return Case.model_validate({"geometry": slit, "electrolyte": electrolyte}).solution("left")


def test_a_wide_rectangle_is_a_slit_but_for_what_its_side_walls_hold_back() -> None:
    """Without charge on the side walls the potential is that of the slit, and the flow lacks .63 heights of width."""
    wide, slit = (
        rectangle(100 * NM, 10 * NM, 0.0, -0.01, solution(1.0)),
        cross_section("planar", 10 * NM, -0.01, solution(1.0)),
    )
    across, up = np.array([0.0, 90.0, 100.0]) * NM, np.array([-10.0, 3.0, 10.0]) * NM
    assert wide.potential(across, up) == pytest.approx(slit.potential(up), rel=1e-9)
    assert wide.matrix[0, 0] / (200 * NM * slit.matrix[0, 0]) == pytest.approx(1 - 0.630249 * 0.1, abs=1e-6)
    assert 0.90 < wide.matrix[0, 2] / (200 * NM * slit.matrix[0, 2]) < 1.0


def test_a_square_with_four_charged_walls() -> None:
    found = rectangle(10 * NM, 10 * NM, -0.01, -0.01, solution(1.0))
    assert found.psi == pytest.approx(found.psi.T, rel=1e-9)
    assert found.matrix == pytest.approx(found.matrix.T, rel=1e-9)
    # Poiseuille's flow in a square of side 2 a: 0.562308 a^4 / eta
    assert found.matrix[0, 0] == pytest.approx(0.562308 * (10 * NM) ** 4 / 0.89e-3, rel=1e-5)
    thin = rectangle(5 * NM, 5 * NM, -0.001, -0.001, solution(1000.0))
    flat = cross_section("planar", 5 * NM, -0.001, solution(1000.0))
    assert thin.psi[0, -1] == pytest.approx(flat.wall_potential, rel=1e-6)
    assert thin.psi[-1, -1] == pytest.approx(2 * flat.wall_potential, rel=1e-3)  # two layers meet in the corner
