"""Devices from files of tetrahedra against exact numbers and the same in the plane."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from solver.case.case import Case
from solver.linear import shifted
from solver.parallel.ranks import on_root
from tests.support.few_on_ranks import few_on_ranks
from tests.support.space_files import box, sides_of, write
from validation import devices, mapped

COMM = MPI.COMM_WORLD
SALT = {"species": {"K": {}, "Cl": {}}, "concentration": "10 mM"}
LENGTH, DEEP, HIGH, THICK, PLUG = 24.0, 4.0, 8.0, 4.0, (8.0, 16.0)
"""nm: of the liquid along the axis and across it, of the solid below, from where to where the membrane is."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One folder for all ranks."""
    return Path(COMM.bcast(str(tmp_path), root=0))


def written(path: Path) -> Path:
    """Two reservoirs with a membrane between them, beside a solid, uniform along y."""
    points, cells = box((LENGTH, DEEP, HIGH + THICK), (12, 1, 6))
    middle = points[cells].mean(axis=1)
    solid = middle[:, 2] < THICK
    inside = (middle[:, 0] > PLUG[0]) & (middle[:, 0] < PLUG[1]) & ~solid
    regions = {"water": cells[~solid & ~inside], "plug": cells[inside], "glass": cells[solid]}
    sides = sides_of(points, cells)
    for name in ("left", "right"):
        wet = (points[sides[name], 2] >= THICK).all(axis=1)
        sides["ends"] = np.concatenate([sides.get("ends", sides[name][:0]), sides[name][~wet]])
        sides[name] = sides[name][wet]
    liquid = cells[~solid]
    sides["floor"] = sides_of(points, liquid)["bottom"]
    return write(path, points, regions, sides)


def in_the_plane(path: Path) -> Path:
    """The same without the coordinate along which nothing varies."""
    z, y = np.linspace(0.0, LENGTH, 13), np.linspace(0.0, HIGH + THICK, 7)
    regions = {
        "water": (0.0, LENGTH, THICK, HIGH + THICK),
        "plug": (*PLUG, THICK, HIGH + THICK),
        "glass": (0.0, LENGTH, 0.0, THICK),
    }
    lines = {
        "left": (0.0, 0.0, THICK, HIGH + THICK),
        "right": (LENGTH, LENGTH, THICK, HIGH + THICK),
        "top": (0.0, LENGTH, HIGH + THICK, HIGH + THICK),
        "bottom": (0.0, LENGTH, 0.0, 0.0),
        "floor": (0.0, LENGTH, THICK, THICK),
    }
    return mapped.write(path, z, y, regions, lines)


def values(path: Path, *, in_space: bool, **changes: Any) -> dict[str, Any]:
    """The device between 10 and 30 mM, with a charged floor on the solid."""
    own: dict[str, Any] = {"symmetry": "planar", "width": f"{DEEP} nm"}
    if in_space:
        own = {"dimension": 3, "axial": "x", "symmetry_planes": {"y": ["front", "back"]}, "copies": 1}
    geometry = {
        "type": "file",
        "path": str(path),
        "scale": "1 nm",
        "terminals": {"left": "left", "right": "right"},
        "walls": {"floor": "floor", "lid": "top"},
        "rest": "outside",
        **own,
    }
    return {
        "geometry": geometry,
        "electrolyte": SALT,
        "regions": {
            "water": "fluid",
            "plug": {"type": "membrane", "fixed_charge": "-50 mM", "permeability": "1e-18 m^2"},
            "glass": {"type": "dielectric", "relative_permittivity": 4},
        },
        "walls": {"floor": {"surface_charge": "-3 mC/m^2"}},
        "terminals": {"left": {"potential": "50 mV"}, "right": {"concentration": "30 mM"}},
        "outputs": {"errors": "none"},
        **changes,
    }


def test_an_uncharged_box_conducts_as_its_sizes_say(folder: Path) -> None:
    """kappa A / L times 50 mV; the solid in the file is no part of the device."""
    file = on_root(COMM, lambda: written(folder / "box.msh"))
    data = values(file, in_space=True, walls={}, terminals={"left": {"potential": "50 mV"}})
    data["regions"] = {"water": "fluid", "plug": "fluid"}
    del data["geometry"]["rest"]
    kappa = Case.model_validate(data).solution("left").conductivity
    row = devices.row(data)
    assert row["current [A]"] == pytest.approx(kappa * DEEP * HIGH / LENGTH * 1e-9 * 0.05, rel=1e-9, abs=0)


@pytest.mark.parametrize("linear", few_on_ranks(["direct", "fieldsplit"], 1))
def test_membranes_and_solids_are_those_of_the_plane(folder: Path, linear: str) -> None:
    """A charged wall on a dielectric, a membrane that liquid passes, and an uneven salt: currents and flow rates."""
    space = on_root(COMM, lambda: written(folder / "box.msh"))
    plane = on_root(COMM, lambda: in_the_plane(folder / "plane.msh"))
    mine = devices.row(values(space, in_space=True, solver={"linear": linear}))
    reference = devices.row(values(plane, in_space=False))
    for name, tolerance in (("current [A]", 3e-3), ("flow_rate [m^3/s]", 3e-2)):
        assert mine[name] == pytest.approx(reference[name], rel=tolerance, abs=0)
    assert mine["flow_conservation_error"] < 1e-8


@pytest.mark.serial
def test_a_spectrum_beside_a_solid_whose_iteration_gives_up_is_that_of_factors(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = {"type": "impedance", "frequencies": [1e5]}
    data = values(written(folder / "box.msh"), in_space=True, study=study, solver={"linear": "fieldsplit"})
    split = devices.row(data)
    monkeypatch.setattr(shifted, "MOST", 1)
    factors = devices.row(data)
    for name in ("impedance_real [ohm]", "impedance_imaginary [ohm]"):
        assert factors[name] == pytest.approx(split[name], rel=1e-6)
    assert factors[name] != split[name], "solved otherwise"


HELD: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "current and flow": (
        {"terminals": {"left": {"current": "5 pA", "flow_rate": "0 m^3/s"}, "right": {"concentration": "30 mM"}}},
        ("bias [V]", "pressure_left [Pa]"),
    ),
    "metal": ({"walls": {"floor": {"potential": "20 mV"}}}, ("current [A]", "charge_floor [C]")),
    "closed": (
        {
            "walls": {"hot": {"potential": "50 mV"}, "cold": {"potential": "0 V"}},
            "terminals": {},
            "regions": {"water": "fluid", "plug": "fluid"},
            "solver": {"flow": "none"},
        },
        ("charge_hot [C]",),
    ),
}


@pytest.mark.parametrize("name", few_on_ranks(HELD, 1))
def test_what_is_held_is_that_of_the_plane(folder: Path, name: str) -> None:
    """Potentials and pressures that follow, and charges of metals."""
    changes, wanted = HELD[name]
    space = on_root(COMM, lambda: written(folder / "box.msh"))
    plane = on_root(COMM, lambda: in_the_plane(folder / "plane.msh"))
    found = []
    for file, in_space in ((space, True), (plane, False)):
        data = values(file, in_space=in_space, **changes)
        if name == "closed":
            ends = {"hot": "left", "cold": "right"}
            data["geometry"] |= {"terminals": {}, "walls": {"lid": ["top", "floor"], **ends}}
            del data["geometry"]["rest"]
        found.append(devices.row(data))
    for header in wanted:
        assert found[0][header] == pytest.approx(found[1][header], rel=2e-2, abs=0)  # of coarse cells
