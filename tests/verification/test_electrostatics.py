"""Double layers at equilibrium against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from devices import KCL_WATER, sessions
from scipy.special import i0, i1

from solver.case import Case


def wall_potential(
    geometry: dict[str, object], charge: float, concentration: float, permittivity: float = 78.5
) -> float:
    """Zeta potential (V) of a channel at rest whose ends hold the potential of its axis.

    The channel lies between reservoirs: nothing of the exact profile is put in.
    """
    data = {
        "geometry": geometry,
        "electrolyte": KCL_WATER | {"concentration": concentration, "relative_permittivity": permittivity},
        "walls": {"channel": {"surface_charge": charge}},
        "solver": {"flow": "none"},
    }
    ((session, _, _),) = list(sessions(data))
    problem = session.problem
    at = problem.scalar.tabulate_dof_coordinates()
    case = Case.model_validate(data)
    middle, radius = case.geometry.length / 2 / problem.tagged.unit, case.geometry.smallest / problem.tagged.unit
    values = problem.state.x.array.reshape(-1, 3)[:, 0]
    near = (np.abs(at[:, 1] - radius) < 1e-6 * radius) & (np.abs(at[:, 0] - middle) < 0.2 * middle)
    found = problem.mesh.comm.allgather(values[near])
    return float(np.mean(np.concatenate(found))) * problem.scales.potential


def test_gouy_chapman() -> None:
    """0.1 M, relative permittivity 78.15: 0.0435342 C/m^2 for a diffuse layer of two thermal voltages."""
    slit = {
        "type": "slit",
        "length": 100e-9,
        "height": 40e-9,
        "width": 1.0,
        "reservoirs": {"length": 50e-9, "half_height": 50e-9},
    }
    found = wall_potential(slit, -0.0435342, 100.0, 78.15)
    assert found == pytest.approx(-2 * 25.692579e-3, rel=5e-4)


def test_debye_hueckel_cylinder() -> None:
    """phi = zeta I0(r/lambda) / I0(a/lambda) at small charge, overlap included."""
    radius, debye, charge = 10e-9, 9.619830e-9, -1e-5
    cylinder = {
        "type": "cylinder",
        "length": 400e-9,
        "radius": radius,
        "reservoirs": {"length": 100e-9, "radius": 100e-9},
    }
    x = radius / debye
    exact = charge * debye / (78.5 * 8.8541878128e-12) * i0(x) / i1(x)
    assert wall_potential(cylinder, charge, 1.0) == pytest.approx(exact, rel=1e-3)
