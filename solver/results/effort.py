"""Columns that say what a row has cost, and how Newton's method came to it."""

from __future__ import annotations

from solver.results.columns import IN_TIME, SPECTRUM, STEADY, Quantity
from solver.results.headers import header

ITERATIONS = "newton_iterations"
FACTORISATIONS = "factorisations"
STEP_EVENTS = "step_events"
WALL_TIME = header("wall_time", "s")
PHASE_TIME = Quantity(
    header("{phase}_time", "s"), "time of {phase}", "Wall time of {phase} since the row before.", studies=(STEADY,)
)

EFFORT = (
    Quantity(ITERATIONS, "Newton iterations", "Newton iterations since the row before."),
    Quantity(FACTORISATIONS, "factorisations", "Factorisations of a matrix since the row before."),
    Quantity(
        STEP_EVENTS,
        "step events",
        "What became of continuation steps that did not converge at once.",
        studies=(STEADY,),
    ),
    PHASE_TIME,
    Quantity(WALL_TIME, "wall time", "Wall time since the row before.", studies=(STEADY, IN_TIME, SPECTRUM)),
)
"""Columns of observables.csv."""

CONVERGENCE = (
    Quantity("iteration", "iteration", "Number of the iteration.", studies=(STEADY,)),
    Quantity("update", "update", "Largest change of an unknown, in thermal voltages.", studies=(STEADY,)),
    Quantity("residual", "residual", "Norm of the residual before the iteration.", studies=(STEADY,)),
    Quantity("contraction", "contraction", "Update over that of the iteration before.", studies=(STEADY,)),
    Quantity("factorised", "factorised", "Whether the Jacobian was factorised anew (1) or older factors were used (0).",
             studies=(STEADY,)),
    Quantity("step_length", "step length", "Part of Newton's step that was taken.", studies=(STEADY,)),
    Quantity("linear_iteration", "linear iteration", "Steps of the linear solver's iteration, and why they ended; empty with"
             " factors.", studies=(STEADY,)),
)  # fmt: skip
"""Columns of convergence.csv."""
