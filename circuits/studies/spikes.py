"""Thresholds of pulses, and frequencies of spikes under constant values of a source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from circuits.analysis.course import Driven
from circuits.analysis.spiking import Observed, spiking
from circuits.analysis.threshold import NoThreshold, Pulse, threshold
from circuits.description.driving import values_of
from circuits.description.studies.spikes import FrequencyCurrent, ThresholdStudy
from circuits.solving.newton import CircuitFailure
from circuits.studies.base import CircuitRow, CircuitRunner
from circuits.studies.session import Session
from solver.inputs.keys import numeric_key
from solver.results.headers import POINT
from solver.results.units import plain_quantity


class SourceRunner(CircuitRunner):
    """Base of what changes the value of a source."""

    def unit_of(self, source: str) -> str:
        """Unit of the value of a source."""
        element = self.circuit.elements[source]
        return numeric_key({"elements": self.circuit.elements}, f"elements.{source}.{element.source_key}").symbol


class ThresholdRunner(SourceRunner):
    """Finds the threshold of pulses of each width."""

    def rows(self) -> Iterator[CircuitRow]:
        study = self.circuit.study
        assert isinstance(study, ThresholdStudy)
        session, unit = Session.of(self.circuit, self.comm, self.clock), self.unit_of(study.source)
        low, high = (float(value) for value in study.amplitudes)
        for number, width in enumerate(study.width_values()):
            if number < self.done:
                continue
            pulse = Pulse(study.source, study.node, study.level, width, study.duration, study.tolerance, study.largest)
            try:
                found = threshold(session, pulse, (low, high), float(study.resolution))
            except NoThreshold as reason:
                raise CircuitFailure(f"width {width:g} s: {reason}") from None
            row: dict[str, Any] = {
                POINT: number,
                "width [s]": width,
                f"threshold [{unit}]": found.amplitude,
                f"threshold_uncertainty [{unit}]": found.uncertainty,
                f"peak_below_{study.node} [V]": found.below.peak,
                "runs": found.runs,
            }
            text = f"{plain_quantity(width, 's')}: {plain_quantity(found.amplitude, unit, 7)}, {found.runs} runs"
            yield CircuitRow(row, text)


class FrequencyRunner(SourceRunner):
    """Finds the frequency for each value of the source."""

    def rows(self) -> Iterator[CircuitRow]:
        study = self.circuit.study
        assert isinstance(study, FrequencyCurrent)
        session, unit = Session.of(self.circuit, self.comm, self.clock), self.unit_of(study.source)
        observed = Observed(study.node, study.level, study.duration, study.settling, study.tolerance, study.largest)
        for number, value in enumerate(study.source_values()):
            if number < self.done:
                continue
            driven = Driven.constant(values_of(self.circuit.elements), study.source, value)
            found = spiking(session, observed, driven)
            row: dict[str, Any] = {
                POINT: number,
                f"elements.{study.source}.{self.circuit.elements[study.source].source_key} [{unit}]": value,
                "frequency [Hz]": found.frequency,
                "period [s]": found.period,
                "period_spread [s]": found.spread,
                "spikes": len(found.spikes),
                f"peak_{study.node} [V]": found.peak,
                **{f"energy_per_spike_{name} [J]": energy for name, energy in found.energy_per_spike.items()},
                "energy_per_spike [J]": sum(found.energy_per_spike.values()),
            }
            text = f"{plain_quantity(value, unit, 4)}: {plain_quantity(found.frequency, 'Hz', 5)}"
            yield CircuitRow(row, f"{text}, {len(found.spikes)} spikes")
