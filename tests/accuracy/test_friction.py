"""Meshes that miss the layers of flow at the walls of porous materials are warned of, before and in a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from python_interface.checking import check
from solver.accuracy.friction import unresolved_flow
from solver.case.case import Case
from solver.discretization.meshing import make_mesh
from solver.parallel.ranks import on_root
from validation import mapped
from validation.devices import KCL_WATER, rows

COMM = MPI.COMM_WORLD
HALF, LENGTH, LAYER = 48.0, 100.0, 1.0
"""Half-height and length of a slit full of a gel, and the square root of the gel's permeability, nm."""


def device(path: Path, cell: float, **changes: Any) -> Case:
    """The slit with cells of one height, under pressure. Collective."""
    y = np.linspace(0.0, HALF, round(HALF / cell) + 1)
    lines = {"axis": (0.0, LENGTH, 0.0, 0.0), "wall": (0.0, LENGTH, HALF, HALF)}
    lines |= {"left": (0.0, 0.0, 0.0, HALF), "right": (LENGTH, LENGTH, 0.0, HALF)}
    on_root(COMM, lambda: mapped.write(path, np.linspace(0.0, LENGTH, 4), y, {"gel": (0.0, LENGTH, 0.0, HALF)}, lines))
    geometry = {
        "type": "file", "path": str(path), "symmetry": "planar", "width": 1e-6, "scale": 1e-9, "axis": "axis",
        "terminals": {"left": "left", "right": "right"}, "walls": {"wall": "wall"},
    }  # fmt: skip
    data = {
        "geometry": geometry,
        "electrolyte": {**KCL_WATER, "concentration": 10.0},
        "regions": {"gel": {"type": "membrane", "permeability": (LAYER * 1e-9) ** 2}},
        "terminals": {"left": {"pressure": 1e4}},
        "outputs": {"errors": "none"},
    }
    return Case.model_validate(data | changes)


@pytest.mark.serial
@pytest.mark.parametrize(("cell", "wrong"), [(2.0, False), (8.0, True)])
def test_cells_of_four_layers_are_the_limit(tmp_path: Path, cell: float, wrong: bool) -> None:
    """Against Brinkman's profile, of which the layers at the walls take 2 % of the flow rate."""
    case = device(Path(COMM.bcast(str(tmp_path))) / "gel.msh", cell)
    forced = 1e4 / (LENGTH * 1e-9) / KCL_WATER["viscosity"]  # pressure gradient over the viscosity
    exact = 2e-6 * forced * 1e-27 * LAYER**2 * (HALF - LAYER * np.tanh(HALF / LAYER))
    assert bool(abs(rows(case)[0]["flow_rate [m^3/s]"] / exact - 1.0) > 2e-3) is wrong
    tagged = make_mesh(case, [case], COMM)
    texts = list(unresolved_flow(tagged, [case]))
    assert len(texts) == int(wrong)
    if wrong:
        assert texts[0].startswith(
            "the cells of 'gel' at wall 'wall' are 8 nm thick, but its flow comes to rest within 1 nm"
        )
        still = case.with_values({"solver.flow": "none", "regions.gel.permeability": None})
        assert not list(unresolved_flow(tagged, [still]))
    if COMM.size == 1:
        assert any("its flow comes to rest" in text for text in check(case).warnings) is wrong
