"""Impedance spectra: for every bias a steady state, and about it the response at every frequency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import ClassVar

import numpy as np

from solver.accuracy import coarser
from solver.accuracy.safety import safety_of
from solver.case.case import Case
from solver.case.studies.impedance import Impedance
from solver.case.studies.points import Point
from solver.discretization import build
from solver.discretization.evaluation import Evaluation
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.continuation import ConvergenceError
from solver.nonlinear.newton import NewtonFailure
from solver.parallel.logs import logger
from solver.results import headers
from solver.results.columns import Quantity
from solver.results.effort import WALL_TIME
from solver.results.units import plain_quantity
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.studies.base import Runner
from solver.studies.impedance import columns as spectrum
from solver.studies.impedance.linearised import Linearised, Response


class ImpedanceRunner(Runner):
    """Computes the response at all frequencies of every bias, one row each."""

    columns: ClassVar[tuple[Quantity, ...]] = spectrum.COLUMNS

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._frequencies = Impedance.of(case).frequency_values()

    def _numbers(self, point: Point[Case]) -> range:
        """Numbers of the rows of a point."""
        count = len(self._frequencies)
        return range(point.number * count, (point.number + 1) * count)

    def is_done(self, point: Point[Case]) -> bool:
        return self.earlier.rows.issuperset(self._numbers(point))

    def records(self, simulation: Simulation, point: Point[Case]) -> Iterator[Record]:
        steady = simulation.reach(point).state
        ports, case, clock = simulation.problem.ports, point.case, simulation.clock
        rates = simulation.problem.rates
        conducting = [port.name for port in ports.all if port.passes_ions or rates.at(port.name)]
        driven = ports.index(case.driven_terminal)
        bias = simulation.observer.observe(steady, case).row[headers.BIAS]
        start = clock.elapsed
        linearised = Linearised(simulation.problem, steady, driven)
        richer = _enriched(simulation, steady, point, driven)
        of_coarser = simulation.coarser
        safety = safety_of(case) if of_coarser is None else coarser.SAFETY * of_coarser.shares.of_rates
        limit = np.nan
        if case.passes_current:  # a closed cell of blocking electrodes lets nothing through for long
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
                    error = safety * abs(1 / richer.response(frequency).total[driven] - impedance)
            row: dict[str, object] = {headers.POINT: number, **point.columns, headers.FREQUENCY: frequency}
            row |= _columns(bias, ports.names, driven, found, error, limit)
            for name in conducting:
                conduction = found.conduction[ports.index(name)]
                row[spectrum.CONDUCTION_REAL.of(port=name)] = conduction.real
                row[spectrum.CONDUCTION_IMAGINARY.of(port=name)] = conduction.imag
            row[WALL_TIME] = clock.elapsed - start
            start = clock.elapsed
            yield Record(
                row, f"{point.name}, {plain_quantity(frequency, 'Hz')}: |Z| {plain_quantity(abs(impedance), 'ohm')}"
            )


def _columns(
    bias: float, ports: Sequence[str], driven: int, found: Response, error: float, limit: float
) -> dict[str, object]:
    """Columns of a response about a state of a bias (V). error: of the impedance (ohm); limit: its conductance for slow
    changes (S)."""
    admittance = found.total[driven]
    impedance = 1 / admittance
    row: dict[str, object] = {
        headers.BIAS: bias,
        headers.IMPEDANCE_REAL: impedance.real,
        headers.IMPEDANCE_IMAGINARY: impedance.imag,
        headers.IMPEDANCE_MAGNITUDE: abs(impedance),
        headers.IMPEDANCE_PHASE: float(np.degrees(np.angle(impedance))),
        spectrum.ERROR: error,
        spectrum.ADMITTANCE_REAL: admittance.real,
        spectrum.ADMITTANCE_IMAGINARY: admittance.imag,
        headers.DIFFERENTIAL_CONDUCTANCE: limit,
        headers.CONSERVATION_ERROR: found.imbalance,
    }
    if found.bound is not None:
        row[spectrum.BOUND_REAL] = found.bound.real
        row[spectrum.BOUND_IMAGINARY] = found.bound.imag
    for name, total in zip(ports, found.total, strict=True):
        row[spectrum.PORT_REAL.of(port=name)] = total.real
        row[spectrum.PORT_IMAGINARY.of(port=name)] = total.imag
    return row


def _enriched(simulation: Simulation, steady: Evaluation, point: Point[Case], port: int) -> Linearised | None:
    """The other problem of the error estimates linearised about its own steady state; None when it has none, or none is
    wanted."""
    if simulation.coarser is not None:
        with simulation.clock("error estimate", everything=True):
            try:
                coarse = simulation.coarser.reach(point)
            except (ConvergenceError, SingularMatrixError) as failure:
                logger.warning("%s: no estimate of the discretization error (%s)", point.name, failure)
                return None
            return Linearised(simulation.coarser.problem, coarse, port)
    if simulation.enriched is None:
        return None
    problem = simulation.enriched.problem
    parameters = build.parameters_of(problem, point.case)
    with simulation.clock("error estimate", everything=True):
        _, storage = problem.at_rest(parameters)
        try:
            found = simulation.enriched.correct(steady, parameters, storage, point.coordinate, point.branch)
        except NewtonFailure as failure:
            logger.warning("%s: no estimate of the discretization error (%s)", point.name, failure)
            return None
        return Linearised(problem, found, port)
