"""Impedance spectra: for every bias a steady state, and about it the response at every frequency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

import numpy as np

from solver.accuracy.error_bars import SAFETY
from solver.case.case import Case
from solver.case.studies.impedance import Impedance
from solver.case.studies.points import Point
from solver.discretization import build
from solver.linear.direct import SingularMatrixError
from solver.nonlinear.newton import NewtonFailure
from solver.observables.observer import bias_of
from solver.parallel.logs import logger
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.studies.base import Runner
from solver.studies.impedance.linearised import Linearised, Response


class ImpedanceRunner(Runner):
    """Computes the response at all frequencies of every bias, one row each."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._frequencies = Impedance.of(case).frequency_values()

    def _numbers(self, point: Point) -> range:
        """Numbers of the rows of a point."""
        count = len(self._frequencies)
        return range(point.number * count, (point.number + 1) * count)

    def is_done(self, point: Point) -> bool:
        return self.earlier.rows.issuperset(self._numbers(point))

    def records(self, simulation: Simulation, point: Point) -> Iterator[Record]:
        simulation.reach(point)
        problem, case, clock = simulation.problem, point.case, simulation.clock
        driven = problem.ports.index(case.driven_terminal)
        start = clock.elapsed
        linearised = Linearised(problem, build.drive_of(problem, case), driven)
        richer = _enriched(simulation, point, driven)
        limit = np.nan
        if problem.terminals:  # a closed cell lets nothing through for long, and its steady response is not unique
            with suppress(SingularMatrixError):
                limit = float(linearised.response(0.0).total[driven].real)
        for number, frequency in zip(self._numbers(point), self._frequencies, strict=True):
            if number in self.earlier.rows:
                continue
            try:
                found = linearised.response(frequency)
            except SingularMatrixError:
                logger.warning("%s: the linear system at %g Hz is singular; it is left out", point.name, frequency)
                continue
            impedance, error = 1 / found.total[driven], np.nan
            if richer is not None:
                with clock("error estimate", everything=True), suppress(SingularMatrixError):
                    error = SAFETY * abs(1 / richer.response(frequency).total[driven] - impedance)
            row: dict[str, object] = {"point": number, **point.columns, "frequency [Hz]": frequency}
            row |= _columns(case, problem.ports, driven, found, error, limit)
            row["wall_time [s]"] = clock.elapsed - start
            start = clock.elapsed
            yield Record(row, f"{point.name}, {frequency:.6g} Hz: |Z| = {abs(impedance):.6g} ohm")


def _columns(
    case: Case, ports: Sequence[str], driven: int, found: Response, error: float, limit: float
) -> dict[str, object]:
    """Columns of a response. error: of the impedance (ohm); limit: its conductance for slow changes (S)."""
    admittance = found.total[driven]
    impedance = 1 / admittance
    columns: dict[str, object] = {
        "bias [V]": bias_of(case),
        "impedance_real [ohm]": impedance.real,
        "impedance_imaginary [ohm]": impedance.imag,
        "impedance_magnitude [ohm]": abs(impedance),
        "impedance_phase [deg]": float(np.degrees(np.angle(impedance))),
        "impedance_error [ohm]": error,
        "admittance_real [S]": admittance.real,
        "admittance_imaginary [S]": admittance.imag,
        "differential_conductance [S]": limit,
        "conservation_error": abs(found.total.sum()) / abs(found.total).max(),
    }
    for name, total, conduction in zip(ports, found.total, found.conduction, strict=True):
        columns[f"admittance_{name}_real [S]"], columns[f"admittance_{name}_imaginary [S]"] = total.real, total.imag
        if name in case.terminals:
            columns[f"conduction_admittance_{name}_real [S]"] = conduction.real
            columns[f"conduction_admittance_{name}_imaginary [S]"] = conduction.imag
    return columns


def _enriched(simulation: Simulation, point: Point, port: int) -> Linearised | None:
    """The richer problem linearised about its own steady state; None when it has none, or none is wanted."""
    if simulation.enriched is None:
        return None
    problem = simulation.enriched.problem
    drive = build.drive_of(problem, point.case)
    with simulation.clock("error estimate", everything=True):
        if not problem.terminals:
            problem.start_at_rest(drive)  # for the content of a closed cell
        try:
            simulation.enriched.correct(drive, point.coordinate, point.branch)
        except NewtonFailure as failure:
            logger.warning("%s: no estimate of the discretization error (%s)", point.name, failure)
            return None
        return Linearised(problem, drive, port)
