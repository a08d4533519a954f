"""Cost of a dielectric solid beside the same device without it, and Newton's method at a gate of -10 V."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mpi4py import MPI

from solver.case.case import Case
from solver.case.studies.points import plan
from solver.parallel.clock import Clock
from solver.results.directory import ResultDirectory
from solver.run import run
from solver.simulation.directory import DirectorySink
from solver.simulation.simulation import Simulation
from tests.benchmarks.bench_costs import seconds

SOLID = {"membrane": {"type": "dielectric", "relative_permittivity": 3.9, "thickness": 3e-9}}
"""About as many cells as the liquid of the pore has."""

WAYS: dict[str, tuple[str, str]] = {
    "flow and error bars": ("stokes", "all"),
    "flow, no error bars": ("stokes", "none"),
    "no flow, no error bars": ("none", "none"),
}
"""What is solved: solver.flow and outputs.errors."""

REPEATS = 3
"""Runs of each; the fastest counts, since other work on the machine only adds to it."""


def device(flow: str, errors: str, regions: dict[str, Any]) -> Case:
    """A charged pore between reservoirs, over 11 voltages."""
    reservoirs = {"length": 100e-9, "radius": 100e-9}
    return Case.model_validate(
        {
            "geometry": {"type": "cylinder", "length": 200e-9, "radius": 10e-9, "reservoirs": reservoirs},
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 10.0},
            "walls": {"channel": {"surface_charge": -10e-3}},
            "regions": regions,
            "solver": {"flow": flow},
            "outputs": {"errors": errors},
            "study": {
                "type": "sweep",
                "parameter": "terminals.left.potential",
                "range": {"start": -0.5, "stop": 0.5, "points": 11},
            },
        }
    )


def curve(flow: str, errors: str, regions: dict[str, Any]) -> dict[str, Any]:
    """Processor time, cells and steps of a sweep, with its files."""
    case, found = device(flow, errors, regions), []
    for _ in range(REPEATS):
        with TemporaryDirectory() as folder:
            results = ResultDirectory(Path(folder) / "pore")
            spent = seconds(lambda results=results: run(case, DirectorySink(results, MPI.COMM_WORLD), MPI.COMM_WORLD))
            record = json.loads((results.path / "run.json").read_text(encoding="utf-8"))
            steps = sum(int(row["newton_iterations"]) for row in results.points)
        found.append({
            "seconds": spent, "cells": record["mesh"]["cells"], "unknowns": record["mesh"]["unknowns"],
            "newton_steps": steps, "phases": record["cost"]["phases"],
        })  # fmt: skip
    return min(found, key=lambda one: one["seconds"])


def solids() -> dict[str, Any]:
    """Every way of WAYS without and with the solid, and the gate."""
    ways = [
        {"way": way, "without": curve(flow, errors, {}), "with": curve(flow, errors, SOLID)}
        for way, (flow, errors) in WAYS.items()
    ]
    return {"ways": ways, "gate": gate()}


def gate() -> dict[str, Any]:
    """Steps of Newton's method from a gate of 0 V to one of -10 V: without flow and with it, with new factors in every step;
    and as shipped, where factors serve for several steps."""
    every: dict[str, float] = {"good_contraction": 0.0}
    steps, _ = to_the_gate("none", every)
    with_flow, _ = to_the_gate("stokes", every)
    shipped, factorisations = to_the_gate("stokes", {})
    return {"steps": steps, "steps_with_flow": with_flow, "steps_shipped": shipped, "factorisations": factorisations}


def to_the_gate(flow: str, settings: dict[str, float]) -> tuple[int, int]:
    """Newton steps and factorisations from 0 V to -10 V, for settings of Newton's method."""
    case = Case.model_validate(
        {
            "geometry": {
                "type": "slit", "length": 400e-9, "height": 20e-9, "width": 1e-6,
                "reservoirs": {"length": 100e-9, "half_height": 100e-9},
            },
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 1.0},
            "walls": {"channel": {"surface_charge": -2e-3}, "gate": {"potential": 0.0}},
            "regions": {"oxide": {"type": "dielectric", "relative_permittivity": 3.9, "thickness": 20e-9}},
            "solver": {"flow": flow},
            "outputs": {"errors": "none"},
            "study": {"type": "sweep", "parameter": "walls.gate.potential", "values": [0.0, -10.0]},
        }
    )  # fmt: skip
    points = plan(case)
    simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
    simulation.continuation.settings = replace(simulation.continuation.settings, **settings)
    reports = [simulation.reach(point).report for point in points]
    return len(reports[-1].iterations), reports[-1].factorisations
