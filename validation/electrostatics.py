"""Double layers at equilibrium against closed forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from mpi4py import MPI
from scipy.special import i0, i1

from validation.checks import Check, Plot, Section
from validation.devices import KCL_WATER, simulated
from validation.setting import Setting


def wall_potential(geometry: dict[str, object], charge: float, c: float, permittivity: float, refinement: int) -> float:
    """Zeta potential (V) of a channel at rest whose ends hold the potential of its axis.

    The channel lies between reservoirs: nothing of the exact profile is put in.
    """
    data = {
        "geometry": geometry,
        "electrolyte": KCL_WATER | {"concentration": c, "relative_permittivity": permittivity},
        "walls": {"channel": {"surface_charge": charge}},
        "solver": {"flow": "none"},
        "mesh": {"refinement": refinement},
    }
    result = simulated(data)
    channel: Any = result.case.geometry
    middle, radius = channel.length / 2, channel.smallest
    fields = result.fields[0]  # the part of this rank
    z, r, _ = np.asarray(fields.points).T
    near = (np.abs(r - radius) < 1e-6 * radius) & (np.abs(z - middle) < 0.2 * middle)
    found = MPI.COMM_WORLD.allgather(np.asarray(fields["potential"])[near])
    return float(np.mean(np.concatenate(found)))


def electrostatics(setting: Setting) -> Iterator[Check | Plot]:
    """A flat double layer of two thermal voltages, and a cylinder with overlap at small charge."""
    slit = {
        "type": "slit", "length": 100e-9, "height": 40e-9, "width": 1.0,
        "reservoirs": {"length": 50e-9, "half_height": 50e-9},
    }  # fmt: skip
    radius, debye, charge = 10e-9, 9.619830e-9, -1e-6
    cylinder = {
        "type": "cylinder", "length": 400e-9, "radius": radius, "reservoirs": {"length": 100e-9, "radius": 100e-9},
    }  # fmt: skip
    x = radius / debye
    linear = charge * debye / (78.5 * 8.8541878128e-12) * float(i0(x) / i1(x))
    for name, geometry, sigma, c, permittivity, exact, uncertainty, tolerance, source in (
        ("wall of -43.5342 mC/m^2, 0.1 M", slit, -0.0435342, 100.0, 78.15, -2 * 25.692579e-3, 2e-8, 5e-4,
         "Gouy-Chapman: two thermal voltages"),
        ("cylinder of 10 nm radius, 1 mM, -0.001 mC/m^2", cylinder, charge, 1.0, 78.5, linear, 3e-7 * abs(linear), 1e-3,
         "Debye-Hueckel: zeta I0(r/lambda) / I0(a/lambda)"),
    ):  # fmt: skip
        found, finer = (wall_potential(geometry, sigma, c, permittivity, level) for level in (0, 1))
        yield Check(
            "electrostatics", name, "zeta potential", "V", exact, found, tolerance, "exact", source,
            reference_uncertainty=uncertainty, error=2 * abs(finer - found),
            note="error bar: twice the change on a mesh refined once",
        )  # fmt: skip


ELECTROSTATICS = Section(
    "electrostatics",
    "Double layers at equilibrium",
    "The zeta potential in the middle of a charged channel between two reservoirs, without drive.",
    electrostatics,
)
