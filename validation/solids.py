"""Dielectric solids: the field that leaves a pore through its membrane, and gates on the walls of a slit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI
from scipy.constants import epsilon_0
from scipy.integrate import simpson

from python_interface.result import SimulationResult
from solver.observables.neutrality import NEUTRALISED
from solver.parallel.ranks import on_root
from solver.physics.constants import FARADAY
from validation import mapped
from validation.checks import Check, Line, Plot, Section, in_turn
from validation.devices import KCL_WATER, bar, simulated
from validation.setting import Setting

NM = 1e-9
FOURIER_BESSEL = "series of Fourier and Bessel functions; geometry of Levy, de Souza and Bazant (2020)"
POISSON_BOLTZMANN = "spectral Poisson-Boltzmann and quadrature, the oxide as a capacitor in series"


@dataclass(frozen=True)
class Pore:
    """A pore of radius (slit: half height) R through a dielectric membrane, and its exact numbers.

    Attributes:
        radius, length, reach: R, length, and where the membrane ends, nm.
        concentration: mol/m^3.
        permittivity: relative, of the membrane.
        middle, total: shares of the wall's charge that ions neutralise in the middle and in the whole pore.
        wall, axis: potentials (mV) in the middle at 0.1 mC/m^2 by the linear theory; NaN where there is none.
    """

    symmetry: str
    radius: float
    length: float
    concentration: float
    reach: float
    permittivity: float
    middle: float
    total: float
    wall: float = np.nan
    axis: float = np.nan

    @property
    def name(self) -> str:
        """For people."""
        kind = "cylinder" if self.symmetry == "axisymmetric" else "slit"
        membrane = f"membrane of {self.permittivity:g}" + (f" up to {self.reach:g} nm" if self.reach < FAR else "")
        return f"{kind} of {self.radius:g} nm, {self.length:g} nm long, {self.concentration:g} mM, {membrane}"


FAR = 120.0
"""Reach (nm) that is as good as none around a pore of 20 nm: the field falls by exp(-pi r / L)."""

PORES = (
    Pore("axisymmetric", 1.0, 20.0, 1.0, FAR, 2.0, 0.21240722, 0.14790488, 5.674779, 5.637385),
    Pore("axisymmetric", 1.0, 100.0, 1.0, 50.0, 2.0, 0.46344533, 0.38212805, 12.357480),
    Pore("axisymmetric", 1.0, 100.0, 1.0, 50.0, 10.0, 0.14850927, 0.12366835),
    Pore("axisymmetric", 5.0, 100.0, 1.0, 50.0, 2.0, 0.92024692, 0.74718092, 5.063844),
    Pore("axisymmetric", 1.0, 100.0, 100.0, 50.0, 2.0, 0.98773732, 0.96521028, 0.296436),
    Pore("planar", 1.0, 100.0, 1.0, 50.0, 2.0, 0.93965284, 0.75574678, 12.555696),
)
LINEAR, OF_TABLE = 1e-6, 1e-4
"""Charge (C/m^2) that is computed, small enough for the linear theory, and that to which the potentials belong."""


def pore_case(pore: Pore, path: Path) -> dict[str, Any]:
    """The pore with 0 V at both ends of itself and of the membrane. Collective.

    path: of the mesh file that is written.
    """
    r, length, reach = pore.radius, pore.length, pore.reach
    z = mapped.both_ends(0.1, 1.2, length)
    liquid = r - mapped.graded(0.1, 1.5, r)[::-1]
    y = np.concatenate([liquid, r + mapped.graded(0.1, 1.4, reach - r)[1:]])
    regions = {"solid": (0.0, length, 0.0, reach), "water": (0.0, length, 0.0, r)}
    lines = {
        "axis": (0.0, length, 0.0, 0.0),
        "wall": (0.0, length, r, r),
        "left": (0.0, 0.0, 0.0, reach),
        "right": (length, length, 0.0, reach),
    }
    on_root(MPI.COMM_WORLD, lambda: mapped.write(path, z, y, regions, lines))
    width = {"width": 1e-6} if pore.symmetry == "planar" else {}
    return {
        "geometry": {
            "type": "file", "path": str(path), "symmetry": pore.symmetry, "scale": NM, "axis": "axis", "rest": "far",
            "terminals": {"left": "left", "right": "right"}, "walls": {"channel": "wall"},
            "channel": {"start": 0.0, "stop": length * NM}, **width,
        },
        "electrolyte": KCL_WATER | {"concentration": pore.concentration, "relative_permittivity": 80.0},
        "walls": {"channel": {"surface_charge": LINEAR}},
        "regions": {"water": "fluid", "solid": {"type": "dielectric", "relative_permittivity": pore.permittivity}},
        "solver": {"flow": "none"},
    }  # fmt: skip


def section(result: SimulationResult, point: int, z: float, reach: float, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Distances from the axis (m) up to a reach and values of a field of a point of the study at the nodes of a
    cross-section. Collective."""
    fields = result.fields[point]  # the part of this rank
    x, y, _ = np.asarray(fields.points).T
    near = (np.abs(x - z) < 1e-6 * reach) & (y < reach * (1 + 1e-6))
    parts = MPI.COMM_WORLD.allgather(np.column_stack([y[near], np.asarray(fields[name])[near]]))
    every = np.concatenate(parts)
    _, first = np.unique(np.round(every[:, 0] / reach, 9), return_index=True)
    return every[first].T[0], every[first].T[1]


def in_the_middle(pore: Pore, result: SimulationResult) -> tuple[float, float, float]:
    """Share of the wall's charge that ions neutralise, and potentials (V) on the wall and on the axis. Collective."""
    middle, radius = 0.5 * pore.length * NM, pore.radius * NM
    r, plus = section(result, 0, middle, radius, "concentration_K")
    _, minus = section(result, 0, middle, radius, "concentration_Cl")
    weight, perimeter = (r, radius) if pore.symmetry == "axisymmetric" else (1.0, 1.0)
    per_wall = float(simpson(FARADAY * (plus - minus) * weight, x=r)) / perimeter
    _, potential = section(result, 0, middle, radius, "potential")
    return -per_wall / LINEAR, float(potential[-1]), float(potential[0])


def pores(setting: Setting) -> Iterator[Check | Plot]:
    """All pores, with the error bar that the program gives to the share over the whole pore."""
    for k, pore in enumerate(PORES[::5] if setting.quick else PORES):
        result = simulated(pore_case(pore, setting.scratch / f"pore_{k}.msh"))
        row = result.table.to_dict("records")[-1]
        share, wall, axis = in_the_middle(pore, result)
        yield Check(
            "solids", pore.name, "share of the wall's charge neutralised in the pore", "", pore.total, row[NEUTRALISED], 1e-4,
            "exact", FOURIER_BESSEL, reference_uncertainty=2e-6 * pore.total, error=bar(row, NEUTRALISED),
        )  # fmt: skip
        yield Check(
            "solids", pore.name, "the same in the middle", "", pore.middle, share, 1e-4, "exact", FOURIER_BESSEL,
        )  # fmt: skip
        for where, exact, found in (("wall", pore.wall, wall), ("axis", pore.axis, axis)):
            if np.isfinite(exact):
                yield Check(
                    "solids", pore.name, f"potential on the {where} at 0.1 mC/m^2, linear theory", "V", exact * 1e-3,
                    found * OF_TABLE / LINEAR, 1e-3, "exact", FOURIER_BESSEL,
                )  # fmt: skip


# ------------------------------------------------------------------------------------------------ gates
GATES = {
    -10.0: (-19.0563067e-3, -121.25774e-3, 3.95059263e-9),
    -2.0: (-5.3420489e-3, -64.33830e-3, 1.01904289e-9),
    0.0: (-1.9463337e-3, -31.08266e-3, 4.45446148e-10),
    1.0: (-0.2653031e-3, -4.70895e-3, 3.02168553e-10),
    2.0: (1.4124287e-3, 23.57542e-3, 3.89391824e-10),
    5.0: (6.5080056e-3, 72.29812e-3, 1.28416614e-9),
}
"""Charge that faces the liquid (C/m^2), zeta potential (V) and conductance times length over width (S) by the voltage of the
gates (V)."""

NATIVE, HALF, OXIDE, THICKNESS, WIDTH, BIAS = -2e-3, 10.0, 3.9, 20.0, 1e-6, 1e-3
"""Charge of the bare walls (C/m^2), half height (nm), permittivity and thickness (nm) of the oxide, width (m), bias (V)."""

LENGTHS = (400.0, 800.0)
"""Of the slits (nm): the difference of their resistances is free of what the ends add."""


def gated_case(length: float, path: Path) -> dict[str, Any]:
    """A slit of 20 nm in 1 mM with gates on both walls, over all voltages of the gates. Collective.

    path: of the mesh file that is written.
    """
    top = HALF + THICKNESS
    z = mapped.both_ends(1.0, 1.6, length)
    liquid = HALF - mapped.graded(0.15, 1.5, HALF)[::-1]
    y = np.concatenate([liquid, [HALF + 0.25 * THICKNESS, top]])
    regions = {"oxide": (0.0, length, 0.0, top), "water": (0.0, length, 0.0, HALF)}
    lines = {
        "axis": (0.0, length, 0.0, 0.0),
        "wall": (0.0, length, HALF, HALF),
        "outside": (0.0, length, top, top),
        "left": (0.0, 0.0, 0.0, HALF),
        "right": (length, length, 0.0, HALF),
    }
    on_root(MPI.COMM_WORLD, lambda: mapped.write(path, z, y, regions, lines))
    return {
        "geometry": {
            "type": "file", "path": str(path), "symmetry": "planar", "width": WIDTH, "scale": NM, "axis": "axis",
            "terminals": {"left": "left", "right": "right"}, "walls": {"channel": "wall", "gate": "outside"},
            "rest": "sides", "channel": {"start": 0.0, "stop": length * NM},
        },
        "electrolyte": KCL_WATER | {"concentration": 1.0},
        "terminals": {"left": {"potential": 0.5 * BIAS}, "right": {"potential": -0.5 * BIAS}},
        "walls": {"channel": {"surface_charge": NATIVE}, "gate": {"potential": 0.0}},
        "regions": {"water": "fluid", "oxide": {"type": "dielectric", "relative_permittivity": OXIDE}},
        "outputs": {"errors": "none", "fields": "all"},
        "study": {"type": "sweep", "parameter": "walls.gate.potential", "values": list(GATES)},
    }  # fmt: skip


def gated(length: float, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Zeta potentials (V) in the middle and currents (A), by the voltages of the gates. Collective."""
    result = simulated(gated_case(length, path))
    table = result.table.set_index("walls.gate.potential [V]").loc[list(GATES)]
    zeta = [section(result, int(k), 0.5 * length * NM, HALF * NM, "potential")[1][-1] for k in table["point"]]
    return np.array(zeta), np.asarray(table["current [A]"])


def gates(setting: Setting) -> Iterator[Check | Plot]:
    """Charge, zeta potential and conductance at all voltages of the gates."""
    found = [gated(length, setting.scratch / f"gated_{length:g}.msh") for length in LENGTHS]
    zeta = found[-1][0]
    charge = NATIVE + OXIDE * epsilon_0 / (THICKNESS * NM) * (np.array(list(GATES)) - zeta)
    resistance = BIAS / found[1][1] - BIAS / found[0][1]
    conductance = (LENGTHS[1] - LENGTHS[0]) * NM / WIDTH / resistance
    quantities = (("charge that faces the liquid", "C/m^2", charge), ("zeta potential", "V", zeta),
                  ("conductance times length over width", "S", conductance))  # fmt: skip
    for k, (voltage, exact) in enumerate(GATES.items()):
        for (quantity, unit, values), reference in zip(quantities, exact, strict=True):
            yield Check(
                "solids", f"slit of 20 nm, gates at {voltage:g} V", quantity, unit, reference, float(values[k]), 2e-3,
                "exact", POISSON_BOLTZMANN, reference_uncertainty=1e-7 * abs(reference),
            )  # fmt: skip
    yield Plot(
        "solids", "gates", "Conductance of a gated slit", "voltage of the gates [V]", "conductance x length / width [S]",
        (
            Line("exact", list(GATES), [exact[2] for exact in GATES.values()], look="points"),
            Line("this program", list(GATES), list(map(float, conductance)), look="curve"),
        ),
        "The native charge is negative: a negative gate adds cations, a positive one first neutralises it.",
    )  # fmt: skip


SOLIDS = Section(
    "solids",
    "Dielectric solids and gates",
    "Pores of 1 and 5 nm through dielectric membranes, in which the field leaves the pore so that its ions do not neutralise "
    "the wall, and a slit between gates, as mesh files: share of the charge, potentials, conductance.",
    in_turn(pores, gates),
)
