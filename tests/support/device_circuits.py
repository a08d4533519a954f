"""Circuits of small devices with fields, and the same devices alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from mpi4py import MPI

from circuits.description.circuit import Circuit
from circuits.description.loading import load_circuit
from circuits.studies.session import Session
from solver.case.case import Case
from solver.parallel.clock import Clock
from solver.run import run
from solver.simulation.memory import MemorySink
from tests.support.small_cone import small_cone

CONE: dict[str, Any] = small_cone(30.0, base={"concentration": 300.0}) | {"solver": {"flow": "none"}}
RESERVOIRS = {"reservoirs": {"length": 50e-9, "half_height": 50e-9}}
GATED: dict[str, Any] = {
    "geometry": {"type": "slit", "height": 20e-9, "width": 1e-6, "length": 100e-9} | RESERVOIRS,
    "regions": {"oxide": {"type": "dielectric", "relative_permittivity": 3.9, "thickness": 10e-9}},
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 1.0},
    "terminals": {"left": {"potential": 0.1}},
    "walls": {"channel": {"surface_charge": -2e-3}, "gate": {"potential": -0.5}},
    "mesh": {"growth": 4, "axial_cells": 4},
    "solver": {"flow": "none"},
}
CONE_IN_CIRCUIT = {"type": "device", "case": "cone.yaml", "terminals": {"base": "top", "tip": "bath"}}


def write(folder: Path, elements: dict[str, Any], study: dict[str, Any], **nodes: Any) -> Path:
    """The folder of a circuit with a node `top` beside the ground `bath`, and of its devices."""
    for name, case in (("cone", CONE), ("gated", GATED)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(case, sort_keys=False), encoding="utf-8")
    wiring = {"nodes": {"top": {}, "bath": {"ground": True}} | nodes, "elements": elements}
    (folder / "case.yaml").write_text(
        yaml.safe_dump({"circuit": wiring, "study": study}, sort_keys=False), encoding="utf-8"
    )
    return folder


def session(folder: Path, elements: dict[str, Any], **nodes: Any) -> Session:
    return of(load_circuit(write(folder, elements, {"type": "steady"}, **nodes)))


def of(circuit: Circuit) -> Session:
    return Session.of(circuit, MPI.COMM_WORLD, Clock())


def rows(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of a plain study."""
    sink = MemorySink()
    run(Case(**case | {"outputs": {"errors": "none"}}), sink, MPI.COMM_WORLD)
    return [dict(row) for row in sink.rows]
