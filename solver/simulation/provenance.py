"""What a result needs to be understood later: versions, ranks, and where the parts of the device lie."""

from __future__ import annotations

from typing import Any

from mpi4py import MPI

from solver.case.case import Case
from solver.parallel.versions import versions


def describe(case: Case, comm: MPI.Comm) -> dict[str, Any]:
    """Entries of run.json besides the case itself."""
    geometry = case.geometry
    mouths = geometry.mouths
    return {
        "case_name": case.name,
        "title": case.title,
        "versions": versions(),
        "ranks": comm.size,
        "driven_terminal": case.driven_terminal,
        "written_units": case.study.written_units(),
        "geometry": {
            "type": geometry.type,
            "length": None if mouths is None else mouths[1] - mouths[0],
            "symmetry": geometry.symmetry,
            "mouths": mouths,
            "terminals": list(geometry.terminals),
            "smallest": geometry.smallest,
            "mirrored": geometry.mirrored,
            **({"dimension": 3, "part": getattr(geometry, "part", "full")} if geometry.dimension == 3 else {}),
        },
    }
