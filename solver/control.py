"""How a case is computed: mesh controls, study, outputs, limits of the solver. Parts of the schema of solver.case."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, GetCoreSchemaHandler, Tag, field_validator, model_validator
from pydantic_core import core_schema
from typing_extensions import Self

from meshes.quantity import Description, Duration, PositiveNumber, Unit, has_type, misfit, parse
from solver.errors import Key
from solver.waveforms import ProtocolStep, protocol_form


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


def in_si(value: Any, unit: Unit, path: Key) -> float:
    """The SI value of a number or a text in a unit that only the rest of the case tells; path: of the value, for errors."""
    try:
        number = parse(value, unit.symbol)
    except ValueError as error:
        raise misfit(path, f"{error}; write e.g. '{unit.example}'") from None
    if (unit.sign == "positive" and number <= 0.0) or (unit.sign == "non-negative" and number < 0.0):
        shown = value if isinstance(value, str) else f"{number:g}"
        raise misfit(path, f"'{shown}' must be {unit.sign}; write e.g. '{unit.example}'")
    return number


class Range(Description):
    """Equally spaced values, both ends included."""

    start: float | str
    stop: float | str
    points: int = Field(ge=2)
    spacing: Literal["linear", "logarithmic"] = "linear"

    def in_unit(self, unit: Unit, path: Key = ()) -> Range:
        """The same with start and stop as SI floats. path: where this stands below the validated value, for errors."""
        ends = {key: in_si(getattr(self, key), unit, (*path, key)) for key in ("start", "stop")}
        if self.spacing == "logarithmic" and not ends["start"] * ends["stop"] > 0.0:
            raise misfit((*path, "start"), "logarithmic spacing needs start and stop of one sign, none of them zero")
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

    def in_unit(self, unit: Unit, path: Key = ()) -> Self:
        """The same with SI floats for values. path: as in Range.in_unit."""
        if self.range is not None:
            return self.model_copy(update={"range": self.range.in_unit(unit, (*path, "range"))})
        numbers = [in_si(value, unit, (*path, "values", i)) for i, value in enumerate(self.values or ())]
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


def _values_form(value: Any) -> str:
    return "equally spaced" if isinstance(value, (Mapping, Range)) else "listed"


Listed = tuple[float | str, ...]
Values = Annotated[
    Annotated[Listed, Tag("listed")] | Annotated[Range, Tag("equally spaced")], Discriminator(_values_form)
]
"""A list of numbers or quantities, or a range of them."""


def _values_in_si(values: Any, unit: Unit) -> Any:
    """The same with SI floats."""
    if isinstance(values, Range):
        return values.in_unit(unit)
    return tuple(in_si(value, unit, (i,)) for i, value in enumerate(values))


def _numbers(values: Any) -> list[float]:
    return values.values() if isinstance(values, Range) else [float(value) for value in values]


def _is_a_protocol(value: Any) -> Any:
    example = "write a list of steps, e.g. '- {type: hold, duration: 2 ms}'"
    by_name = isinstance(value, Mapping) and "type" not in value
    tracks: list[tuple[Key, Any]] = (
        [((str(name),), steps) for name, steps in value.items()] if by_name else [((), value)]
    )
    if not tracks:
        raise misfit((), f"has no tracks; {example}")
    for path, steps in tracks:
        if not isinstance(steps, (list, tuple)):
            raise misfit(path, f"{steps!r} is not a protocol; {example}")
        if not steps:
            raise misfit(path, f"has no steps; {example}")
    return value


Protocol = Annotated[
    Annotated[tuple[ProtocolStep, ...], Tag("one track")]
    | Annotated[dict[str, tuple[ProtocolStep, ...]], Tag("several tracks")],
    Discriminator(protocol_form),
    BeforeValidator(_is_a_protocol),
]


class Transient(Description):
    """A run in time from the steady state of the case, driven by a protocol."""

    type: Literal["transient"] = "transient"
    protocol: Protocol = Field(examples=["[{type: hold, duration: 2 ms}]"])
    """Steps that follow one another; or a mapping from names to such lists, tracks that run side by side from the
    beginning. A track that ends early holds its last values."""
    record_every: Duration | None = None
    """The run lands on all multiples, and only these, the corners of the protocol and `fields_at` are rows of the result;
    without it every accepted step is a row."""
    fields_at: Values = ()
    """Times at which fields are written: a list, or a range."""
    tolerance: PositiveNumber = 1e-3
    """Largest error of one time step."""
    largest_step: Duration | None = None
    """Of time, where the tolerance would allow larger ones."""
    start: str = Field(default="steady", min_length=1)
    """`steady`: the steady state of the case; or a result directory, relative to the case's, whose last state is taken."""
    outer: SweepAxis | None = None
    """The whole protocol is run for every value of this key, e.g. study.protocol.0.frequency."""
    driven_terminal: str | None = None
    """The terminal (or electrode) whose current is the current of the device; usually found by itself."""

    @field_validator("fields_at", mode="after")
    @classmethod
    def _times_in_si(cls, times: Any) -> Any:
        return _values_in_si(times, Unit("s", "5 ms", "non-negative"))

    def field_times(self) -> list[float]:
        """Times in s at which fields are written, sorted, each once."""
        return sorted(set(_numbers(self.fields_at)))

    def tracks(self) -> list[tuple[Key, tuple[ProtocolStep, ...]]]:
        """The tracks, each with its path below the study."""
        if isinstance(self.protocol, tuple):
            return [(("protocol",), self.protocol)]
        return [(("protocol", name), steps) for name, steps in self.protocol.items()]

    def steps(self) -> Iterator[tuple[Key, ProtocolStep]]:
        """All steps, each with its path below the study."""
        for path, steps in self.tracks():
            for i, step in enumerate(steps):
                yield (*path, i), step

    def driven_keys(self) -> list[str]:
        """The keys that the protocol drives, each once, in the order of their appearance."""
        return list(dict.fromkeys(key for _, step in self.steps() for key in step.settings))


class Impedance(Description):
    """The linear response to small harmonic changes of one potential about steady states."""

    type: Literal["impedance"] = "impedance"
    terminal: str | None = None
    """Whose potential is modulated: a terminal or an electrode; usually found by itself."""
    frequencies: Values = Field(examples=["{start: 0.1 Hz, stop: 1 MHz, points: 29, spacing: logarithmic}"])
    """A list, or a range."""
    at: tuple[float | str, ...] | None = Field(default=None, min_length=1)
    """Its steady potentials, a list; the one of the case where nothing is said."""

    @property
    def driven_terminal(self) -> str | None:
        """The terminal whose current is 'the' current."""
        return self.terminal

    @field_validator("frequencies", mode="after")
    @classmethod
    def _frequencies_in_si(cls, values: Any) -> Any:
        if not isinstance(values, Range) and not values:
            raise misfit((), "is empty; write e.g. '[1 Hz, 10 Hz]'")
        return _values_in_si(values, Unit("Hz", "30 Hz", "positive"))

    @field_validator("at", mode="after")
    @classmethod
    def _potentials_in_si(cls, values: Any) -> Any:
        return None if values is None else _values_in_si(values, Unit("V", "0.1 V"))

    def frequency_values(self) -> list[float]:
        """Hz, in the order given."""
        return _numbers(self.frequencies)


Study = Annotated[
    Steady | Sweep | Transient | Impedance,
    Field(discriminator="type"),
    has_type("steady", "sweep", "transient", "impedance"),
]


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
