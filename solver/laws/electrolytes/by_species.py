"""Models in which each species has a size of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import Field
from typing_extensions import Self

from meshes.quantity import PositiveLength, did_you_mean, misfit
from meshes.quoting import quoted
from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.base import ElectrolyteModel

STEP = 1e-5
"""Change of an electrochemical potential for the slopes of the neutral potential."""


class SizesBySpecies(ElectrolyteModel):
    """Thermodynamics of ions of different sizes."""

    takes_room: ClassVar[bool] = True

    sizes: dict[str, PositiveLength] = Field(examples=["{K: 0.6 nm, Cl: 0.5 nm}"])
    """Diameter of each species with the water that it carries."""

    def __hash__(self) -> int:
        return hash((type(self), tuple(self.sizes.items())))

    def of_species(self, names: Sequence[str]) -> Self:
        """The sizes in the order of the species."""
        for name in self.sizes:
            if name not in names:
                raise misfit(("sizes", name), f"unknown species; {did_you_mean(name, names, 'the species are')}")
        for name in names:
            if name not in self.sizes:
                raise misfit("sizes", f"lacks the species {quoted(name)}; write e.g. '{name}: 0.6 nm' there")
        return self.model_copy(update={"sizes": {name: self.sizes[name] for name in names}})

    def diameters(self, names: Sequence[str]) -> dict[str, float]:
        """As given."""
        return {name: self.sizes[name] for name in names}

    def neutral_slopes(self, mu: Sequence[Any], valences: Sequence[int], potential: Any, scale: float) -> list[Any]:
        """By central differences."""
        found = []
        for k in range(len(mu)):
            sides = [[e + (sign * STEP if i == k else 0.0) for i, e in enumerate(mu)] for sign in (1.0, -1.0)]
            above, below = (self.neutral_potential(side, valences, scale, NUMBERS) for side in sides)
            found.append(np.asarray((above - below) / (2.0 * STEP)))
        return found
