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
from solver.physics.constants import ELEMENTARY_CHARGE, thermal_voltage

KT = ELEMENTARY_CHARGE * thermal_voltage(298.15)
"""J, for the bounds of energies."""

ReorganizationEnergy = Annotated[float, Unit("J", "0.4 eV", "positive")]


def out_of_range(energy: float, low: float, high: float) -> str:
    """What is wrong with an energy (J) that is not between two bounds in kT at 298.15 K; "" within them."""
    if low <= energy / KT <= high:
        return ""
    least, most = (f"{limit * thermal_voltage(298.15):.3g} eV" for limit in (low, high))
    return f"the integral is exact between {least} and {most} only"


def energy_in_kt(s: Interface, name: str) -> Any:
    """A coefficient that is an energy, in kT."""
    return s.coefficients[name] / (ELEMENTARY_CHARGE * s.thermal_voltage)


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
        return energy_in_kt(s, "reorganization_energy")


class Marcus(ReorganizingKinetics):
    """Marcus: k(x) = exp(x/2 - x^2/(4 lambda)) with the reorganisation energy lambda in kT."""

    type: Literal["marcus"] = "marcus"

    def constant(self, s: Interface, m: Algebra) -> Any:
        """exp(-(lambda - x)^2/(4 lambda)) over its value at 0."""
        return m.exp(0.5 * s.drive - s.drive * s.drive / (4.0 * self.energy(s)))
