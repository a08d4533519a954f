"""Every shipped circuit meets its expected.csv, and what enters a node leaves it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from circuits.description.circuit import Circuit
from circuits.description.loading import load_circuit
from circuits.elements.device import Device
from circuits.run import run_circuit
from postprocess.tables.circuit import CircuitResult, load_circuit_result
from postprocess.tables.expected import compare
from solver.results.headers import TIME
from tests.support.shipped import CIRCUITS, SHORTER

LEAK = 1e-6
"""Part of the currents at a node that may be missing in their sum: right behind a jump, where the step is so short that the
charges of the fields count for much more, 1e-7 is."""

ROUNDING = 1e-12
"""Part of a run below which a step is so short that the rounding of the charges at its ends shows in their rates."""

RUN = [
    pytest.param(path, id=path.name, marks=[pytest.mark.slow] if "type: device" in text else [])
    for path in CIRCUITS
    if (text := (path / "case.yaml").read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("directory", RUN)
def test_circuit_meets_its_expected_numbers(directory: Path, tmp_path: Path) -> None:
    circuit = load_circuit(directory, SHORTER.get(directory.name, ()))
    run_circuit(circuit, tmp_path / "result", MPI.COMM_SELF)
    result = load_circuit_result(tmp_path / "result")
    table = compare(result)
    assert len(table) > 0, "no expected.csv"
    assert table["passed"].all(), table[~table["passed"]].to_string()
    for node, (left, largest) in leaks(circuit, result).items():
        assert left <= LEAK * largest, f"node {node}"
    assert (directory / "README.md").is_file()


def leaks(circuit: Circuit, result: CircuitResult) -> dict[str, tuple[float, float]]:
    """The largest sum of the currents into the elements at each node but the ground, and the largest current there (A)."""
    table = result.observables
    if TIME in table:
        steps = table[TIME].diff().fillna(np.inf)
        table = table[steps > ROUNDING * table[TIME].max()]
    sums = {node: np.zeros(len(table)) for node in circuit.circuit.nodes if node != circuit.ground}
    largest = dict.fromkeys(sums, 0.0)
    for name, element in circuit.elements.items():
        for k, (terminal, node) in enumerate(element.at().items()):
            header = f"current_{name}_{terminal} [A]" if isinstance(element, Device) else f"current_{name} [A]"
            if node not in sums or header not in table:
                continue
            current = np.asarray(table[header], dtype=float)
            sums[node] += current if k == 0 or isinstance(element, Device) else -current
            largest[node] = max(largest[node], float(np.abs(current).max()))
    return {node: (float(np.abs(left).max()), largest[node]) for node, left in sums.items()}
