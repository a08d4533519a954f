"""A current density that is given: a reaction that something else drives, or limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from solver.laws.algebra import Algebra
from solver.laws.electrodes.base import CurrentDensity, ElectrodeKinetics, Interface


class GivenCurrent(ElectrodeKinetics):
    """A fixed current density, whatever the potential is."""

    type: Literal["given_current"] = "given_current"
    current_density_into_liquid: CurrentDensity
    """From the metal into the liquid; positive where it oxidises."""

    @property
    def values(self) -> Mapping[str, float]:
        """The current density."""
        return {"current_density_into_liquid": self.current_density_into_liquid}

    def current_density(self, s: Interface, m: Algebra) -> Any:
        """As it is given."""
        return s.coefficients["current_density_into_liquid"]
