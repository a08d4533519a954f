"""What enters, passes pores and follows the fields as a trace: on all ranks together as on each alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mpi4py import MPI

from solver.parallel.ranks import on_root
from tests.support.strip_with_pores import strip
from validation.devices import KCL_WATER, simulated

COMM = MPI.COMM_WORLD


def check_ranks(data: dict[str, Any], names: tuple[str, ...]) -> None:
    """Compare columns, of which there has to be one for each beginning, in all rows."""
    together, alone = (simulated(data, comm).table for comm in (COMM, MPI.COMM_SELF))
    assert len(together) == len(alone)
    for name in names:
        columns = [column for column in alone if column.startswith(name)]
        assert columns
        for column in columns:
            size = alone[column].abs().max()
            assert size > 0.0
            assert together[column].tolist() == pytest.approx(alone[column].tolist(), rel=1e-8, abs=1e-8 * size), column


def test_traces_and_what_terminals_inject_and_absorb() -> None:
    """In a charged cone with flow."""
    x = {"valence": 0, "diffusivity": 5e-10}
    held = {"concentrations": {"K": 10.0, "Cl": 10.0, "x": 0.1}}
    tracer = {"valence": -2.5, "diffusivity": 4e-10, "concentration": 1e-6}
    data = {
        "geometry": {
            "type": "cone", "length": 60e-9, "radius_tip": 5e-9, "radius_base": 10e-9,
            "reservoirs": {"length": 20e-9, "radius": 20e-9},
        },
        "electrolyte": KCL_WATER | {"species": KCL_WATER["species"] | {"x": x}, "trace": {"tracer": tracer}},
        "terminals": {
            "tip": held | {"potential": 0.2, "pressure": 1e5, "exchange": {"x": {"rate": 1e-20}}},
            "base": held | {"exchange": {"x": {"absorption": 1e-2}}},
        },
        "walls": {"channel": {"surface_charge": -10e-3}},
        "mesh": {"wall_size": "1 debye_length", "growth": 3.0},
        "outputs": {"errors": "none"},
    }  # fmt: skip
    check_ranks(
        data, ("current [A]", "flow_rate [", "molar_rate_tip_x", "molar_rate_tip_tracer", "enrichment", "amount")
    )


def test_pores_in_time(tmp_path: Path) -> None:
    """Their occupancies and currents, at rest and in a ramp."""
    folder = COMM.bcast(tmp_path)
    data = on_root(COMM, lambda: strip(folder))
    ramp = {"type": "ramp", "duration": 1e-6, "to": {"terminals.left.potential": 0.09}}
    data["study"] = {"type": "transient", "protocol": [ramp], "tolerance": 0.5}
    check_ranks(data, ("current [A]", "pore_voltage", "pore_current", "occupancy"))
