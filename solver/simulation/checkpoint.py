"""Checkpoints: the state from which a run continues on any number of ranks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from dolfinx import fem

from solver.discretization.evaluation import Equations, Evaluation
from solver.discretization.problem import Problem
from solver.parallel import compat
from solver.results.rows import ResultError

LONGEST = 80
"""Characters of a library's message that are quoted."""


@dataclass(frozen=True)
class Checkpoint:
    """What a study needs to go on, besides the state of its problem.

    Attributes:
        run: number of the point of the study whose state this is.
        numbers: whatever else the runner needs, as run.json holds it.
        arrays: arrays by name that belong to the unknowns' nodes (ghosts included).
        richer: the same of the other problem of the error estimates; owned entries.
        flows: arrays by name of the unknowns of the flow (ghosts included), where it is one of Newton's unknowns.
    """

    run: int
    numbers: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    richer: Mapping[str, np.ndarray] = field(default_factory=dict)
    flows: Mapping[str, np.ndarray] = field(default_factory=dict)


def write_checkpoint(found: Evaluation, path: Path, arrays: Mapping[str, np.ndarray] | None = None) -> None:
    """Write the transport unknowns of a state, and other arrays of their nodes, into a new file, so that they are found on
    any number of ranks. Collective.

    Raises:
        ResultError: on all ranks; the file may be there in part.
    """
    write_arrays(found.problem, path, {"state": found.state, **(arrays or {})})


def write_arrays(problem: Equations, path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Append arrays of a problem's nodes, with or without ghosts, to a file. Collective.

    Raises:
        ResultError: on all ranks; the file may be there in part.
    """
    _write(problem.unknowns.space, path, arrays)


def write_flows(problem: Problem, path: Path, flows: Mapping[str, np.ndarray]) -> None:
    """Append arrays of the unknowns of a problem's flow to a file. Collective.

    Raises:
        ResultError: on all ranks; the file may be there in part.
    """
    if problem.flow is not None and flows:
        _write(problem.flow.space, path, flows)


def _write(space: fem.FunctionSpace, path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Append arrays of a space to a file."""
    function = fem.Function(space)
    text = ""
    try:
        for name, values in arrays.items():
            function.x.array[: len(values)] = values
            compat.write_state(path, function, name)
    except (OSError, RuntimeError) as error:  # the libraries say nothing better
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
    text = max(space.mesh.comm.allgather(text))
    if text:
        raise ResultError(
            f"cannot write {path} ({text[:LONGEST]}): no space left, or no permission; free some and use --resume"
        )


def read_checkpoint(problem: Problem, path: Path) -> np.ndarray:
    """The state that `write_checkpoint` wrote for the same case, ghosts included. Collective."""
    return read_arrays(problem, path, ["state"])["state"]


def read_arrays(problem: Problem, path: Path, names: Iterable[str], *, ghosts: bool = True) -> dict[str, np.ndarray]:
    """Other arrays of a checkpoint by name, with or without ghosts. Collective."""
    found = _read(problem.unknowns.space, path, names)
    return found if ghosts else {name: values[: problem.unknowns.owned] for name, values in found.items()}


def read_flows(problem: Problem, path: Path, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Arrays of the unknowns of the flow in a checkpoint by name, ghosts included. Collective."""
    return {} if problem.flow is None else _read(problem.flow.space, path, names)


def _read(space: fem.FunctionSpace, path: Path, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Arrays of a space in a checkpoint by name."""
    function, found = fem.Function(space), {}
    for name in names:
        compat.read_state(path, function, name)
        function.x.scatter_forward()
        found[name] = function.x.array.copy()
    return found
