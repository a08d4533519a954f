"""Meshes that do not resolve a double layer are warned of, before and after; charges have bars that cover."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

import meshio
import numpy as np
import pytest
from mpi4py import MPI
from scipy import constants

from meshes.blocks.assembly import Blocks
from meshes.blocks.mesh import BlockMesh
from meshes.distributed import distributed
from meshes.grading import Grading
from solver.accuracy.resolution import coarse_part, unreliable
from solver.parallel.ranks import on_root
from validation.devices import rows

WIDTH, HEIGHT, SALT = 1e-6, 5e-9, 1.0


def write_strip(path: Path, first: float, growth: float) -> None:
    """A strip of 100 by 5 nm between an electrode and the bulk, with cells that grow from the electrode. Collective."""
    x = [0.0]
    while x[-1] < 100.0:
        x.append(x[-1] + first * growth ** (len(x) - 1))
    x = np.array(x) * 100.0 / x[-1]
    count = len(x)
    points = np.column_stack([np.tile(x, 2), np.repeat([0.0, 5.0], count), np.zeros(2 * count)])
    cells = [[i, i + 1, count + i + 1, count + i] for i in range(count - 1)]
    sides = [[i, i + 1] for i in range(count - 1)] + [[count + i, count + i + 1] for i in range(count - 1)]
    blocks = [("quad", cells), ("line", [[0, count]]), ("line", [[count - 1, 2 * count - 1]]), ("line", sides)]
    names = {"liquid": [1, 2], "electrode": [2, 1], "bulk": [3, 1], "sides": [4, 1]}
    tags = [np.full(len(block[1]), k) for k, block in enumerate(blocks, start=1)]
    mesh = meshio.Mesh(
        points,
        blocks,
        cell_data={"gmsh:physical": tags, "gmsh:geometrical": tags},
        field_data={name: np.array(entry) for name, entry in names.items()},
    )
    on_root(MPI.COMM_WORLD, lambda: meshio.write(path, mesh, file_format="gmsh22", binary=False))


def strip(path: Path) -> dict[str, Any]:
    """The electrode against 1 mM, swept in its potential."""
    return {
        "geometry": {
            "type": "file", "path": str(path), "symmetry": "planar", "width": WIDTH, "scale": 1e-9,
            "terminals": {"bulk": "bulk"}, "walls": {"electrode": "electrode", "sides": "sides"},
        },
        "electrolyte": {"species": {"Na": {}, "Cl": {}}, "concentration": SALT, "relative_permittivity": 78.5},
        "walls": {"electrode": {"potential": 0.05}},
        "study": {"type": "sweep", "parameter": "walls.electrode.potential", "values": [0.05, 0.25, 0.4]},
        "solver": {"flow": "none"},
    }  # fmt: skip


def exact_charge(potential: float, temperature: float = 298.15) -> float:
    """Gouy and Chapman's charge of the electrode, C."""
    energy = constants.R * temperature
    permittivity = 78.5 * constants.epsilon_0
    density = math.sqrt(8 * permittivity * SALT * energy)
    return density * math.sinh(potential * constants.value("Faraday constant") / (2 * energy)) * WIDTH * HEIGHT


def computed(
    folder: Path, caplog: pytest.LogCaptureFixture, first: float, growth: float
) -> tuple[list[Any], list[str]]:
    """Rows of a strip, and what was warned of before they were computed."""
    write_strip(folder / "strip.msh", first, growth)
    logger = logging.getLogger("nanochannel")
    before, logger.propagate = logger.propagate, True
    try:
        with caplog.at_level(logging.WARNING, logger="nanochannel"):
            found = rows(strip(folder / "strip.msh"))
    finally:
        logger.propagate = before
    return found, [record.getMessage() for record in caplog.records]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that all ranks share."""
    return Path(MPI.COMM_WORLD.bcast(str(tmp_path)))


@pytest.mark.serial
def test_bars_of_charges_cover_gouy_and_chapman(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    found, messages = computed(folder, caplog, 0.02, 1.4)
    assert not messages
    assert not list(unreliable(found))
    for row, potential in zip(found, [0.05, 0.25, 0.4], strict=True):
        exact = exact_charge(potential)
        error, bar = abs(row["charge_electrode [C]"] - exact), row["charge_electrode_error [C]"]
        assert error < bar + 1e-4 * exact, f"{potential}: {error / exact:.1e}, bar {bar / exact:.1e}"
        assert bar < 0.05 * exact


def test_an_unresolved_layer_is_warned_of_before_and_after(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Cells of a nanometre at an electrode of 0.4 V: more than a tenth of its charge is missing."""
    found, messages = computed(folder, caplog, 1.0, 1.2)
    assert abs(found[-1]["charge_electrode [C]"] / exact_charge(0.4) - 1) > 0.1
    if MPI.COMM_WORLD.rank == 0:
        message = messages[0]
        assert message.startswith("warning: the cells at wall 'electrode' are 0.94 nm thick, but its double layer gets")
    (text,) = unreliable(found)
    assert text.startswith("charge electrode: of 3 points there are")
    assert "the mesh does not resolve the layers there" in text


@pytest.mark.serial
def test_a_current_that_is_zero_by_rounding_needs_no_finer_mesh() -> None:
    """Both species diffuse alike, and their currents cancel."""
    row = {
        "current [A]": -3e-24,
        "current_error [A]": 2e-21,
        "current_left_K [A]": -9e-10,
        "current_left_Cl [A]": 9e-10,
    }
    assert not list(unreliable([row]))
    (text,) = unreliable([row | {"current [A]": -3e-12, "current_error [A]": 2e-12}], has_layers=False)
    assert "the mesh is too coarse" in text


def test_points_without_a_bar_are_told() -> None:
    table = [{"current [A]": 1.0, "current_error [A]": bar} for bar in (0.01, math.nan, 0.3)]
    (text,) = unreliable(table)
    assert text.startswith(
        "current: of 3 points there are 1 without an error bar and 1 with one of up to 0.3 of the value"
    )
    assert not list(unreliable(table[:1]))


@pytest.mark.serial
def test_a_current_that_is_rounding_beside_those_of_its_ions_is_not_warned_of() -> None:
    point = {
        "current [A]": 1e-24,
        "current_error [A]": 1e-22,
        "current_left_K [A]": 1e-12,
        "current_left_error [A]": 1.0,
    }
    assert not list(unreliable([point]))
    assert len(list(unreliable([point | {"current_error [A]": 2e-18}]))) == 1


def test_cells_at_walls_of_tetrahedra() -> None:
    """Of equal cells of a box, all those at a wall are as thick as the rows of hexahedra that they come from."""

    def box() -> BlockMesh:
        blocks = Blocks(lambda points: points)
        points = [blocks.point(x, y, z) for x in (0.0, 50.0) for y in (0.0, 4.0) for z in (0.0, 10.0)]
        blocks.block(points, "channel")
        for other, cells in ((1, 2), (2, 4), (4, 3)):
            blocks.edge(points[0], points[other], Grading(cells))
        blocks.name_sides(lambda corners: "floor" if (corners[:, 1] == 0).all() else "others")
        return blocks.mesh("full")

    tagged = distributed(box, MPI.COMM_WORLD)
    assert coarse_part(tagged, "floor", 1.1e-9, ()) == (0.0, 0.0)
    assert coarse_part(tagged, "floor", 0.9e-9, ()) == (pytest.approx(1.0), pytest.approx(1e-9))
