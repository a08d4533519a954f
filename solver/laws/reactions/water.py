"""Dissociation of water.

H2O = H+ + OH- with the rate k (K_w - a_H a_OH); the recombination of Eigen and De Maeyer, Z. Elektrochem. 59, 986 (1955). In
a field K_w k grows by Onsager's factor (`solver.laws.reactions.wien`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal

from meshes.quantity import Unit
from solver.laws.algebra import Algebra
from solver.laws.reactions.base import Field, ReactionLaw
from solver.laws.reactions.wien import factors
from solver.physics.water import HYDROXIDE, PKW, PROTON

PRODUCT = 10.0 ** (6.0 - PKW)
"""Of the activities of H+ and OH-, (mol/m^3)^2."""

RECOMBINATION = 1.4e8
"""m^3/(mol s)."""


class WaterDissociation(ReactionLaw):
    """H+ and OH- from water, and water from these; for species of the names H and OH."""

    type: Literal["water_dissociation"] = "water_dissociation"
    rate_constant: Annotated[float, Unit("m^3/(mol s)", "1.4e8 m^3/(mol s)", "positive")] = RECOMBINATION
    """Of the recombination, per concentration of either ion."""

    wien_effect: bool = False
    """Whether a field dissociates water faster (Onsager's second Wien effect), as in bipolar junctions."""

    def stoichiometry(self, species: Collection[str]) -> dict[str, int]:
        """One of each."""
        return {PROTON: 1, HYDROXIDE: 1}

    @property
    def feels_field(self) -> bool:
        """With the Wien effect."""
        return self.wien_effect

    def logarithm_at_rest(self, species: Collection[str]) -> float | None:
        """That of the ion product."""
        return math.log(PRODUCT)

    def rate(self, activities: Mapping[str, Any], m: Algebra) -> Any:
        """mol/(m^3 s)."""
        return self.rate_constant * (PRODUCT - activities[PROTON] * activities[HYDROXIDE])

    def rate_in_field(self, activities: Mapping[str, Any], field: Field, m: Algebra) -> Any:
        """The same with the Wien effect."""
        if not self.wien_effect:
            return self.rate(activities, m)
        forward, backward = factors(PROTON, HYDROXIDE, field, m)
        return self.rate_constant * (forward * PRODUCT - backward * activities[PROTON] * activities[HYDROXIDE])
