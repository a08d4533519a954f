"""Surface charge that is given: one number, constant between breaks along the wall, or a formula of the place on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal, Protocol

import numpy as np
from pydantic import Discriminator, Field, Tag, field_validator, model_validator
from typing_extensions import Self

from meshes.course import SAMPLES, Course, Places
from meshes.quantity import Description, Length, SurfaceChargeDensity, misfit
from meshes.quoting import quoted
from solver.inputs.formula import evaluate_formula, names_in
from solver.laws.algebra import Algebra
from solver.laws.profiles import FACTOR, check_pieces, form_of, tried_formula
from solver.laws.walls.base import Array, Misplaced, WallLaw, WallState
from solver.physics.solution import Solution


class ChargeProfile(Protocol):
    """Charge along a wall, in whatever form it is given."""

    def coefficients(self) -> dict[str, float]:
        """Its numbers by name below the key of the charge, C/m^2."""

    def charge(self, s: WallState, m: Algebra) -> Any:
        """C/m^2 at the state's position."""

    def at(self, places: Places) -> Array:
        """C/m^2 at places on the wall."""

    @property
    def structure(self) -> object:
        """What is no coefficient."""

    @property
    def breaks(self) -> tuple[float, ...]:
        """Positions along the wall (m) of jumps."""

    @property
    def along(self) -> str | None:
        """What the breaks are where the wall leaves it open: "axis" or "radius"."""

    @property
    def is_zero(self) -> bool:
        """Whether there is no charge anywhere."""

    def misplaced(self, course: Course) -> Misplaced | None:
        """What does not fit the wall."""

    def extremes(self, course: Course) -> tuple[float, float]:
        """Smallest and largest charge on the wall, C/m^2."""


@dataclass(frozen=True)
class ConstantCharge:
    """The same charge (C/m^2) everywhere."""

    value: float
    breaks: tuple[float, ...] = ()
    along: str | None = None
    structure: object = "constant"

    def coefficients(self) -> dict[str, float]:
        """The charge itself."""
        return {"": self.value}

    def charge(self, s: WallState, m: Algebra) -> Any:
        """The coefficient."""
        return s.coefficients[""]

    def at(self, places: Places) -> Array:
        """The same everywhere."""
        return np.full(np.shape(places.position), self.value)

    @property
    def is_zero(self) -> bool:
        """Whether the charge is zero."""
        return self.value == 0.0

    def misplaced(self, course: Course) -> None:
        """Never."""

    def extremes(self, course: Course) -> tuple[float, float]:
        """The charge twice."""
        return (self.value, self.value)


class PiecewiseCharge(Description):
    """Constant charges between breaks: values[i] up to breaks[i], the last value beyond (bipolar, patterned walls)."""

    type: Literal["piecewise"] = "piecewise"
    breaks: tuple[Length, ...] = Field(max_length=200)
    """Ascending positions along the wall, in metres: axial ones from the first mouth; on the faces of the membrane,
    distances from the axis or mid-plane."""
    values: tuple[SurfaceChargeDensity, ...]
    along: Literal["axis", "radius"] | None = None
    """What the breaks are, for the walls of a mesh file: axial positions (the default) or distances from the axis."""

    @model_validator(mode="after")
    def _one_value_between_breaks(self) -> Self:
        check_pieces(self.breaks, self.values)
        return self

    def evaluate(self, position: Array) -> Array:
        """Charge in C/m^2 at positions along the wall in metres; at a break, the value on its far side."""
        return np.asarray(self.values, dtype=float)[np.searchsorted(self.breaks, position, side="right")]

    def coefficients(self) -> dict[str, float]:
        """The values."""
        return {f"values.{i}": value for i, value in enumerate(self.values)}

    def charge(self, s: WallState, m: Algebra) -> Any:
        """The value between the breaks around the position."""
        found = s.coefficients["values.0"]
        for i, at in enumerate(self.breaks):
            found = m.where(m.less(s.position, at), found, s.coefficients[f"values.{i + 1}"])
        return found

    def at(self, places: Places) -> Array:
        """C/m^2 at places on the wall."""
        return self.evaluate(places.position)

    @property
    def structure(self) -> object:
        """The breaks."""
        return (self.breaks, self.along)

    @property
    def is_zero(self) -> bool:
        """Whether all charges are zero."""
        return not any(self.values)

    def misplaced(self, course: Course) -> Misplaced | None:
        """A break that is not within the wall."""
        if course.uniform and self.breaks:
            return (), "nothing varies along this wall; write one charge, e.g. '-20 mC/m^2'"
        if self.along is not None and course.radial != (self.along == "radius"):
            kind = "distances from the axis" if course.radial else "axial positions"
            return ("along",), f"the breaks of this wall are {kind}; leave this key out"
        for i, at in enumerate(self.breaks):
            for start, stop in course.extents:
                if not start < at < stop:
                    return ("breaks", i), f"{at:g} m lies outside {_reach(course.radial, start, stop)}"
        return None

    def extremes(self, course: Course) -> tuple[float, float]:
        """Smallest and largest charge in C/m^2."""
        return (min(self.values), max(self.values))


def _reach(radial: bool, start: float, stop: float) -> str:
    if not radial:
        return f"the wall, {start:g} to {stop:g} m"
    return (
        f"the face of the membrane, {start:g} m (mouth) to {stop:g} m (edge of the reservoir): breaks on a face are"
        " distances from the axis; to charge one face alone, name it (membrane_ and its terminal) and write one charge"
    )


class ExpressionCharge(Description):
    """A formula of s, the fraction of the wall's arc length from the first terminal's mouth (on the faces of the membrane
    from the mouth of each), and of r, the distance from the axis or mid-plane in metres; in three dimensions also of z along
    the axis and of x and y across it, in metres.

    Arithmetic only: + - * / **, parentheses, numbers, these names, pi, comparisons inside where(condition, then, otherwise),
    and the functions sin cos tan exp log sqrt tanh abs min max.
    """

    type: Literal["expression"] = "expression"
    formula: str
    """Gives C/m^2."""

    @field_validator("formula", mode="before")
    @classmethod
    def _is_finite_arithmetic(cls, formula: Any) -> Any:
        text, values = tried_formula(formula, lambda text: _evaluated(text, SOMEWHERE), "-0.02 * (1 - s)")
        if not names_in(text) & {"r", *IN_SPACE} and not np.isfinite(values).all():
            raise misfit((), f"{quoted(text)} is not finite everywhere on 0 <= s <= 1")
        return text

    def coefficients(self) -> dict[str, float]:
        """A factor of the formula, 1: continuation may start from less charge."""
        return {FACTOR: 1.0}

    def charge(self, s: WallState, m: Algebra) -> Any:
        """The formula, interpolated where fields are."""
        return s.coefficients[FACTOR] * s.interpolated(self.at)

    def at(self, places: Places) -> Array:
        """C/m^2 at places on the wall."""
        return _evaluated(self.formula, places)

    @property
    def structure(self) -> object:
        """The formula."""
        return self.formula

    @property
    def breaks(self) -> tuple[float, ...]:
        """None are known of a formula."""
        return ()

    @property
    def along(self) -> None:
        """Nothing is left open."""

    @property
    def is_zero(self) -> bool:
        """Whether the formula is zero wherever it was tried."""
        return not np.any(self.at(SOMEWHERE))

    def _samples(self, course: Course) -> Places | None:
        """Points of the wall at which the formula is tried; None where they are not known."""
        return course.samples_in_space() if names_in(self.formula) & {*IN_SPACE} else course.samples()

    def misplaced(self, course: Course) -> Misplaced | None:
        """A formula on a wall of unknown shape, or one that is not finite on the wall."""
        places = self._samples(course)
        if places is None:
            if course.trace is not None:
                text = (
                    "has x, y or z, which walls of channels in three dimensions have (of hexagonal lattices none); write it"
                    " with s and r"
                )
                return ("formula",), f"'{self.formula}' {text}"
            return (), "a formula needs a wall whose shape is known; write a charge or a piecewise one here"
        values = self.at(places)
        if not np.isfinite(values).all():
            at = int(np.argmin(np.isfinite(values)))
            return ("formula",), f"'{self.formula}' is not finite at s = {places.s[at]:g}, r = {places.r[at]:g} m"
        if places.point is not None and course.in_space is not None:
            z, *across = places.point
            for k, name in enumerate(("x", "y")):
                image = [-each if i == k else each for i, each in enumerate(across)]
                away = self.at(replace(places, point=(z, image[0], image[1]))) - values
                if course.in_space.mirrors[k] and np.abs(away).max() > EVEN * np.abs(values).max():
                    text = f"'{self.formula}' is not the same at -{name} as at {name}, where geometry.part has a mirror"
                    return ("formula",), f"{text}; write 'part: full' below geometry"
        if course.uniform and np.ptp(values) != 0.0:
            return (), "nothing varies along this wall; write one charge, e.g. '-20 mC/m^2'"
        return None

    def extremes(self, course: Course) -> tuple[float, float]:
        """Smallest and largest charge on the wall in C/m^2, sampled."""
        places = self._samples(course)
        if places is None:
            raise ValueError("a formula needs a wall whose shape is known")
        values = self.at(places)
        return (float(values.min()), float(values.max()))


EVEN = 1e-9
"""Difference of charges at both sides of a plane of symmetry, over the largest charge, that is rounding."""

IN_SPACE = ("z", "x", "y")
"""Names of the coordinates in three dimensions."""

_LENGTHS = np.geomspace(1e-10, 1e-2, SAMPLES)
SOMEWHERE = Places(_LENGTHS, np.linspace(0.0, 1.0, SAMPLES), _LENGTHS, (_LENGTHS, _LENGTHS, 0.5 * _LENGTHS))
"""Places on walls of all sizes, at which formulas are tried out before their wall is known."""


def _evaluated(formula: str, places: Places) -> Array:
    point = {} if places.point is None else dict(zip(IN_SPACE, places.point, strict=True))
    return evaluate_formula(formula, places.s, {"r": places.r, **point})


SurfaceCharge = Annotated[
    Annotated[SurfaceChargeDensity, Tag("constant")]
    | Annotated[PiecewiseCharge, Tag("piecewise")]
    | Annotated[ExpressionCharge, Tag("expression")],
    Discriminator(form_of),
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
        """None where the charge follows: of an electrode, a floating conductor, a given zeta potential, and sites."""
        if any(wall.get(key) is not None for key in ("potential", "current", "charge", "zeta_potential", "groups")):
            return None
        given = wall[cls.key]
        return cls(ConstantCharge(given) if isinstance(given, float) else given)

    @property
    def is_charged(self) -> bool:
        """Whether the charge differs from zero anywhere."""
        return not self.profile.is_zero

    @property
    def responds(self) -> bool:
        """Not to anything."""
        return False

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """Those of the profile."""
        return self.profile.coefficients()

    @property
    def drivable(self) -> tuple[str, ...]:
        """The charges themselves; nothing of a formula."""
        return tuple(name for name in self.profile.coefficients() if name != FACTOR)

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

    @property
    def along(self) -> str | None:
        """What the profile says that its breaks are."""
        return self.profile.along

    def misplaced(self, course: Course) -> Misplaced | None:
        """What of the profile does not fit the wall."""
        return self.profile.misplaced(course)

    def extreme_charges(self, solution: Solution, course: Course) -> tuple[float, float]:
        """Whatever the solution is."""
        return self.profile.extremes(course)

    def charge_along(self, places: Places, solution: Solution) -> Array:
        """Whatever the solution is."""
        return self.profile.at(places)
