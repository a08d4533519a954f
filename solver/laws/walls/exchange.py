"""Terminals at which a species is not held: it is injected at a given rate, or absorbed.

With n out of the liquid and the area A of the terminal,

    J_i . n = -N_i / A   (the molar rate N_i enters, evenly over the terminal; 0 blocks it), or
    J_i . n = k c_i      (it is taken up at the velocity k, whatever the flow; the limit of large k is c_i = 0).

A finite k keeps concentrations positive and electrochemical potentials finite (Collins and Kimball, J. Colloid Sci. 4, 425
(1949)). Next to a sink of velocity k the concentration is D / (k L) of that at a distance L.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import model_validator
from typing_extensions import Self

from meshes.quantity import Description, Unit, misfit
from solver.laws.algebra import Algebra
from solver.laws.walls.base import WallLaw, WallState

MolarRate = Annotated[float, Unit("mol/s", "1 fmol/s")]
Velocity = Annotated[float, Unit("m/s", "1 mm/s", "positive")]

AREA = "area"
"""Coefficient that is no key: the area of the terminal, m^2."""


class Exchange(Description):
    """A species that a terminal does not hold: injected or absorbed."""

    rate: MolarRate | None = None
    """What enters the whole device, evenly over the terminal: negative where it leaves, 0 where none passes."""
    absorption: Velocity | None = None
    """What leaves, over the area and the concentration right at the terminal: large for a sink."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.rate is None) == (self.absorption is None):
            raise misfit((), "is either injected or absorbed; write 'rate: 1 fmol/s' or 'absorption: 1 mm/s'")
        return self


class TerminalExchange(WallLaw):
    """What species pass a terminal without being held there."""

    key: ClassVar[str] = "exchange"
    annotation: ClassVar[Any] = dict[str, Exchange]
    passes_ions: ClassVar[bool] = True
    bears_charge: ClassVar[bool] = False

    def __init__(self, species: Mapping[str, Exchange]) -> None:
        self.species = dict(species)

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> TerminalExchange | None:
        """None for a terminal that holds everything."""
        return cls(wall[cls.key]) if wall[cls.key] else None

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """Rates (mol/s), velocities (m/s), and the area, which a problem puts in."""
        found = {AREA: 1.0}
        for name, each in self.species.items():
            given = each.rate if each.rate is not None else each.absorption
            assert given is not None
            found[f"{name}.{'rate' if each.rate is not None else 'absorption'}"] = given
        return found

    def fluxes(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """Into the liquid, mol/(m^2 s)."""
        found = {}
        for name, each in self.species.items():
            if each.rate is not None:
                found[name] = s.coefficients[f"{name}.rate"] / s.coefficients[AREA]
            else:
                found[name] = -s.coefficients[f"{name}.absorption"] * s.concentrations[name]
        return found
