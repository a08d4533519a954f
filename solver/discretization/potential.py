"""The electric potential of a problem: an unknown field (Poisson's equation), or what electroneutrality makes of the
electrochemical potentials.

In the limit of a vanishing Debye length the ions balance the fixed charge X of the material everywhere,

    sum_i z_i K_i exp(mu_i - z_i phi) + X = 0,

so that phi follows from the electrochemical potentials at each point. These are continuous; where X or a partition
coefficient K_i jumps, phi jumps by Donnan's potential (Teorell, Proc. Soc. Exp. Biol. Med. 33, 282 (1935); Meyer and
Sievers, Helv. Chim. Acta 19, 649 (1936)). Layers beside walls and interfaces have no width then, and walls no charge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from solver.discretization.boundary import RegionCondition, Solute, WallCondition
from solver.discretization.materials import Materials
from solver.discretization.parameters import Parameters
from solver.discretization.symbols import SYMBOLS
from solver.discretization.unknowns import Unknowns
from solver.laws.algebra import NUMBERS, Algebra
from solver.laws.electrolytes.base import ElectrolyteModel

SLOWEST = 1e-6
"""Rate, in inverse diffusion times, of the storage term that fixes the content of a device with double layers and without
terminals: small beside all fluxes, and large beside the rounding of those in the thin cells of double layers."""

SLOWEST_NEUTRAL = 1e-10
"""The same of an electroneutral device."""


class Potential(Protocol):
    """The potential of a problem, in thermal voltages."""

    expression: Any
    """In symbols, for integrals over cells and boundaries."""
    slowest: float
    """Rate, in inverse diffusion times, of the storage term that fixes the content of a device without terminals."""

    def at_nodes(self, state: np.ndarray, parameters: Parameters) -> np.ndarray:
        """At all local nodes of a state. Collective."""

    def in_cells(self, values: np.ndarray, cells: np.ndarray, points: np.ndarray, parameters: Parameters) -> np.ndarray:
        """At points (coordinates of the mesh) of local cells, where the unknowns have given values. Shape (points,)."""

    def start(self, state: np.ndarray, parameters: Parameters) -> None:
        """Put a guess into a state whose electrochemical potentials are the same everywhere. Collective."""


class PoissonPotential:
    """An unknown field."""

    slowest = SLOWEST

    def __init__(
        self,
        unknowns: Unknowns,
        materials: Materials,
        model: ElectrolyteModel,
        valences: Sequence[int],
        expression: Any,
    ) -> None:
        self.expression = expression
        self._unknowns, self._materials, self._model, self._valences = unknowns, materials, model, valences

    def at_nodes(self, state: np.ndarray, parameters: Parameters) -> np.ndarray:
        """Entries of the state."""
        return self._unknowns.potential(state)

    def in_cells(self, values: np.ndarray, cells: np.ndarray, points: np.ndarray, parameters: Parameters) -> np.ndarray:
        """One of the values."""
        return self._unknowns.potential(values)

    def start(self, state: np.ndarray, parameters: Parameters) -> None:
        """Donnan's potential in charged regions."""
        self._materials.charge_to_neutral(state, parameters, self._unknowns, self._model, self._valences)


class NeutralPotential:
    """The potential at which the ions balance the fixed charge at each point.

    Args:
        unknowns: layout of the states.
        materials: fixed charges and partition coefficients.
        model: of the electrolyte.
        valences: of the species.
        mu: electrochemical potentials in symbols.
        scale: of concentrations, mol/m^3.
    """

    slowest = SLOWEST_NEUTRAL

    def __init__(
        self,
        unknowns: Unknowns,
        materials: Materials,
        model: ElectrolyteModel,
        valences: Sequence[int],
        mu: Sequence[Any],
        scale: float,
    ) -> None:
        self._unknowns, self._materials, self._model, self._valences = unknowns, materials, model, valences
        self._scale, fixed = scale, materials.fixed_charge(scale)
        self._charged = fixed is not None
        self.expression = self._balanced(materials.inner(mu), fixed, SYMBOLS)

    def _balanced(self, inner: Sequence[Any], fixed: Any, m: Algebra) -> Any:
        """The potential, from mu_i + ln K_i and the fixed charge."""
        if self._charged:
            return self._model.potential_beside(inner, fixed, self._valences, self._scale, m)
        return self._model.neutral_potential(inner, self._valences, self._scale, m)

    def at_nodes(self, state: np.ndarray, parameters: Parameters) -> np.ndarray:
        """Between two regions that of the mean of their fixed charges and partition coefficients."""
        inner = self._materials.inner_at_nodes(self._unknowns.electrochemical(state), self._unknowns)
        fixed = self._materials.charges_at_nodes(parameters, self._unknowns) if self._charged else None
        return np.asarray(self._balanced(list(inner.T), fixed, NUMBERS))

    def in_cells(self, values: np.ndarray, cells: np.ndarray, points: np.ndarray, parameters: Parameters) -> np.ndarray:
        """With fixed charge and partition coefficients of the cell."""
        inner = self._materials.inner_in_cells(self._unknowns.electrochemical(values), cells, points)
        fixed = self._materials.charges_in_cells(cells, points, parameters) if self._charged else None
        return np.asarray(self._balanced(list(inner.T), fixed, NUMBERS))

    def start(self, state: np.ndarray, parameters: Parameters) -> None:
        """Nothing to guess."""


def check_neutral(
    walls: Sequence[WallCondition],
    regions: Sequence[RegionCondition],
    solutes: Sequence[Solute],
    model: ElectrolyteModel,
) -> None:
    """Refuse what has no place where the ions balance all charge.

    Raises:
        ValueError: it names the wall, region or model.
    """
    valences = {solute.name: solute.valence for solute in solutes}
    for wall in walls:
        if any(law.charges(valences) for law in wall.laws):
            raise ValueError(f"an electroneutral device has no charge at walls, as wall {wall.name!r} has")
        if wall.is_port and not wall.passes_ions:
            raise ValueError(f"an electroneutral device has no metals without reactions, as wall {wall.name!r} is")
    for region in regions:
        if not region.law.holds_ions:
            raise ValueError(f"an electroneutral device has no solids, as region {region.name!r} is")
    if not model.balances_fixed_charge:
        raise ValueError("an electroneutral device needs a formula for the potential beside fixed charges")
