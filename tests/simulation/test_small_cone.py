"""One small charged cone from the case file to the tables: the computation of `make test-fast`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mpi4py import MPI

from postprocess.tables.result import load
from solver.case.loading import load_case
from solver.run import run
from solver.simulation.directory import DirectorySink
from tests.support.small_cone import small_cone

pytestmark = [pytest.mark.serial, pytest.mark.fast]

FINE = {0.2: 1.6867e-10, -0.2: -1.5697e-10}
"""Current (A) by the bias (V) on this mesh refined twice, with its estimated error added; to 1e-4."""


def test_a_cone_from_the_case_file_to_the_tables(tmp_path: Path) -> None:
    """Nothing flows at rest, ions and liquid are conserved, and the error bars cover the difference to a fine mesh."""
    study = {"type": "sweep", "parameter": "terminals.base.potential", "values": [0.2, 0.0, -0.2]}
    (tmp_path / "case.yaml").write_text(json.dumps(small_cone(30.0) | {"title": "A small cone", "study": study}))
    run(load_case(tmp_path), DirectorySink.at(tmp_path / "result", MPI.COMM_SELF), MPI.COMM_SELF)

    result = load(tmp_path / "result")
    rows = result.observables.set_index("bias [V]")
    assert set(rows.index) == {0.2, 0.0, -0.2}
    assert rows.loc[0.0, "current [A]"] == pytest.approx(0.0, abs=1e-22)
    for bias, exact in FINE.items():
        row = rows.loc[bias]
        assert abs(row["current [A]"] - exact) < row["current_error [A]"] + 1e-4 * abs(exact)
        assert row["current_error [A]"] < 0.01 * abs(exact)
        assert row["conservation_error"] < 1e-9
        assert row["current_route_difference"] < 1e-8
        assert row["flow_conservation_error"] < 1e-9
        assert row["current_base_K [A]"] + row["current_base_Cl [A]"] == pytest.approx(
            row["current [A]"], rel=1e-12, abs=0
        )
    assert rows.loc[0.2, "transference_K"] > 0.8, "a negative wall lets potassium through"
    assert rows.loc[0.2, "flow_rate [m^3/s]"] > 0 > rows.loc[-0.2, "flow_rate [m^3/s]"]
    (pair,) = json.loads((tmp_path / "result" / "summary.json").read_text())["rectification"]
    assert pair["ratio"] == pytest.approx(FINE[-0.2] / -FINE[0.2], abs=pair["ratio_error"] + 2e-4)
    assert json.loads((tmp_path / "result" / "run.json").read_text())["status"] == "complete"
