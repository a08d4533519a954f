"""Reversal studies of a small cone: against held currents, direct states, and finite differences. On any number of ranks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from solver.case.case import Case
from solver.results.rows import read_rows
from solver.run import run
from solver.simulation.directory import DirectorySink
from solver.simulation.memory import MemorySink
from solver.studies.reversal.search import Known, next_best, next_zero
from tests.support.interrupted import interrupt
from tests.support.small_cone import small_cone

OTHER = 100.0
REVERSAL, POWER, BEST = "reversal_potential [V]", "osmotic_power [W]", "osmotic_power_bias [V]"


def computed(base: dict[str, Any], **keys: Any) -> MemorySink:
    """A small cone between 1 mM at the tip and what its base holds, mol/m^3."""
    data = small_cone(1.0, base={"concentration": OTHER, **base}) | keys
    sink = MemorySink()
    run(Case(**data), sink, MPI.COMM_WORLD)
    return sink


@pytest.fixture(scope="module")
def found() -> MemorySink:
    return computed({}, study={"type": "reversal", "loads": 2, "pore_density": 1e12, "electrode_ion": "Cl"})


def test_the_reversal_potential_is_that_of_a_held_current_of_zero(found: MemorySink) -> None:
    """Solved for in another way, with the potential as an unknown, and with an error bar of its own."""
    (row,), (held,) = found.rows, computed({"current": 0.0}).rows
    assert row[REVERSAL] == pytest.approx(held["bias [V]"], abs=1e-9)
    # the bar of a current counts a part of what cancels between the ions, too
    assert held["bias_error [V]"] < row["reversal_potential_error [V]"] < 4.0 * held["bias_error [V]"]


def test_currents_and_powers_are_those_of_the_states(found: MemorySink) -> None:
    (row,) = found.rows
    sweep = {"type": "sweep", "parameter": "terminals.base.potential", "values": [0.0, row[BEST], 1.001 * row[BEST]]}
    short, best, beside = computed({}, study=sweep).rows
    assert row["short_circuit_current [A]"] == row["current [A]"] == pytest.approx(short["current [A]"], rel=1e-9)
    assert row["current_error [A]"] == pytest.approx(short["current_error [A]"], rel=0.05)
    assert row[POWER] == pytest.approx(-best["bias [V]"] * best["current [A]"], rel=1e-8)
    assert row["osmotic_power_error [W]"] == pytest.approx(abs(row[BEST]) * best["current_error [A]"], rel=0.05)
    assert row["load_resistance [ohm]"] == pytest.approx(-best["bias [V]"] / best["current [A]"], rel=1e-8)
    lost = 1.0 + beside["bias [V]"] * beside["current [A]"] / row[POWER]
    assert 1e-7 < lost < 1e-5, "a maximum: a thousandth off costs a millionth"
    assert row["osmotic_power_density [W/m^2]"] == pytest.approx(1e12 * row[POWER])
    assert [load["power [W]"] > 0.0 for load in found.loads] == [False, True, True, True, False]
    assert found.loads[2]["power [W]"] == row[POWER]
    assert found.summary["reversal"][0][POWER] == row[POWER]
    assert found.summary["rectification"] == []


def test_selectivity_and_efficiency(found: MemorySink) -> None:
    (row,) = found.rows
    nernst = 25.692579e-3 * np.log(OTHER)
    assert row["nernst_potential [V]"] == pytest.approx(-nernst, rel=1e-6)
    assert row["reversal_selectivity"] == pytest.approx(-row[REVERSAL] / nernst, rel=1e-6)
    assert row["reversal_potential_with_electrodes [V]"] == pytest.approx(row[REVERSAL] - nernst, rel=1e-6)
    # what is lost besides: the currents of both ions at the largest power, and the flow, bound it
    assert 0.0 < row["osmotic_efficiency"] < row["efficiency_by_selectivity"] < 0.5
    assert 0.0 < row["permselectivity"] < 1.0


def test_derivatives_by_the_charge() -> None:
    """Of the potential by the implicit function, of the power at its maximum: both without another solution."""
    key, step = "walls.channel.surface_charge", 2e-4
    study = {"type": "reversal", "outer": {"parameter": key, "values": [-20e-3 - step, -20e-3, -20e-3 + step]}}
    sink = computed({}, study=study, outputs={"errors": "none", "sensitivities": [key]})
    derivatives = {each["goal"]: each["derivative"] for each in sink.sensitivities if each["point"] == 1}
    for goal, header in (("current", "current [A]"), ("reversal_potential", REVERSAL), ("osmotic_power", POWER)):
        slope = (sink.rows[2][header] - sink.rows[0][header]) / (2 * step)
        assert derivatives[goal] == pytest.approx(slope, rel=1e-4)
    assert "reversal_potential_error [V]" not in sink.rows[0]


@pytest.mark.serial
def test_like_reservoirs_deliver_nothing() -> None:
    study = {"type": "reversal", "outer": {"parameter": "terminals.base.concentration", "values": [1.0, 10.0]}}
    like, unlike = computed({}, study=study, outputs={"errors": "none"}).rows
    assert like[REVERSAL] == pytest.approx(0.0, abs=1e-9)
    assert like[POWER] == 0.0
    assert np.isnan(like["cation_transference_number"])
    assert unlike[POWER] > 0.0
    assert unlike["terminals.base.concentration [mol/m^3]"] == 10.0


@pytest.mark.serial
def test_a_killed_study_goes_on(tmp_path: Path) -> None:
    """With the rows and the loads that it would have had, those of an unfinished row not twice."""
    study = {"type": "reversal", "outer": {"parameter": "terminals.base.concentration", "values": [10.0, 20.0]}}
    case = Case(**small_cone(1.0) | {"study": study, "outputs": {"errors": "none"}})
    out, whole = tmp_path / "result", []
    for again in (False, True):
        run(case, DirectorySink.at(out, MPI.COMM_SELF, resume=again), MPI.COMM_SELF)
        tables = [read_rows(out / name) for name in ("observables.csv", "loads.csv")]
        whole.append(
            [[float(row[key]) for row in table] for table, key in zip(tables, (POWER, "power [W]"), strict=True)]
        )
        if not again:
            interrupt(out, 1)
    assert [len(column) for column in whole[0]] == [2, 6]
    for before, after in zip(*whole, strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-8, atol=1e-20)


def rectifier(bias: float) -> Known:
    """A diode with an offset: its slope spans decades."""
    return Known(bias, float(np.exp(bias / 0.02) - 3.0), float(np.exp(bias / 0.02) / 0.02))


@pytest.mark.serial
@pytest.mark.parametrize("start", [-0.5, 0.0, 0.3])
def test_the_search_finds_the_zero_of_a_diode(start: float) -> None:
    known = [rectifier(start)]
    while abs(known[-1].zero - known[-1].bias) > 1e-12:
        known.append(rectifier(next_zero(known, farthest=0.1)))
        assert len(known) < 30
    assert known[-1].bias == pytest.approx(0.02 * np.log(3.0), abs=1e-11)


@pytest.mark.serial
def test_the_search_finds_the_largest_power_of_a_diode() -> None:
    reversal = 0.02 * np.log(3.0)
    known = [rectifier(0.0), rectifier(reversal)]
    for _ in range(5):
        known.append(rectifier(next_best(known, reversal)))
    assert known[-1].gain == pytest.approx(0.0, abs=1e-6 * abs(known[0].current))


@pytest.mark.serial
@pytest.mark.parametrize("beyond", [0.0, 1e-9])
def test_a_tiny_reversal_potential_may_be_passed_by_the_last_step(beyond: float) -> None:
    """Half a microvolt of a resistor, found to a nanovolt."""
    reversal = 5e-7
    known = [Known(bias, (bias - reversal) * 1e-9, 1e-9) for bias in (0.0, reversal + beyond)]
    assert next_best(known, reversal) == pytest.approx(reversal / 2, abs=2e-9)
