"""The coefficients of the time steps satisfy the conditions of their order, and damp what is fast."""

from __future__ import annotations

import numpy as np
import pytest

from solver.studies.transient.tableau import BEYOND_PARABOLA, DIAGONAL, EMBEDDED, NODES, ORDER, STAGES

pytestmark = [pytest.mark.serial, pytest.mark.fast]

matrix = np.array([row + (0.0,) * (len(STAGES) - len(row)) for row in STAGES])
weights, embedded, nodes = matrix[-1], np.array(EMBEDDED), np.array(NODES)


def stability(z: complex) -> complex:
    """Factor by which one step with h lambda = z multiplies the solution of u' = lambda u."""
    ones = np.ones(len(nodes))
    return complex(1.0 + z * weights @ np.linalg.solve(np.eye(len(nodes)) - z * matrix, ones))


def integrated(steps: int) -> float:
    """u(1) of u' = -u + cos(t) + sin(t) with u(0) = 0, of which sin(t) is the solution."""
    h, u, t = 1.0 / steps, 0.0, 0.0
    for _ in range(steps):
        slopes = np.zeros(len(nodes))
        for i, c in enumerate(nodes):  # linear in the slope of the stage itself
            source = np.cos(t + c * h) + np.sin(t + c * h)
            slopes[i] = (source - u - h * matrix[i, :i] @ slopes[:i]) / (1.0 + h * matrix[i, i])
        u += h * weights @ slopes
        t += h
    return float(u)


def test_conditions_of_third_order() -> None:
    assert weights.sum() == pytest.approx(1, abs=1e-14)
    assert weights @ nodes == pytest.approx(1 / 2, abs=1e-14)
    assert weights @ nodes**2 == pytest.approx(1 / 3, abs=1e-14)
    assert weights @ matrix @ nodes == pytest.approx(1 / 6, abs=1e-14)


def test_the_embedded_solution_has_the_second_order_and_not_the_third() -> None:
    assert embedded.sum() == pytest.approx(1, abs=1e-14)
    assert embedded @ nodes == pytest.approx(1 / 2, abs=1e-14)
    assert abs(embedded @ nodes**2 - 1 / 3) > 1e-3, "else it would say nothing about the error"


def test_every_stage_has_the_second_order() -> None:
    np.testing.assert_allclose(matrix @ nodes, nodes**2 / 2, atol=1e-14)


def test_one_coefficient_serves_all_implicit_stages_and_the_last_stage_is_the_new_state() -> None:
    assert STAGES[0] == (0.0,)
    assert all(row[-1] == DIAGONAL for row in STAGES[1:])
    assert nodes[-1] == pytest.approx(1, abs=1e-14)


def test_what_is_faster_than_the_step_is_damped() -> None:
    """A-stable on the imaginary axis, and the factor of infinitely fast decay is zero."""
    assert max(abs(stability(1j * y)) for y in np.logspace(-2, 6, 200)) <= 1 + 1e-12
    assert abs(stability(-1e9)) < 1e-7


def test_errors_fall_with_the_order_of_the_method() -> None:
    coarse, fine = (abs(integrated(steps) - np.sin(1.0)) for steps in (20, 40))
    assert np.log2(coarse / fine) == pytest.approx(ORDER, abs=0.1)


def test_the_estimate_of_what_a_step_does_wrong_fits_exponentials_of_all_rates() -> None:
    """The difference of the two solutions is up to 17 times too small; what is beyond a parabola is not."""
    ones = np.ones(len(nodes))
    for z in -np.geomspace(1e-2, 1e5, 50):
        stages = np.linalg.solve(np.eye(len(nodes)) - z * matrix, ones)
        implicit = 1.0 / (1.0 - DIAGONAL * z)
        estimate = implicit * (implicit - 1.0) * (np.array(BEYOND_PARABOLA) @ stages)
        assert 0.7 < (stages[-1] - np.exp(z)) / estimate < 1.75
    assert np.abs(np.array(BEYOND_PARABOLA) @ np.vander(nodes, 3)).max() < 1e-13, "nothing of a parabola"
