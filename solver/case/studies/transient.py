"""Keys of transient studies: a protocol and what is recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator
from typing_extensions import Self

from meshes.quantity import Duration, PositiveNumber, Unit, at_most, misfit
from meshes.quoting import quoted
from solver.case.studies.axes import SweepAxis, Values, numbers_of, outer_in_si, try_values, values_in_si
from solver.case.studies.base import Study
from solver.case.studies.points import Point
from solver.case.studies.protocol_checks import check_concentrations
from solver.case.studies.protocol_numbers import ProtocolNumbers, protocol_warnings
from solver.case.studies.steady import Steady
from solver.case.studies.studied import C, StudiedCase
from solver.inputs.errors import Key
from solver.inputs.keys import value_at
from solver.physics.times import DeviceTimes
from solver.signals.schedule import Schedule, late_field_time
from solver.signals.tables import tracks_in_si
from solver.signals.waveforms import AnyStep, ProtocolStep, protocol_form


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
            raise misfit(path, f"{quoted(steps)} is not a protocol; {example}")
        if not steps:
            raise misfit(path, f"has no steps; {example}")
    return value


Steps = Annotated[tuple[AnyStep, ...], Field(max_length=1000)]
Protocol = Annotated[
    Annotated[Steps, Tag("one track")] | Annotated[dict[str, Steps], Tag("several tracks")],
    Discriminator(protocol_form),
    BeforeValidator(_is_a_protocol),
]


EXPLANATION = (
    "A run in time from the steady state. A protocol can drive `terminals.NAME.potential`, `.pressure` (or"
    " `.flow_rate`),"
    " `.concentration` and `.concentrations.SPECIES` (in the form in which the case gives them),"
    " `walls.NAME.potential` of electrodes and gates, `.current` of terminals and electrodes that hold one, all numbers of"
    " reactions such as `walls.NAME.reactions.0.exchange_current`, `walls.NAME.zeta_potential` (without jumps), all of"
    " `walls.NAME.fluxes` and `walls.NAME.leak`, pressure and osmolarity of `walls.NAME.water`, and charges that light or"
    " a reaction of the material changes on the spot: `walls.NAME.surface_charge` and `regions.NAME.fixed_charge`, or their"
    " `.values.0`, `.values.1`, .. where they are"
    " piecewise. No terminal brings such a charge: the column `bound_charge_rate` is the rate at which it appears, and the"
    " currents of all terminals and electrodes, displacement included, add up to its negative. The protocol starts from"
    " the values of the case. A row is written at the start, at all corners of the protocol, and between them as"
    " `record_every` says. The areas of loops, in summary.json, are right to about 0.1 % with 40 rows a period, to 2 %"
    " with 20: `largest_step` or `record_every` make more."
    " Several tracks run side by side from the start, and a key belongs to one of them only:"
    """

```yaml
study:
  type: transient
  protocol:
    voltage: [{type: sine, amplitude: {terminals.base.potential: 1 V}, frequency: 30 Hz, periods: 5}]
    pressure: [{type: hold, duration: 50 ms}, {type: step, to: {terminals.base.pressure: 10 mbar}}]
```"""
)


class Transient(Study):
    """A run in time from the steady state of the case, driven by a protocol."""

    runner: ClassVar[str] = "solver.studies.transient.runner:TransientRunner"
    explanation: ClassVar[str] = EXPLANATION
    may_drive_electrodes: ClassVar[bool] = True
    allows_exchange: ClassVar[bool] = True
    needs_storage: ClassVar[bool] = True
    has_sensitivities: ClassVar[bool] = False
    needs_checkpoint: ClassVar[bool] = True
    progress_unit: ClassVar[str] = "s"
    unnamed_point: ClassVar[str] = "the protocol"

    type: Literal["transient"] = "transient"
    protocol: Protocol = Field(examples=["[{type: hold, duration: 2 ms}]"])
    """Steps that follow one another; or a mapping from names to such lists, tracks that run side by side from the
    start. A track that ends early holds its last values."""
    record_every: Duration | None = None
    """The run lands on all multiples, and only these, the corners of the protocol and `fields_at` are rows of the result;
    without it every accepted step is a row."""
    fields_at: Values = ()
    """Times at which fields are written: a list, or a range."""
    tolerance: Annotated[PositiveNumber, at_most(0.5, "1e-3")] = 1e-3
    """Largest error of one time step in any potential, in thermal voltages; of signals smaller than one, relative to their
    size."""
    largest_step: Duration | None = None
    """Upper bound on the time step, where the tolerance would allow larger ones."""
    start: str = Field(default="steady", min_length=1)
    """`steady`: the steady state of the case; or a result directory, relative to the case's, whose last state is taken."""
    outer: SweepAxis | None = None
    """The whole protocol is run for every value of this key, e.g. study.protocol.0.frequency."""
    driven_terminal: str | None = None
    """The terminal (or electrode) whose current is the current of the device; usually found by itself."""

    @field_validator("fields_at", mode="after")
    @classmethod
    def _times_in_si(cls, times: Any) -> Any:
        return values_in_si(times, Unit("s", "5 ms", "non-negative"))

    def field_times(self) -> list[float]:
        """Times in s at which fields are written, sorted, each once."""
        return sorted(set(numbers_of(self.fields_at)))

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

    def own_keys(self, case: StudiedCase) -> list[str]:
        """Those that the protocol drives, and the outer one."""
        return [*self.driven_keys(), *([] if self.outer is None else [self.outer.parameter])]

    # ------------------------------------------------------------------------------------------ making and checking a case
    def in_si(self, parts: Mapping[str, Any], directory: Path) -> Self:
        tracks = tracks_in_si(self.tracks(), parts, directory)
        by_name = {path[-1]: steps for path, steps in tracks}
        single = isinstance(self.protocol, tuple)
        study = self.model_copy(update={"protocol": by_name["protocol"] if single else by_name})
        if self.outer is None:
            return study
        return study.model_copy(update={"outer": outer_in_si(self.outer, {**parts, "study": study})})

    def point_count(self) -> int:
        return 1 if self.outer is None else self.outer.count

    def row_count(self) -> float:
        """Those of all runs with the protocol as written; steps that the tolerance adds are not counted."""
        steps = [step for _, step in self.steps()]
        rows = float(len(self.field_times()))
        if self.record_every is None:
            rows += sum(step.row_count for step in steps)
        else:
            rows += max(sum(step.length for step in of_track) for _, of_track in self.tracks()) / self.record_every
            rows += sum(step.corner_count for step in steps)
        return rows * self.point_count()

    def check(self, case: StudiedCase, *, whole: bool) -> None:
        check_concentrations(case, list(self.steps()), schedule_of(case))
        if not whole:
            return
        runs = [case] if self.outer is None else try_values(case, self.outer, ("study", "outer"))
        if late := late_field_time(self, max(schedule_of(run).duration for run in runs)):
            raise misfit(*late)

    def missing_file(self, directory: Path) -> tuple[Key, str] | None:
        if self.start == "steady" or (directory / self.start).is_dir():
            return None
        text = f"no result directory '{directory / self.start}'; write one relative to the case, or 'start: steady'"
        return ("study", "start"), text

    # ------------------------------------------------------------------------------------------ points
    def written_units(self) -> dict[str, str]:
        return {} if self.outer is None or not self.outer.written else {self.outer.parameter: self.outer.written}

    def points(self, case: C) -> list[Point[C]]:
        """One point for every value of the outer parameter."""
        if self.outer is None:
            return [Point(0, (), case, 0, False)]
        key = self.outer.parameter
        values = enumerate(self.outer.si_values())
        return [Point(k, ((key, value),), case.with_value(key, value), k, False) for k, value in values]

    def extremes(self, point: Point[C]) -> list[Point[C]]:
        """The steady points at which anything that the protocol drives is least or greatest."""
        steady = point.case.model_copy(update={"study": Steady(driven_terminal=point.case.driven_terminal)})
        values = enumerate(schedule_of(point.case).extremes())
        return [Point(0, tuple(held.items()), steady.with_values(held), 0, False, float(k)) for k, held in values]

    def size(self, point: Point[C]) -> float:
        """Duration of its protocol."""
        return schedule_of(point.case).duration

    # ------------------------------------------------------------------------------------------ `nanochannel check`
    def extreme_settings(self, case: C) -> list[tuple[C, dict[str, float]]]:
        runs = [point.case for point in self.points(case)]
        rest = [(run.model_copy(update={"study": Steady()}), schedule_of(run).extremes()) for run in runs]
        return [(run, values) for run, settings in rest for values in settings if values]

    def numbers(self, case: StudiedCase, times: DeviceTimes | None) -> ProtocolNumbers:
        return ProtocolNumbers.of(self, schedule_of(case), self._schedules(case), times)

    def warnings(self, case: StudiedCase, times: DeviceTimes | None) -> Iterator[tuple[str, str]]:
        return protocol_warnings(self, self._schedules(case), times)

    def _schedules(self, case: StudiedCase) -> dict[str, Schedule]:
        """Schedule at every outer value, by a label such as "study.protocol.0.frequency = 3 Hz"; "" without any."""
        return {case.label(dict(point.values)): schedule_of(point.case) for point in self.points(case)}


def schedule_of(case: StudiedCase) -> Schedule:
    """The schedule of a transient case.

    Raises:
        ValueError: the study is no transient.
        PydanticCustomError: the protocol takes no time.
    """
    study = Transient.of(case)
    return Schedule.of(study.tracks(), {key: float(value_at(case, key)) for key in study.driven_keys()})
