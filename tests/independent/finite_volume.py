"""Steady Poisson-Nernst-Planck by finite volumes: reservoir, straight channel, reservoir; no fluid flow.

    -div(eps grad phi) = F sum z_i c_i,    div J_i = 0,    J_i = -D_i (grad c_i + z_i c_i grad phi / V_T)

in the half plane of a body of revolution, or above the mid-plane of a slit. The outer boundary of a reservoir (end face
and side) holds its potential and concentrations; the wall of the channel has a surface charge that is constant between
breaks; the membrane faces have none.

Cell-centered finite volumes on a tensor grid whose cells in the membrane are left out. Ion fluxes through a face are
those of Scharfetter and Gummel (IEEE Trans. Electron Devices 16, 64 (1969)), exact for a constant field and in
equilibrium. Unknowns are the potential and the logarithms of the concentrations. Cells grow like sinh away from the
mouths' corners, the wall and the jumps of charge; a finer grid divides every cell by the same mapping, so that the error
falls with the square of the cell size (the singularities at the corners lie below the smallest cells) and two grids give
the limit of both.

Needs numpy and scipy only, and shares nothing with the program that it checks. SI units.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import constants, sparse
from scipy.sparse.linalg import splu

Array = NDArray[Any]
FARADAY = constants.e * constants.N_A

_LARGEST_STEP = 2.0  # of a Newton update, in thermal voltages and in ln c
_LAST_UPDATE = 1e-5  # convergence is quadratic: the next one would be rounding
_MOST_STEPS = 60
_CHARGE_STEPS = (0.0, 0.1, 0.3, 0.6, 1.0)
_VOLTAGE_STEP = 4.0  # in thermal voltages


@dataclass(frozen=True)
class Pore:
    """A straight channel through a membrane, between two reservoirs.

    Attributes:
        symmetry: "axisymmetric" (a round pore), or "planar" (a slit; `half_size` is half its height).
        half_size, length: m, of the channel. reservoir_length, reservoir_size: m, along and across the axis.
        valences, diffusivities (m^2/s): one entry a species. permittivity: F/m. temperature: K.
        concentrations: mol/m^3, neutral; two rows (left and right reservoir) of one entry a species.
        charges: C/m^2, one more than there are breaks (m from the left mouth).
        width: m, of a slit.
    """

    symmetry: Literal["axisymmetric", "planar"]
    half_size: float
    length: float
    reservoir_length: float
    reservoir_size: float
    valences: tuple[int, ...]
    diffusivities: tuple[float, ...]
    concentrations: tuple[tuple[float, ...], tuple[float, ...]]
    permittivity: float
    temperature: float
    charges: tuple[float, ...] = (0.0,)
    breaks: tuple[float, ...] = ()
    width: float = 1.0

    @property
    def thermal_voltage(self) -> float:
        """kT/e in V."""
        return float(constants.k * self.temperature / constants.e)

    @property
    def debye_length(self) -> float:
        """m, the shorter one of the two reservoirs."""
        strength = max(sum(z * z * c for z, c in zip(self.valences, row, strict=True)) for row in self.concentrations)
        return math.sqrt(self.permittivity * self.thermal_voltage / (FARADAY * strength))


@dataclass(frozen=True)
class Limit:
    """Currents in the limit of small cells.

    Attributes:
        grids: A, entering at the left, on each grid from coarse to fine (first axis), at each voltage, of each species.
        divisions: number that every cell of the coarsest grid is divided by, along both axes, one a grid.
    """

    grids: Array
    divisions: tuple[int, ...]

    @property
    def current(self) -> Array:
        """A, of each species. Shape (voltages, species)."""
        return _limits(self.grids, self.divisions)[1]

    @property
    def uncertainty(self) -> Array:
        """A, of `current`: how much the two finer grids move the limit of the two coarser ones."""
        return np.abs(np.subtract(*_limits(self.grids, self.divisions)))

    @property
    def total(self) -> Array:
        """A, electric current. Shape (voltages,)."""
        return _limits(self.grids.sum(axis=-1), self.divisions)[1]

    @property
    def total_uncertainty(self) -> Array:
        """A, of `total`."""
        return np.abs(np.subtract(*_limits(self.grids.sum(axis=-1), self.divisions)))


# ------------------------------------------------------------------------------------------------ grid
def _half(extent: float, smallest: float, growth: float, division: int) -> Array:
    """Faces between 0 and `extent`, finest at 0: `smallest` and the growth of cells belong to division 1."""
    stretch = math.asinh(extent * growth / smallest)
    cells = max(2, math.ceil(stretch / growth)) * division
    return extent * np.sinh(stretch * np.linspace(0.0, 1.0, cells + 1)) / math.sinh(stretch)


def _faces(corners: Sequence[float], smallest: float, growth: float, division: int) -> Array:
    """Faces of a line through `corners`, graded towards all of them but the first and the last."""
    pieces = [np.array([corners[0]])]
    for k, (a, b) in enumerate(itertools.pairwise(corners)):
        at_a, at_b = k > 0, k < len(corners) - 2
        if at_a and at_b:
            half = _half(0.5 * (b - a), smallest, growth, division)
            piece = np.concatenate([a + half, (b - half)[-2::-1]])
        elif at_a:
            piece = a + _half(b - a, smallest, growth, division)
        else:
            piece = (b - _half(b - a, smallest, growth, division))[::-1]
        pieces.append(piece[1:])
    return np.concatenate(pieces)


@dataclass(frozen=True)
class _Grid:
    """Cells and faces, in units of the channel's half size. Cells of the membrane have the number -1.

    `inner`: both cells and the transmissibility area/distance of each face between cells. `outer`: cell, transmissibility
    and reservoir (0, 1) of each face at a terminal. `source`: wall charge of each cell, area times C/m^2.
    """

    z: Array
    r: Array
    number: Array
    volume: Array
    inner: tuple[Array, ...]
    outer: tuple[Array, ...]
    source: Array


def _grid(pore: Pore, division: int, smallest: float, growth: float) -> _Grid:
    a = pore.half_size
    length, reach, size = pore.length / a, pore.reservoir_length / a, pore.reservoir_size / a
    corners = [-reach, 0.0, *(x / a for x in pore.breaks), length, length + reach]
    fz = _faces(corners, smallest, growth, division)
    fr = _faces([0.0, 1.0, size], smallest, growth, division)
    z, r = 0.5 * (fz[1:] + fz[:-1]), 0.5 * (fr[1:] + fr[:-1])
    dz, dr = np.diff(fz), np.diff(fr)
    fluid = (z[:, None] < 0) | (z[:, None] > length) | (r[None, :] < 1)
    number = np.where(fluid, np.cumsum(fluid.ravel()).reshape(fluid.shape) - 1, -1)

    if pore.symmetry == "axisymmetric":
        cross: Array = np.pi * np.diff(fr**2)
        around: Array = 2 * np.pi * fr
    else:
        cross, around = 2 * dr * pore.width / a, np.full(len(fr), 2 * pore.width / a)
    along = np.broadcast_to(cross / np.diff(z)[:, None], (len(z) - 1, len(r)))
    across = dz[:, None] * around[None, 1:-1] / np.diff(r)
    pairs = []
    for one, two, value in ((number[:-1], number[1:], along), (number[:, :-1], number[:, 1:], across)):
        open_ = (one >= 0) & (two >= 0)
        pairs.append((one[open_], two[open_], value[open_]))
    inner = tuple(np.concatenate(part) for part in zip(*pairs, strict=True))

    side = number[:, -1] >= 0
    outer_cells = [number[0], number[-1], number[side, -1]]
    outer_values = [cross / (0.5 * dz[0]), cross / (0.5 * dz[-1]), dz[side] * around[-1] / (0.5 * dr[-1])]
    where = [np.zeros(len(r)), np.ones(len(r)), (z[side] > 0.5 * length) * 1.0]

    source = np.zeros(int(fluid.sum()))
    wall = int(np.searchsorted(r, 1.0)) - 1
    inside = (z > 0) & (z < length)
    charge = np.asarray(pore.charges)[np.searchsorted(np.asarray(pore.breaks) / a, z[inside])]
    source[number[inside, wall]] = charge * dz[inside] * around[wall + 1]
    volume = (dz[:, None] * cross[None, :])[fluid]
    outer = (np.concatenate(outer_cells), np.concatenate(outer_values), np.concatenate(where).astype(int))
    return _Grid(z, r, number, volume, inner, outer, source)


# ------------------------------------------------------------------------------------------------ equations
def _bernoulli(x: Array) -> tuple[Array, Array]:
    """B(x) = x / (exp(x) - 1) and its derivative."""
    small = np.abs(x) < 1e-3
    y = np.where(small, 1.0, x)
    e = np.expm1(np.clip(y, -500, 500))
    value = np.where(small, 1 - x / 2 + x * x / 12, y / e)
    slope = np.where(small, -0.5 + x / 6 - x**3 / 180, (1 - y * (1 + 1 / e)) / e)
    return value, slope


class Discrete:
    """The equations on one grid. The state is an array (1 + species, cells): phi in kT/e, and ln of the concentrations
    in units of the largest one of the reservoirs."""

    def __init__(self, pore: Pore, division: int, smallest: float, growth: float) -> None:
        self.pore = pore
        self.grid = _grid(pore, division, smallest, growth)
        self.cells = len(self.grid.volume)
        self.valences = np.array(pore.valences)
        self.unit = max(max(row) for row in pore.concentrations)
        a, volt = pore.half_size, pore.thermal_voltage
        self._density = FARADAY * self.unit * a**2 / (pore.permittivity * volt)
        self._charge = a / (pore.permittivity * volt)
        self._mobility = np.array(pore.diffusivities) / max(pore.diffusivities)
        self._current = FARADAY * self.valences * max(pore.diffusivities) * self.unit * a
        self._bulk = np.log(np.array(pore.concentrations).T / self.unit)  # species, reservoir

    def rest(self) -> Array:
        """A first guess: no potential, ln c of the two reservoirs joined along the channel."""
        s = np.clip(self.grid.z * self.pore.half_size / self.pore.length, 0, 1)
        logs = self._bulk[:, :1] + (self._bulk[:, 1:] - self._bulk[:, :1]) * s
        full = np.broadcast_to(np.vstack([0 * s, logs])[:, :, None], (1 + len(logs), *self.grid.number.shape))
        return full[:, self.grid.number >= 0].copy()

    def _ends(self, voltage: float) -> Array:
        """State at the faces of the terminals. Shape (1 + species, faces)."""
        at = self.grid.outer[2]
        return np.vstack([np.where(at == 0, voltage, 0.0), self._bulk[:, at]])

    def solve(self, voltage: float, charge: float, start: Array) -> Array:
        """Newton from `start`, at `voltage` (kT/e, left against right) and a fraction of the wall's charge.

        Raises RuntimeError when it does not converge.
        """
        state = start.copy()
        for _ in range(_MOST_STEPS):
            residual, jacobian = self._assemble(state, voltage, charge)
            update = splu(jacobian, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
            step = -update.solve(residual).reshape(self.cells, -1).T
            largest = float(np.abs(step).max())
            if not math.isfinite(largest):
                break
            state += step * min(1.0, _LARGEST_STEP / max(largest, 1e-300))
            if largest < _LAST_UPDATE:
                return state
        raise RuntimeError(f"no convergence at {voltage} kT/e and {charge} of the charge")

    def _assemble(self, state: Array, voltage: float, charge: float) -> tuple[Array, sparse.csc_matrix]:
        """Residual, cell by cell with Poisson's equation first, and its Jacobian."""
        one, two, t = self.grid.inner
        edge, te, _ = self.grid.outer
        fields, cells, ends = len(state), self.cells, self._ends(voltage)
        c = np.exp(state[1:])
        residual = np.zeros((fields, cells))
        rows: list[Array] = []
        columns: list[Array] = []
        values: list[Array] = []

        def entry(row: tuple[int, Array], column: tuple[int, Array], value: Array) -> None:
            rows.append(row[1] * fields + row[0])
            columns.append(column[1] * fields + column[0])
            values.append(value)

        def face(field: int, flux: Array, slopes: Sequence[tuple[int, Array, Array]]) -> None:
            """A flux from cell `one` into cell `two`, and its derivatives by fields of both."""
            residual[field] += np.bincount(one, flux, cells) - np.bincount(two, flux, cells)
            for other, by_one, by_two in slopes:
                for row, sign in ((one, 1.0), (two, -1.0)):
                    entry((field, row), (other, one), sign * by_one)
                    entry((field, row), (other, two), sign * by_two)

        every = np.arange(cells)
        phi = state[0]
        face(0, t * (phi[one] - phi[two]), [(0, t, -t)])
        residual[0] += np.bincount(edge, te * (phi[edge] - ends[0]), cells) - charge * self._charge * self.grid.source
        entry((0, edge), (0, edge), te)
        for i, z in enumerate(self.valences):
            density = self._density * self.grid.volume * z * c[i]
            residual[0] -= density
            entry((0, every), (1 + i, every), -density)

            into, into_slope = _bernoulli(z * (phi[two] - phi[one]))
            back, back_slope = _bernoulli(z * (phi[one] - phi[two]))
            d = self._mobility[i] * t
            by_phi = d * z * (into_slope * c[i, one] + back_slope * c[i, two])
            flux = d * (into * c[i, one] - back * c[i, two])
            face(1 + i, flux, [(0, -by_phi, by_phi), (1 + i, d * into * c[i, one], -d * back * c[i, two])])

            flux, by_phi, by_log = self._edge_flux(state, ends, i)
            residual[1 + i] += np.bincount(edge, flux, cells)
            entry((1 + i, edge), (0, edge), by_phi)
            entry((1 + i, edge), (1 + i, edge), by_log)
        size = fields * cells
        matrix = sparse.coo_matrix(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(size, size)
        )
        return residual.T.ravel(), matrix.tocsc()

    def _edge_flux(self, state: Array, ends: Array, i: int) -> tuple[Array, Array, Array]:
        """Fluxes of species i out of the cells at the terminals, with derivatives by phi and ln c of the cell."""
        edge, te, _ = self.grid.outer
        z, d = self.valences[i], self._mobility[i] * te
        inside, outside = np.exp(state[1 + i, edge]), np.exp(ends[1 + i])
        out, out_slope = _bernoulli(z * (ends[0] - state[0, edge]))
        back, back_slope = _bernoulli(z * (state[0, edge] - ends[0]))
        flux = d * (out * inside - back * outside)
        return flux, -d * z * (out_slope * inside + back_slope * outside), d * out * inside

    def currents(self, state: Array, voltage: float) -> Array:
        """A, entering at each terminal. Shape (2, species)."""
        ends, at = self._ends(voltage), self.grid.outer[2]
        fluxes = [np.bincount(at, self._edge_flux(state, ends, i)[0], 2) for i in range(len(self.valences))]
        return -np.array(fluxes).T * self._current

    def sweep(self, voltages: Sequence[float]) -> list[Array]:
        """States at voltages (V, left against right): the charge first, then outwards from no voltage."""
        state = self.rest()
        for charge in _CHARGE_STEPS:
            state = self.solve(0.0, charge, state)
        found: dict[float, Array] = {}
        for sign in (1, -1):
            at, current, before = 0.0, state, None
            for target in sorted({v / self.pore.thermal_voltage for v in voltages if v * sign >= 0}, key=abs):
                steps = max(1, math.ceil(abs(target - at) / _VOLTAGE_STEP))
                for u in np.linspace(at, target, steps + 1)[1:]:
                    guess = current if before is None else current + (current - before[1]) * (u - at) / (at - before[0])
                    before, current, at = (
                        (at, current) if u != at else before,
                        self.solve(float(u), 1.0, guess),
                        float(u),
                    )
                found[target] = current
        return [found[v / self.pore.thermal_voltage] for v in voltages]

    def carried_from(self, other: Discrete, state: Array) -> Array:
        """A state of another grid, interpolated linearly along both axes."""
        return np.array([self._along_axes(other, field) for field in state])

    def _along_axes(self, other: Discrete, field: Array) -> Array:
        number = other.grid.number
        full = np.where(number >= 0, field[number], np.nan)
        wall = int(np.searchsorted(other.grid.r, 1.0))
        for k in range(wall, full.shape[1]):  # in the membrane: what the wall has
            full[:, k] = np.where(np.isnan(full[:, k]), full[:, wall - 1], full[:, k])
        along = np.array([np.interp(self.grid.z, other.grid.z, line) for line in full.T])
        both = np.array([np.interp(self.grid.r, other.grid.r, line) for line in along.T])
        return both[self.grid.number >= 0]


# ------------------------------------------------------------------------------------------------ limit
def _limits(grids: Array, divisions: Sequence[int]) -> tuple[Array, Array]:
    """Limits of an error that falls with the square of the cell size: from the two coarser and the two finer grids."""
    found = []
    for k in (len(divisions) - 3, len(divisions) - 2):
        ratio = (divisions[k + 1] / divisions[k]) ** 2
        found.append(grids[k + 1] + (grids[k + 1] - grids[k]) / (ratio - 1))
    return found[0], found[1]


def currents(
    pore: Pore,
    voltages: Sequence[float],
    divisions: tuple[int, int, int] = (2, 3, 4),
    smallest: float = 0.01,
    growth: float = 0.6,
) -> Limit:
    """Currents in the limit of small cells, at voltages (V, left against right).

    `smallest` (over the shorter one of channel's half size and Debye length) and `growth` (logarithm of the ratio of
    neighboring cells) are those of division 1.
    """
    size = smallest * min(1.0, pore.debye_length / pore.half_size)
    before = Discrete(pore, 1, size, growth)  # cheap: the way to the voltages is walked here
    states = before.sweep(voltages)
    scaled = [v / pore.thermal_voltage for v in voltages]
    grids = []
    for division in divisions:
        discrete = Discrete(pore, division, size, growth)
        states = [discrete.solve(v, 1.0, discrete.carried_from(before, s)) for v, s in zip(scaled, states, strict=True)]
        grids.append([discrete.currents(s, v)[0] for v, s in zip(scaled, states, strict=True)])
        before = discrete
    return Limit(np.array(grids), divisions)
