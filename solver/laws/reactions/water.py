"""Dissociation of water.

H2O = H+ + OH- with the rate k (K_w - c_H c_OH); the recombination of Eigen and De Maeyer, Z. Elektrochem. 59, 986 (1955).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from meshes.quantity import Unit
from solver.laws.algebra import Algebra
from solver.laws.reactions.base import ReactionLaw
from solver.physics.water import HYDROXIDE, PKW, PROTON

RECOMBINATION = 1.4e8
"""m^3/(mol s)."""


class WaterDissociation(ReactionLaw):
    """H+ and OH- from water, and water from these; for species of the names H and OH."""

    type: Literal["water_dissociation"] = "water_dissociation"
    rate_constant: Annotated[float, Unit("m^3/(mol s)", "1.4e8 m^3/(mol s)", "positive")] = RECOMBINATION
    """Of the recombination, per concentration of either ion."""

    def stoichiometry(self) -> dict[str, int]:
        """One of each."""
        return {PROTON: 1, HYDROXIDE: 1}

    def rate(self, concentrations: Mapping[str, Any], m: Algebra) -> Any:
        """mol/(m^3 s)."""
        return self.rate_constant * (10.0 ** (6.0 - PKW) - concentrations[PROTON] * concentrations[HYDROXIDE])
