"""Derivatives of currents and flow rates by any number of a case, from one adjoint state for each goal.

With R(U; Z) as in `solver.accuracy.adjoint`, the derivative of the goal by a parameter p is the derivative of R(U; Z; p) at
fixed U and Z, boundary values and the shape of the mesh included. It is taken by a central difference of assembled numbers:
nothing is solved again, so it is as exact as rounding and the square of a small step allow (1e-8), and every parameter is
possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from meshes.deform import carried
from meshes.geometry import ChannelGeometry, Geometry
from meshes.layout import EVERYWHERE_FLUID, Layout
from solver.accuracy.adjoint import Adjoint
from solver.case.case import Case
from solver.discretization import build
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.inputs.keys import RELATIVE_STEP, step_from
from solver.results.columns import STEADY, Quantity

COLUMNS = (
    Quantity("parameter", "parameter", "Dotted key of the case.", studies=(STEADY,)),
    Quantity("unit", "unit", "SI unit of the parameter.", studies=(STEADY,)),
    Quantity("value", "value", "Value of the parameter at the point.", studies=(STEADY,)),
    Quantity(
        "goal",
        "goal",
        "Differentiated quantity: `current`, or `potential` where the current is held; `flow_rate`.",
        studies=(STEADY,),
    ),
    Quantity("derivative", "derivative", "Derivative of the goal by the parameter, in SI units.", studies=(STEADY,)),
    Quantity(
        "elasticity", "elasticity", "Change of the goal in percent for one percent of the parameter.", studies=(STEADY,)
    ),
)
"""Columns of sensitivities.csv: the fields of `Sensitivity`."""


@dataclass(frozen=True)
class Sensitivity:
    """Derivative of a goal by a parameter, in SI units, and the elasticity d ln|goal| / d ln|parameter| (nan where one of
    the two is zero)."""

    parameter: str
    unit: str
    value: float
    goal: str
    derivative: float
    elasticity: float


def sensitivity(adjoint: Adjoint, found: Evaluation, case: Case, parameter: str) -> Sensitivity:
    """Derivative of the adjoint's goal by a numeric key of the case, at the evaluated state for which it was solved.
    Collective.

    Raises:
        CaseError: the key does not exist, or the value beside it is refused.
        ValueError: the key changes more than values and sizes.
    """
    value, unit = build.value_of(case, parameter), case.unit(parameter)
    step = step_from(value, unit)
    derivative = difference(adjoint, found, case, lambda t: case.with_value(parameter, value + t), step)
    goal = adjoint.goal.scale(found.parameters.scales) * adjoint.lagrangian(found)
    elasticity = derivative * value / goal if value and goal else np.nan
    return Sensitivity(parameter, unit, value, adjoint.goal.kind, derivative, elasticity)


def reservoir_effect(adjoint: Adjoint, found: Evaluation, case: Case) -> float:
    """Change of the goal by larger reservoirs; nan where there is nothing to enlarge. Collective.

    The influence of a reservoir of size s at a mouth falls like 1/s when it is a body of revolution, so that the goal lacks
    dJ/d ln s of its value at infinity (Hall, J. Gen. Physiol. 66, 531 (1975), for the access resistance). Between plates it
    falls like a logarithm without end: then it is what twice the size would change, ln 2 dJ/d ln s.
    """
    geometry = case.geometry
    if not isinstance(geometry, ChannelGeometry) or not geometry.open_to_infinity:
        return np.nan
    particle = geometry.particle
    if particle is not None and not (particle.span[0] > 0.0 and particle.span[1] < geometry.length):
        return np.nan  # what is in a reservoir would be stretched with it

    def enlarged(t: float) -> Case:
        return case.model_copy(update={"geometry": geometry.with_reservoirs_scaled(1.0 + t)})

    slope = difference(adjoint, found, case, enlarged, RELATIVE_STEP)
    return slope * (1.0 if geometry.symmetry == "axisymmetric" else float(np.log(2.0)))


def difference(adjoint: Adjoint, found: Evaluation, case: Case, changed: Callable[[float], Case], step: float) -> float:
    """Derivative of the adjoint's goal along a family of cases, SI. Collective; the mesh is left as found."""
    problem, ends = adjoint.problem, []
    for t in (step, -step):
        other = changed(t)
        if not build.differs_in_values_and_sizes(case, other):
            raise ValueError("only values and sizes have derivatives")
        layouts = case.layout, other.layout
        with moved(problem, case.geometry, other.geometry, charge_jumps(case), face_jumps(case), layouts):
            parameters = problem.floated(found.state, build.parameters_of(problem, other))
            state = problem.boundary_values.impose(found.state, parameters)
            parameters = problem.floated(state, parameters).with_pressures_of(found.parameters)
            filled = found.storage if problem.ports.terminals else problem.at_rest(parameters)[1]
            beside = replace(found, state=state, parameters=parameters, storage=filled)
            ends.append(adjoint.goal.scale(parameters.scales) * adjoint.lagrangian(beside))
    return (ends[0] - ends[1]) / (2 * step)


def charge_jumps(case: Case) -> tuple[float, ...]:
    """Axial positions (m) where the charge of the channel jumps: they stay when the channel gets other sizes."""
    return case.walls["channel"].breaks if "channel" in case.walls else ()


def face_jumps(case: Case) -> dict[str, tuple[float, ...]]:
    """Distances from the axis (m) where the charge of the membrane's face in front of a terminal jumps."""
    return {terminal: case.walls[name].breaks for terminal, name in case.faces.items()}


@contextmanager
def moved(
    problem: Problem,
    one: Geometry,
    other: Geometry,
    kept: Sequence[float] = (),
    kept_beside: Mapping[str, Sequence[float]] | None = None,
    layouts: tuple[Layout, Layout] = (EVERYWHERE_FLUID, EVERYWHERE_FLUID),
) -> Iterator[None]:
    """The problem's mesh with the sizes of another device, for as long as the context lasts; axial positions `kept` (m)
    inside the channel stay, and distances from the axis beside the mouths of terminals. layouts: materials of both."""
    coordinates, unit = problem.mesh.geometry.x, problem.tagged.unit
    if one == other:
        yield
        return
    if not (isinstance(one, ChannelGeometry) and isinstance(other, ChannelGeometry)):
        raise ValueError("a mesh file has no sizes to change")
    before, in_space = coordinates.copy(), problem.mesh.geometry.dim == 3
    radius = np.hypot(before[:, 1], before[:, 2]) if in_space else before[:, 1]
    z, r = carried(one, other, before[:, 0] * unit, radius * unit, kept, kept_beside, layouts)
    coordinates[:, 0] = z / unit
    if in_space:  # a body of revolution
        coordinates[:, 1:] *= np.divide(r / unit, radius, out=np.ones_like(radius), where=radius > 0.0)[:, None]
    else:
        coordinates[:, 1] = r / unit
    try:
        yield
    finally:
        coordinates[:] = before
