"""Parts of a confinement with formulas of their own.

Born's energy of an ion of radius a in a medium of lower permittivity (Born, Z. Phys. 1, 45 (1920)), in kT, is

    w_B = (z e)^2 / (8 pi eps_0 a k T) (1 / eps - 1 / eps_bulk).
"""

from __future__ import annotations

import math
from typing import Any

from pydantic import Field

from meshes.quantity import Description, PositiveLength, PositiveNumber
from solver.laws.algebra import Algebra
from solver.laws.profiles import off_axis
from solver.laws.regions.base import Surroundings
from solver.physics.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from solver.physics.ions import CRYSTAL_RADII


class Born(Description):
    """Energy of the ions' own fields in the permittivity of the region."""

    radii: dict[str, PositiveLength] = Field(default={}, examples=["{K: 0.138 nm}"])
    """Radius of the cavity of each ion; for those left out the crystal radius of the table of ions."""

    def radius(self, species: str) -> float | None:
        """m; None where it is not known."""
        return self.radii.get(species) or CRYSTAL_RADII.get(species)

    def energy(self, species: str, relative_permittivity: float, around: Surroundings, outside: float) -> float:
        """kT, in a medium of a relative permittivity against a free solution of another."""
        charge, radius = around.valences[species] * ELEMENTARY_CHARGE, self.radius(species)
        assert radius is not None  # the law has refused such species
        unit = 8.0 * math.pi * VACUUM_PERMITTIVITY * radius * BOLTZMANN * around.temperature
        return charge**2 / unit * (1.0 / relative_permittivity - 1.0 / outside)


class WallLayer(Description):
    """Liquid at the walls that is more viscous: by a factor that falls to 1 exponentially with the distance from the wall."""

    viscosity_factor: PositiveNumber
    """Viscosity at the wall itself over that of the free solution."""
    thickness: PositiveLength
    """Distance over which the excess falls to 1/e."""
    slows_ions: bool = True
    """Whether diffusivities fall by the same factor (Stokes and Einstein)."""
    half_width: PositiveLength | None = None
    """Distance of the wall from the axis or mid-plane; that of the channel when it is left out."""

    def factor(self, position: Any, width: tuple[float, float], m: Algebra) -> Any:
        """Viscosity over that of the free solution. position: m; width: half-width (m) at z = 0, and its slope."""
        across = off_axis(position, m)
        across = m.where(m.less(across, 0.0), -across, across)  # a mesh file may have both sides
        depth = width[0] + width[1] * position[0] - across
        depth = m.where(m.less(depth, 0.0), 0.0 * depth, depth)
        return 1.0 + (self.viscosity_factor - 1.0) * m.exp(-depth / self.thickness)
