"""Physics switches and limits of the nonlinear solver."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from meshes.quantity import Description, PositiveNumber


class SolverControl(Description):
    """Physics switches and limits of the nonlinear solver."""

    flow: Literal["stokes", "none"] = "stokes"
    tolerance: PositiveNumber = 1e-10
    """Largest update of the potentials, in thermal voltages, at which a point is accepted."""
    max_iterations: int = Field(default=60, ge=1)
    quadrature_degree: int = Field(default=5, ge=2)
