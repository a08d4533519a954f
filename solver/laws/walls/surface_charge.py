"""Surface charge that is given: one number, constant between breaks along the axis, or a formula of the arc coordinate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Protocol

import numpy as np
from pydantic import Discriminator, Field, Tag, field_validator, model_validator
from typing_extensions import Self

from meshes.quantity import Description, Length, SurfaceChargeDensity, misfit
from meshes.quoting import quoted
from solver.inputs.formula import evaluate_formula
from solver.laws.algebra import Algebra
from solver.laws.walls.base import ArcFraction, Array, WallLaw, WallState
from solver.physics.solution import Solution

SAMPLES = 1001
"""Points at which a formula is tried out."""


class ChargeProfile(Protocol):
    """Charge along a wall, in whatever form it is given."""

    def coefficients(self) -> dict[str, float]:
        """Its numbers by name below the key of the charge, C/m^2."""

    def charge(self, s: WallState, m: Algebra) -> Any:
        """C/m^2 at the state's position."""

    def along(self, position: Array, arc_fraction: ArcFraction) -> Array:
        """C/m^2 at axial positions in metres."""

    @property
    def structure(self) -> object:
        """What is no coefficient."""

    @property
    def breaks(self) -> tuple[float, ...]:
        """Axial positions (m) of jumps."""

    @property
    def extremes(self) -> tuple[float, float]:
        """Smallest and largest charge, C/m^2."""


@dataclass(frozen=True)
class ConstantCharge:
    """The same charge (C/m^2) everywhere."""

    value: float
    breaks: tuple[float, ...] = ()
    structure: object = "constant"

    def coefficients(self) -> dict[str, float]:
        """The charge itself."""
        return {"": self.value}

    def charge(self, s: WallState, m: Algebra) -> Any:
        """The coefficient."""
        return s.coefficients[""]

    def along(self, position: Array, arc_fraction: ArcFraction) -> Array:
        """The same at all positions."""
        return np.full(np.shape(position), self.value)

    @property
    def extremes(self) -> tuple[float, float]:
        """The charge twice."""
        return (self.value, self.value)


class PiecewiseCharge(Description):
    """Constant charges between breaks: values[i] up to breaks[i], the last value beyond (bipolar, patterned walls)."""

    type: Literal["piecewise"] = "piecewise"
    breaks: tuple[Length, ...] = Field(max_length=200)
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

    def coefficients(self) -> dict[str, float]:
        """The values."""
        return {f"values.{i}": value for i, value in enumerate(self.values)}

    def charge(self, s: WallState, m: Algebra) -> Any:
        """The value between the breaks around the position."""
        found = s.coefficients["values.0"]
        for i, at in enumerate(self.breaks):
            found = m.where(m.less(s.position, at), found, s.coefficients[f"values.{i + 1}"])
        return found

    def along(self, position: Array, arc_fraction: ArcFraction) -> Array:
        """C/m^2 at axial positions in metres."""
        return self.evaluate(position)

    @property
    def structure(self) -> object:
        """The breaks."""
        return self.breaks

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
        if not isinstance(formula, (str, int, float)) or isinstance(formula, bool):
            raise misfit((), f"{quoted(formula)} is not a formula; write e.g. '-0.02 * (1 - s)'")
        text = str(formula)
        try:
            values = evaluate_formula(text, np.linspace(0.0, 1.0, SAMPLES))
        except SyntaxError:
            raise misfit((), f"{quoted(text)} is not a formula; write e.g. '-0.02 * (1 - s)'") from None
        except (ValueError, TypeError, OverflowError, RecursionError, ZeroDivisionError) as error:
            raise misfit((), f"{error}; write e.g. '-0.02 * (1 - s)'") from None
        if not np.isfinite(values).all():
            raise misfit((), f"{quoted(text)} is not finite everywhere on 0 <= s <= 1")
        return text

    def evaluate(self, s: Array) -> Array:
        """Charge in C/m^2 at fractions s of the wall's arc length."""
        return evaluate_formula(self.formula, s)

    def coefficients(self) -> dict[str, float]:
        """A factor of the formula, 1: continuation may start from less charge."""
        return {"factor": 1.0}

    def charge(self, s: WallState, m: Algebra) -> Any:
        """The formula, interpolated where fields are."""
        return s.coefficients["factor"] * s.interpolated(lambda z: self.evaluate(s.arc_fraction(z)))

    def along(self, position: Array, arc_fraction: ArcFraction) -> Array:
        """C/m^2 at axial positions in metres."""
        return self.evaluate(arc_fraction(position))

    @property
    def structure(self) -> object:
        """The formula."""
        return self.formula

    @property
    def breaks(self) -> tuple[float, ...]:
        """None are known of a formula."""
        return ()

    @property
    def extremes(self) -> tuple[float, float]:
        """Smallest and largest charge in C/m^2, sampled."""
        values = self.evaluate(np.linspace(0.0, 1.0, SAMPLES))
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


class GivenCharge(WallLaw):
    """A wall of given surface charge sigma: eps d_n phi = sigma, n out of the liquid."""

    key: ClassVar[str] = "surface_charge"
    annotation: ClassVar[Any] = SurfaceCharge
    default: ClassVar[Any] = 0.0
    meaning: ClassVar[str] = "Charge per area of wall; one number, piecewise, or an expression."

    def __init__(self, profile: ChargeProfile) -> None:
        self.profile = profile

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> GivenCharge | None:
        """None for an electrode, whose charge follows."""
        if wall.get("potential") is not None:
            return None
        given = wall[cls.key]
        return cls(ConstantCharge(given) if isinstance(given, float) else given)

    @property
    def is_charged(self) -> bool:
        """Whether the charge differs from zero anywhere."""
        return any(self.profile.extremes)

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """Those of the profile."""
        return self.profile.coefficients()

    @property
    def structure(self) -> object:
        """The form in which the charge is given."""
        return (self.key, self.profile.structure, tuple(self.profile.coefficients()))

    def charge(self, s: WallState, m: Algebra) -> Any | None:
        """That of the profile."""
        return self.profile.charge(s, m)

    @property
    def breaks(self) -> tuple[float, ...]:
        """Those of the profile."""
        return self.profile.breaks

    def extreme_charges(self, solution: Solution) -> tuple[float, float]:
        """Whatever the solution is."""
        return self.profile.extremes

    def charge_along(self, position: Array, arc_fraction: ArcFraction, solution: Solution) -> Array:
        """Whatever the solution is."""
        return self.profile.along(position, arc_fraction)
