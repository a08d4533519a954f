"""Goals of adjoint states: numbers of a state, as functionals of the unknowns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import ufl
from dolfinx import fem

from solver.case.case import Case
from solver.discretization.ports import Port
from solver.discretization.problem import Problem
from solver.discretization.wall_laws import WallFlux
from solver.observables.wall import measured_wall
from solver.physics.scales import Scales
from solver.results import headers
from solver.results.headers import extended, split_header


@dataclass(frozen=True)
class Goal:
    """A number that the user asks for.

    Attributes:
        kind: of the number. A wall's potential is the mean of that of the channel's surface, salt that of the channel.
        port: terminal or electrode to which it belongs; "" where it belongs to none.
        species: index of the only ion that counts; None for all.
    """

    kind: Literal["current", "flow_rate", "charge", "wall_potential", "salt"]
    port: str = ""
    species: int | None = None

    def scale(self, scales: Scales) -> float:
        """Amperes, or m^3/s, of one dimensionless unit."""
        return scales.current if self.kind == "current" else scales.flow_rate

    def is_residual(self, problem: Problem) -> bool:
        """Whether the goal is the residual tested with a function."""
        if self.kind == "current":
            return not _fluxes_of(problem, self.port)
        return self.kind == "charge" and _law_of(problem, self.port) is None

    def functional(self, problem: Problem, lift: fem.Function) -> ufl.Form:
        """The goal as a form.

        lift: filled with the function that the residual is tested with; zero where the goal is no residual.

        Raises:
            ValueError: the device does not have it.
        """
        return _FUNCTIONALS[self.kind](self, problem, lift)


def goal_of_column(name: str, case: Case) -> Goal:
    """The goal that tells where the error of a column of observables.csv (without its unit) comes from; for numbers that are
    no integrals, such as the smallest salt, one that hangs on the same parts of the device."""
    goals = {
        headers.CURRENT: Goal("current", case.driven_terminal),
        headers.CONDUCTANCE: Goal("current", case.driven_terminal),
        headers.FLOW_RATE: Goal("flow_rate", case.driven_terminal),
    }
    passing = [name for name in case.open_walls if case.walls[name].passes_ions]
    for wall in passing:
        goals[extended(headers.CURRENT, wall)] = Goal("current", wall)
        for i, species in enumerate(case.electrolyte.species):
            goals[extended(headers.CURRENT, wall, species)] = Goal("current", wall, i)
    for terminal in case.terminals:
        goals[extended(headers.CURRENT, terminal)] = Goal("current", terminal)
        goals[extended(headers.FLOW_RATE, terminal)] = Goal("flow_rate", terminal)
        for i, species in enumerate(case.electrolyte.species):
            goals[extended(headers.CURRENT, terminal, species)] = Goal("current", terminal, i)
    table = {split_header(header)[0]: goal for header, goal in goals.items()}
    table |= {f"charge_{wall}": Goal("charge", wall) for wall in (*case.electrodes, *case.zeta_walls)}
    table |= {f"pressure_{terminal}": Goal("current", terminal) for terminal in case.flow_terminals}
    table |= {f"surface_charge_mean_{wall}": Goal("charge", wall) for wall in case.zeta_walls}
    if name in table:
        return table[name]
    if name.startswith("charge_"):
        return Goal("charge", case.electrodes[0])
    return Goal("wall_potential" if name.endswith("_potential_mean") else "salt")


def _law_of(problem: Problem, wall: str) -> ufl.Form | None:
    """The charge of a wall by its law; None where none gives it."""
    return next((each.form for each in problem.wall_charges if each.name == wall), None)


def _fluxes_of(problem: Problem, name: str) -> list[WallFlux]:
    """The fluxes of species at a wall by its laws; none at terminals."""
    return [each for each in problem.at_walls.fluxes if each.into_liquid.name == name]


def _port(problem: Problem, name: str) -> Port:
    """A port by its name."""
    return problem.ports.all[problem.ports.index(name)]


def _current(goal: Goal, problem: Problem, lift: fem.Function) -> ufl.Form:
    if fluxes := _fluxes_of(problem, goal.port):
        at = [each for each in fluxes if goal.species in (None, each.species)] or fluxes
        return sum((problem.valences[each.species] * each.into_liquid.form for each in at), ufl.Form([]))
    components = problem.unknowns.electrochemical(lift.x.array)
    counted = [z if goal.species in (None, i) else 0 for i, z in enumerate(problem.valences)]
    components[_port(problem, goal.port).nodes] = counted
    return ufl.action(problem.form, lift)


def _flow_rate(goal: Goal, problem: Problem, lift: fem.Function) -> ufl.Form:
    if problem.flow is None:
        raise ValueError("a flow rate needs a flow")
    return problem.flow.outflow_forms[goal.port]


def _charge(goal: Goal, problem: Problem, lift: fem.Function) -> ufl.Form:
    if (law := _law_of(problem, goal.port)) is not None:
        return law
    problem.unknowns.potential(lift.x.array)[_port(problem, goal.port).field_nodes] = 1.0
    return ufl.action(problem.form, lift)


def _wall_potential(goal: Goal, problem: Problem, lift: fem.Function) -> ufl.Form:
    wall = measured_wall(problem)
    if wall is None:
        raise ValueError("no wall has a measured potential")
    return (problem.phi - problem.virtual_potential) * problem.metric.weight * problem.measures.boundary(wall)


def _salt(goal: Goal, problem: Problem, lift: fem.Function) -> ufl.Form:
    equivalents = sum(abs(z) * c for z, c in zip(problem.valences, problem.c, strict=True))
    region = "channel" if "channel" in problem.tagged.regions else None
    return (
        equivalents
        * problem.metric.weight
        * (problem.measures.liquid if region is None else problem.measures.region(region))
    )


_FUNCTIONALS: dict[str, Callable[[Goal, Problem, fem.Function], ufl.Form]] = {
    "current": _current,
    "flow_rate": _flow_rate,
    "charge": _charge,
    "wall_potential": _wall_potential,
    "salt": _salt,
}
