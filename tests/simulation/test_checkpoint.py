"""Checkpoints: states and arrays come back; failures to write are one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from solver.discretization.boundary import Solute, TerminalCondition
from solver.discretization.problem import Problem
from solver.parallel import compat
from solver.results.rows import ResultError
from solver.simulation.checkpoint import read_arrays, read_checkpoint, write_checkpoint
from tests.support.cells import channel, problem

pytestmark = [pytest.mark.serial, pytest.mark.fast]

SALT = (Solute("K", 1, 2e-9), Solute("Cl", -1, 2e-9))
ENDS = tuple(TerminalCondition(name, 0.0, 0.0, (1.0, 1.0)) for name in ("left", "right"))


def made() -> Problem:
    return problem(channel(4.0, 2.0, "planar"), SALT, ENDS, concentration=1.0)


def written(of: Problem, path: Path, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """State and array of random numbers that are in the checkpoint."""
    state, slope = np.random.default_rng(seed).uniform(-1, 1, (2, of.unknowns.size))
    found = of.evaluate(state, of.parameters(ENDS, (), SALT, of.scales))
    write_checkpoint(found, path, {"slope": slope})
    return state, slope


def test_states_and_arrays_come_back_into_a_problem_made_anew(tmp_path: Path) -> None:
    state, slope = written(made(), tmp_path / "state.bp", 1)
    again = made()
    np.testing.assert_array_equal(read_checkpoint(again, tmp_path / "state.bp"), state)
    np.testing.assert_array_equal(read_arrays(again, tmp_path / "state.bp", ["slope"])["slope"], slope)


def test_a_failure_of_the_library_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(path: Path, function: object, name: str) -> None:
        raise RuntimeError("iostream error: no space left on device\nand a second line")

    monkeypatch.setattr(compat, "write_state", failing)
    with pytest.raises(ResultError, match=r"cannot write .*state\.bp \(iostream error: .*--resume") as caught:
        written(made(), tmp_path / "state.bp", 2)
    assert "\n" not in str(caught.value)
