"""What a kind of region has to tell: the coefficients of the equations in it.

A region without ions is a solid, and has no liquid either. Potential and electrochemical potentials are continuous across the
boundaries between regions, so that steps of concentrations (Donnan) follow by themselves where the mesh resolves them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from typing_extensions import Self

from meshes.quantity import Description
from solver.laws.algebra import Algebra
from solver.physics.constants import FARADAY
from solver.physics.solution import Solution

Objection = tuple[tuple[str | int, ...], str]
"""The key of a region that does not fit, and why."""

RELATIVE_PERMITTIVITY = "relative_permittivity"
"""Key of the permittivity of a region that has one of its own."""

SOMEWHERE = np.full(1, np.nan), np.full(1, np.nan)
"""A position to ask whether a formula is there at all: any formula takes it."""


@dataclass(frozen=True)
class Place:
    """Where a region lies in a channel that the program draws, m.

    Attributes:
        start, stop: axial positions between which it fills the channel; None stands for an end of it.
        thickness: of a region around the channel; None where it has none of its own.
        gate: axial positions between which the outer side of a region around the channel is a gate; None where the case does
            not say.
        keys: what of it the case gives.
    """

    start: float | None = None
    stop: float | None = None
    thickness: float | None = None
    gate: tuple[float | None, float | None] | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """What the case tells a material about the liquid and the channel that it is in.

    Attributes:
        temperature (K), relative_permittivity, viscosity (Pa s): of the electrolyte.
        diffusivities (m^2/s), valences: of the species, by name.
        half_width: radius or half-height of the channel (m) at z = 0 of its straight continuation, and its slope along the
            axis; None where the wall in the region is not straight, or not known.
        ends: axial positions (m) of the ends of the channel; None where they are not known.
        radii: of molecules for which the case gives it (m), by name.
        mixed: whether the liquid has a second solvent.
    """

    temperature: float
    relative_permittivity: float
    viscosity: float
    diffusivities: Mapping[str, float]
    valences: Mapping[str, float]
    half_width: tuple[float, float] | None = None
    ends: tuple[float, float] | None = None
    radii: Mapping[str, float] = field(default_factory=dict)
    mixed: bool = False


class RegionLaw(Description):
    """Material of a region. A subclass is one kind: its keys, its formulas, its source."""

    holds_ions: ClassVar[bool] = True
    """Whether ions exist there; elsewhere their unknowns are idle."""

    @property
    def place(self) -> Place | None:
        """Where it lies in a channel that the program draws; None for a material that has no place there."""
        return None

    def within(self, surroundings: Surroundings) -> Self:
        """The law as it is in a case; most know all that they need."""
        return self

    def without_value(self, species: Collection[str], position: Any) -> tuple[tuple[str, ...], Any] | None:
        """Key of a formula of the material that has no proper value at some of the positions (arrays, m), and at which; None
        where all is well."""
        return None

    def permittivity_factor(self, solvent: Any, coefficients: Mapping[str, Any] | None = None) -> Any:
        """Permittivity over that of the solvent, whose relative permittivity is given; with other values of the coefficients
        than the region's own."""
        return 1.0

    def relative_diffusivity(self, species: str) -> float:
        """Diffusivity of a species over its value in the free solution."""
        return 1.0

    def relative_convection(self, species: str) -> float:
        """Velocity at which the liquid carries a species over its own (hindered convection)."""
        return 1.0

    def convection_profile(self, species: str, position: Any, m: Algebra) -> Any | None:
        """A further factor of that velocity, at a position (m); None where there is none."""
        return None

    def diffusivity_profile(self, species: str, position: Any, m: Algebra) -> Any | None:
        """A further factor of the diffusivity of a species, at a position (m): axial, and away from the axis; None where
        there is none."""
        return None

    def viscosity_profile(self, position: Any, m: Algebra) -> Any | None:
        """Viscosity over that of the electrolyte at a position (m); None where it is that."""
        return None

    def energy(self, species: str, position: Any, m: Algebra) -> Any | None:
        """Energy of a species (RT) beyond that in the free solution at the same potential, at a position (m); None where
        there is none. Concentrations are those of the electrochemical potentials less it."""
        return None

    def partition_coefficient(self, species: str) -> float:
        """Concentration of a species over that of a free solution with the same potential and electrochemical potential."""
        return 1.0

    def drag(self) -> float:
        """Friction of the liquid with the material over its viscosity and velocity, the inverse of the permeability
        (1/m^2): 0 in the free liquid, infinite where no liquid moves."""
        return 0.0

    @property
    def wall_length(self) -> float:
        """m, over which the material changes at the walls; cells there should not be longer. Infinite where it does not."""
        return math.inf

    def coefficients(self) -> dict[str, float]:
        """Numbers of the formulas (SI) that may change without new forms, by the key of the region at which they stand."""
        return {}

    @property
    def drivable(self) -> tuple[str, ...]:
        """Names of the coefficients that a protocol can drive."""
        return ()

    def charge(self, position: Any, coefficients: Mapping[str, Any], m: Algebra) -> Any:
        """Fixed charge per volume of the region, over F (mol/m^3), at a position (m): axial, and away from the axis."""
        return 0.0

    def largest_charge(self) -> float:
        """Largest absolute fixed charge, over F (mol/m^3)."""
        return 0.0

    def debye_length(self, solution: Solution) -> float:
        """m: decay length of fields in the material in equilibrium with a solution; the ions of a high fixed charge are as
        many as it."""
        named = zip(solution.names, solution.valences, solution.concentrations, strict=True)
        strength = sum(z * z * c * self.partition_coefficient(name) for name, z, c in named)
        permittivity = self.permittivity_factor(solution.relative_permittivity) * solution.permittivity
        charges = FARADAY * max(strength, self.largest_charge())
        return math.sqrt(float(permittivity) * solution.thermal_voltage / charges)

    @property
    def breaks(self) -> tuple[float, ...]:
        """Positions (m) at which the fixed charge jumps; lines of the mesh have to follow them."""
        return ()

    @property
    def radial_breaks(self) -> bool:
        """Whether these are distances from the axis or mid-plane, and not axial."""
        return False

    @property
    def structure(self) -> object:
        """What two regions share that need no new forms."""
        return self

    def objection(self, species: Collection[str]) -> Objection | None:
        """What does not fit an electrolyte of these species; None when all does."""
        return None
