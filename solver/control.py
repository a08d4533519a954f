"""How a case is computed: mesh controls, study, outputs, limits of the solver. Parts of the schema of solver.case."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, GetCoreSchemaHandler, model_validator
from pydantic_core import core_schema
from typing_extensions import Self

from meshes.quantity import Description, PositiveNumber, Unit, has_type, misfit, parse


@dataclasses.dataclass(frozen=True)
class MeshSize:
    """A cell size: a length in metres, or a multiple of the Debye length ("0.3 debye_length")."""

    value: float
    in_debye_lengths: bool = False

    unit: ClassVar[Unit] = Unit("m", "0.3 debye_length", "positive")

    def metres(self, debye_length: float) -> float:
        """The size in metres where the Debye length is `debye_length` metres."""
        return self.value * debye_length if self.in_debye_lengths else self.value

    def written(self) -> str | float:
        """As a case file holds it."""
        return f"{self.value!r} debye_length" if self.in_debye_lengths else self.value

    @classmethod
    def read(cls, value: Any) -> MeshSize:
        """From a case file's value; PydanticCustomError when it is not a size."""
        if isinstance(value, MeshSize):
            return value
        number, _, word = value.strip().partition(" ") if isinstance(value, str) else ("", "", "")
        if word.strip() in ("debye_length", "debye_lengths"):
            # (pint's own "debye" is a dipole moment, so this unit is ours)
            return cls(Unit("", "0.3 debye_length", "positive").read(number), in_debye_lengths=True)
        return cls(cls.unit.read(value))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.read, serialization=core_schema.plain_serializer_function_ser_schema(cls.written)
        )


class MeshControl(Description):
    """How fine the mesh is: by sizes, whose defaults give rectification ratios to about 0.2 %, or by a tolerance."""

    tolerance: PositiveNumber | None = None
    """Adapts the mesh until the estimated relative error of the goal is below it, e.g. "0.2 %". The sizes below are then
    chosen by the program; a mesh file is refined from what it is."""
    goal: Literal["current", "flow_rate", "rectification_ratio"] = "current"
    """Number of the driven terminal that has to meet the tolerance, at the ends of the sweep."""
    most_unknowns: int = Field(default=300_000, ge=1000)
    """Size at which the adaptation gives up, and says so."""
    wall_size: MeshSize = MeshSize(0.3, in_debye_lengths=True)
    """First cell at a charged wall."""
    corner_size: MeshSize = MeshSize(0.03, in_debye_lengths=True)
    """Cells at the corners of the mouths."""
    growth: float = Field(default=1.8, gt=1.0, le=10.0)
    """Ratio of neighbouring cells in the graded layers."""
    axial_cells: int = Field(default=16, ge=1)
    """Least number of cells along the channel between the graded parts."""
    refinement: int = Field(default=0, ge=0, le=4)
    """Halves every cell that many times."""


class Steady(Description):
    """One steady point."""

    type: Literal["steady"] = "steady"
    driven_terminal: str | None = None


class Range(Description):
    """Equally spaced values, both ends included."""

    start: float | str
    stop: float | str
    points: int = Field(ge=2)
    spacing: Literal["linear", "logarithmic"] = "linear"

    def in_unit(self, unit: Unit, path: tuple[str, ...] = ()) -> Range:
        """The same with start and stop as SI floats. path: where this stands below the validated value, for errors."""
        ends = {}
        for key in ("start", "stop"):
            try:
                ends[key] = parse(getattr(self, key), unit.symbol)
            except ValueError as error:
                raise misfit((*path, "range", key), f"{error}; write e.g. '{unit.example}'") from None
        if self.spacing == "logarithmic" and not ends["start"] * ends["stop"] > 0.0:
            raise misfit(
                (*path, "range", "start"), "logarithmic spacing needs start and stop of one sign, none of them zero"
            )
        return self.model_copy(update=ends)

    def values(self) -> list[float]:
        start, stop, last = float(self.start), float(self.stop), self.points - 1
        if self.spacing == "linear":
            # this form gives an exact zero and exact opposites in a symmetric range
            return [(start * (last - i) + stop * i) / last for i in range(last + 1)]
        inner = [float(f"{start * (stop / start) ** (i / last):.12g}") for i in range(1, last)]
        return [start, *inner, stop]


class SweepAxis(Description):
    """The values one numeric key of the case takes."""

    parameter: str
    """Dotted key, e.g. terminals.base.potential."""
    values: tuple[float | str, ...] | None = Field(default=None, min_length=1)
    range: Range | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.values is None) == (self.range is None):
            which = "values or a range, e.g. 'range: {start: -1 V, stop: 1 V, points: 41}'"
            raise misfit(() if self.values is None else "range", f"needs either {which}")
        return self

    def in_unit(self, unit: Unit, path: tuple[str, ...] = ()) -> Self:
        """The same with SI floats for values. path: as in Range.in_unit."""
        if self.range is not None:
            return self.model_copy(update={"range": self.range.in_unit(unit, path)})
        numbers = []
        for i, value in enumerate(self.values or ()):
            try:
                numbers.append(parse(value, unit.symbol))
            except ValueError as error:
                raise misfit((*path, "values", i), f"{error}; write e.g. '{unit.example}'") from None
        return self.model_copy(update={"values": tuple(numbers)})

    def points(self) -> list[float]:
        """The values in the order given (SI floats in a sweep that belongs to a Case)."""
        return self.range.values() if self.range is not None else [float(value) for value in self.values or ()]


class Sweep(SweepAxis):
    """Steady points over the values of one numeric key, optionally for every value of an outer one."""

    type: Literal["sweep"] = "sweep"
    outer: SweepAxis | None = None
    driven_terminal: str | None = None

    def axes(self) -> list[tuple[str, list[float]]]:
        """(parameter, SI values in the order given) of every axis, the outer one first."""
        return [(axis.parameter, axis.points()) for axis in ([self.outer, self] if self.outer else [self])]


Study = Annotated[Steady | Sweep, Field(discriminator="type"), has_type("steady", "sweep")]


class Outputs(Description):
    """What the result directory holds besides the table of observables."""

    fields: Literal["extremes", "all", "none"] = "extremes"
    """Points whose fields are written: the first, last and zero value of the inner sweep, all, or none."""
    profile_points: int = Field(default=200, ge=2)
    checkpoint: bool = True
    errors: Literal["all", "none"] = "all"
    """Whether every point gets error bars; they about double the cost of a sweep."""
    sensitivities: tuple[str, ...] = ()
    """Dotted numeric keys of the case by which current and flow rate are differentiated at every point, e.g.
    [walls.channel.surface_charge, geometry.radius_tip]."""


class SolverControl(Description):
    """Physics switches and limits of the nonlinear solver."""

    flow: Literal["stokes", "none"] = "stokes"
    tolerance: PositiveNumber = 1e-10
    """Largest update of the potentials, in thermal voltages, at which a point is accepted."""
    max_iterations: int = Field(default=60, ge=1)
    quadrature_degree: int = Field(default=5, ge=2)
