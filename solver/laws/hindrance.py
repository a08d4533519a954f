"""Hindrance of particles in pores hardly wider than they are: how they are slowed and shut out, by the ratio of the radii.

With l the radius of a particle over that of the pore (over the half-height of a slit), averaged over the cross-section
without other forces than those of the wall: the partition coefficient P, and the factors K_d of the diffusivity and K_c of
the convection, flux = -K_d D c grad mu + K_c c u with concentrations c in the pore. Papers give the products P K_d and P K_c.

Sources:
    Renkin, J. Gen. Physiol. 38, 225 (1954), for cylinders, with the drag on the axis (Ladenburg, Faxen): good to l = 0.4.
    Dechadilok and Deen, Ind. Eng. Chem. Res. 45, 6953 (2006), for cylinders and slits, l up to 0.95: fits to computations for
        all positions across the pore.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any, ClassVar, Literal

from pydantic import Field

from meshes.quantity import Description, PositiveLength
from solver.laws.algebra import Algebra
from solver.physics.constants import BOLTZMANN


class Hindrance(Description):
    """A pore of one kind of cross-section. A subclass is one source of the formulas."""

    largest: ClassVar[float] = 0.95
    """Ratio of the radii up to which the formulas hold."""

    radii: dict[str, PositiveLength] = Field(default={}, examples=["{K: 0.33 nm}"])
    """Radius of each species, such as that with its water; for those left out the Stokes radius, which follows from the
    diffusivity and the viscosity."""
    half_width: PositiveLength | None = None
    """Radius or half-height of the pores; that of the channel when it is left out."""

    @abstractmethod
    def partition(self, ratio: Any) -> Any:
        """P: concentration in the pore over that in front of it."""

    @abstractmethod
    def diffusion(self, ratio: Any, m: Algebra) -> Any:
        """K_d; ratio above 0."""

    @abstractmethod
    def convection(self, ratio: Any, m: Algebra) -> Any:
        """K_c; ratio above 0."""


class _Round(Hindrance):
    """A cylinder."""

    def partition(self, ratio: Any) -> Any:
        """The part of the cross-section that the centre of the particle can reach."""
        return (1.0 - ratio) ** 2


class Renkin(_Round):
    """Cylinders, with the drag on the axis."""

    type: Literal["renkin"] = "renkin"

    def diffusion(self, ratio: Any, m: Algebra) -> Any:
        """1 - 2.104 l + 2.09 l^3 - 0.95 l^5."""
        return 1.0 - 2.104 * ratio + 2.09 * ratio**3 - 0.95 * ratio**5

    def convection(self, ratio: Any, m: Algebra) -> Any:
        """(2 - (1 - l)^2) K_d: the particle is where the flow is faster, and lags behind it."""
        return (2.0 - (1.0 - ratio) ** 2) * self.diffusion(ratio, m)


class DechadilokDeen(_Round):
    """Cylinders, from all positions across them."""

    type: Literal["dechadilok_deen"] = "dechadilok_deen"

    def diffusion(self, ratio: Any, m: Algebra) -> Any:
        """Their H over P."""
        fitted = (-1.56034, 0.528155, 1.91521, -2.81903, 0.270788, 1.10115, -0.435933)
        return _product(1.125, fitted, ratio, m) / self.partition(ratio)

    def convection(self, ratio: Any, m: Algebra) -> Any:
        """Their W over P."""
        above = 1.0 + 3.867 * ratio - 1.907 * ratio**2 - 0.834 * ratio**3
        return above / (1.0 + 1.867 * ratio - 0.741 * ratio**2)


class SlitHindrance(Hindrance):
    """The space between parallel walls."""

    type: Literal["slit"] = "slit"

    def partition(self, ratio: Any) -> Any:
        """The part of the height that the centre of the particle can reach."""
        return 1.0 - ratio

    def diffusion(self, ratio: Any, m: Algebra) -> Any:
        """Their H over P."""
        return _product(0.5625, (-1.19358, 0.0, 0.4285, -0.3192, 0.08428), ratio, m) / self.partition(ratio)

    def convection(self, ratio: Any, m: Algebra) -> Any:
        """Their W over P."""
        fitted = (0.0, -3.02, 5.776, -12.3675, 18.9775, -15.2185, 4.8525)
        return (1.0 + _powers(fitted, ratio)) / self.partition(ratio)


def _powers(coefficients: tuple[float, ...], x: Any) -> Any:
    """Sum of a_k x^k, from k = 1."""
    return sum(a * x**k for k, a in enumerate(coefficients, start=1) if a)


def _product(logarithmic: float, coefficients: tuple[float, ...], x: Any, m: Algebra) -> Any:
    """1 + b x ln x + sum of a_k x^k."""
    return 1.0 + logarithmic * x * m.ln(x) + _powers(coefficients, x)


HINDRANCES: tuple[type[Hindrance], ...] = (Renkin, DechadilokDeen, SlitHindrance)
"""Sources of hindrance."""


def stokes_radius(diffusivity: float, viscosity: float, temperature: float) -> float:
    """m: kT / (6 pi eta D), of a sphere with the diffusivity (m^2/s) in a liquid (Pa s) at a temperature (K)."""
    return BOLTZMANN * temperature / (6.0 * math.pi * viscosity * diffusivity)
