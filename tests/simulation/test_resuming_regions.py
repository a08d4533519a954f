"""Runs of devices with solids and membranes that are continued: the same rows, and nothing of another device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

import nanochannel as nc
from solver.case.case import Case
from solver.results.rows import ResultError, read_rows
from solver.run import run
from solver.simulation.directory import DirectorySink
from tests.support.filled_slit import values, write
from tests.support.interrupted import interrupt

pytestmark = pytest.mark.serial

COMM = MPI.COMM_SELF
SWEEP = {"type": "sweep", "parameter": "regions.plug.fixed_charge", "values": [-50.0, -100.0, 100.0]}


def case(mesh: Path, **changes: Any) -> Case:
    """A sweep of the fixed charge, without flow."""
    return Case.model_validate(values(mesh, solid=True, study=SWEEP, solver={"flow": "none"}, **changes))


def computed(result: Path) -> list[list[float]]:
    """Some measured numbers of all rows."""
    keys = ("current_left [A]", "donnan_potential_plug_left [V]", "charge_gate [C]")
    return [[float(row[key]) for key in keys] for row in read_rows(result / "observables.csv")]


def test_a_killed_sweep_goes_on_and_a_changed_device_is_refused(tmp_path: Path) -> None:
    mesh, out = write(tmp_path / "slit.msh", solid=True), tmp_path / "result"
    run(case(mesh), DirectorySink.at(out, COMM), COMM)
    whole = computed(out)
    interrupt(out, 1)
    run(case(mesh), DirectorySink.at(out, COMM, resume=True), COMM)
    assert len(whole) == 3
    np.testing.assert_allclose(computed(out), whole, rtol=1e-7)
    data = values(mesh, solid=True)["regions"]
    data["glass"] = data["glass"] | {"relative_permittivity": 7.5}
    with pytest.raises(ResultError, match=r"holds another case \(.*glass.*cannot be resumed"):
        run(case(mesh, regions=data), DirectorySink.at(out, COMM, resume=True), COMM)


def test_a_mesh_whose_regions_have_moved_is_not_resumed(tmp_path: Path) -> None:
    """The same nodes and cells, with the names of water and plug exchanged."""
    mesh, out = write(tmp_path / "slit.msh", solid=True), tmp_path / "result"
    run(case(mesh), DirectorySink.at(out, COMM), COMM)
    interrupt(out, 1)
    text = mesh.read_text()
    water, plug = '2 1 "water"', '2 2 "plug"'
    assert water in text
    mesh.write_text(text.replace(water, '2 1 "plug"').replace(plug, '2 2 "water"'))
    with pytest.raises(ResultError, match="the mesh is not the one of the earlier run"):
        run(case(mesh), DirectorySink.at(out, COMM, resume=True), COMM)


def test_results_in_memory_hold_steps_and_regions(tmp_path: Path) -> None:
    mesh = write(tmp_path / "slit.msh", solid=True)
    result = nc.simulate(case(mesh), progress=False, comm=COMM)
    assert {"donnan_potential_plug_left [V]", "charge_gate [C]"} <= set(result.observables)
    grid = result.fields[1]
    assert set(grid.cell_data["region"]) == {1, 2, 3}
    assert set(result.run["mesh"]["regions"]) == {"water", "plug", "glass"}
    (drawn,) = result.render(at="100 mM").values()
    named = [text.get_text().split(":")[0] for text in drawn.legends[0].get_texts()]
    assert sorted(named) == ["glass", "plug"]
