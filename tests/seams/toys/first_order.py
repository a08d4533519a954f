"""A reaction of first order: one species turns into another."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal

from meshes.quantity import Unit
from solver.laws.algebra import Algebra
from solver.laws.reactions.base import ReactionLaw


class FirstOrder(ReactionLaw):
    """A species that turns into another at a rate proportional to its concentration."""

    type: Literal["first_order"] = "first_order"
    reactant: str
    """What turns."""
    product: str
    """What it turns into."""
    rate_constant: Annotated[float, Unit("1/s", "1e3 1/s", "positive")]
    """Events over the amount of the reactant, per second."""

    def stoichiometry(self, species: Collection[str]) -> dict[str, int]:
        return {self.reactant: -1, self.product: 1}

    def rate(self, activities: Mapping[str, Any], m: Algebra) -> Any:
        return self.rate_constant * activities[self.reactant]
