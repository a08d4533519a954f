"""What was solved: equations, laws of the walls and materials, mesh and elements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from postprocess.report.base import Section
from postprocess.report.text_tables import typeset_quantity
from postprocess.tables.result import Result
from solver.results.units import quantity

STUDIES = {
    "steady": "One steady state.",
    "sweep": "Steady states along a sweep.",
    "transient": "A run in time with an implicit, stiffly accurate Runge-Kutta method of third order and steps that its "
    "error estimate chooses.",
    "impedance": "Small-signal spectra: the equations linearised about steady states, one linear system a frequency.",
}
WALLS = {
    "surface_charge": "surface charge",
    "zeta_potential": "zeta potential",
    "slip_length": "slip",
    "potential": "metal of given potential",
    "current": "electrode with a held current",
    "charge": "metal that floats",
    "stern": "Stern layer",
    "groups": "sites that bind ions",
    "adsorption": "adsorption",
    "reactions": "electrode reactions",
    "fluxes": "given fluxes",
    "leak": "species that leak through",
    "water": "water that passes",
}
"""Keys of walls in words."""


def content(result: Result) -> Mapping[str, Any] | None:
    """Equations and what they were solved on; None where run.json says nothing of it."""
    case = result.run.get("case") or {}
    electrolyte, solver = case.get("electrolyte") or {}, case.get("solver") or {}
    if not electrolyte:
        return None
    mesh = result.run.get("mesh") or {}
    counts = [
        (name, f"{int(mesh[name]):,}".replace(",", " ")) for name in ("cells", "vertices", "unknowns") if name in mesh
    ]
    return {
        "species": [_species(name, keys or {}) for name, keys in (electrolyte.get("species") or {}).items()],
        "neutral": solver.get("charge") == "electroneutral",
        "flow": solver.get("flow", "stokes") != "none" and result.run.get("geometry", {}).get("type") != "cell",
        "transient": result.transient,
        "reactions": any(
            (electrolyte.get("reactions"), electrolyte.get("buffers"), electrolyte.get("protons") == "free")
        ),
        "model": str((electrolyte.get("model") or {}).get("type", "ideal")).replace("_", " "),
        "study": STUDIES.get(result.study, f"A study of the type {result.study}."),
        "symmetry": _shape(result),
        "cells": "triangles" if result.dimension == 2 else "curved tetrahedra",
        "dimension": result.dimension,
        "walls": list(_walls(case)),
        "regions": list(_regions(case)),
        "counts": counts,
        "solver": {key: str(solver[key]) for key in ("linear", "tolerance", "max_iterations") if key in solver},
        "smallest": quantity(float(smallest), "m") if (smallest := result.geometry.get("smallest")) else "",
    }


def _shape(result: Result) -> str:
    """What the device is, in words."""
    if result.dimension == 3:
        parts = {"quarter": ", of which a quarter was meshed", "half": ", of which a half was meshed"}
        return "three-dimensional" + parts.get(str(result.geometry.get("part")), "")
    return "a body of revolution" if result.geometry.get("symmetry") == "axisymmetric" else "a planar device"


def _species(name: str, keys: Mapping[str, Any]) -> tuple[str, str, str]:
    valence, diffusivity = keys.get("valence"), keys.get("diffusivity")
    charge = "" if valence is None else f"{int(valence):+d}".replace("-", "−").replace("+0", "0")
    return name, charge, "" if diffusivity is None else typeset_quantity(float(diffusivity), "m^2/s")


def _walls(case: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, keys in (case.get("walls") or {}).items():
        found = [text for key, text in WALLS.items() if (keys or {}).get(key) not in (None, 0.0, [], {})]
        yield name, ", ".join(found) or "uncharged, no slip"


def _regions(case: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, keys in (case.get("regions") or {}).items():
        kind = keys if isinstance(keys, str) else str((keys or {}).get("type", ""))
        yield (
            name,
            {"dielectric": "solid without ions and flow", "membrane": "membrane or gel with fixed charge"}.get(
                kind, kind
            ),
        )


SECTION = Section("model", "What was solved", content)
