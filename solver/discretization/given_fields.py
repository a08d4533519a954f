"""The fields of a device as given ones, for what is solved for after them."""

from __future__ import annotations

from typing import Any, Protocol

from solver.discretization.boundary import RegionCondition, TraceSolute
from solver.discretization.coordinates import Metric
from solver.discretization.evaluation import Equations
from solver.discretization.ions import Ions
from solver.discretization.measures import Measures
from solver.discretization.potential import Potential
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.parallel.clock import Clock
from solver.physics.scales import Scales


class GivenFields(Equations, Protocol):
    """Of whose states the fields are: a `solver.discretization.problem.Problem`, as far as trace species need it."""

    degree: int
    """Of the potentials."""
    metric: Metric
    measures: Measures
    scales: Scales
    clock: Clock
    model: ElectrolyteModel
    regions: tuple[RegionCondition, ...]
    traces: tuple[TraceSolute, ...]
    ions: Ions
    potential: Potential
    phi: Any
    """The potential of the state that `load` put in, in symbols."""
    u: Any
    """The velocity of that state in symbols; None without flow."""
