"""Devices from mesh files of other people, each against something known; on any number of ranks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from meshes.drawing import DrawingSizes
from meshes.errors import MeshError
from meshes.file import read
from solver.case.case import Case
from solver.parallel.ranks import on_root
from solver.physics.double_layer import surface_charge
from tests.support.mesh_files import description, strip, write
from validation import devices

COMM = MPI.COMM_WORLD
SALT = {"species": {"K": {}, "Cl": {}}, "concentration": "100 mM"}
QUIET = {"outputs": {"errors": "none"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One folder for all ranks."""
    return Path(COMM.bcast(str(tmp_path), root=0))


def written(path: Path, kind: str = "triangle", *, turned: bool = False, across: int = 5, along: int = 20) -> str:
    """A tube or slit 100 nm long and 5 nm high as a file in nanometres; turned: with the radius as first coordinate."""
    points, cells, sides = strip(across, along, kind)
    points = points * np.array([100.0 / along, 5.0 / across, 0.0])
    if turned:
        points, cells = points[:, [1, 0, 2]], cells[:, ::-1]
    on_root(COMM, lambda: write(path, points, cells, sides))
    return str(path)


def test_a_tube_with_the_radius_as_first_coordinate(folder: Path) -> None:
    """kappa pi R^2 / L times 20 mV: 23.53 pA."""
    geometry = {
        "type": "file",
        "path": written(folder / "radial-first.msh", turned=True),
        "symmetry": "axisymmetric",
        "scale": "1 nm",
        "axial": "y",
        "axis": "bottom",
        "terminals": {"left": "left", "right": "right"},
        "walls": {"channel": "top"},
    }
    data = {"geometry": geometry, "electrolyte": SALT, "terminals": {"left": {"potential": "20 mV"}}}
    kappa = Case.model_validate(data).solution("left").conductivity
    measured = devices.row(data | QUIET)
    assert measured["current [A]"] == pytest.approx(kappa * np.pi * 5e-9**2 / 100e-9 * 0.02, rel=1e-9, abs=0)
    assert measured["current [A]"] == pytest.approx(23.53e-12, rel=1e-3, abs=0)


def test_quadrilaterals_agree_with_triangles(folder: Path) -> None:
    """A charged slit with flow."""
    found = {}
    for kind in ("triangle", "quad"):
        geometry = {
            "type": "file",
            "path": written(folder / f"{kind}.msh", kind, across=10),
            "symmetry": "planar",
            "width": "1 um",
            "scale": "1 nm",
            "axis": "bottom",
            "terminals": {"left": "left", "right": "right"},
            "walls": {"channel": "top"},
        }
        walls = {"channel": {"surface_charge": "-5 mC/m^2"}}
        electrolyte = SALT | {"concentration": "10 mM"}
        data = {
            "geometry": geometry,
            "electrolyte": electrolyte,
            "walls": walls,
            "terminals": {"left": {"potential": 0.1}},
        }
        found[kind] = devices.row(data | QUIET)
        assert found[kind]["conservation_error"] < 1e-8
    for header in ("current [A]", "flow_rate [m^3/s]"):
        assert found["quad"][header] == pytest.approx(found["triangle"][header], rel=5e-3, abs=0), header


PLANAR = {"type": "file", "symmetry": "planar", "width": "1 um", "scale": "1 nm"}


def test_a_closed_device(folder: Path) -> None:
    """Two plates 100 nm apart under 0.1 V: each has the charge of a flat layer under half of it, and its opposite."""
    path = written(folder / "closed.msh", across=1, along=60)
    walls = {"left": "left", "right": "right", "sides": ["top", "bottom"]}
    data: dict[str, Any] = {
        "geometry": {**PLANAR, "path": path, "walls": walls},
        "electrolyte": SALT,
        "walls": {"left": {"potential": "0.1 V"}, "right": {"potential": "0 V"}},
        "solver": {"flow": "none"},
    }
    measured, solution = devices.row(data), Case.model_validate(data).solution()
    assert measured["charge_left [C]"] == pytest.approx(-measured["charge_right [C]"], rel=1e-9, abs=0)
    expected = surface_charge(0.05, solution) * 5e-9 * 1e-6
    assert measured["charge_left [C]"] == pytest.approx(expected, rel=5e-3, abs=0)


def test_an_electrode_against_bulk(folder: Path) -> None:
    """One terminal: the electrode has the charge of a flat layer under the whole voltage."""
    path = written(folder / "one.msh", across=1, along=100)
    walls = {"gate": "left", "sides": ["top", "bottom"]}
    data: dict[str, Any] = {
        "geometry": {**PLANAR, "path": path, "terminals": {"bulk": "right"}, "walls": walls},
        "electrolyte": SALT | {"concentration": "10 mM"},
        "walls": {"gate": {"potential": "0.1 V"}},
    }
    measured = devices.row(data)
    expected = surface_charge(0.1, Case.model_validate(data).solution("bulk")) * 5e-9 * 1e-6
    assert measured["charge_gate [C]"] == pytest.approx(expected, rel=5e-3, abs=0)
    assert measured["current_bulk [A]"] == pytest.approx(0.0, abs=1e-20)


def test_what_is_wrong_with_a_mesh_file_is_heard_on_all_ranks(folder: Path) -> None:
    path = folder / "strip.msh"
    on_root(COMM, lambda: write(path, *strip()))
    sizes = DrawingSizes(1e-9, 1e-9, 2.0, ())
    tagged, found = read(path, description(), (), sizes, COMM)
    assert COMM.allreduce(len(tagged.facets_of("lid"))) >= 6
    assert found.boundary("lid").edges == 6
    with pytest.raises(MeshError, match="did you mean 'left'"):
        read(path, description(terminals={"inlet": "elft"}), (), sizes, COMM)
