"""Checking a case: its numbers and warnings, with its mesh file opened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import overload

from circuits.check.report import CircuitCheck, check_circuit
from circuits.description.circuit import Circuit
from circuits.description.loading import case_of, devices_of, load
from meshes.imported import File
from meshes.survey import MeshSurvey
from solver.case.case import Case
from solver.case.drawing import drawing_sizes
from solver.case.layers import layer_thickness
from solver.case.mesh import GOALS_OF_THE_DRIVEN
from solver.case.regions import solids_of
from solver.check import report
from solver.check.report import Check, extreme_points
from solver.physics.ions import ION_TABLE

NOT_OPENED = "the mesh file was not opened, since Gmsh is not installed here: nothing is known of its names and cells"


@overload
def check(case: Case) -> Check: ...


@overload
def check(case: Circuit) -> CircuitCheck: ...


@overload
def check(case: Path | str) -> Check | CircuitCheck: ...


def check(case: Case | Circuit | Path | str) -> Check | CircuitCheck:
    """Numbers and warnings of a case or circuit, or of that in a directory or YAML file; mesh files are opened for it.
    Printed as text.

    Raises:
        CaseError: the file is no case; a number of it cannot be computed with, or is not measured.
        MeshError: the mesh file does not fit.
    """
    case = case if isinstance(case, Case | Circuit) else load(case)
    if isinstance(case, Circuit):
        return check_circuit(case, {name: check(case_of(case, name)) for name in devices_of(case)})
    try:
        _check_columns(case)
        found = mesh_of(case)
    except ImportError:
        checked = report.check(case)
        return replace(checked, warnings=(*checked.warnings, NOT_OPENED))
    return report.check(case, found)


def _check_columns(case: Case) -> None:
    """Refuse a goal of the mesh that is not measured, and names by which two columns would be one; ImportError without the
    compiled stack."""
    electrolyte, geometry = case.electrolyte, case.geometry
    own = [*case.pores, *case.regions, *electrolyte.trace, *(set(electrolyte.species) - set(ION_TABLE))]
    has_goal = case.mesh.tolerance is not None and case.mesh.goal not in GOALS_OF_THE_DRIVEN
    if own or has_goal or isinstance(geometry, File):
        from solver.studies.columns import check_goal, check_headers

        check_headers(case)
        check_goal(case)


def mesh_of(case: Case) -> MeshSurvey | None:
    """What the mesh file of a case holds; None for a device that the program draws.

    Raises:
        MeshError: the file does not fit.
        ImportError: Gmsh is not installed.
    """
    geometry = case.geometry
    if not isinstance(geometry, File):
        return None
    from meshes.opening import survey

    thickness = min(layer_thickness(point) for _, point in extreme_points(case))
    sizes = drawing_sizes(case, thickness)
    return survey(case.directory / geometry.path, geometry, tuple(case.regions), sizes, solids_of(case.regions))
