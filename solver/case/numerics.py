"""Physics switches and limits of the solvers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from meshes.quantity import Description, PositiveNumber, did_you_mean, misfit
from solver.linear.presets import BLOCK_SOLVERS, DEFAULT


def _is_registered(value: Any) -> Any:
    if value not in BLOCK_SOLVERS:
        raise misfit((), f"unknown value '{value}'; {did_you_mean(value, BLOCK_SOLVERS, 'one of')}")
    return value


class SolverControl(Description):
    """Physics switches and limits of the solvers."""

    flow: Literal["stokes", "none"] = "stokes"
    tolerance: PositiveNumber = 1e-10
    """Largest update of the potentials, in thermal voltages, at which a point is accepted."""
    max_iterations: int = Field(default=60, ge=1)
    quadrature_degree: int = Field(default=5, ge=2)
    linear: Annotated[str, BeforeValidator(_is_registered)] = DEFAULT
    """Solver of the coupled linear systems: `direct` (MUMPS)."""
