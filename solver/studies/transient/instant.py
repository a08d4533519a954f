"""An accepted state of a run in time, and what its steps may have left in its currents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.accuracy.bars import TIME_SAFETY
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem

ERROR_OF_RATE = 0.08
"""Relative error of the rate of change of a sine over the square of the angle of a step, where the device follows at once."""


@dataclass(frozen=True)
class Instant:
    """An accepted state and what passed until then. Dimensionless, in the units of the problem's scales.

    Attributes:
        time, step: s; the step that ended here (0 at the start).
        error, recent: estimated error of the step, largest of any potential in thermal voltages, and of the last few.
        found: the evaluated state.
        slope: rate of change of its contents; owned entries.
        displacement: rate of change of the field's flux into each port. Shape (ports,).
        rates: at which each species enters at each port. Shape (ports, species).
        passed, gross_amount: integral of the rates, and of their absolute values. Shape (ports, species).
        charge_passed: integral of conduction and displacement current. Shape (ports,), in units of the field's flux.
        bound, charging: bound charge, and its rate of change, where the protocol drives it; in units of the field's flux.
        accumulated_error: what the steps so far may have left in the unknowns; owned entries.
        rate_errors, current_errors: sizes of what that means for the rates and for their sums times the valences, the largest
            of the last few steps: an error that changes its sign is not small. Shapes (ports, species) and (ports,).
    """

    time: float
    step: float
    error: float
    recent: float
    found: Evaluation
    slope: np.ndarray
    displacement: np.ndarray
    rates: np.ndarray
    passed: np.ndarray
    gross_amount: np.ndarray
    charge_passed: np.ndarray
    accumulated_error: np.ndarray
    rate_errors: np.ndarray
    current_errors: np.ndarray
    bound: float = 0.0
    charging: float = 0.0

    @property
    def state(self) -> np.ndarray:
        """Unknowns, ghosts included."""
        return self.found.state

    @property
    def charge(self) -> np.ndarray:
        """Flux of the field into each port. Shape (ports,)."""
        return self.found.charges


def errors_of_currents(now: Instant, frequency: float) -> tuple[np.ndarray, np.ndarray]:
    """What the steps may have left in the currents of the species and of the ports (A), with a safety factor. Shapes
    (ports, species) and (ports,).

    frequency: angular frequency of a sine that drives the device, rad/s; 0 without. The currents that charge a device follow
    the rate of change of the drive as the steps give it.
    """
    scales, valences = now.found.parameters.scales, np.array(now.found.problem.valences)
    charging = max(float(np.abs(now.displacement).max()), abs(now.charging)) * scales.electric_flux / scales.time
    of_drive = ERROR_OF_RATE * min((frequency * now.step) ** 2, 1.0) * charging
    # conductances follow concentrations, whose relative errors are those of the potentials in thermal voltages
    species = TIME_SAFETY * np.abs(valences) * now.rate_errors + np.abs(now.rates * valences) * now.recent
    ports = TIME_SAFETY * now.current_errors + np.abs(now.rates @ valences) * now.recent
    return scales.current * species + of_drive, scales.current * ports + of_drive


def first_instant(problem: Problem, found: Evaluation, time: float) -> Instant:
    """A steady state as the first instant of a run that begins at a time, s. Collective."""
    found = problem.evaluate(found.state, found.parameters)
    # what is left of the residual is stored, as it is in every later balance
    slope = -found.unbalanced
    problem.unknowns.potential(slope)[:] = 0.0
    problem.unknowns.electrochemical(slope)[:, list(problem.equilibria.dependences.numbers)] = 0.0
    rates, charge = found.rates, found.charges
    return Instant(
        time=time,
        step=0.0,
        error=0.0,
        recent=0.0,
        found=found,
        slope=slope,
        displacement=np.zeros_like(charge),
        rates=rates,
        passed=np.zeros_like(rates),
        gross_amount=np.zeros_like(rates),
        charge_passed=np.zeros_like(charge),
        accumulated_error=np.zeros_like(slope),
        rate_errors=np.zeros_like(rates),
        current_errors=np.zeros_like(charge),
    )
