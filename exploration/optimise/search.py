"""Methods of SciPy that ask an objective for evaluations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from exploration.optimise.objective import Enough, Objective

Array = NDArray[np.float64]

WITH_GRADIENT = ("L-BFGS-B", "SLSQP", "TNC")
WITHOUT_GRADIENT = ("COBYQA", "Nelder-Mead")
GLOBAL = "differential-evolution"
METHODS = (*WITH_GRADIENT, *WITHOUT_GRADIENT, GLOBAL)
"""Methods of SciPy by what they need."""

PRECISION = 1e-4
"""Change of the variables, of the way between the bounds, and relative change of the quantity that are none."""

POPULATION, GENERATIONS = 6, 12
"""Of the global method: members for every parameter, and how often all are replaced at most."""


def search(objective: Objective, method: str) -> tuple[str, bool]:
    """Let a method of SciPy ask for evaluations; gives why it ended, and whether it converged. Collective."""
    start = []
    for free in objective.parameters:
        low, high = free.inner_bounds
        start.append((free.inner(free.start) - low) / (high - low))
    box = [(0.0, 1.0)] * len(start)
    try:
        if method == GLOBAL:
            found = optimize.differential_evolution(
                objective, box, seed=0, popsize=POPULATION, maxiter=GENERATIONS, polish=False, x0=start, tol=1e-3
            )
            return str(found.message), bool(found.success)
        options: dict[str, dict[str, Any]] = {
            "L-BFGS-B": {"ftol": PRECISION**2, "gtol": PRECISION},
            "SLSQP": {"ftol": PRECISION**2},
            "TNC": {"ftol": PRECISION**2, "xtol": PRECISION, "gtol": PRECISION},
            "COBYQA": {"initial_tr_radius": 0.15, "final_tr_radius": PRECISION},
            "Nelder-Mead": {"xatol": PRECISION, "fatol": PRECISION, "initial_simplex": _simplex(start)},
        }
        jacobian: Callable[[Array], Array] | None = objective.gradient if method in WITH_GRADIENT else None
        found = optimize.minimize(objective, start, jac=jacobian, bounds=box, method=method, options=options[method])
        return str(found.message), bool(found.success)
    except Enough:
        return f"given up after {objective.computed} evaluations", False


def _simplex(start: Sequence[float]) -> Array:
    """Corners around a start, inside the box."""
    corners = np.tile(start, (len(start) + 1, 1))
    for k, x in enumerate(start):
        corners[k + 1, k] = x + (0.15 if x < 0.5 else -0.15)
    return corners
