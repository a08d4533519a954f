"""Impedance spectra: for every bias a steady state, and about it the response at every frequency."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from solver.accuracy.error_bars import SAFETY
from solver.case.studies.impedance import Impedance
from solver.case.studies.points import Point
from solver.discretization import build
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.newton import NewtonFailure
from solver.observables.state import bias_of
from solver.parallel.logs import logger
from solver.results import headers
from solver.results.effort import WALL_TIME
from solver.simulation.simulation import Record, Session
from solver.studies.impedance import columns
from solver.studies.impedance.linearised import Linearised


def records(session: Session, point: Point, done: set[int]) -> Iterator[Record]:
    """The rows of one bias that are not done yet. Collective.

    Raises:
        ConvergenceError: the steady state is not reached.
    """
    study = point.case.study
    assert isinstance(study, Impedance)
    frequencies = study.frequency_values()
    numbers = [point.number * len(frequencies) + k for k in range(len(frequencies))]
    if done.issuperset(numbers):
        return
    session.reach(point)
    problem, case = session.problem, point.case
    ports = problem.ports
    driven = ports.index(case.driven_terminal)
    begin = session.clock.elapsed
    linearised = Linearised(problem, build.drive_of(problem, case), driven)
    richer = _enriched(session, point, driven)
    limit = np.nan
    if problem.terminals:  # a closed cell lets nothing through for long, and its steady response is not unique
        with suppress(SingularMatrixError):
            limit = float(linearised.response(0.0).total[driven].real)
    for number, frequency in zip(numbers, frequencies, strict=True):
        if number in done:
            continue
        try:
            found = linearised.response(frequency)
        except SingularMatrixError:
            logger.warning("%s: the linear system at %g Hz is singular; it is left out", point.name, frequency)
            continue
        admittance = found.total[driven]
        impedance = 1 / admittance
        error = np.nan
        if richer is not None:
            with session.clock("error estimate", everything=True), suppress(SingularMatrixError):
                error = SAFETY * abs(1 / richer.response(frequency).total[driven] - impedance)
        row: dict[str, object] = {headers.POINT: number}
        row.update({headers.parameter_header(case, name): value for name, value in point.values})
        row |= {
            headers.FREQUENCY: frequency,
            headers.BIAS: bias_of(case),
            headers.IMPEDANCE_REAL: impedance.real,
            headers.IMPEDANCE_IMAGINARY: impedance.imag,
            headers.IMPEDANCE_MAGNITUDE: abs(impedance),
            headers.IMPEDANCE_PHASE: float(np.degrees(np.angle(impedance))),
            columns.ERROR: error,
            columns.ADMITTANCE_REAL: admittance.real,
            columns.ADMITTANCE_IMAGINARY: admittance.imag,
            headers.DIFFERENTIAL_CONDUCTANCE: limit,
            headers.CONSERVATION_ERROR: abs(found.total.sum()) / abs(found.total).max(),
        }
        for name, total, conduction in zip(ports, found.total, found.conduction, strict=True):
            row[columns.PORT_REAL.of(port=name)] = total.real
            row[columns.PORT_IMAGINARY.of(port=name)] = total.imag
            if name in case.terminals:
                row[columns.CONDUCTION_REAL.of(terminal=name)] = conduction.real
                row[columns.CONDUCTION_IMAGINARY.of(terminal=name)] = conduction.imag
        row[WALL_TIME] = session.clock.elapsed - begin
        begin = session.clock.elapsed
        yield Record(row, f"{point.name}, {frequency:.6g} Hz: |Z| = {abs(impedance):.6g} ohm")


def _enriched(session: Session, point: Point, port: int) -> Linearised | None:
    """The richer problem linearised about its own steady state; None when there is none, or none is wanted."""
    if session.enriched is None:
        return None
    problem = session.enriched.problem
    drive = build.drive_of(problem, point.case)
    with session.clock("error estimate", everything=True):
        if not problem.terminals:
            problem.start_at_rest(drive)  # for the content of a closed cell
        try:
            session.enriched.correct(drive, point.coordinate, point.branch)
        except NewtonFailure as failure:
            logger.warning("%s: no estimate of the discretization error (%s)", point.name, failure)
            return None
        return Linearised(problem, drive, port)
