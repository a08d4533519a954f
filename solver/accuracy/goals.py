"""Goals of adjoint states: numbers of a state, as functionals of the unknowns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import ufl
from dolfinx import fem

from solver.case.case import Case
from solver.discretization.parameters import Parameters
from solver.discretization.ports import Port
from solver.discretization.problem import Problem
from solver.discretization.wall_laws import WallFlux
from solver.observables import forces
from solver.observables.wall import measured_wall
from solver.physics.scales import Scales
from solver.results import headers
from solver.results.headers import extended, split_header


@dataclass(frozen=True)
class Goal:
    """A number that the user asks for.

    Attributes:
        kind: of the number. A potential is that of a port which holds a current or a charge; a wall's potential is the mean
            of that of the channel's surface, salt that of the channel, forces are those on a particle.
        port: terminal or electrode to which it belongs; "" where it belongs to none.
        species: index of the only ion that counts; None for all.
    """

    kind: Literal["current", "flow_rate", "charge", "potential", "wall_potential", "salt", "force", "electric_force"]
    port: str = ""
    species: int | None = None

    def scale(self, scales: Scales) -> float:
        """Amperes, volts or m^3/s of one dimensionless unit."""
        units = {"current": scales.current, "potential": scales.potential}
        return units.get(self.kind, scales.flow_rate)

    def is_residual(self, problem: Problem) -> bool:
        """Whether the goal is the residual tested with a function."""
        if self.kind == "current":
            return not problem.rates.at(self.port)
        return self.kind == "charge" and _law_of(problem, self.port) is None

    def by_potential(self, problem: Problem, port: str, unit: float) -> float:
        """This rank's part of the derivative of the goal by a potential that follows (per thermal voltage, which is `unit` in
        V) at a state that is loaded."""
        if port != self.port:
            return 0.0
        if self.kind == "potential":
            return 1.0 / problem.mesh.comm.size
        if self.kind == "charge":
            return unit * sum(wall.by_potential() for wall in problem.wall_charges if wall.name == port)
        if self.kind == "current":
            return unit * sum(weight * flux.into_liquid.by_potential() for weight, flux in self.fluxes(problem))
        return 0.0

    def beside(self, parameters: Parameters, problem: Problem) -> float:
        """What the goal is beside its functional: a potential that follows is no integral of a state."""
        return (
            parameters[_port(problem, self.port).key] / parameters.scales.potential if self.kind == "potential" else 0.0
        )

    def fluxes(self, problem: Problem) -> list[tuple[int, WallFlux]]:
        """What reactions pass at the port, each with its weight in the current."""
        fluxes = problem.rates.at(self.port)
        return [(problem.valences[f.species], f) for f in fluxes if self.species in (None, f.species)]

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
    for port in (*case.terminals, *case.reacting, *passing):
        goals[extended(headers.CURRENT, port)] = Goal("current", port)
        goals[extended(headers.FLOW_RATE, port)] = Goal("flow_rate", port)
        for i, species in enumerate(case.electrolyte.species):
            goals[extended(headers.CURRENT, port, species)] = Goal("current", port, i)
    goals |= {header: Goal("force") for header in (forces.FORCE, forces.VISCOUS)}
    goals[forces.ELECTRIC] = Goal("electric_force")
    table = {split_header(header)[0]: goal for header, goal in goals.items()}
    table |= {f"charge_{wall}": Goal("charge", wall) for wall in (*case.electrodes, *case.zeta_walls)}
    table |= {f"pressure_{terminal}": Goal("current", terminal) for terminal in case.flow_terminals}
    table |= {f"surface_charge_mean_{wall}": Goal("charge", wall) for wall in case.zeta_walls}
    if name in table:
        return table[name]
    if name.startswith("charge_"):
        return Goal("charge", case.electrodes[0])
    of_a_wall = name.endswith("_potential_mean") or name == "surface_charge_mean"
    return Goal("wall_potential" if of_a_wall else "salt")


def _law_of(problem: Problem, wall: str) -> ufl.Form | None:
    """The charge of a wall by its law; None where none gives it."""
    return next((each.form for each in problem.wall_charges if each.name == wall), None)


def _port(problem: Problem, name: str) -> Port:
    """A port by its name."""
    return problem.ports.all[problem.ports.index(name)]


def _current(goal: Goal, problem: Problem, lift: fem.Function) -> ufl.Form:
    if problem.rates.at(goal.port):  # what passes a wall is an integral over it
        return sum((weight * flux.into_liquid.form for weight, flux in goal.fluxes(problem)), ufl.Form([]))
    components = problem.unknowns.electrochemical(lift.x.array)
    counted = [
        z if goal.species in (None, i) else 0 for i, z in enumerate(problem.equilibria.without(problem.valences))
    ]
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


def _potential(goal: Goal, problem: Problem, lift: fem.Function) -> ufl.Form:
    nothing = fem.Constant(problem.mesh, 0.0)  # see `Goal.beside`
    return nothing * problem.phi * problem.metric.weight * problem.measures.boundary(goal.port)


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


def _force(goal: Goal, problem: Problem, lift: fem.Function) -> ufl.Form:
    return forces.force(problem, forces.particle_weight(problem))


def _electric_force(goal: Goal, problem: Problem, lift: fem.Function) -> ufl.Form:
    return forces.electric_force(problem, forces.particle_weight(problem))


_FUNCTIONALS: dict[str, Callable[[Goal, Problem, fem.Function], ufl.Form]] = {
    "current": _current,
    "flow_rate": _flow_rate,
    "charge": _charge,
    "potential": _potential,
    "wall_potential": _wall_potential,
    "salt": _salt,
    "force": _force,
    "electric_force": _electric_force,
}
