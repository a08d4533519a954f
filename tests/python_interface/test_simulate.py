"""Simulating from Python: the same numbers in memory, on disk and from the command line, on any number of ranks; errors;
nothing left behind."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mpi4py import MPI

import nanochannel as nc
from solver.simulation.directory import DirectorySink
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from tests.support.interrupted import interrupt
from tests.support.small_cone import small_cone

COMM = MPI.COMM_WORLD


def cone(*biases: str, **changes: object) -> nc.Case:
    """A cone that is solved in a moment, at some biases, without error bars."""
    study = {
        "type": "sweep",
        "parameter": "terminals.base.potential",
        "values": list(biases) or ["0 V", "-0.2 V", "0.2 V"],
    }
    return nc.Case(**small_cone(10.0), study=study, outputs={"errors": "none", "profile_points": 20}, **changes)


def numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Columns that are the same in every run."""
    return table[[name for name in table.columns if "_time" not in name]]


def shared_folder(path: Path) -> Path:
    """The folder of the first rank, on all ranks."""
    return Path(COMM.bcast(str(path), root=0))


@pytest.fixture(scope="module")
def in_memory() -> nc.SimulationResult:
    return nc.simulate(cone(), progress=False)


@pytest.mark.serial
def test_a_case_may_be_named_by_its_directory(tmp_path: Path) -> None:
    case = "cases/conical_rectifier"
    assert nc.check(case).warnings == nc.check(nc.load_case(case)).warnings
    for action in (nc.check, nc.simulate):
        with pytest.raises(nc.CaseError, match="nowhere"):
            action(tmp_path / "nowhere")


def test_in_memory(in_memory: nc.SimulationResult) -> None:
    """All ranks have the same tables; the fields of the extremes are there."""
    result = in_memory
    assert result.path is None
    assert list(result["bias [V]"]) == [0.0, 0.2, -0.2]
    for table in (numbers(result.table), result.profiles):
        pd.testing.assert_frame_equal(table, COMM.bcast(table, root=0), check_exact=True)
    assert len(result.profiles) == 3 * len(result.profiles[result.profiles["point"] == 0]) > 0
    ratio = -result["current [A]"].iloc[2] / result["current [A]"].iloc[1]
    assert result.summary["rectification"][0]["ratio"] == pytest.approx(ratio)
    assert list(result.fields) == [0, 1, 2]
    assert result.run["status"] == "complete"
    assert result.case == cone()


def test_fields_in_memory_are_the_state(in_memory: nc.SimulationResult) -> None:
    """The potential at the driven terminal is the bias; each rank has its own part, and together they are the device."""
    fields = in_memory.fields[1]
    z, potential = np.asarray(fields.points)[:, 0], np.asarray(fields["potential"])
    parts = COMM.allgather(potential[z < z.min() + 1e-12] if COMM.allreduce(z.min(), op=MPI.MIN) == z.min() else [])
    np.testing.assert_allclose(np.concatenate(parts), 0.2, rtol=1e-12)
    surface = COMM.allreduce(fields.compute_cell_sizes(length=False, volume=False)["Area"].sum(), op=MPI.SUM)
    assert surface == pytest.approx(60e-9 * 5.5e-9 + 2 * (40e-9) ** 2, rel=1e-6)


def test_on_disk_the_numbers_are_the_same(in_memory: nc.SimulationResult, tmp_path: Path) -> None:
    path = shared_folder(tmp_path) / "r"
    result = nc.simulate(cone(), path, progress=False)
    assert result.path == path
    pd.testing.assert_frame_equal(numbers(result.table), numbers(in_memory.table), rtol=1e-10)
    pd.testing.assert_frame_equal(result.profiles, in_memory.profiles, rtol=1e-7)
    assert list(result.fields) == list(in_memory.fields)
    again = nc.open_result(path)
    pd.testing.assert_frame_equal(again.table, result.table, check_exact=True)
    assert again.case == result.case == in_memory.case
    assert again.summary == result.summary
    with pytest.raises(
        nc.ResultError, match=r"holds a result already; resume=True continues it, force=True replaces it"
    ):
        nc.simulate(cone(), path, progress=False)
    resumed = nc.simulate(cone(), path, resume=True, progress=False)
    assert list(resumed["point"]) == [0, 1, 2], "nothing was left to do"


def test_resume_goes_on_behind_the_last_point(in_memory: nc.SimulationResult, tmp_path: Path) -> None:
    path = shared_folder(tmp_path) / "r"
    nc.simulate(cone(), path, progress=False)
    COMM.barrier()
    if COMM.rank == 0:
        interrupt(path, 2)
    COMM.barrier()
    resumed = nc.simulate(cone(), path, resume=True, progress=False)
    pd.testing.assert_series_equal(resumed["current [A]"], in_memory["current [A]"], rtol=1e-8)


def test_errors_are_exceptions_on_all_ranks(tmp_path: Path) -> None:
    file = {"type": "file", "path": "missing.msh", "symmetry": "planar", "width": "1 um", "terminals": {"inlet": "in"}}
    without_mesh = nc.Case(geometry=file, electrolyte=small_cone(1.0)["electrolyte"])
    with pytest.raises(nc.CaseError, match=r"geometry\.path: no mesh file 'missing\.msh'"):
        nc.simulate(without_mesh)
    path = shared_folder(tmp_path) / "r"
    with pytest.raises(nc.ConvergenceError):
        nc.simulate(cone(solver={"max_iterations": 1}), path, progress=False)
    with pytest.raises(nc.ResultError, match=r"has no complete point \(status failed: "):
        nc.open_result(path)


def test_released_after_a_failure_too() -> None:
    """Nothing of a failed simulation lives on with its error."""
    before = problems()
    failure: Exception | None = None
    try:
        nc.simulate(cone(solver={"max_iterations": 1}), progress=False)
    except nc.ConvergenceError as error:
        failure = error
    assert failure is not None
    assert problems() <= before


def problems() -> set[int]:
    """Discrete problems that are alive."""
    from solver.discretization.problem import Problem

    gc.collect()
    return {id(each) for each in gc.get_objects() if isinstance(each, Problem)}


def test_a_sub_communicator() -> None:
    """Every rank simulates its own case."""
    own = COMM.Split(COMM.rank)
    result = nc.simulate(cone(f"{0.1 * (1 + COMM.rank)} V"), progress=False, comm=own)
    own.Free()
    assert list(result["bias [V]"]) == pytest.approx([0.1 * (1 + COMM.rank)])
    assert result.run["ranks"] == 1


@pytest.mark.serial
def test_an_interrupt_from_the_keyboard_leaves_a_result_to_resume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the kernel of a notebook is interrupted."""
    add = DirectorySink.add

    def interrupted(self: DirectorySink, record: Record, simulation: Simulation) -> None:
        add(self, record, simulation)
        raise KeyboardInterrupt

    monkeypatch.setattr(DirectorySink, "add", interrupted)
    with pytest.raises(KeyboardInterrupt):
        nc.simulate(cone(), tmp_path / "r", progress=False)
    monkeypatch.undo()
    assert nc.open_result(tmp_path / "r").run["status"] == "interrupted"
    resumed = nc.simulate(cone(), tmp_path / "r", resume=True, progress=False)
    assert list(resumed["point"]) == [0, 1, 2]


@pytest.mark.serial
def test_the_command_line_gives_the_same(in_memory: nc.SimulationResult, tmp_path: Path) -> None:
    case = cone()
    (tmp_path / "case.yaml").write_text(json.dumps(case.model_dump(mode="json")))
    subprocess.run(
        [sys.executable, "-m", "nanochannel", "run", str(tmp_path), "--out", str(tmp_path / "r")], check=True
    )
    result = nc.open_result(tmp_path / "r")
    pd.testing.assert_frame_equal(numbers(result.table), numbers(in_memory.table), rtol=1e-10)
    assert result.case.name == tmp_path.name
    loaded = nc.load_case(tmp_path)
    assert result.case == loaded
    assert nc.simulate(loaded, progress=False).name == tmp_path.name


@pytest.mark.serial
def test_nothing_is_written_in_memory(tmp_path: Path) -> None:
    """No file in the current folder, and no line on the terminal but warnings."""
    here = "tests.python_interface.test_simulate"
    code = f"import nanochannel as nc; from {here} import cone; nc.simulate(cone('0.1 V')).plot()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert done.stdout == ""
    (warning,) = done.stderr.splitlines()
    assert warning.startswith("warning: 10 mM KCl at 'base': the ideal conductivity, 150 mS/m, is +6 % off")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.serial
def test_pictures_of_a_result_in_memory(in_memory: nc.SimulationResult, tmp_path: Path) -> None:
    assert list(in_memory.plot("current_voltage", "profiles")) == ["current_voltage", "profiles"]
    (picture,) = in_memory.render("potential", "0.2 V", out=tmp_path / "potential.png").values()
    assert picture.axes[0].get_title() == "bias = 0.2 V"
    assert (tmp_path / "potential.png").is_file()
    with pytest.raises(
        nc.ResultError, match=r"the result has no fields; run the case with 'outputs\.fields: extremes'"
    ):
        nc.simulate(cone("0.1 V").with_values({"outputs.fields": "none"}), progress=False).render()


def test_repeated_simulations_need_no_more_memory() -> None:
    """With the richer problem of error bars. On any number of ranks, where PETSc frees only what it is told to free on all of
    them; after failures too."""
    case = cone("0.1 V").with_values({"outputs.fields": "none", "outputs.errors": "all"})
    hopeless = case.with_values({"solver.max_iterations": 1})
    peaks = []
    for count in (3, 8):
        for _ in range(count):
            nc.simulate(case, progress=False)
            with contextlib.suppress(nc.ConvergenceError):
                nc.simulate(hopeless, progress=False)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    grown = COMM.allreduce(peaks[1] - peaks[0], op=MPI.MAX)
    assert grown < 12.0, f"{grown:.0f} MB in 16 simulations"
