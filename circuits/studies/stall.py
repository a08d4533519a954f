"""Concentrations at which the mean rate of a species is zero."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from math import exp, log, log1p
from typing import Any

from circuits.analysis.periodic import Period, Wave
from circuits.description.circuit import Circuit
from circuits.description.loading import case_of
from circuits.description.studies.stall import Stall
from circuits.studies.base import CircuitRow, CircuitRunner
from circuits.studies.periodic import last_period, wave_of
from circuits.studies.session import Session
from meshes.quantity import did_you_mean
from meshes.quoting import quoted
from solver.inputs.errors import CaseError
from solver.parallel.logs import logger
from solver.results.headers import FREQUENCY, POINT
from solver.results.units import plain_quantity


@dataclass
class Bracket:
    """Two places between which a function changes its sign, drawn together by secants (the Illinois method).

    A secant that ends closer to a side than the resolution is moved to that distance, so that a root beside it is soon
    enclosed. Every third place is the middle, so that the distance halves whatever the function does.

    Attributes:
        places, values: of both sides.
        resolution: half of the distance of the places at the end.
    """

    places: list[float]
    values: list[float]
    resolution: float
    _last: int | None = field(default=None, init=False)
    _count: int = field(default=0, init=False)

    @property
    def holds_root(self) -> bool:
        """Whether the signs differ."""
        return self.values[0] * self.values[1] <= 0.0

    @property
    def is_narrow(self) -> bool:
        """Whether the places are close enough."""
        return self.places[1] - self.places[0] <= 2.0 * self.resolution * (1.0 + 1e-9)

    @property
    def root(self) -> float:
        """Where the secant passes zero."""
        (a, b), (f, g) = self.places, self.values
        return a if f == g else a - f * (b - a) / (g - f)

    def next(self) -> float:
        """Where to look next."""
        if self._count % 3 == 2:
            return sum(self.places) / 2.0
        low, high = self.places[0] + self.resolution, self.places[1] - self.resolution
        return min(max(self.root, low), high)

    def add(self, place: float, value: float) -> None:
        """Take what was found there for one of the sides."""
        side = 0 if (value > 0.0) == (self.values[0] > 0.0) else 1
        self.places[side], self.values[side] = place, value
        if self._last == side:
            self.values[1 - side] /= 2.0
        self._last, self._count = side, self._count + 1


class StallRunner(CircuitRunner):
    """Looks for the stall at each frequency."""

    def rows(self) -> Iterator[CircuitRow | None]:
        study = self.circuit.study
        assert isinstance(study, Stall)
        known = list(case_of(self.circuit, study.device).electrolyte.species)
        if study.species not in known:
            text = f"no species {quoted(study.species)}; {did_you_mean(study.species, known, 'there are')}"
            raise CaseError(text, key=("study", "species"), file=self.circuit.file)
        for number, frequency in enumerate(study.frequency_values()):
            if number >= self.done:
                yield from self._row(study, number, frequency)

    def _row(self, study: Stall, number: int, frequency: float) -> Iterator[CircuitRow | None]:
        wave = wave_of(self.circuit, study, frequency)
        ends, rates, settled, waves = [log(each) for each in study.concentrations], [], True, 0
        for end in ends:
            found = yield from self._periodic(study, wave, exp(end))
            rates.append(self._part(study, found))
            settled, waves = settled and found.is_settled, waves + 1
        bracket = Bracket(list(ends), list(rates), log1p(study.resolution))
        while bracket.holds_root and not bracket.is_narrow:
            place = bracket.next()
            found = yield from self._periodic(study, wave, exp(place))
            bracket.add(place, self._part(study, found))
            settled, waves = settled and found.is_settled, waves + 1
        where, place_name = plain_quantity(frequency, "Hz"), f"{study.device}_{study.terminal}"
        stall = exp(bracket.root) if bracket.holds_root else float("nan")
        if not bracket.holds_root:
            low, high = study.concentrations
            logger.warning(
                "warning: at %s %s goes the same way at %g and %g mM; give other 'concentrations'",
                where, study.species, low, high,
            )  # fmt: skip
        if not settled:
            logger.warning("warning: at %s a state did not repeat itself; give more 'periods'", where)
        row: dict[str, Any] = {
            POINT: number,
            FREQUENCY: frequency,
            f"stall_concentration_{place_name} [mol/m^3]": stall,
            f"stall_concentration_{place_name}_uncertainty [mol/m^3]": stall * study.resolution,
            f"rate_part_first_{place_name}_{study.species}": rates[0],
            f"rate_part_last_{place_name}_{study.species}": rates[1],
            "runs": waves,
            "settled": int(settled),
        }
        yield CircuitRow(row, f"{where}: stall at {stall:.5g} mM, {waves} concentrations")

    def _part(self, study: Stall, found: Period) -> float:
        """Charge of the species that enters in a period over the gross charge."""
        return found.passed.carried[study.device, study.terminal, study.species]

    def _periodic(self, study: Stall, wave: Wave, concentration: float) -> Generator[None, None, Period]:
        """The last period with a concentration at the terminal."""
        session = Session.of(self._with(study, concentration), self.comm, self.clock)
        return (yield from last_period(session, study, wave))

    def _with(self, study: Stall, concentration: float) -> Circuit:
        """The circuit with another concentration at the terminal."""
        data = self.circuit.model_dump(mode="json")
        data["study"] = {"type": "steady"}
        overrides = data["circuit"]["elements"][study.device]["overrides"]
        overrides[f"terminals.{study.terminal}.concentration"] = f"{concentration:.12g} mM"
        return Circuit.model_validate(data, context={"file": self.circuit.file})
