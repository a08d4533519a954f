"""Runs in time, spectra and sensitivities in three dimensions, with factors and with split fields."""

from __future__ import annotations

import os
import signal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mpi4py import MPI

from python_interface.simulate import simulate
from solver.accuracy.adjoint import Adjoint
from solver.accuracy.goals import Goal
from solver.accuracy.sensitivity import moved, sensitivity
from solver.case.case import Case
from solver.discretization import build, meshing
from solver.discretization.evaluation import Evaluation
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonReport, NewtonSettings
from solver.parallel.clock import Clock
from solver.parallel.interruption import Interruption
from solver.results.rows import read_rows
from solver.run import run
from solver.simulation.checkpoint import read_flows, write_flows
from solver.simulation.directory import DirectorySink
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.studies.impedance.linearised import Linearised
from solver.studies.transient.stages import StageSolver
from tests.simulation.test_cases_in_space import cone

KEYS = ("current [A]", "flow_rate [m^3/s]", "salt_inventory [mol]", "charge_passed [C]")
DILUTE = {"species": {"K": {}, "Cl": {}}, "concentration": 2.0}
PULSE = {
    "type": "transient",
    "tolerance": 0.05,
    "protocol": [
        {"type": "step", "to": {"terminals.base.potential": 0.06}},
        {"type": "ramp", "duration": 2e-9, "to": {"terminals.base.potential": 0.07}},
    ],
    "largest_step": 2e-9,
}


def small(linear: str = "direct", dimension: int = 3, errors: str = "none", **further: Any) -> Case:
    """The short cone with thick double layers."""
    beside = {"solver": {"linear": linear}} if dimension == 3 else {}
    outputs = {"errors": errors, "fields": "none"}
    return cone(dimension, electrolyte=DILUTE, **{"outputs": outputs, **beside, **further})


@cache
def pulsed(linear: str, dimension: int, errors: str) -> pd.DataFrame:
    case = small(linear, dimension, errors, study=PULSE)
    return simulate(case, progress=False, comm=MPI.COMM_WORLD if errors == "none" else MPI.COMM_SELF).observables


def test_split_fields_take_the_steps_of_factors_to_the_same_numbers() -> None:
    """On any number of ranks: those of factors are computed on one. Stages are solved to a thousandth of the tolerance."""
    split, usual = pulsed("fieldsplit", 3, "none"), pulsed("direct", 3, "all")
    np.testing.assert_allclose(split["time [s]"], usual["time [s]"], rtol=1e-12)
    for key in KEYS:
        np.testing.assert_allclose(split[key], usual[key], rtol=1e-4, atol=1e-4 * abs(usual[key]).max())
    for found in (split, usual):
        assert found["conservation_error"].max() < 1e-8
        assert found["salt_balance_error"].max() < 1e-8
        assert found["charge_balance_error"].max() < 1e-8
        assert found["flow_conservation_error"].max() < 1e-3


@pytest.mark.serial
def test_instants_are_those_of_the_half_plane_within_their_errors() -> None:
    usual, flat = pulsed("direct", 3, "all"), pulsed("interleaved", 2, "none")
    last, known = usual.iloc[-1], flat.iloc[-1]
    for key, error in (("current [A]", "current_error [A]"), ("flow_rate [m^3/s]", "flow_rate_error [m^3/s]")):
        assert 0.0 < last[error] < 0.2 * abs(last[key])
        assert abs(last[key] - known[key]) < last[error]
    assert np.isfinite(usual["current_error [A]"]).all()


@cache
def solved(linear: str, alone: bool = True) -> tuple[Case, Newton, Evaluation]:
    """A steady state and what solves for it, on this rank or on all."""
    case = small(linear, study={"type": "impedance", "frequencies": [1e5]})
    comm = MPI.COMM_SELF if alone else MPI.COMM_WORLD
    problem = build.make_problem(case, meshing.make_mesh(case, [case], comm), Clock())
    newton = Newton(problem, build.linear_solver(case, problem))
    continuation = Continuation(problem, newton, NewtonSettings(tolerance=1e-9))
    return case, newton, continuation.reach(build.parameters_of(problem, case), 0.0, "it").state


def test_spectra_of_split_fields_are_those_of_factors() -> None:
    """Below and far above the rate of the double layers; on any number of ranks those of factors on one."""
    spectra = []
    for linear in ("direct", "fieldsplit"):
        _, newton, found = solved(linear, linear == "direct" or MPI.COMM_WORLD.size == 1)
        linearised = Linearised(newton.problem, found, 0)
        spectra.append([linearised.response(frequency) for frequency in (1e4, 1e9)])
        assert all(steps < 70 for steps in linearised.iterations)
    for usual, split in zip(*spectra, strict=True):
        assert np.abs(split.total - usual.total).max() < 1e-7 * np.abs(usual.total).max()
        assert split.imbalance < 1e-8


@pytest.mark.serial
@pytest.mark.parametrize("rate", [1e5, 1.0, 0.01])
def test_stages_take_few_iterations(rate: float) -> None:
    """Behind a step of the voltage, from far above the rate of the double layers to far below it."""
    case, newton, found = solved("fieldsplit")
    problem, report = newton.problem, NewtonReport()
    ahead = build.parameters_of(problem, case.with_value("terminals.base.potential", 0.1))
    stages = StageSolver(problem, newton, report, found.amounts, 0.01)
    newton.forget()
    reached = stages.solve(ahead, rate, found.content, found.charges, found.state, found.flow)
    assert stages.loss(reached) <= 1.0
    assert len(report.iterations) < 10
    assert max(int(each.linear.split()[0]) for each in report.iterations) < 40


@pytest.mark.serial
def test_spectra_are_those_of_the_half_plane_within_their_errors() -> None:
    study = {"type": "impedance", "frequencies": [1e7]}
    space, flat = (
        simulate(small("direct", dimension, "all", study=study), progress=False).observables for dimension in (3, 2)
    )
    impedances = [each["impedance_real [ohm]"] + 1j * each["impedance_imaginary [ohm]"] for each in (space, flat)]
    error = space["impedance_error [ohm]"]
    assert (abs(impedances[0] - impedances[1]) < error + flat["impedance_error [ohm]"]).all()
    assert (error < 0.2 * abs(impedances[1])).all()


@pytest.mark.serial
def test_sensitivities_are_differences_of_states() -> None:
    key, step, derivatives = "walls.channel.surface_charge", 1e-5, []
    for linear in ("direct", "fieldsplit"):
        case, newton, found = solved(linear)
        adjoint = Adjoint(newton.problem, newton.jacobian, Goal("current", "base"))
        adjoint.solve(found)
        derivatives.append(
            [sensitivity(adjoint, found, case, each).derivative for each in (key, "geometry.radius_tip")]
        )
    assert derivatives[1] == pytest.approx(derivatives[0], rel=1e-6)
    case, newton, found = solved("direct")
    problem, charge = newton.problem, build.value_of(case, key)

    def current(changed: Case) -> float:
        parameters = build.parameters_of(problem, changed)
        start = problem.evaluate(problem.boundary_values.impose(found.state, parameters), parameters)
        state = newton.solve(start, NewtonSettings(tolerance=1e-11), NewtonReport())
        return float(state.currents[0] * parameters.scales.current)

    ends = [current(case.with_value(key, charge + sign * step)) for sign in (1, -1)]
    assert derivatives[0][0] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4)
    radius, ends = case.geometry.radius_tip, []
    assert problem.flow is not None
    for sign in (1, -1):
        other = case.with_value("geometry.radius_tip", radius + sign * 1e-12)
        with moved(problem, case.geometry, other.geometry):
            problem.flow.solved.refactorise()
            newton.forget()
            ends.append(current(other))
    problem.flow.solved.refactorise()
    assert derivatives[0][1] == pytest.approx((ends[0] - ends[1]) / 2e-12, rel=1e-4)


@pytest.mark.slow
@pytest.mark.serial
def test_a_resumed_run_takes_the_same_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the flow as an unknown, and error bars from a run on the coarser mesh that goes on, too."""
    case, out, add = small("fieldsplit", 3, "all", study=PULSE), tmp_path / "result", DirectorySink.add

    def ending(self: DirectorySink, record: Record, simulation: Simulation) -> None:
        add(self, record, simulation)
        if record.number == 1:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(DirectorySink, "add", ending)
    with pytest.raises(Interruption.Interrupted):
        run(case, DirectorySink.at(out, MPI.COMM_SELF), MPI.COMM_SELF)
    monkeypatch.setattr(DirectorySink, "add", add)
    assert len(read_rows(out / "observables.csv")) == 2
    run(case, DirectorySink.at(out, MPI.COMM_SELF, resume=True), MPI.COMM_SELF)
    found, usual = pd.read_csv(out / "observables.csv"), pulsed("direct", 3, "all")
    np.testing.assert_allclose(found["time [s]"], usual["time [s]"], rtol=1e-12)
    for key in KEYS:
        np.testing.assert_allclose(found[key], usual[key], rtol=1e-4, atol=1e-4 * abs(usual[key]).max())
    np.testing.assert_allclose(found["current_error [A]"], usual["current_error [A]"], rtol=1e-2)


def test_flows_of_checkpoints_are_found_on_any_number_of_ranks(tmp_path: Path) -> None:
    """With the pressure and its constants: the residual of the flow is the same to the last digits."""
    ranks, case = MPI.COMM_WORLD, small("fieldsplit")
    path = Path(ranks.bcast(str(tmp_path))) / "flow.bp"

    def made(comm: MPI.Comm) -> tuple[Problem, Parameters, np.ndarray]:
        problem = build.make_problem(case, meshing.make_mesh(case, [case], comm), Clock())
        parameters = build.parameters_of(problem, case)
        state, _ = problem.at_rest(parameters)
        along = problem.unknowns.scalar.tabulate_dof_coordinates()[:, 0] / 20.0
        problem.unknowns.table(state)[:] += np.outer(along, (1.0, 0.3, -0.1))
        return problem, parameters, state

    def numbers(problem: Problem, parameters: Parameters, state: np.ndarray) -> list[float]:
        assert problem.flow is not None
        flow = read_flows(problem, path, ["flow"])["flow"]
        found = problem.evaluate(state, parameters, flow=flow)
        assert found.flow_rows is not None
        squares = [float((each**2).sum()) for each in (flow[: problem.flow.owned], found.flow_rows)]
        return [*problem.mesh.comm.allreduce(np.array(squares)), *found.flow_rates]

    usual: list[float] = []
    if ranks.rank == 0:
        alone = made(MPI.COMM_SELF)
        flow = alone[0].evaluate(alone[2], alone[1]).flow
        assert flow is not None
        write_flows(alone[0], path, {"flow": 2.0 * flow})
        usual = numbers(*alone)
    usual = ranks.bcast(usual)
    assert min(map(abs, usual)) > 1.0
    assert numbers(*made(ranks)) == pytest.approx(usual, rel=1e-9)
