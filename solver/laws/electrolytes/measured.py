"""Measured activity coefficients of one salt (`solver.physics.salts.activity`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import PrivateAttr
from typing_extensions import Self

from meshes.quantity import misfit
from solver.laws.electrolytes.bounded import Bounded
from solver.physics.ions import ION_TABLE
from solver.physics.salts.activity import ACTIVITIES, WATER_PERMITTIVITY
from solver.physics.salts.fits import SAME_TEMPERATURE, TEMPERATURE, Pair
from solver.physics.solution import Solution

SAME_PERMITTIVITY = 0.01
"""Relative difference of the solvent's permittivity from that of water that is taken for the same."""


class MeasuredActivities(Bounded):
    """Mean activity coefficients of a salt from a table of measurements at 25 C; constant beyond its end."""

    type: Literal["measured"] = "measured"

    _pair: Pair = PrivateAttr(default=("", ""))

    def of_species(self, names: Sequence[str]) -> Self:
        """The table of the salt."""
        for pair in ACTIVITIES:
            if set(pair) == set(names):
                found = self.model_copy()
                found._pair = pair
                return found
        known = ", ".join("-".join(pair) for pair in ACTIVITIES)
        raise misfit(
            "type", f"measured activity coefficients are of single salts: {known}; write 'davies' for other ions"
        )

    def of_electrolyte(self, valences: Mapping[str, int], relative_permittivity: float, temperature: float) -> Self:
        """In water at the temperature of the table.

        Raises:
            PydanticCustomError: it is another solvent or temperature, or the ions have other charges.
        """
        for name, valence in valences.items():
            if name in ION_TABLE and ION_TABLE[name].valence != valence:
                raise misfit(
                    "type",
                    f"measured activity coefficients are of {name} with a valence of {ION_TABLE[name].valence}, and this"
                    f" species has {valence}; give it another name, and write 'davies'",
                )
        water = abs(relative_permittivity / WATER_PERMITTIVITY - 1.0) <= SAME_PERMITTIVITY
        if not water or abs(temperature - TEMPERATURE) > SAME_TEMPERATURE:
            raise misfit(
                "type",
                f"measured activity coefficients are of water at {TEMPERATURE:g} K (relative permittivity"
                f" {WATER_PERMITTIVITY:g}); write 'davies' for {temperature:g} K and {relative_permittivity:g}",
            )
        return super().of_electrolyte(valences, relative_permittivity, temperature)

    @property
    def _terms(self) -> tuple[float, float, float, float]:
        table = ACTIVITIES[self._pair]
        return *table.fit, table.strengths[-1]

    def objection(self, solution: Solution) -> str | None:
        """A solution beyond the table."""
        strength, end = 0.5e-3 * solution.strength, ACTIVITIES[self._pair].strengths[-1]
        if strength > end * (1.0 + 1e-9):
            return (
                f"measured activity coefficients of {'-'.join(self._pair)} end at an ionic strength of {end:.3g} mol/L, and a"
                f" solution has {strength:.3g} mol/L; write a lower concentration, or 'davies'"
            )
        return super().objection(solution)
