"""Hard spheres of different diameters as the excess of ions (Boublik, J. Chem. Phys. 53, 471 (1970); Mansoori, Carnahan,
Starling and Leland, ibid. 54, 1523 (1971)).

The excess follows from the moments x_k = pi / 6 sum n_i d_i^k, k = 0 .. 3, of the number densities n_i:

    (pi / 6) f = (x_2^3 / x_3^2 - x_0) ln(1 - x_3) + 3 x_1 x_2 / (1 - x_3) + x_2^3 / (x_3 (1 - x_3)^2),
    mu_ex,i = sum_k (pi / 6 df/dx_k) d_i^k,      Pi = RT (sum c_i (1 + mu_ex,i) - f).

With equal diameters it is `carnahan_starling`. The densities at given electrochemical potentials are the root of
ln n_i + mu_ex,i = X_i: Newton's method, written out, in w_i with n_i = e^w_i / (1 + sum v_j e^w_j), which leaves room
whatever the w_i are. It starts at the mixture of the fluids of one species alone at its X_i, in parts that are as their
pressures: the pressure of the mixture is at least the largest of these, and the species that it belongs to fills the
liquid. (Measured: with this start six steps do for diameters up to three times as large as others and 40 thermal
voltages; with that of equal diameters some fail from 1.2 on. Unknowns of their own in the weak form need no steps, but
cost a component for each species in every node, and fail where large ions are packed.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from solver.laws.algebra import NUMBERS, Algebra
from solver.laws.electrolytes.by_species import SizesBySpecies
from solver.laws.electrolytes.carnahan_starling import FREEZING, compressibility, packed
from solver.laws.electrolytes.packing import sphere_volume, too_full, too_small
from solver.physics.constants import AVOGADRO
from solver.physics.solution import Solution

STEPS, START_STEPS = 6, 5
"""Newton steps of the mixture, and of the fluids of one species that it starts from."""

MOMENTS = range(4)


class Bmcsl(SizesBySpecies):
    """Ions as hard spheres of different diameters."""

    type: Literal["bmcsl"] = "bmcsl"

    @property
    def _unit(self) -> float:
        """m: the largest diameter, in which the others are counted."""
        return max(self.sizes.values())

    @property
    def _diameters(self) -> list[float]:
        return [size / self._unit for size in self.sizes.values()]

    @property
    def _neutral_steps(self) -> int:
        """Steps of the neutral potential: 1e-7 of the charge up to filled parts of a half, for diameters up to three times as
        large as others (six steps are off by 1e-4 at a third already where they are twice as large)."""
        return STEPS + 1 + math.ceil(2.0 * (1.0 / min(self._diameters) - 1.0))

    def _density(self, scale: float) -> float:
        """Number density of a concentration 1, in units of the largest diameter."""
        return AVOGADRO * scale * self._unit**3

    def largest_concentrations(self, names: Sequence[str]) -> dict[str, float]:
        """Where spheres freeze."""
        sizes = zip(names, self.sizes.values(), strict=True)
        return {name: FREEZING / sphere_volume(size, 1.0) for name, size in sizes}

    def objection(self, solution: Solution) -> str | None:
        """Ions that would freeze."""
        parts = zip(self.sizes.values(), solution.concentrations, strict=True)
        filled = sum(sphere_volume(size, 1.0) * c for size, c in parts)
        return too_small(self.sizes) or too_full(
            filled, FREEZING, "sizes", sum(solution.concentrations) * FREEZING / filled
        )

    def concentrations(
        self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float, m: Algebra
    ) -> list[Any]:
        """Of the mixture whose ln n_i + mu_ex,i are mu_i - z_i y."""
        w = self._solved(self._drives(mu, potential, valences, scale), m)
        return [n / self._density(scale) for n in self._densities(w, m)]

    def chemical_potentials(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> list[Any]:
        """mu_i = ln c_i + mu_ex,i."""
        n = [self._density(scale) * c for c in concentrations]
        return [m.ln(c) + e for c, e in zip(concentrations, self._excess(self._moments(n), m), strict=True)]

    def osmotic_pressure(self, concentrations: Sequence[Any], scale: float, m: Algebra) -> Any:
        """See above."""
        x = self._moments([self._density(scale) * c for c in concentrations])
        work = sum(xk * fk for xk, fk in zip(x, _slopes(x, m), strict=True))
        return 6.0 / math.pi / self._density(scale) * (x[0] + work - _energy(x, m))

    def unsolved(self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float) -> Any:
        """ln n_i + mu_ex,i - X_i."""
        drives = self._drives(mu, potential, valences, scale)
        return np.max(np.abs(self._left(self._solved(drives, NUMBERS), drives, NUMBERS)), axis=0)

    def neutral_potential(self, mu: Sequence[Any], valences: Sequence[int], scale: float, m: Algebra) -> Any:
        """The same steps with y as one more unknown, from the neutral potential of an ideal solution on."""
        y = super().neutral_potential(mu, valences, scale, m)
        rest = self._drives(mu, 0.0, valences, scale)
        w = self._start([x - z * y for x, z in zip(rest, valences, strict=True)], m)
        for _ in range(self._neutral_steps):
            left = self._left(w, [x - z * y for x, z in zip(rest, valences, strict=True)], m)
            n = self._densities(w, m)
            of_left, of_valences = self._steps(n, [left, [float(z) for z in valences]], m)
            above = sum(z * ni for z, ni in zip(valences, n, strict=True) if z > 0)
            below = -sum(z * ni for z, ni in zip(valences, n, strict=True) if z < 0)
            shares = [z * ni / (above if z > 0 else below) for z, ni in zip(valences, n, strict=True)]
            missing = m.ln(above / below) - sum(g * x for g, x in zip(shares, of_left, strict=True))
            change = missing / sum(g * x for g, x in zip(shares, of_valences, strict=True))
            y = y + change
            w = self._stepped(w, n, [-a - change * b for a, b in zip(of_left, of_valences, strict=True)])
        return y

    # ---------------------------------------------------------------------- of number densities
    def _drives(self, mu: Sequence[Any], potential: Any, valences: Sequence[int], scale: float) -> list[Any]:
        """X_i."""
        unit = math.log(self._density(scale))
        return [mu_i - z * potential + unit for mu_i, z in zip(mu, valences, strict=True)]

    def _volumes(self) -> list[float]:
        return [math.pi / 6.0 * d**3 for d in self._diameters]

    def _moments(self, n: Sequence[Any]) -> list[Any]:
        d = self._diameters
        return [sum(math.pi / 6.0 * di**k * ni for di, ni in zip(d, n, strict=True)) for k in MOMENTS]

    def _excess(self, x: Sequence[Any], m: Algebra) -> list[Any]:
        """mu_ex,i."""
        slopes = _slopes(x, m)
        return [sum(d**k * slopes[k] for k in MOMENTS) for d in self._diameters]

    def _densities(self, w: Sequence[Any], m: Algebra) -> list[Any]:
        """n_i = e^w_i / (1 + sum v_j e^w_j)."""
        e = [m.exp(wi) for wi in w]
        whole = 1.0 + sum(v * ei for v, ei in zip(self._volumes(), e, strict=True))
        return [ei / whole for ei in e]

    def _left(self, w: Sequence[Any], drives: Sequence[Any], m: Algebra) -> list[Any]:
        """ln n_i + mu_ex,i - X_i."""
        n = self._densities(w, m)
        crowd = m.ln(1.0 + sum(v * m.exp(wi) for v, wi in zip(self._volumes(), w, strict=True)))
        excess = self._excess(self._moments(n), m)
        return [wi - crowd + e - x for wi, e, x in zip(w, excess, drives, strict=True)]

    def _solved(self, drives: Sequence[Any], m: Algebra) -> list[Any]:
        w = self._start(drives, m)
        for _ in range(STEPS):
            n = self._densities(w, m)
            (steps,) = self._steps(n, [self._left(w, drives, m)], m)
            w = self._stepped(w, n, [-step for step in steps])
        return w

    def _start(self, drives: Sequence[Any], m: Algebra) -> list[Any]:
        """w_i of the mixture of fluids of one species, with the excess that it has."""
        volumes = self._volumes()
        q = [m.exp(packed(x + math.log(v), m, START_STEPS)) for x, v in zip(drives, volumes, strict=True)]
        alone = [qi / (1.0 + qi) / v for qi, v in zip(q, volumes, strict=True)]
        pressures = [n * compressibility(qi) for n, qi in zip(alone, q, strict=True)]
        total = sum(pressures)
        n = [p / total * ni for p, ni in zip(pressures, alone, strict=True)]
        x = self._moments(n)
        logs = [drive - e for drive, e in zip(drives, self._excess(x, m), strict=True)]
        filled = m.ln(sum(v * m.exp(log) for v, log in zip(volumes, logs, strict=True)))
        return [log - filled + m.ln(x[3] / (1.0 - x[3])) for log in logs]

    def _steps(self, n: Sequence[Any], right: Sequence[Sequence[Any]], m: Algebra) -> list[list[Any]]:
        """Changes of ln n_i that make the given changes of ln n_i + mu_ex,i, by elimination. The matrix
        delta_ij + (d mu_ex,i / d n_j) n_j is similar to a positive definite one, so that no pivots are needed."""
        d, count = self._diameters, len(n)
        curvature = _curvatures(self._moments(n), m)

        def by_density(i: int, j: int) -> Any:
            return math.pi / 6.0 * sum(value * _both(d[i], d[j], *powers) for powers, value in curvature.items())

        rows = [[by_density(i, j) * n[j] + (1.0 if i == j else 0.0) for j in range(count)] for i in range(count)]
        columns = [list(each) for each in right]
        for i in range(count):
            for j in range(i + 1, count):
                factor = rows[j][i] / rows[i][i]
                rows[j] = [a - factor * b for a, b in zip(rows[j], rows[i], strict=True)]
                for column in columns:
                    column[j] = column[j] - factor * column[i]
        for column in columns:
            for i in reversed(range(count)):
                known = sum(rows[i][j] * column[j] for j in range(i + 1, count))
                column[i] = (column[i] - known) / rows[i][i]
        return columns

    def _stepped(self, w: Sequence[Any], n: Sequence[Any], changes: Sequence[Any]) -> list[Any]:
        """w_i after changes of ln n_i."""
        filled = [v * ni for v, ni in zip(self._volumes(), n, strict=True)]
        shift = sum(f * x for f, x in zip(filled, changes, strict=True)) / (1.0 - sum(filled))
        return [wi + x + shift for wi, x in zip(w, changes, strict=True)]


def _both(a: float, b: float, k: int, other: int) -> float:
    """d_i^k d_j^l, and d_i^l d_j^k where k and l differ."""
    return a**k * b**other + (a**other * b**k if k != other else 0.0)


def _energy(x: Sequence[Any], m: Algebra) -> Any:
    """(pi / 6) f."""
    x0, x1, x2, x3 = x
    free, ratio = 1.0 - x3, x2 / x3
    return (x2 * ratio**2 - x0) * m.ln(free) + 3.0 * x1 * x2 / free + x2 * x2 * ratio / free**2


def _slopes(x: Sequence[Any], m: Algebra) -> list[Any]:
    """Derivatives of (pi / 6) f by x_k."""
    x0, x1, x2, x3 = x
    free, ratio = 1.0 - x3, x2 / x3
    log = m.ln(free)
    return [
        -log,
        3.0 * x2 / free,
        3.0 * (ratio**2 * log + x1 / free + x2 * ratio / free**2),
        -2.0 * ratio**3 * log
        - (x2 * ratio**2 - x0) / free
        + (3.0 * x1 * x2 - x2 * ratio**2) / free**2
        + 2.0 * x2 * x2 * ratio / free**3,
    ]


def _curvatures(x: Sequence[Any], m: Algebra) -> dict[tuple[int, int], Any]:
    """Second derivatives of (pi / 6) f by x_k and x_l, k <= l; the others are zero."""
    x0, x1, x2, x3 = x
    free, ratio = 1.0 - x3, x2 / x3
    log = m.ln(free)
    return {
        (0, 3): 1.0 / free,
        (1, 2): 3.0 / free,
        (1, 3): 3.0 * x2 / free**2,
        (2, 2): 6.0 * ratio * (log / x3 + 1.0 / free**2),
        (2, 3): 3.0 * ratio**2 * (-2.0 * log / x3 - 1.0 / free - 1.0 / free**2 + 2.0 * x3 / free**3)
        + 3.0 * x1 / free**2,
        (3, 3): ratio**3
        * (6.0 * log / x3 + 4.0 / free + (2.0 - x3) / free**2 - 4.0 * x3 / free**3 + 6.0 * x3**2 / free**4)
        + x0 / free**2
        + 6.0 * x1 * x2 / free**3,
    }
