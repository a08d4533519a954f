"""What a wall holds: a surface charge (one number, a piecewise constant along the axis, or a formula of the arc
coordinate), or as an electrode a potential, either below a Stern layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Discriminator, Tag, field_validator, model_validator
from typing_extensions import Self

from meshes.quantity import (
    Description,
    Length,
    NonNegativeLength,
    PositiveLength,
    PositiveNumber,
    SurfaceChargeDensity,
    Voltage,
    misfit,
)
from solver.inputs.formula import evaluate_formula
from solver.physics.constants import VACUUM_PERMITTIVITY
from solver.physics.double_layer import surface_charge as grahame
from solver.physics.solution import Solution

Array = NDArray[np.floating[Any]]

LARGEST_DIFFUSE_DROP = 12.0
"""In thermal voltages: the charge of a flat layer is then 0.75 C/m^2 in 1 mM and 7.5 C/m^2 in 100 mM, beyond any
electrode's, so that estimates stop there."""


class PiecewiseCharge(Description):
    """Constant charges between breaks: values[i] up to breaks[i], the last value beyond (bipolar, patterned walls)."""

    type: Literal["piecewise"] = "piecewise"
    breaks: tuple[Length, ...]
    """Axial positions from the first mouth, ascending, in metres."""
    values: tuple[SurfaceChargeDensity, ...]

    @model_validator(mode="after")
    def _one_value_between_breaks(self) -> Self:
        if len(self.values) != len(self.breaks) + 1:
            count = len(self.breaks) + 1
            raise misfit("values", f"has {len(self.values)} entries; with {count - 1} breaks write {count}")
        for i in range(1, len(self.breaks)):
            if self.breaks[i] <= self.breaks[i - 1]:
                raise misfit(
                    ("breaks", i), f"{self.breaks[i]:g} m does not ascend; write the breaks in ascending order"
                )
        return self

    def evaluate(self, z: Array) -> Array:
        """Charge in C/m^2 at axial positions z in metres; at a break, the value on its far side."""
        return np.asarray(self.values, dtype=float)[np.searchsorted(self.breaks, z, side="right")]

    @property
    def extremes(self) -> tuple[float, float]:
        """Smallest and largest charge in C/m^2."""
        return (min(self.values), max(self.values))


class ExpressionCharge(Description):
    """A formula of s, the fraction of the wall's arc length from the first terminal's mouth.

    Arithmetic only: + - * / **, parentheses, numbers, s, pi, comparisons inside where(condition, then, otherwise), and
    the functions sin cos tan exp log sqrt tanh abs min max.
    """

    type: Literal["expression"] = "expression"
    formula: str
    """Gives C/m^2."""

    @field_validator("formula", mode="before")
    @classmethod
    def _is_finite_arithmetic(cls, formula: Any) -> Any:
        text = str(formula)
        try:
            values = evaluate_formula(text, np.linspace(0.0, 1.0, 1001))
        except SyntaxError:
            raise misfit((), f"'{text}' is not a formula; write e.g. '-0.02 * (1 - s)'") from None
        except (ValueError, TypeError, OverflowError, RecursionError, ZeroDivisionError) as error:
            raise misfit((), f"{error}; write e.g. '-0.02 * (1 - s)'") from None
        if not np.isfinite(values).all():
            raise misfit((), f"'{text}' is not finite everywhere on 0 <= s <= 1")
        return text

    def evaluate(self, s: Array) -> Array:
        """Charge in C/m^2 at fractions s of the wall's arc length."""
        return evaluate_formula(self.formula, s)

    @property
    def extremes(self) -> tuple[float, float]:
        """Smallest and largest charge in C/m^2, sampled."""
        values = self.evaluate(np.linspace(0.0, 1.0, 1001))
        return (float(values.min()), float(values.max()))


def _charge_form(value: Any) -> str:
    kind = value.get("type") if isinstance(value, Mapping) else getattr(value, "type", None)
    if isinstance(value, Mapping) or kind is not None:
        return "expression" if kind == "expression" else "piecewise"
    return "constant"


SurfaceCharge = Annotated[
    Annotated[SurfaceChargeDensity, Tag("constant")]
    | Annotated[PiecewiseCharge, Tag("piecewise")]
    | Annotated[ExpressionCharge, Tag("expression")],
    Discriminator(_charge_form),
]


class Stern(Description):
    """A layer without ions between a wall and the liquid."""

    thickness: PositiveLength
    relative_permittivity: PositiveNumber | None = None
    """The solvent's where nothing is said."""

    def capacitance(self, relative_permittivity: float) -> float:
        """F/m^2; `relative_permittivity` is the solvent's."""
        own = self.relative_permittivity
        return (relative_permittivity if own is None else own) * VACUUM_PERMITTIVITY / self.thickness


class Wall(Description):
    """A solid boundary: an insulator with a surface charge, or an electrode with a potential that blocks all ions."""

    surface_charge: SurfaceCharge = 0.0
    slip_length: NonNegativeLength = 0.0
    """Navier slip length in metres; 0 is no slip."""
    potential: Voltage | None = None
    """Makes the wall an electrode of this potential that no ion passes."""
    stern: Stern | None = None
    """Layer without ions between the wall and the liquid."""

    @property
    def extreme_charge(self) -> float:
        """Largest absolute surface charge in C/m^2."""
        charge = self.surface_charge
        return abs(charge) if isinstance(charge, float) else max(map(abs, charge.extremes))

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if self.potential is not None and self.extreme_charge != 0.0:
            raise misfit(
                "potential",
                "given together with a surface_charge; the charge of an electrode follows: keep one of them",
            )
        return self


def electrode_charge(drop: float, capacitance: float | None, solution: Solution) -> float:
    """Charge in C/m^2 of a flat electrode under `drop` (V, not negative) against the bulk: the diffuse layer, at most
    LARGEST_DIFFUSE_DROP of it, in series with a Stern layer of `capacitance` (F/m^2), if there is one."""
    most = min(drop, LARGEST_DIFFUSE_DROP * solution.thermal_voltage)
    if capacitance is None or capacitance * (drop - most) > grahame(most, solution):
        return grahame(most, solution)
    low, high = 0.0, most
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if capacitance * (drop - middle) > grahame(middle, solution) else (low, middle)
    return grahame(high, solution)
