"""Walls at which species enter or leave at given molar fluxes: pumps, dissolving or adsorbing surfaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from meshes.quantity import Unit
from solver.laws.algebra import Algebra
from solver.laws.walls.base import WallLaw, WallState, unknown_species
from solver.physics.solution import Solution

MolarFlux = Annotated[float, Unit("mol/m^2/s", "1 umol/m^2/s")]


class GivenFluxes(WallLaw):
    """J_i . n = -N_i at the wall, n out of the liquid: the molar flux N_i enters the liquid."""

    key: ClassVar[str] = "fluxes"
    annotation: ClassVar[Any] = dict[str, MolarFlux] | None
    meaning: ClassVar[str] = (
        "Molar flux of each species from the wall into the liquid, negative where it leaves; of others it is zero."
    )
    passes_ions: ClassVar[bool] = True
    bears_charge: ClassVar[bool] = False

    def __init__(self, fluxes: Mapping[str, float]) -> None:
        self.by_species = dict(fluxes)

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> GivenFluxes | None:
        """None for a wall without any."""
        return cls(wall[cls.key]) if wall[cls.key] else None

    @property
    def drivable(self) -> tuple[str, ...]:
        """Every flux."""
        return tuple(self.by_species)

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """The fluxes, mol/(m^2 s)."""
        return dict(self.by_species)

    def objection(self, solution: Solution) -> str | None:
        """A species that is not there."""
        return unknown_species(self.by_species, solution)

    def fluxes(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """As given."""
        return {name: s.coefficients[name] for name in self.by_species}
