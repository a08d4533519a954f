"""Direct solves of tiny systems: factors follow the values, transposes, singular matrices, blocks."""

from __future__ import annotations

import numpy as np
import pytest
from mpi4py import MPI
from petsc4py import PETSc

from solver.linear.blocks import BlockSystem, Part, SingularMatrixError
from solver.linear.direct import DirectBlockSolver, DirectSolver
from solver.linear.interleaved import OFTEN, InterleavedBlockSolver
from solver.linear.presets import BLOCK_SOLVERS, DEFAULT, block_solver
from solver.parallel.clock import Clock

pytestmark = pytest.mark.serial

TABLE = np.array([[4.0, 1.0, 0.0], [2.0, 3.0, -1.0], [0.0, 5.0, 2.0]])
RIGHT = np.array([1.0, -2.0, 0.5])


def matrix(table: np.ndarray) -> PETSc.Mat:
    """A sparse matrix with every entry of a table, zeros too."""
    rows, columns = table.shape
    made = PETSc.Mat().createAIJ((rows, columns), nnz=columns, comm=MPI.COMM_SELF)
    made.setValues(range(rows), range(columns), table.ravel())
    made.assemble()
    return made


def solved(solver: DirectSolver, right: np.ndarray, *, transposed: bool = False) -> np.ndarray:
    right_side, solution = solver.matrix.createVecs()
    right_side.array[:] = right
    (solver.solve_transposed if transposed else solver.solve)(right_side, solution)
    return np.array(solution.array)


def test_solves_with_a_matrix_and_its_transpose() -> None:
    solver = DirectSolver(matrix(TABLE), "", Clock())
    solver.factorise()
    np.testing.assert_allclose(solved(solver, RIGHT), np.linalg.solve(TABLE, RIGHT), rtol=1e-13)
    np.testing.assert_allclose(solved(solver, RIGHT, transposed=True), np.linalg.solve(TABLE.T, RIGHT), rtol=1e-9)
    assert solver.factorisations == 1


def test_factors_stay_until_they_are_made_anew() -> None:
    """The matrix changes; solves keep to the old factors, and the transpose is that of the new values all the same."""
    made = matrix(TABLE)
    solver = DirectSolver(made, "", Clock())
    solver.factorise()
    changed = TABLE + 0.3 * np.eye(3)
    made.setValues(range(3), range(3), changed.ravel())
    made.assemble()
    np.testing.assert_allclose(solved(solver, RIGHT), np.linalg.solve(TABLE, RIGHT), rtol=1e-13)
    np.testing.assert_allclose(solved(solver, RIGHT, transposed=True), np.linalg.solve(changed.T, RIGHT), rtol=1e-9)
    solver.factorise()
    np.testing.assert_allclose(solved(solver, RIGHT), np.linalg.solve(changed, RIGHT), rtol=1e-13)
    assert solver.factorisations == 2


def test_a_singular_matrix_is_said_and_forgotten() -> None:
    """After it the solver works again: PETSc would skip all later factorisations silently."""
    made = matrix(np.zeros((3, 3)))
    solver = DirectSolver(made, "", Clock())
    with pytest.raises(SingularMatrixError):
        solver.factorise()
    made.setValues(range(3), range(3), TABLE.ravel())
    made.assemble()
    solver.factorise()
    np.testing.assert_allclose(solved(solver, RIGHT), np.linalg.solve(TABLE, RIGHT), rtol=1e-13)


# ------------------------------------------------------------------------------------------------ blocks
COUPLING = np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, 1.0]])
FLOW = np.array([[3.0, 1.0], [1.0, 2.0]])


def system(corner: np.ndarray = TABLE, *, one_way: bool = False) -> BlockSystem:
    """Fields of three and two unknowns; in one way only the first acts on the second."""
    below = matrix(COUPLING.T)
    fields = Part("transport", 0, np.arange(3)), Part("flow", 1, np.arange(2))
    blocks = ((matrix(corner), None if one_way else matrix(COUPLING)), (below, matrix(FLOW)))
    return BlockSystem(("transport", "flow"), blocks, parts=fields)


def whole(corner: np.ndarray = TABLE, *, one_way: bool = False) -> np.ndarray:
    return np.block([[corner, 0 * COUPLING if one_way else COUPLING], [COUPLING.T, FLOW]])


def test_sizes_and_names_of_blocks() -> None:
    assert system().sizes == (3, 2)
    assert system(one_way=True).sizes == (3, 2)
    assert system().is_finite()
    assert not system(np.full((3, 3), np.inf)).is_finite()


@pytest.mark.parametrize("one_way", [False, True])
def test_blocks_are_one_matrix(one_way: bool) -> None:
    found = system(one_way=one_way).assembled()
    dense = np.array([[found.getValue(i, j) for j in range(5)] for i in range(5)])
    np.testing.assert_array_equal(dense, whole(one_way=one_way))


@pytest.mark.parametrize("name", BLOCK_SOLVERS)
def test_every_solver_solves_blocks_and_their_transpose(name: str) -> None:
    solver = block_solver(name, "", Clock())
    right = np.append(RIGHT, [0.3, -0.7])
    solver.prepare(system())
    np.testing.assert_allclose(solver.solve(right), np.linalg.solve(whole(), right), rtol=1e-7)
    np.testing.assert_allclose(solver.solve_transposed(system(), right), np.linalg.solve(whole().T, right), rtol=1e-8)
    assert solver.preparations == 1


def test_a_short_right_side_is_that_of_the_first_fields() -> None:
    solver = block_solver(DEFAULT, "", Clock())
    solver.prepare(system())
    np.testing.assert_allclose(solver.solve(RIGHT), np.linalg.solve(whole(), np.append(RIGHT, [0.0, 0.0])), rtol=1e-12)


def test_a_new_system_is_factorised_with_its_own_values() -> None:
    solver = DirectBlockSolver("", Clock())
    right = np.append(RIGHT, [0.3, -0.7])
    for corner in (TABLE, TABLE + np.eye(3)):
        solver.prepare(system(corner))
        np.testing.assert_allclose(solver.solve(right), np.linalg.solve(whole(corner), right), rtol=1e-12)
    assert solver.preparations == 2


def test_the_transpose_without_factors_makes_them() -> None:
    solver = DirectBlockSolver("", Clock())
    right = np.append(RIGHT, [0.3, -0.7])
    np.testing.assert_allclose(solver.solve_transposed(system(), right), np.linalg.solve(whole().T, right), rtol=1e-9)
    assert solver.preparations == 1


def test_factors_that_are_too_far_off_are_made_anew_for_a_transpose() -> None:
    """Of two unknowns GMRES needs two steps whatever the factors are; here the system has sixty."""
    generator = np.random.default_rng(1)
    size = 60
    first, second = (generator.standard_normal((size, size)) + 5 * np.eye(size) for _ in range(2))
    right = generator.standard_normal(size)
    solver = DirectBlockSolver("", Clock())
    solver.prepare(BlockSystem(("transport",), ((matrix(first),),)))
    found = solver.solve_transposed(BlockSystem(("transport",), ((matrix(second),),)), right)
    np.testing.assert_allclose(found, np.linalg.solve(second.T, right), rtol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(SingularMatrixError):
        DirectBlockSolver("", Clock()).prepare(system(np.full((3, 3), bad)))


def test_solving_before_preparing_is_refused() -> None:
    with pytest.raises(SingularMatrixError):
        DirectBlockSolver("", Clock()).solve(RIGHT)


# ------------------------------------------------------------------------------------------------ in turns
DEFINITE = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, -1.0], [0.0, -1.0, 2.0]])


def with_factors(strength: float) -> BlockSystem:
    """The system of blocks with factors of the second and a coupling of some strength."""
    flow = DirectSolver(matrix(FLOW), "", Clock())
    flow.factorise()
    blocks = ((matrix(DEFINITE), matrix(strength * COUPLING)), (matrix(strength * COUPLING.T), matrix(FLOW)))
    return BlockSystem(("transport", "flow"), blocks, flow)


def dense(strength: float) -> np.ndarray:
    return np.block([[DEFINITE, strength * COUPLING], [strength * COUPLING.T, FLOW]])


def test_the_coupling_is_the_largest_eigenvalue_of_what_the_flow_answers() -> None:
    solver = InterleavedBlockSolver("", Clock())
    for _ in range(10):  # the power iteration goes on
        solver.prepare(with_factors(0.3))
    answer = np.linalg.solve(DEFINITE, 0.3 * COUPLING @ np.linalg.solve(FLOW, 0.3 * COUPLING.T))
    assert solver.coupling == pytest.approx(np.abs(np.linalg.eigvals(answer)).max(), rel=1e-3)
    assert solver.preparations == 10


def test_a_weak_coupling_is_left_out_of_the_direction_and_not_of_the_transpose() -> None:
    solver = InterleavedBlockSolver("", Clock())
    solver.prepare(with_factors(0.3))
    np.testing.assert_allclose(solver.solve(RIGHT), np.linalg.solve(DEFINITE, RIGHT), rtol=1e-12)
    right = np.append(RIGHT, [0.3, -0.7])
    for size in (3, 5):
        expected = np.linalg.solve(dense(0.3).T, np.append(right[:size], np.zeros(5 - size)))
        np.testing.assert_allclose(solver.solve_transposed(with_factors(0.3), right[:size]), expected, rtol=1e-8)
    assert solver.preparations == 1


def test_a_strong_coupling_is_factorised_as_a_whole() -> None:
    """And the first block is no longer tried after some such systems."""
    solver = InterleavedBlockSolver("", Clock())
    right = np.append(RIGHT, [0.3, -0.7])
    counts = []
    for _ in range(OFTEN + 2):
        solver.prepare(with_factors(2.0))
        np.testing.assert_allclose(solver.solve(right), np.linalg.solve(dense(2.0), right), rtol=1e-10)
        counts.append(solver.preparations)
    assert list(np.diff([0, *counts])) == [2] * OFTEN + [1, 1]
    found = solver.solve_transposed(with_factors(2.0), right)
    np.testing.assert_allclose(found, np.linalg.solve(dense(2.0).T, right), rtol=1e-8)
