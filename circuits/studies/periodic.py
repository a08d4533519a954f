"""Periodic states at several frequencies."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from circuits.analysis.periodic import Period, Wave, periods
from circuits.description.circuit import Circuit
from circuits.description.driving import values_of
from circuits.description.studies.periodic import Alternating, Periodic
from circuits.studies.base import CircuitRow, CircuitRunner
from circuits.studies.session import Session
from solver.parallel.logs import logger
from solver.results.headers import FREQUENCY, POINT
from solver.results.units import plain_quantity


def wave_of(circuit: Circuit, study: Alternating, frequency: float) -> Wave:
    """What the source of a study does at a frequency, Hz."""
    return Wave(study.source, values_of(circuit.elements), study.waveform, float(study.amplitude), 1.0 / frequency)


def last_period(session: Session, study: Alternating, wave: Wave) -> Generator[None, None, Period]:
    """The period that repeats itself, or the last one that is computed; may be interrupted behind each. Collective.

    Raises:
        CircuitFailure, StepTooShort: on all ranks.
    """
    last: Period | None = None
    for period in periods(session, wave, study.tolerance, study.settled, study.periods):
        last = period
        yield None
    assert last is not None
    return last


class PeriodicRunner(CircuitRunner):
    """Finds the periodic state at each frequency, each from the operating point."""

    def rows(self) -> Iterator[CircuitRow | None]:
        study = self.circuit.study
        assert isinstance(study, Periodic)
        session = Session.of(self.circuit, self.comm, self.clock)
        for number, frequency in enumerate(study.frequency_values()):
            if number < self.done:
                continue
            last = yield from last_period(session, study, wave_of(self.circuit, study, frequency))
            yield CircuitRow(self._columns(number, frequency, last), self._text(frequency, last))

    def _columns(self, number: int, frequency: float, found: Period) -> dict[str, Any]:
        row: dict[str, Any] = {POINT: number, FREQUENCY: frequency}
        for (device, port), charge in found.passed.charges.items():
            name = f"mean_current_{device}_{port}"
            row[f"{name} [A]"] = charge * frequency
            row[f"{name}_uncertainty [A]"] = found.charges[device, port] * frequency
        for key, amount in found.passed.amounts.items():
            place = "_".join(key)
            row[f"amount_per_period_{place} [mol]"] = amount
            row[f"amount_per_period_{place}_uncertainty [mol]"] = found.amounts[key]
            row[f"mean_rate_{place} [mol/s]"] = amount * frequency
        return {**row, "periods": found.number, "settled": int(found.is_settled)}

    def _text(self, frequency: float, found: Period) -> str:
        where = plain_quantity(frequency, "Hz")
        if not found.is_settled:
            logger.warning(
                "warning: at %s the state does not repeat itself after %d periods; the uncertainties say by how much."
                " Give more 'periods', or a larger 'settled'", where, found.number,
            )  # fmt: skip
        (device, port), charge = next(iter(found.passed.charges.items()))
        mean = plain_quantity(charge * frequency, "A", 5)
        return f"{where}: mean current of {device} at {port} {mean}, {found.number} periods"
