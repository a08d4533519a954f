"""Keys of reversal studies: what a device delivers between reservoirs that hold different solutions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from meshes.geometry import ChannelGeometry
from meshes.quantity import Unit, Whole, at_most, did_you_mean, misfit
from meshes.quoting import quoted
from solver.case.bias import bias_of
from solver.case.studies.axes import SweepAxis, outer_in_si, try_values
from solver.case.studies.base import Study
from solver.case.studies.points import Point, points_of_axes
from solver.case.studies.studied import C, StudiedCase
from solver.physics.times import DeviceTimes


class Reversal(Study):
    """Reversal potential, osmotic current and osmotic power between unlike reservoirs."""

    runner: ClassVar[str] = "solver.studies.reversal.runner:ReversalRunner"
    explanation: ClassVar[str] = """\
What a device delivers between reservoirs that hold different solutions: the reversal potential, at which the current of the
driven terminal vanishes, solved for and not interpolated; the short-circuit current at no bias; the largest power between
both, and the load that takes it. The potential of the driven terminal follows and is left out of the case.

```yaml
study:
  type: reversal
  driven_terminal: base
  loads: 9                          # further states between, in loads.csv
  pore_density: 1e8 1/cm^2          # for the power by area of a membrane
  electrode_ion: Cl                 # a pair of Ag/AgCl electrodes
  outer: {parameter: walls.channel.surface_charge, values: [-10 mC/m^2, -20 mC/m^2]}
```

There is one row of observables.csv for the device, or one for every value of a key with `outer`; what is measured there
besides is that of the short circuit. `loads.csv` has the states between. Electrodes are no part of the device: what a pair of
them adds to its potential is a column of its own. Of electrodes that are, with reactions of their own, the open-circuit
potential is found by `current: 0 A`."""
    converges_fully: ClassVar[bool] = True
    unnamed_point: ClassVar[str] = "the short circuit"

    type: Literal["reversal"] = "reversal"
    driven_terminal: str | None = None
    """The terminal whose current vanishes; usually found by itself."""
    loads: Whole = Field(default=0, ge=0, le=1000)
    """Further states in loads.csv, evenly spaced in bias between short circuit and reversal potential."""
    pore_density: Annotated[float, Unit("1/m^2", "1e8 1/cm^2", "positive")] | None = None
    """Number of such pores by area of a membrane, for the power by area; they are taken not to disturb one another."""
    porosity: Annotated[float, Unit("", "10 %", "positive"), at_most(1.0, "10 %")] | None = None
    """The same as the part of the membrane's area that the larger mouths of the channels take."""
    electrode_ion: str | None = None
    """Species that a pair of reversible electrodes exchanges, e.g. Cl for Ag/AgCl: adds their Nernst potential."""
    outer: SweepAxis | None = None
    """A key over whose values everything is repeated."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.pore_density is not None and self.porosity is not None:
            raise misfit("porosity", "given together with 'pore_density'; keep one of the two")
        return self

    def axes(self) -> list[tuple[str, list[float]]]:
        return [] if self.outer is None else [(self.outer.parameter, self.outer.si_values())]

    def written_units(self) -> dict[str, str]:
        return {self.outer.parameter: self.outer.written} if self.outer is not None and self.outer.written else {}

    def point_count(self) -> int:
        return 1 if self.outer is None else self.outer.count

    def in_si(self, parts: Mapping[str, Any], directory: Path) -> Self:
        if self.outer is None:
            return self
        return self.model_copy(update={"outer": outer_in_si(self.outer, parts)})

    def points(self, case: C) -> list[Point[C]]:
        """One point a value of the outer key: its short circuit."""
        named = self.model_copy(update={"driven_terminal": case.driven_terminal})  # whatever the bias
        return points_of_axes(case.model_copy(update={"study": named}), self.axes())

    def wants_fields(self, point: Point[C]) -> bool:
        """For "extremes": of the first and the last value of the outer key."""
        if point.case.outputs.fields != "extremes" or self.outer is None:
            return super().wants_fields(point)
        return point.number in (0, self.outer.count - 1)

    def check(self, case: StudiedCase, *, whole: bool) -> None:
        """The driven terminal is one, with a potential that is left to the study; ion and area of the membrane are known."""
        driven = case.driven_terminal
        if driven not in case.terminals:
            raise misfit(
                ("study", "type"),
                "a reversal potential is one between terminals, and this device has no terminal that is driven; use the type"
                " 'steady' with an electrode that holds no current, 'current: 0 A'",
            )
        if driven in case.galvanostatic:
            raise misfit(
                ("terminals", driven, "current"),
                "the study of type reversal finds the potential without current itself; leave this out",
            )
        if len(case.terminals) < 2:
            raise misfit(("study", "type"), "a reversal potential is one between two terminals, and there is only one")
        if whole and bias_of(case) != 0.0:
            raise misfit(
                ("terminals", driven, "potential"),
                f"the study of type reversal finds the potential of {quoted(driven)}; leave it out, or name another terminal"
                " in study.driven_terminal",
            )
        species = case.electrolyte.species
        if self.electrode_ion is not None and self.electrode_ion not in species:
            close = did_you_mean(self.electrode_ion, species, "the species are")
            raise misfit(("study", "electrode_ion"), f"unknown species {quoted(self.electrode_ion)}; {close}")
        if self.electrode_ion is not None and species[self.electrode_ion].valence == 0:
            raise misfit(("study", "electrode_ion"), f"{quoted(self.electrode_ion)} has no charge; name an ion")
        if self.porosity is not None and mouth_area(case) is None:
            raise misfit(
                ("study", "porosity"),
                "needs a channel of the program with two mouths; write the number of pores by area, e.g. 'pore_density: 1e8"
                " 1/cm^2'",
            )
        if whole and self.outer is not None:
            reference = next(name for name in case.terminals if name != driven)
            if self.outer.parameter == case.potential_key(driven):
                raise misfit(("study", "outer", "parameter"), "is the potential that the study finds; name another key")
            if self.outer.parameter == case.potential_key(reference):
                text = "is the potential against which the study finds that of"
                raise misfit(("study", "outer", "parameter"), f"{text} {quoted(driven)}; name another key")
            try_values(case, self.outer, ("study", "outer"))

    def pores_by_area(self, case: StudiedCase) -> float | None:
        """Pores by area of a membrane, 1/m^2; None where the case does not tell."""
        if self.porosity is None:
            return self.pore_density
        area = mouth_area(case)
        return None if area is None else self.porosity / area

    def warnings(self, case: StudiedCase, times: DeviceTimes | None) -> Iterator[tuple[str, str]]:
        """Reservoirs that are all alike."""
        cases = [case] if self.outer is None else [case.with_value(*value) for value in self._values()]
        if all(_alike(each) for each in cases):
            yield (
                "alike",
                "all reservoirs hold the same: no current flows without a bias, and there is no power; give a terminal a"
                " concentration of its own",
            )

    def _values(self) -> list[tuple[str, float]]:
        """The ends of the outer values, each with its key."""
        return [(key, value) for key, values in self.axes() for value in (min(values), max(values))]


def _alike(case: StudiedCase) -> bool:
    """Whether nothing but a bias drives a current."""
    held = [(case.bulk(name), each.pressure, each.flow_rate or 0.0) for name, each in case.terminals.items()]
    return all(each == held[0] for each in held) and not case.open_walls


def mouth_area(case: StudiedCase) -> float | None:
    """m^2 of the larger mouth of a channel; None for other devices."""
    geometry = case.geometry
    if not isinstance(geometry, ChannelGeometry):
        return None
    size = max(geometry.radius_at_terminal(name) for name in geometry.terminals)
    return math.pi * size**2 if geometry.symmetry == "axisymmetric" else 2.0 * geometry.breadth * size
