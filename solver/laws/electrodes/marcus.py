"""Marcus kinetics: quadratic activation, with an inverted region beyond the reorganisation energy.

Marcus, J. Chem. Phys. 24, 966 (1956).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import model_validator
from typing_extensions import Self

from meshes.quantity import Unit, misfit
from solver.laws.algebra import Algebra
from solver.laws.electrodes.base import ActivatedKinetics, Interface
from solver.physics.constants import ELEMENTARY_CHARGE

ReorganizationEnergy = Annotated[float, Unit("J", "0.4 eV", "positive")]


class ReorganizingKinetics(ActivatedKinetics):
    """Kinetics of the transfer of one electron with a reorganisation energy."""

    reorganization_energy: ReorganizationEnergy
    """Energy that it would take to move the surroundings of one reactant to those of the product."""

    @model_validator(mode="after")
    def _moves_one_electron(self) -> Self:
        if abs(self.parsed.electrons) != 1:
            raise misfit(
                "equation", "moves more than one electron at once; write the step of one electron, or butler_volmer"
            )
        return self

    @property
    def values(self) -> Mapping[str, float]:
        """The exchange current and the energy."""
        return {**super().values, "reorganization_energy": self.reorganization_energy}

    def energy(self, s: Interface) -> Any:
        """The reorganisation energy in kT."""
        return s.coefficients["reorganization_energy"] / (ELEMENTARY_CHARGE * s.thermal_voltage)


class Marcus(ReorganizingKinetics):
    """Marcus: k(x) = exp(x/2 - x^2/(4 lambda)) with the reorganisation energy lambda in kT."""

    type: Literal["marcus"] = "marcus"

    def constant(self, s: Interface, m: Algebra) -> Any:
        """exp(-(lambda - x)^2/(4 lambda)) over its value at 0."""
        return m.exp(0.5 * s.drive - s.drive * s.drive / (4.0 * self.energy(s)))
