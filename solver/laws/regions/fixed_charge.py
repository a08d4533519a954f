"""Fixed charge of a region that is given: one number, constant between breaks, or a formula of the position in the region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

import numpy as np
from pydantic import Discriminator, Field, Tag, field_validator, model_validator
from typing_extensions import Self

from meshes.quantity import Description, Length, Unit
from solver.laws.algebra import NUMBERS, Algebra
from solver.laws.formulas import formula_in
from solver.laws.profiles import FACTOR, check_pieces, form_of, formula_of_place, off_axis

Density = Annotated[float, Unit("mol/m^3", "-100 mM")]
SAMPLES = 1001
"""Positions at which the size of a formula is looked at."""


class FixedChargeProfile(Protocol):
    """Fixed charge of a region in whatever form it is given."""

    def coefficients(self) -> dict[str, float]:
        """Its numbers (mol/m^3) by name below its key; "" for the key itself."""

    def charge(self, position: Any, coefficients: Mapping[str, Any], m: Algebra) -> Any:
        """mol/m^3 at a position (m): axial, and away from the axis."""

    def largest(self, start: float, stop: float) -> float:
        """Largest absolute charge (mol/m^3) between two axial positions (m), on the axis; breaks that lie elsewhere count,
        too."""

    @property
    def structure(self) -> object:
        """What is no coefficient."""

    @property
    def breaks(self) -> tuple[float, ...]:
        """Positions (m) of its jumps."""

    @property
    def radial(self) -> bool:
        """Whether these are distances from the axis or mid-plane, and not axial."""


@dataclass(frozen=True)
class ConstantFixedCharge:
    """The same (mol/m^3) everywhere."""

    value: float
    structure: object = "constant"
    breaks: tuple[float, ...] = ()
    radial: bool = False

    def coefficients(self) -> dict[str, float]:
        """The charge itself."""
        return {"": self.value}

    def charge(self, position: Any, coefficients: Mapping[str, Any], m: Algebra) -> Any:
        """The coefficient."""
        return coefficients[""]

    def largest(self, start: float, stop: float) -> float:
        """Its size."""
        return abs(self.value)


class PiecewiseFixedCharge(Description):
    """Constant fixed charges between breaks: values[i] up to breaks[i], the last value beyond. A line of the mesh has to
    follow every break."""

    type: Literal["piecewise"] = "piecewise"
    breaks: tuple[Length, ...] = Field(max_length=200)
    """Ascending positions in metres, in the coordinates of the mesh file or of the channel: axial ones, or distances from the
    axis or mid-plane."""
    values: tuple[Density, ...]
    along: Literal["axis", "radius"] = "axis"
    """What the breaks are: axial positions, or distances from the axis or mid-plane."""

    @model_validator(mode="after")
    def _one_value_between_breaks(self) -> Self:
        check_pieces(self.breaks, self.values)
        return self

    def coefficients(self) -> dict[str, float]:
        """The values."""
        return {f"values.{i}": value for i, value in enumerate(self.values)}

    def charge(self, position: Any, coefficients: Mapping[str, Any], m: Algebra) -> Any:
        """The value between the breaks around the position."""
        found, place = coefficients["values.0"], off_axis(position, m) if self.radial else position[0]
        for i, at in enumerate(self.breaks):
            found = m.where(m.less(place, at), found, coefficients[f"values.{i + 1}"])
        return found

    def largest(self, start: float, stop: float) -> float:
        """That of all values."""
        return max(map(abs, self.values))

    @property
    def structure(self) -> object:
        """The breaks."""
        return (self.breaks, self.along)

    @property
    def radial(self) -> bool:
        """Whether the breaks are distances from the axis or mid-plane."""
        return self.along == "radius"


class FormulaFixedCharge(Description):
    """A formula of the position in metres: z along the axis and r away from it (in planar devices across them), in the
    coordinates of the mesh file, or of the channel that the program draws.

    Arithmetic only: + - * / **, parentheses, numbers, z, r, pi, comparisons inside where(condition, then, otherwise), and the
    functions sin cos tan exp log sqrt tanh abs min max.
    """

    type: Literal["expression"] = "expression"
    formula: str
    """Gives mol/m^3."""

    @field_validator("formula", mode="before")
    @classmethod
    def _is_arithmetic(cls, formula: Any) -> Any:
        return formula_of_place(formula, "-100 * (1 - z / 1e-7)")

    def coefficients(self) -> dict[str, float]:
        """A factor of the formula, 1: continuation may start from less charge."""
        return {FACTOR: 1.0}

    def charge(self, position: Any, coefficients: Mapping[str, Any], m: Algebra) -> Any:
        """The formula."""
        return coefficients[FACTOR] * formula_in(self.formula, {"z": position[0], "r": off_axis(position, m)}, m)

    def largest(self, start: float, stop: float) -> float:
        """That at equal distances."""
        z = np.linspace(start, stop, SAMPLES)
        found = np.abs(self.charge((z, 0.0 * z), self.coefficients(), NUMBERS))
        return float(np.max(found[np.isfinite(found)], initial=0.0))

    @property
    def structure(self) -> object:
        """The formula."""
        return self.formula

    @property
    def breaks(self) -> tuple[float, ...]:
        """None are known of a formula."""
        return ()

    @property
    def radial(self) -> bool:
        """Nothing is asked."""
        return False


FixedCharge = Annotated[
    Annotated[Density, Tag("constant")]
    | Annotated[PiecewiseFixedCharge, Tag("piecewise")]
    | Annotated[FormulaFixedCharge, Tag("expression")],
    Discriminator(form_of),
]


def profile_of(given: float | PiecewiseFixedCharge | FormulaFixedCharge) -> FixedChargeProfile:
    """The profile of what a case gives."""
    return ConstantFixedCharge(given) if isinstance(given, (int, float)) else given
