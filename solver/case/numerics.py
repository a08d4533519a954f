"""Physics switches and limits of the solvers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from meshes.quantity import Description, PositiveNumber, Whole, at_most, did_you_mean, misfit
from meshes.quoting import quoted
from solver.linear.presets import AUTOMATIC, BLOCK_SOLVERS

LINEAR = (AUTOMATIC, *BLOCK_SOLVERS)
"""Ways to solve linear systems that a case can name."""


def _is_registered(value: Any) -> Any:
    if value not in LINEAR:
        raise misfit((), f"unknown value {quoted(value)}; {did_you_mean(value, LINEAR, 'one of')}")
    return value


class SolverControl(Description):
    """Physics switches and limits of the solvers."""

    flow: Literal["stokes", "none"] = "stokes"
    charge: Literal["poisson", "electroneutral"] = "poisson"
    """Where the potential comes from: Poisson's equation, or electroneutrality with the fixed charge of membranes
    (`electroneutral`), for devices whose Debye length no mesh resolves. Reactions at electrodes are driven by the whole
    difference between metal and liquid then."""
    tolerance: Annotated[PositiveNumber, at_most(0.5, "1e-6")] = 1e-6
    """Largest update of the potentials, in thermal voltages, at which a point is accepted; finer where error bars are
    small."""
    max_iterations: Whole = Field(default=60, ge=1, le=10_000)
    quadrature_degree: Whole = Field(default=5, ge=2, le=20)
    linear: Annotated[str, BeforeValidator(_is_registered), Field(json_schema_extra={"enum": list(LINEAR)})] = AUTOMATIC
    """How linear systems are solved: by factors, `interleaved` (of the transport, with the flow in turns; of both where they
    act on each other strongly) or `direct` (always of both), or without any by an iteration that splits the fields
    (`fieldsplit`, for large devices in three dimensions). `automatic` is `interleaved` in two dimensions; in three it is
    `direct` for few unknowns and `fieldsplit` for many."""
