"""Keys of impedance studies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from meshes.quantity import NumberOrText, Unit, misfit
from meshes.quoting import quoted
from solver.case.studies.axes import Values, frequencies_in_si, numbers_of, values_in_si
from solver.case.studies.base import Study, StudyNumbers
from solver.case.studies.points import Point
from solver.case.studies.studied import C, StudiedCase
from solver.inputs.text import si
from solver.physics.times import DeviceTimes, frequency_of


class Impedance(Study):
    """The linear response to small harmonic changes of one potential about steady states."""

    runner: ClassVar[str] = "solver.studies.impedance.runner:ImpedanceRunner"
    explanation: ClassVar[str] = (
        "The response of all currents to a small harmonic change of one potential, linearised about the steady state at"
        " every bias."
    )
    driven_terminal_key: ClassVar[str] = "terminal"
    may_drive_electrodes: ClassVar[bool] = True
    needs_storage: ClassVar[bool] = True
    has_sensitivities: ClassVar[bool] = False
    has_error_bars: ClassVar[bool] = False

    type: Literal["impedance"] = "impedance"
    terminal: str | None = None
    """Whose potential is modulated: a terminal or an electrode; usually found by itself."""
    frequencies: Values = Field(examples=["{start: 0.1 Hz, stop: 1 MHz, points: 29, spacing: logarithmic}"])
    """A list, or a range."""
    at: tuple[NumberOrText, ...] | None = Field(default=None, min_length=1)
    """Its steady potentials, a list; the one of the case where nothing is said."""

    @field_validator("frequencies", mode="after")
    @classmethod
    def _frequencies_in_si(cls, values: Any) -> Any:
        return frequencies_in_si(values)

    @field_validator("at", mode="after")
    @classmethod
    def _potentials_in_si(cls, values: Any) -> Any:
        return None if values is None else values_in_si(values, Unit("V", "0.1 V"))

    def frequency_values(self) -> list[float]:
        """Hz, in the order given."""
        return numbers_of(self.frequencies)

    def points(self, case: C) -> list[Point[C]]:
        """One point for every potential at which a spectrum is taken."""
        name = case.driven_terminal
        if name in case.galvanostatic:
            return [Point(0, (), case, 0, False)]
        key = case.potential_key(name)
        potentials = [case.potential_of(name)] if self.at is None else [float(value) for value in self.at]
        return [Point(k, ((key, v),), case.with_value(key, v), 0, False, v) for k, v in enumerate(potentials)]

    def own_keys(self, case: StudiedCase) -> list[str]:
        """The potential that is modulated, where the study says at which values."""
        return [] if self.at is None else [case.potential_key(case.driven_terminal)]

    def point_count(self) -> int:
        return len(self.at or (0.0,))

    def row_count(self) -> float:
        return len(self.frequency_values()) * self.point_count()

    def size(self, point: Point[C]) -> float:
        """Number of its frequencies, each of which is a row."""
        return len(self.frequency_values())

    def extreme_settings(self, case: C) -> list[tuple[C, dict[str, float]]]:
        key, at = case.potential_key(case.driven_terminal), [float(value) for value in self.at or ()]
        return [(case, {key: value}) for value in sorted({min(at), max(at)})] if at else []

    def check(self, case: StudiedCase, *, whole: bool) -> None:
        """Potentials can be given where no current is held."""
        super().check(case, whole=whole)
        if self.at is not None and case.driven_terminal in case.galvanostatic:
            raise misfit(
                ("study", "at"),
                f"{quoted(case.driven_terminal)} holds a current, from which its potential follows; leave this out, or give"
                " it a potential",
            )

    def numbers(self, case: StudiedCase, times: DeviceTimes | None) -> SpectrumNumbers:
        frequencies = self.frequency_values()
        return SpectrumNumbers(min(frequencies), max(frequencies), len(frequencies))

    def warnings(self, case: StudiedCase, times: DeviceTimes | None) -> Iterator[tuple[str, str]]:
        """Frequencies that all lie on one side of what happens in the device."""
        if times is None:
            return
        spectrum = self.numbers(case, times)
        slow = times.charging if times.memory is None else times.memory
        if spectrum.highest < frequency_of(slow):
            yield (
                "spectrum below",
                f"all frequencies, up to {spectrum.highest:.3g} Hz, lie below that of the slowest process,"
                f" {frequency_of(slow):.3g} Hz: the impedance is its limit at zero frequency throughout",
            )
        elif spectrum.lowest > max(frequency_of(times.charging), frequency_of(times.debye)):
            yield (
                "spectrum above",
                f"all frequencies, from {spectrum.lowest:.3g} Hz, lie above that of the electrolyte's own relaxation,"
                f" {frequency_of(times.debye):.3g} Hz: the device is only a capacitor there",
            )


@dataclass(frozen=True)
class SpectrumNumbers(StudyNumbers):
    """The frequencies of an impedance study, Hz."""

    lowest: float
    highest: float
    count: int

    def text(self) -> list[str]:
        return [f"spectrum: {self.count} frequencies, {si(self.lowest, 'Hz')} to {si(self.highest, 'Hz')}"]
