"""Jumps of the drive and steps in time beside a terminal that absorbs a species."""

from __future__ import annotations

import numpy as np
import pytest
from mpi4py import MPI
from scipy.optimize import brentq

from solver.case.case import Case
from solver.discretization import build, meshing
from solver.discretization.parameters import Parameters
from solver.nonlinear.newton import Newton, NewtonReport, NewtonSettings
from solver.parallel.clock import Clock
from solver.studies.transient.stepper import TimeStepper
from validation.exchange import DIFFUSIVITY, HELD, LENGTH, RADIUS, UPTAKE, tube

SOLUTE, LEFT = 2, 0
JUMP_AT, END = 0.15 * LENGTH**2 / DIFFUSIVITY, 0.3 * LENGTH**2 / DIFFUSIVITY


def stepper_of(voltage: float) -> TimeStepper:
    """From the steady state: the solute is absorbed at the left, its concentration at the right is doubled at the start,
    and a potential that it does not feel jumps on the way."""
    hold = {"type": "transient", "protocol": [{"type": "hold", "duration": END}]}
    case = Case.model_validate(tube({"absorption": UPTAKE}, {}) | {"mesh": {"axial_cells": 12}, "study": hold})
    problem = build.make_problem(case, meshing.make_mesh(case, [case], MPI.COMM_WORLD), Clock())
    at_rest, newton = build.parameters_of(problem, case), Newton(problem)
    more = {"terminals.right.concentrations.dopamine": 2.0 * HELD}

    def parameters_at(time: float, after: bool) -> Parameters:
        jumped = time > JUMP_AT or (after and time == JUMP_AT)
        volts = {"terminals.left.potential": voltage} if jumped else {}
        return at_rest.with_values((more if time > 0.0 or after else {}) | volts)

    start = problem.boundary_values.impose(problem.at_rest(at_rest)[0], at_rest)
    steady = newton.solve(problem.evaluate(start, at_rest), NewtonSettings(tolerance=1e-10), NewtonReport())
    stepper = TimeStepper.from_state(
        steady, newton, parameters_at, tolerance=1e-4, debye_time=1e-9, largest=END, first=1e-9
    )
    stepper.jump()
    return stepper


def advanced(stepper: TimeStepper, until: float) -> None:
    while stepper.now.time < until:
        stepper.advance(until)


def exact_rate(time: float) -> float:
    """mol/s that enter at the left, by the eigenfunctions of diffusion between uptake and a held concentration."""
    ahead = DIFFUSIVITY / UPTAKE
    total = 2.0 * HELD * ahead / (LENGTH + ahead)
    for k in range(1, 60):
        b = brentq(lambda x: np.sin(x) + x * ahead / LENGTH * np.cos(x), (k - 0.5) * np.pi, k * np.pi) / LENGTH
        x = np.linspace(0.0, LENGTH, 4001)
        mode = np.sin(b * (LENGTH - x))
        start = -HELD * (x + ahead) / (LENGTH + ahead)
        part = np.trapezoid(start * mode, x) / np.trapezoid(mode**2, x)
        total += part * mode[0] * np.exp(-DIFFUSIVITY * b**2 * time)
    return float(-UPTAKE * total * np.pi * RADIUS**2)


def test_a_jump_leaves_the_rate_of_what_a_terminal_absorbs() -> None:
    stepper = stepper_of(0.05)
    began = stepper.now
    advanced(stepper, JUMP_AT)
    before, free = stepper.now, stepper.now.slope.copy()
    stepper.jump()
    after, problem = stepper.now, stepper.problem
    assert after.rates[LEFT, SOLUTE] == pytest.approx(before.rates[LEFT, SOLUTE], rel=1e-6)
    free[problem.boundary_values.owned_species] = 0.0
    moved = after.slope - free
    for each in (moved, free):  # the salt feels the potential
        problem.unknowns.electrochemical(each)[:, :SOLUTE] = 0.0
        problem.unknowns.potential(each)[:] = 0.0
    assert problem.unknowns.largest(moved) < 1e-4 * problem.unknowns.largest(free)
    advanced(stepper, END)
    scales = after.found.parameters.scales
    found = stepper.now.rates[LEFT, SOLUTE] * scales.molar_rate
    assert found == pytest.approx(exact_rate(END), rel=2e-4)
    stored = (stepper.now.found.amounts - began.found.amounts)[SOLUTE]
    assert (stepper.now.passed - began.passed)[:, SOLUTE].sum() == pytest.approx(stored, rel=1e-6)
