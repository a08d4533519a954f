"""The equations of a trace species in the weak form: that of its first factor, and that of the share beside it.

See `solver.discretization.trace`. Numbers that differ between species are constants, so that all species share one compiled
equation where no material has formulas of the place for them and no property of the liquid slows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ufl
from dolfinx import fem

from solver.discretization import forms
from solver.discretization.given_fields import GivenFields
from solver.discretization.symbols import product

TINY = 1e-30
"""Beside drifts over lengths, so that none divides by zero."""


@dataclass(frozen=True)
class Varying:
    """What of a species varies within a region; None where nothing does.

    Attributes:
        diffusivity, convection: factors of the diffusivity and of the velocity. energy: RT. drift: beside the potential of
            the flux (see `solver.discretization.properties`).
    """

    diffusivity: Any | None = None
    convection: Any | None = None
    energy: Any | None = None
    drift: Any | None = None


class TraceNumbers:
    """Constants of a species, and those of each region."""

    def __init__(self, problem: GivenFields) -> None:
        self.valence, self.diffusivity, self.peclet = (fem.Constant(problem.mesh, 0.0) for _ in range(3))
        self.diffusivity_factors, self.convection_factors, self.partitions = (
            [fem.Constant(problem.mesh, 0.0) for _ in problem.regions] for _ in range(3)
        )


class TraceEquation:
    """Compiled equations.

    Args:
        problem: whose fields they contain.
        exponent, share: the unknowns.
        numbers: constants.
        varying: of every region.
    """

    def __init__(
        self,
        problem: GivenFields,
        exponent: fem.Function,
        share: fem.Function,
        numbers: TraceNumbers,
        varying: Sequence[Varying],
    ) -> None:
        self._problem, self._exponent, self._share = problem, exponent, share
        test = ufl.TestFunction(exponent.function_space)
        residual: Any = 0
        stabilised: Any = 0
        unbalanced: Any = 0
        for k, (region, own) in enumerate(zip(problem.regions, varying, strict=True)):
            if not region.law.holds_ions:
                continue
            inner = exponent + numbers.partitions[k]
            inner = inner if own.energy is None else inner - own.energy
            c = ufl.exp(inner - numbers.valence * problem.phi)
            diffusivity = product(own.diffusivity, numbers.diffusivity_factors[k] * numbers.diffusivity)
            peclet = product(own.convection, numbers.convection_factors[k] * numbers.peclet)
            of_flux = c, exponent, problem.u, diffusivity, peclet
            measure = problem.measures.region(region.name)
            residual += forms.nernst_planck(*of_flux, test, problem.metric, own.drift) * measure
            potential = exponent if own.drift is None else exponent + own.drift
            drift = -ufl.grad(potential)
            drift = drift if problem.u is None else drift + peclet / diffusivity * problem.u
            of_cells = c, diffusivity, drift, test
            stabilised += self._stabilisation(*of_cells) * measure
            unbalanced += self._stabilisation(*of_cells, balanced=False) * measure
        of_share = ufl.derivative(residual, exponent, share)
        self._uncompiled = of_share + stabilised, of_share + unbalanced
        with problem.clock("compile"):
            self.residual = fem.form(residual)
            self.tangent = fem.form(ufl.derivative(residual, exponent))

    @cached_property
    def of_share(self) -> tuple[fem.Form, fem.Form]:
        """Equation of the share beside a first factor that solves its own, compiled where it is needed."""
        with self._problem.clock("compile"):
            return _with_tangent(self._uncompiled[0], self._share)

    @cached_property
    def of_share_alone(self) -> tuple[fem.Form, fem.Form]:
        """Equation of the share beside a first factor that does not solve its own, compiled where it is needed."""
        with self._problem.clock("compile"):
            return _with_tangent(self._uncompiled[1], self._share)

    def _stabilisation(self, c: Any, diffusivity: Any, drift: Any, test: Any, *, balanced: bool = True) -> Any:
        """What keeps the share free of wiggles where the drift (over the diffusivity) carries it across a cell faster than it
        diffuses: the residual of its equation along the streamlines (Brooks and Hughes, Comput. Methods Appl. Mech. Eng. 32,
        199 (1982)). It is zero for the exact solution, takes nothing from the balance, and vanishes with the Peclet number of
        the cell.

        balanced: whether the first factor solves its equation.
        """
        problem, share, metric = self._problem, self._share, self._problem.metric
        peclet = cell_peclet(problem, drift) / problem.degree
        time = peclet / ufl.sqrt(9.0 + peclet**2) / (2 * problem.degree * (_crossing(problem, drift) + TINY))
        left = diffusivity * c * ufl.inner(drift, ufl.grad(share)) - metric.divergence(
            diffusivity * c * ufl.grad(share)
        )
        if not balanced:
            left += share * metric.divergence(diffusivity * c * drift)
        return time * ufl.inner(drift, ufl.grad(test)) * left * metric.weight


def cell_peclet(problem: GivenFields, drift: Any) -> Any:
    """|b| h / 2 of a drift b over the diffusivity, with the length of the cell along it, h = 2 |b| / sum_a |b . grad N_a|
    (Tezduyar and Park, Comput. Methods Appl. Mech. Eng. 59, 307 (1986))."""
    return ufl.inner(drift, drift) / (_crossing(problem, drift) + TINY) / 2


def _crossing(problem: GivenFields, drift: Any) -> Any:
    """sum_a |b . grad N_a| / 2 over the corners a of a cell."""
    along, count = ufl.dot(ufl.JacobianInverse(problem.mesh), drift), problem.mesh.topology.dim
    return (sum(abs(along[i]) for i in range(count)) + abs(sum(along[i] for i in range(count)))) / 2


def _with_tangent(form: Any, unknown: fem.Function) -> tuple[fem.Form, fem.Form]:
    """A form and its derivative, compiled."""
    return fem.form(form), fem.form(ufl.derivative(form, unknown))
