"""Results on disk, of devices and of circuits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from postprocess.tables.circuit import is_circuit_result
from postprocess.tables.result import load
from python_interface.circuit_result import open_circuit_result
from python_interface.result import result_of


def open_result(path: Path | str) -> Any:
    """Read a result directory, also one that is still being written: a `SimulationResult`, or of a circuit a
    `CircuitSimulationResult`.

    Raises:
        ResultError: it is none, has no complete point yet, or a table cannot be read.
    """
    return open_circuit_result(path) if is_circuit_result(path) else result_of(load(path))
