"""What reactions between species add to the transport equations.

Reactions with rates are sources. Of reactions that are at rest everywhere no rate is needed: the equation of a component is
the sum of its own and of those of the species that follow from it, each times how much of the component it holds, in which
the rates cancel. That is, the dependent species d is tested with sum_j N_dj v_j instead of a function of its own. Its row has
its equilibrium instead, mu_d = sum_j N_dj mu_j + ln K_d, which is linear and holds at every node. Totals of components are
conserved as exactly as species are without reactions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh

from solver.discretization import forms
from solver.discretization.boundary import Solute
from solver.discretization.coordinates import Metric
from solver.discretization.symbols import SYMBOLS
from solver.laws.reactions.base import Field, ReactionLaw, dependences
from solver.physics.constants import AVOGADRO
from solver.physics.mixture import ideal_concentration
from solver.physics.scales import Scales
from solver.physics.speciation import Dependences


class Equilibria:
    """The species that follow from others, in the equations of a problem.

    Args:
        reactions: of the problem.
        names: of its species.
        scale: of concentrations, mol/m^3.
        mesh: of the problem.

    Raises:
        ValueError: the equilibria contradict each other.
    """

    def __init__(self, reactions: Sequence[ReactionLaw], names: Sequence[str], scale: float, mesh: dmesh.Mesh) -> None:
        self.dependences: Dependences = dependences(reactions, names)
        """Which species follow from which."""
        sums = self.dependences.matrix.sum(axis=1)
        values = self.dependences.logarithms + (sums - 1.0) * math.log(scale)
        self._constants = [fem.Constant(mesh, float(value)) for value in values]

    def __bool__(self) -> bool:
        """Whether any species follows."""
        return bool(self.dependences)

    def without(self, valences: Sequence[int]) -> tuple[int, ...]:
        """Charge that the row of each species counts: its valence, and 0 of those that follow."""
        return tuple(0 if k in self.dependences.numbers else z for k, z in enumerate(valences))

    def tests(self, test: Any) -> Any:
        """Test functions of potential and species by which transport, storage and sources are tested, in the order of the
        unknowns."""
        if not self:
            return test
        found = [test[k] for k in range(1 + len(self.dependences.species))]
        for number, row in zip(self.dependences.numbers, self.dependences.matrix, strict=True):
            found[1 + number] = sum((float(n) * test[1 + j] for j, n in enumerate(row) if n), start=ufl.as_ufl(0.0))
        return found

    def conditions(self, mu: Sequence[Any], test: Any, metric: Metric) -> Any:
        """Integrand of the rows of the dependent species."""
        found: Any = 0
        of_each = zip(self.dependences.numbers, self.dependences.matrix, self._constants, strict=True)
        for number, row, constant in of_each:
            followed = sum((float(n) * mu[j] for j, n in enumerate(row) if n), start=constant)
            found += (mu[number] - followed) * test[1 + number] * metric.weight
        return found

    def of_components(self, amounts: Mapping[str, Any]) -> Mapping[str, Any]:
        """Amounts by species as those of components."""
        if not self:
            return amounts
        found: dict[str, Any] = {}
        for name, amount in amounts.items():
            shares = self.dependences.combined({name: 1.0}) if name in self.dependences.species else {name: 1.0}
            for component, share in shares.items():
                part = amount if share == 1.0 else share * amount
                found[component] = found[component] + part if component in found else part
        return found


@dataclass(frozen=True)
class Surroundings:
    """What rates of reactions depend on, in symbols.

    Attributes:
        potential, mu: dimensionless.
        coupling: coefficient of the charge in Poisson's equation.
        diffusivities: of the species.
        scales: units of all.
        charging: part of all charges that is there: reactions feel that part of the field, so that a state can be reached in
            which they feel all of it.
    """

    potential: Any
    mu: Sequence[Any]
    coupling: Any
    diffusivities: Sequence[Any]
    scales: Scales
    charging: Any

    def activities(self, solutes: Sequence[Solute]) -> dict[str, Any]:
        """mol/m^3, by species; in an ideal solution the concentrations."""
        scale, exp = self.scales.concentration, SYMBOLS.exp
        rows = zip(solutes, self.mu, strict=True)
        return {s.name: scale * ideal_concentration(mu, self.potential, s.valence, exp) for s, mu in rows}

    def field(self, solutes: Sequence[Solute]) -> Field:
        """What drives the ions."""
        length = self.scales.length

        def components(of: Any) -> list[Any]:
            slope = self.charging / length * ufl.grad(of)
            return [slope[k] for k in range(slope.ufl_shape[0])]

        return Field(
            potential_slope=components(self.potential),
            slopes={s.name: components(mu) for s, mu in zip(solutes, self.mu, strict=True)},
            bjerrum_length=self.coupling / (4.0 * math.pi * AVOGADRO * length**2 * self.scales.concentration),
            diffusivities={s.name: d for s, d in zip(solutes, self.diffusivities, strict=True)},
            valences={s.name: s.valence for s in solutes},
        )


def made_by_reactions(
    reactions: Sequence[ReactionLaw], solutes: Sequence[Solute], around: Surroundings, tests: Any, metric: Metric
) -> Any:
    """Integrand of what reactions with rates make: -R v of every species.

    tests: test functions of potential and species, see `Equilibria.tests`.
    """
    activities, names = around.activities(solutes), [solute.name for solute in solutes]
    unit = around.scales.time / around.scales.concentration
    found: Any = 0
    for reaction in reactions:
        if reaction.is_equilibrium:
            continue
        if reaction.feels_field:
            events = unit * reaction.rate_in_field(activities, around.field(solutes), SYMBOLS)
        else:
            events = unit * reaction.rate(activities, SYMBOLS)
        for name, count in reaction.stoichiometry(names).items():
            found += forms.source(count * events, tests[1 + names.index(name)], metric)
    return found
