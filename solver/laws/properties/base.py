"""What the properties of a liquid have to tell: diffusivities, viscosity and permittivity over the electrolyte's constants.

They are functions of the neutral solution in equilibrium with the liquid at a point (the virtual solution of the same
electrochemical potentials): measured values are those of neutral solutions, and at equilibrium they are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meshes.quantity import Description
from solver.laws.algebra import Algebra


@dataclass(frozen=True)
class Local:
    """The liquid at a point.

    Attributes:
        concentrations: mol/m^3 of each species in the neutral solution in equilibrium with the liquid there.
        position: m, axial and away from the axis or mid-plane; None for a solution that is nowhere, such as a reservoir's.
        temperature: K.
    """

    concentrations: Mapping[str, Any]
    position: tuple[Any, Any] | None
    temperature: float


class LiquidProperties(Description):
    """Properties of the liquid. A subclass is one kind: its keys, its formulas, its source.

    Every function gives a factor of what the electrolyte says, or None where that holds everywhere.
    """

    def diffusivity_factor(self, species: str, local: Local, m: Algebra) -> Any | None:
        """Diffusivity of a species over that of the electrolyte's keys."""
        return None

    def follows_fick(self, species: str) -> bool:
        """Whether the diffusivity of a species is that of Fick's law, so that no convention adds anything to its flux."""
        return False

    def viscosity_factor(self, local: Local, m: Algebra) -> Any | None:
        """Viscosity over `electrolyte.viscosity`."""
        return None

    def permittivity_factor(self, local: Local, m: Algebra) -> Any | None:
        """Permittivity over that of `electrolyte.relative_permittivity`."""
        return None

    @property
    def solvent(self) -> str | None:
        """Name of the species that is a second solvent, whose amount terminals give as a mass fraction; None without one."""
        return None

    @property
    def note(self) -> str:
        """What `check` tells of an assumption among them, as a clause; "" without one."""
        return ""

    def objection(self, valences: Mapping[str, int], temperature: float) -> str | None:
        """Why there are no such properties of an electrolyte of these species; None where there are."""
        return None

    @property
    def has_tables(self) -> bool:
        """Whether solutions may be beyond what the properties know (`beyond`)."""
        return False

    def beyond(self, concentrations: Mapping[str, float]) -> str | None:
        """Why there are no such properties of a solution (mol/m^3 of each species); None where there are."""
        return None

    def cautions(self, concentrations: Mapping[str, float]) -> tuple[str, ...]:
        """What of a solution the properties do not know, as sentences."""
        return ()
