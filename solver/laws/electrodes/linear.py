"""Linear kinetics: a resistance of charge transfer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from meshes.quantity import Unit
from solver.laws.algebra import Algebra
from solver.laws.electrodes.base import ElectrodeKinetics, Interface


class LinearKinetics(ElectrodeKinetics):
    """A current proportional to the overpotential, i = (V - phi - E) / R with Nernst's E of the local concentrations."""

    type: Literal["linear"] = "linear"
    charge_transfer_resistance: Annotated[float, Unit("ohm m^2", "1 ohm cm^2", "positive")]
    """R: overpotential over the current density."""

    @property
    def values(self) -> Mapping[str, float]:
        """The resistance."""
        return {"charge_transfer_resistance": self.charge_transfer_resistance}

    def current_density(self, s: Interface, m: Algebra) -> Any:
        """(x - ln(a_ox / a_red)) V_T / (n R)."""
        overpotential = (s.drive - m.ln(s.oxidised / s.reduced)) * s.thermal_voltage / s.electrons
        return overpotential / s.coefficients["charge_transfer_resistance"]
