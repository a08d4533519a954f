"""Checkpoints: the state from which a run continues on any number of ranks."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from dolfinx import fem

from solver.discretization.problem import Problem
from solver.parallel import compat
from solver.parallel.ranks import on_root

CHECKPOINT = "checkpoint.bp"
"""Name of the checkpoint in a result directory."""


@dataclass(frozen=True)
class Checkpoint:
    """What a study needs to go on, besides the state of its problem.

    Attributes:
        run: number of the point of the study whose state this is.
        numbers: whatever else the runner needs, as run.json holds it.
        arrays: arrays by name that belong to the unknowns' nodes (ghosts included).
    """

    run: int
    numbers: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


def write_checkpoint(problem: Problem, path: Path, arrays: Mapping[str, np.ndarray] | None = None) -> None:
    """Write the transport unknowns, and other arrays of their nodes, so that they are found on any number of ranks; the
    checkpoint that was there stays until the new one is whole. Collective."""
    comm, part = problem.mesh.comm, path.with_suffix(".part")
    on_root(comm, lambda: shutil.rmtree(part, ignore_errors=True))
    compat.write_state(part, problem.state, "state")
    function = fem.Function(problem.space)
    for name, values in (arrays or {}).items():
        function.x.array[:] = values
        compat.write_state(part, function, name)

    def replace() -> None:
        shutil.rmtree(path, ignore_errors=True)
        part.rename(path)

    on_root(comm, replace)


def read_checkpoint(problem: Problem, path: Path) -> None:
    """Read what `write_checkpoint` wrote for the same case into the problem's state. Collective."""
    compat.read_state(path, problem.state, "state")


def read_arrays(problem: Problem, path: Path, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Read the other arrays of a checkpoint. Collective."""
    function, found = fem.Function(problem.space), {}
    for name in names:
        compat.read_state(path, function, name)
        function.x.scatter_forward()
        found[name] = function.x.array.copy()
    return found
