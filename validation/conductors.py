"""Floating conductors: the limit of a dielectric of infinite permittivity."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from solver.parallel.ranks import on_root
from validation import mapped
from validation.checks import Check, Line, Plot, Section
from validation.devices import KCL_WATER, row
from validation.setting import Setting

NM, WIDTH, HALF, BLOCK, RESERVOIR, TOP = 1e-9, 1e-6, 5.0, 40.0, 30.0, 15.0
"""m, width (m), and in nm: half height of the slit, length of the block, length and half height of the reservoirs."""

PERMITTIVITIES = (1e5, 1e6, 1e7)
"""Of the block, relative."""

SECTION = "conductors"
LIMIT = "this program with a floating conductor; the field in a dielectric vanishes as its permittivity grows"


def block_case(path: Path, walls: dict[str, Any], permittivity: float | None) -> dict[str, Any]:
    """A slit between two blocks that reach from one reservoir to the other, at 0.2 V, with 2 and 1 mM. Without a permittivity
    the blocks are left out of the device.

    path: of the mesh file.
    """
    glass = {} if permittivity is None else {"glass": {"type": "dielectric", "relative_permittivity": permittivity}}
    return {
        "geometry": {
            "type": "file", "path": str(path), "symmetry": "planar", "width": WIDTH, "scale": NM, "axis": "axis",
            "terminals": {"left": "left", "right": "right"}, "walls": {"block": ["bore", "left_face", "right_face"]},
            "rest": "far",
        },
        "electrolyte": KCL_WATER | {"concentration": 1.0},
        "terminals": {"left": {"potential": 0.2, "concentration": 2.0}, "right": {}},
        "walls": walls, "regions": {"water": "fluid"} | glass, "solver": {"flow": "none"}, "outputs": {"errors": "none"},
    }  # fmt: skip


def write_block(path: Path) -> None:
    """The mesh of the slit between blocks. Collective."""
    stop, end = RESERVOIR + BLOCK, 2 * RESERVOIR + BLOCK
    reservoir = mapped.graded(0.4, 1.6, RESERVOIR)
    z = np.concatenate(
        [RESERVOIR - reservoir[::-1], RESERVOIR + mapped.both_ends(0.4, 1.6, BLOCK)[1:], stop + reservoir[1:]]
    )
    y = np.concatenate([HALF - mapped.graded(0.4, 1.6, HALF)[::-1], HALF + mapped.graded(0.4, 1.6, TOP - HALF)[1:]])
    regions = {"water": (0.0, end, 0.0, TOP), "glass": (RESERVOIR, stop, HALF, TOP)}
    lines = {
        "axis": (0.0, end, 0.0, 0.0),
        "bore": (RESERVOIR, stop, HALF, HALF),
        "left_face": (RESERVOIR, RESERVOIR, HALF, TOP),
        "right_face": (stop, stop, HALF, TOP),
        "left": (0.0, 0.0, 0.0, TOP),
        "right": (end, end, 0.0, TOP),
    }
    on_root(MPI.COMM_WORLD, lambda: mapped.write(path, z, y, regions, lines))


def metal_limit(setting: Setting) -> Iterator[Check | Plot]:
    """Currents as the permittivity of the blocks grows, without and with charge, against blocks of floating metal."""
    path = setting.scratch / "block.msh"
    write_block(path)
    surface = 2 * WIDTH * (BLOCK + 2 * (TOP - HALF)) * NM
    lines = []
    for density in (0.0,) if setting.quick else (0.0, -2e-3):
        metal = row(block_case(path, {"block": {"charge": density * surface}}, None))["current [A]"]
        currents = [
            row(block_case(path, {"block": {"surface_charge": density}}, permittivity))["current [A]"]
            for permittivity in PERMITTIVITIES
        ]
        off = np.abs(np.array(currents) / metal - 1.0)
        name = f"slit between blocks of {1e3 * density:g} mC/m^2, 0.2 V, 2 | 1 mM"
        limit = (PERMITTIVITIES[-1] * currents[-1] - PERMITTIVITIES[-2] * currents[-2]) / (
            PERMITTIVITIES[-1] - PERMITTIVITIES[-2]
        )
        yield Check(
            SECTION, name, "current, extrapolated to an infinite permittivity", "A", metal, limit, 1e-6, "exact", LIMIT,
            note=f"deviations {', '.join(f'{x:.1e}' for x in off)} at {', '.join(f'{x:.0e}' for x in PERMITTIVITIES)}",
        )  # fmt: skip
        yield Check(
            SECTION, name, "order at which the deviation vanishes", "", 1.0, float(np.log10(off[-2] / off[-1])), 0.05,
            "exact", "displacement in the block is continuous: its field falls with one over the permittivity",
        )  # fmt: skip
        lines.append(Line(f"{1e3 * density:g} mC/m^2", list(PERMITTIVITIES), list(map(float, off)), look="curve"))
    yield Plot(
        SECTION, "metal_limit", "From a dielectric to a floating metal", "relative permittivity of the blocks",
        "relative deviation of the current", tuple(lines),
        "The deviation from a floating conductor falls like one over the permittivity.", x_log=True, y_log=True,
    )  # fmt: skip


CONDUCTORS = Section(
    SECTION,
    "Floating conductors",
    "A slit between two blocks that float in it: a conductor of given charge is the limit of a dielectric of ever larger "
    "permittivity with that charge on its surface.",
    metal_limit,
)
