"""What `check` says of a mesh file, from the numbers found in it."""

from __future__ import annotations

from typing import Any

import pytest

from meshes.survey import BoundarySurvey, MeshSurvey
from solver.case.case import Case
from solver.check.report import Check, check, report
from solver.physics.double_layer import dukhin_number

EDGES = {"edges": 10, "length": 100e-9, "half_size": 5e-9}


def survey(least: float, largest: float, **changes: Any) -> MeshSurvey:
    """A tube of 100 by 5 nm whose cells at the wall lie between two heights (m)."""
    ends = [BoundarySurvey(name, 5, 5e-9, 1e-9, 1e-9, 50e-9) for name in ("left", "right")]
    found: dict[str, Any] = {
        "path": "tube.msh",
        "kind": "triangles",
        "cells": 1000,
        "edges": 1560,
        "vertices": 561,
        "first": (0.0, 100.0),
        "second": (0.0, 5.0),
        "axial": (0.0, 100e-9),
        "transverse": (0.0, 5e-9),
        "regions": {"liquid": 1000},
        "boundaries": (*ends, BoundarySurvey("channel", least_cell=least, largest_cell=largest, **EDGES)),
        "notes": ("the regions glass of the file are left out",),
        "doubts": (),
    }
    return MeshSurvey(**{**found, **changes})


def tube(**changes: Any) -> Case:
    """The tube in 10 mM KCl with a charged wall."""
    geometry = {"type": "file", "path": "tube.msh", "symmetry": "axisymmetric", "scale": "1 nm"}
    geometry |= {"terminals": {"left": "a", "right": "b"}, "walls": {"channel": "w"}}
    data: dict[str, Any] = {
        "geometry": geometry,
        "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "10 mM"},
        "walls": {"channel": {"surface_charge": "-10 mC/m^2"}},
    }
    return Case.model_validate(data | changes)


def unresolved(found: Check) -> list[str]:
    return [text for text in found.warnings if "unresolved" in text]


def test_cells_are_compared_with_the_double_layer() -> None:
    """At every point of the sweep; the layer of 10 mC/m^2 in 10 mM is 2.3 nm thick, in 1 M 0.3 nm."""
    assert not unresolved(check(tube(), survey(0.5e-9, 1e-9)))
    (text,) = unresolved(check(tube(), survey(0.5e-9, 4e-9)))
    assert text.startswith("the cells at wall 'channel' are up to 4 nm high, but the double layer is 2.32 nm thick")
    sweep = {"type": "sweep", "parameter": "electrolyte.concentration", "values": ["10 mM", "1 M"]}
    (text,) = unresolved(check(tube(study=sweep), survey(0.5e-9, 1e-9)))
    assert text.endswith("(at electrolyte.concentration = 1000 mol/m^3)")
    assert not unresolved(check(tube(mesh={"refinement": 1}), survey(0.5e-9, 4e-9)))
    assert not unresolved(check(tube(mesh={"tolerance": 0.01}), survey(0.5e-9, 4e-9))), (
        "it is refined where it has to be"
    )
    assert not unresolved(check(tube(walls={}), survey(0.5e-9, 4e-9)))


def test_an_electrode_has_a_layer_too() -> None:
    (text,) = unresolved(check(tube(walls={"channel": {"potential": "0.5 V"}}), survey(0.3e-9, 0.3e-9)))
    assert "wall 'channel' are up to 0.3 nm high" in text


def test_numbers_of_a_mesh() -> None:
    found = check(tube(), survey(0.5e-9, 1e-9))
    (wall,) = found.walls
    solution = tube().solution("left")
    assert wall.layer == solution.edl_thickness(0.01)
    assert wall.cells_in_layer == pytest.approx(wall.layer / 1e-9)
    assert wall.dukhin == dukhin_number(-0.01, 5e-9, solution, "axisymmetric")
    assert found.mesh is not None
    # vertices and edges of quadratic elements for potential and two ions; velocity and pressure
    assert found.mesh.transport_unknowns == 3 * (561 + 1560)
    assert found.mesh.flow_unknowns >= 2 * (561 + 1560) + 561
    finer = check(tube(mesh={"refinement": 1}), survey(0.5e-9, 1e-9)).mesh
    assert finer is not None
    assert finer.cells == 4000
    assert finer.transport_unknowns == 3 * (561 + 1560 + 2 * 1560 + 3 * 1000)


def test_text_of_a_mesh() -> None:
    text = report(tube(), survey(0.5e-9, 1e-9, doubts=("the device is a ring",)))
    assert "mesh tube.msh: 1,000 triangles, 561 vertices; regions liquid (1,000 cells)" in text
    assert "coordinates in the file: x from 0 to 100, y from 0 to 5" in text
    assert "device: z from 0 m to 100 nm, r from 0 m to 5 nm" in text
    assert "the regions glass of the file are left out" in text
    assert "500 pm to 1 nm" in text
    assert "warning: the device is a ring" in text


def test_a_mesh_that_was_not_opened_leaves_its_numbers_out() -> None:
    found = check(tube())
    assert (found.found, found.walls, found.mesh) == (None, (), None)
