"""Meshes that meet a tolerance: the error is really below it, for less than a mesh graded by hand costs."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from mpi4py import MPI

from meshes.tagged import MeshError
from solver.accuracy.adaptation import Adaptation, adapted_mesh, hardest, no_gain
from solver.accuracy.assessment import share_to_split
from solver.accuracy.enriched import Enriched
from solver.analysis.rectification import rectification
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.newton import NewtonFailure
from solver.parallel.clock import Clock
from tests.support.adapted import CONE, adapt, opened
from validation.devices import KCL_WATER, rows

BARE = {"errors": "none", "profile_points": 2}
BOTH = {"type": "sweep", "parameter": "terminals.base.potential", "values": [-0.4, 0.0, 0.4]}


def test_current_to_a_tolerance(truth: dict[str, Any]) -> None:
    """Met, by the true error too, and with fewer unknowns than the default mesh, which is worse."""
    exact = truth["current [A]"] + truth["current_discretization_error [A]"]
    assert truth["current_error [A]"] < 1.5e-4 * abs(exact)
    tolerance = 2.5e-4
    simulation, (found,) = opened(CONE | {"mesh": {"tolerance": tolerance}})
    record = simulation.adaptation
    assert record is not None
    assert record.reached
    assert (record.goal, record.tolerance) == ("current", tolerance)
    assert record.points == ("the steady point",)
    assert found["current_error [A]"] < tolerance * abs(exact) * 1.02
    assert abs(found["current [A]"] / exact - 1) < tolerance
    sizes = [step["unknowns"] for step in record.steps]
    errors = [step["error"] for step in record.steps]
    assert min(errors[:-1]) > tolerance >= errors[-1], "it goes on until then and no further"
    assert sizes == sorted(sizes)
    assert record.steps[-1]["error"] < 0.2 * record.steps[0]["error"]
    assert simulation.problem.size == sizes[-1]
    default, (other,) = opened(CONE | {"outputs": BARE})
    assert sizes[-1] < 0.8 * default.problem.size
    assert abs(found["current [A]"] / exact - 1) < abs(other["current [A]"] / exact - 1)
    statistics = simulation.statistics["adaptation"]
    assert Adaptation.of(statistics) == record  # type: ignore[arg-type]


@pytest.mark.serial
def test_flow_rate_to_a_tolerance(truth: dict[str, Any]) -> None:
    simulation, (found,) = opened(CONE | {"mesh": {"tolerance": 5e-4, "goal": "flow_rate"}})
    record = simulation.adaptation
    assert record is not None
    assert record.reached
    assert len(record.steps) > 1
    deviation = abs(found["flow_rate [m^3/s]"] / truth["flow_rate [m^3/s]"] - 1)
    assert deviation < 5e-4
    assert deviation < abs(found["flow_rate_error [m^3/s]"] / found["flow_rate [m^3/s]"]) + 1e-4


def test_rectification_ratio_to_a_tolerance() -> None:
    """Judged at both ends of the sweep and not in the middle; the error in summary.json agrees with what was reached."""
    tolerance = 2e-3
    simulation, found = opened(CONE | {"study": BOTH, "mesh": {"tolerance": tolerance, "goal": "rectification_ratio"}})
    record = simulation.adaptation
    assert record is not None
    assert record.reached
    assert set(record.points) >= {"bias 0.4 V", "bias -0.4 V"}
    assert "bias 0 V" not in record.points
    (ratio,) = rectification(found)
    assert ratio["ratio_error"] / ratio["ratio"] == pytest.approx(record.steps[-1]["error"], rel=0.05)
    (better,) = rectification(rows(CONE | {"study": BOTH | {"values": [-0.4, 0.4]}, "outputs": BARE}))
    assert abs(ratio["ratio"] / better["ratio"] - 1) < tolerance


@pytest.mark.serial
def test_ratio_at_every_value_of_an_outer_sweep() -> None:
    """Each concentration has a ratio of its own, and the worst of them counts."""

    def first(*salt: float) -> float:
        study = BOTH | {"values": [-0.4, 0.4], "outer": {"parameter": "electrolyte.concentration", "values": salt}}
        mesh = {"tolerance": 0.5, "goal": "rectification_ratio"}
        return float(adapt(CONE | {"study": study, "mesh": mesh}).steps[0]["error"])

    assert first(30.0, 100.0) == pytest.approx(first(100.0, 30.0), rel=1e-3)


def test_a_ratio_that_no_pair_has_is_an_error_of_one_line() -> None:
    """The swept potential is symmetric, the bias is not."""
    terminals = {"base": {}, "tip": {"potential": 0.1}}
    with pytest.raises(MeshError, match="needs two points whose biases differ in sign alone"):
        adapt(CONE | {"terminals": terminals, "study": BOTH, "mesh": {"tolerance": 0.1, "goal": "rectification_ratio"}})


@pytest.mark.serial
def test_what_cannot_be_reached_is_said(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("nanochannel")
    before, logger.propagate = logger.propagate, True
    try:
        with caplog.at_level(logging.WARNING, logger="nanochannel"):
            record = adapt(CONE | {"mesh": {"tolerance": 1e-6, "most_unknowns": 5000}})
    finally:
        logger.propagate = before
    assert not record.reached
    assert record.steps[-1]["unknowns"] < 5000 * 1.5
    (message,) = {r.getMessage() for r in caplog.records}
    assert "not the 1e-06 of mesh.tolerance; raise mesh.most_unknowns to go on" in message
    assert f"{record.steps[-1]['unknowns']} unknowns" in message


@pytest.mark.serial
@pytest.mark.parametrize("goal", ["current", "flow_rate"])
def test_a_goal_that_is_zero_is_refused(goal: str) -> None:
    """Without charge and drive nothing flows: no relative error of it can be asked for."""
    data = CONE | {"terminals": {}, "walls": {}, "mesh": {"tolerance": 0.01, "goal": goal}}
    with pytest.raises(MeshError, match=f"the {goal} is zero"):
        adapt(data)


@pytest.mark.serial
def test_points_at_which_the_mesh_is_assessed() -> None:
    """The corners of the swept ranges and the least driven point, without those where nothing drives a current."""

    def names(**study: Any) -> set[str]:
        case = Case.model_validate(CONE | {"terminals": {}, "study": {"type": "sweep"} | study})
        found = [point.name for point in hardest(plan(case))]
        assert len(set(found)) == len(found)
        return set(found)

    at = "bias {} V".format
    potential = {"parameter": "terminals.base.potential"}
    assert names(**potential, values=[-1.0, -0.4, 0.0, 0.2, 0.5, 1.0]) == {at(-1), at(1), at(0.2)}
    assert names(**potential, values=[0.0, 0.5, 1.0]) == {at(1), at(0.5)}
    salt = {"parameter": "electrolyte.concentration", "values": [1.0, 10.0, 100.0]}
    assert names(**potential, values=[0.0, 1.0], outer=salt) == {f"concentration {c} mM, {at(1)}" for c in (1, 100)}
    assert len(names(parameter="electrolyte.concentration", values=[1.0, 10.0])) == 2, "nothing is driven: all of them"


@pytest.mark.skipif(MPI.COMM_WORLD.size == 1, reason="compares several ranks with one")
def test_the_adapted_mesh_does_not_depend_on_ranks() -> None:
    case = Case.model_validate(CONE | {"mesh": {"tolerance": 1e-3}})
    found = [adapted_mesh(case, plan(case), comm, Clock())[1] for comm in (MPI.COMM_WORLD, MPI.COMM_SELF)]
    assert found[0].grid_lines == found[1].grid_lines
    assert [step["unknowns"] for step in found[0].steps] == [step["unknowns"] for step in found[1].steps]


def test_an_estimate_that_fails_does_not_end_the_adaptation(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a coarse mesh the richer problem may not converge: then the mesh is refined everywhere, and assessed again."""
    correct, calls = Enriched.correct, []

    def fails_at_first(self: Enriched, *arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise NewtonFailure("no convergence")
        return correct(self, *arguments)

    monkeypatch.setattr(Enriched, "correct", fails_at_first)
    record = adapt(CONE | {"mesh": {"tolerance": 0.05}})
    assert record.reached
    assert len(record.steps) == 2
    assert record.steps[0]["error"] is None
    first, second = (step["unknowns"] for step in record.steps)
    assert first is not None
    assert second is not None
    assert 2 < second / first < 4.5


def messages_of(caplog: pytest.LogCaptureFixture, data: dict[str, Any]) -> tuple[Adaptation, list[str]]:
    """How a case was adapted, and what was told meanwhile."""
    logger = logging.getLogger("nanochannel")
    before, logger.propagate = logger.propagate, True
    try:
        with caplog.at_level(logging.INFO, logger="nanochannel"):
            record = adapt(data)
    finally:
        logger.propagate = before
    return record, [r.getMessage() for r in caplog.records]


@pytest.mark.parametrize("failure", [NewtonFailure("no convergence"), SingularMatrixError("singular")])
def test_adaptation_ends_at_the_last_mesh_with_an_estimate(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failure: Exception
) -> None:
    """The mesh before, its larger bar and the reason are what is left; no number is infinite."""
    correct, calls = Enriched.correct, []

    def fails_at_the_third(self: Enriched, *arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise failure
        return correct(self, *arguments)

    monkeypatch.setattr(Enriched, "correct", fails_at_the_third)
    record, messages = messages_of(caplog, CONE | {"mesh": {"tolerance": 1e-6}})
    assert not record.reached
    assert [step["error"] is None for step in record.steps] == [False, False, True]
    *_, told = messages
    assert f"with {record.steps[1]['unknowns']} unknowns, not the 1e-06 of mesh.tolerance" in told
    assert f"the next mesh, of {record.steps[2]['unknowns']} unknowns, has no estimate ({failure})" in told
    assert "inf" not in " ".join(messages).replace("info", "")
    assert record.grid_lines is not None
    monkeypatch.setattr(Enriched, "correct", correct)
    second = record.steps[1]["unknowns"]
    assert second is not None
    again = adapt(CONE | {"mesh": {"tolerance": 1e-6, "most_unknowns": round(1.2 * second)}})
    for step, expected in zip(again.steps, record.steps[:2], strict=True):
        assert step == pytest.approx(expected, rel=1e-6)  # sums over ranks differ in their last digits
    assert again.grid_lines == record.grid_lines, "the lines are those of the mesh that is used"


def test_no_estimate_on_any_mesh_is_an_error_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Any:
        raise NewtonFailure("no convergence")

    monkeypatch.setattr(Enriched, "correct", fails)
    with pytest.raises(
        MeshError, match=r"none of 3 meshes of up to \d+ unknowns has an estimate of the current \(no conv"
    ):
        adapt(CONE | {"mesh": {"tolerance": 0.05}})


@pytest.mark.serial
def test_errors_without_gain_end_the_refinement() -> None:
    """Six meshes that creep or scatter are enough; one accident among errors that fall is not."""
    assert not no_gain([1.0, 1.0, 1.0, 1.0, 1.0])
    assert no_gain([1.0, 0.99, 0.98, 0.97, 0.96, 0.95])
    assert no_gain([1.4, 5.3, 2.2, 0.5, 1.7, 3.3, 3.2])
    assert not no_gain([1.0, 0.7, 0.5, 0.35, 0.25, 0.18])
    assert not no_gain([1.0, 0.7, 1e-6, 0.35, 0.25, 0.18])


@pytest.mark.serial
def test_a_channel_that_rounding_limits_keeps_its_best_bars(caplog: pytest.LogCaptureFixture) -> None:
    """A slit of 100 pm by 200 um with unequal ends: its currents have four digits on any mesh."""
    data = {
        "geometry": {"type": "slit", "length": 200e-6, "height": 1e-10, "width": 1e-6, "reservoirs": None},
        "electrolyte": KCL_WATER,
        "terminals": {"left": {"concentration": 1.0, "potential": 0.05}, "right": {"concentration": 100.0}},
        "walls": {"channel": {"surface_charge": -0.048e-2}},
        "mesh": {"tolerance": 1e-7},
        "solver": {"flow": "none"},
    }
    record, messages = messages_of(caplog, data)
    assert not record.reached, "a small difference of two numbers with few digits is an accident"
    assert len(record.steps) < 15
    assert messages[-1].startswith("warning: the current has an estimated error of")
    assert not any("inf" in message for message in messages)


def test_the_last_step_splits_just_enough() -> None:
    """Little where little is missing, more the more is missing, and nothing where the tolerance is met."""
    shares = [share_to_split(error, 0.003) for error in (0.0031, 0.004, 0.01, 1.0)]
    assert shares == sorted(shares)
    assert 0.0 < shares[0] < 0.15
    assert 0.99 < shares[-1] < 1.0
    assert share_to_split(0.003, 0.003) == 0.0
