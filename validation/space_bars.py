"""Devices in three dimensions against exact coefficients of long channels, and against the same devices in two dimensions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from validation.checks import Check, Plot, Section, in_turn
from validation.devices import KCL_WATER, bar, row, rows
from validation.long_channels import CYLINDERS, POISSON_BOLTZMANN, SLITS
from validation.setting import Setting

SECTION = "space_errors"

VOLTAGE = 0.05
"""Of long channels, V: their equations are linear in it."""

ROUND_CELLS = {"wall_size": "0.3 debye_length", "growth": 1.6, "axial_cells": 2}
SLIT_CELLS = {"wall_size": "0.5 debye_length", "growth": 2.0, "axial_cells": 2}
"""Of long channels, in which nothing varies along the axis but the potential."""

WIDTHS = 80e-9, 120e-9
"""Of slits with side walls, m: what the wider one has more is a slit without them."""

CONE: dict[str, Any] = {
    "geometry": {
        "type": "cone",
        "length": 200e-9,
        "radius_tip": 5e-9,
        "radius_base": 20e-9,
        "reservoirs": {"length": 100e-9, "radius": 100e-9},
    },
    "electrolyte": KCL_WATER | {"concentration": 10.0},
    "walls": {"channel": {"surface_charge": -20e-3}},
}

BIASES = 0.5, -0.5
"""Of the cone, V."""


def channel(
    geometry: dict[str, Any], c: float, charge: float, walls: tuple[str, ...], cells: dict[str, Any]
) -> dict[str, Any]:
    """A long channel in space at a voltage."""
    return {
        "geometry": geometry | {"dimension": 3, "reservoirs": None},
        "electrolyte": KCL_WATER | {"concentration": c},
        "terminals": {"left": {"potential": VOLTAGE}},
        "walls": {name: {"surface_charge": charge} for name in walls},
        "mesh": cells,
        "outputs": {"fields": "none"},
    }


def cylinders(setting: Setting) -> Iterator[Check | Plot]:
    """Conductance and electroosmosis of cylinders with overlapping and with thin layers."""
    for name, (size, c, charge, (_, _, l13, _, _, l33)) in CYLINDERS.items():
        length = 10 * size
        geometry = {"type": "cylinder", "length": length, "radius": size / 2}
        found = row(channel(geometry, c, charge, ("channel",), ROUND_CELLS))
        device = f"{name}: quarter of a cylinder, diameter {size * 1e9:g} nm, {c:g} mM, {charge * 1e3:g} mC/m^2"
        for quantity, header, unit, coefficient in (
            ("current", "current [A]", "A", l33),
            ("flow rate", "flow_rate [m^3/s]", "m^3/s", l13),
        ):
            yield Check(
                SECTION, device, quantity, unit, coefficient * VOLTAGE / length, found[header], 2e-3, "exact",
                POISSON_BOLTZMANN, error=bar(found, header),
            )  # fmt: skip


def slits(setting: Setting) -> Iterator[Check | Plot]:
    """What a slit with side walls has more than a narrower one."""
    size, c, charge, (_, _, l13, _, _, l33) = SLITS["S1"]
    length = 10 * size
    geometry = {"type": "slit", "length": length, "height": size}
    found = [
        row(channel(geometry | {"width": width}, c, charge, ("channel", "side_wall"), SLIT_CELLS)) for width in WIDTHS
    ]
    device = f"S1: widths {WIDTHS[1] * 1e9:g} and {WIDTHS[0] * 1e9:g} nm of a slit with charged side walls"
    for quantity, header, unit, coefficient in (
        ("difference of the currents", "current [A]", "A", l33),
        ("difference of the flow rates", "flow_rate [m^3/s]", "m^3/s", l13),
    ):
        yield Check(
            SECTION, device, quantity, unit, coefficient * VOLTAGE / length * (WIDTHS[1] - WIDTHS[0]),
            found[1][header] - found[0][header], 2e-3, "exact", POISSON_BOLTZMANN,
            error=sum(bar(each, header) for each in found),
        )  # fmt: skip


def cone(setting: Setting) -> Iterator[Check | Plot]:
    """A charged cone against its half plane on a fine mesh."""
    study = {"type": "sweep", "parameter": "terminals.base.potential", "values": list(BIASES)}
    flat = rows(CONE | {"study": study, "mesh": {"refinement": 1}})
    whole = rows(CONE | {"study": study, "geometry": CONE["geometry"] | {"dimension": 3}})
    for bias, fine, found in zip(BIASES, flat, whole, strict=True):
        for quantity, header, unit in (
            ("current", "current [A]", "A"),
            ("flow rate", "flow_rate [m^3/s]", "m^3/s"),
            ("mean salt", "salt_mean [mol/m^3]", "mol/m^3"),
        ):
            yield Check(
                SECTION, f"quarter of a cone at {bias:g} V, default mesh", quantity, unit, fine[header], found[header], 2e-2,
                "refined", "its half plane on a finer mesh", reference_uncertainty=bar(fine, header),
                error=bar(found, header),
            )  # fmt: skip


def _slow(setting: Setting) -> Iterator[Check | Plot]:
    if not setting.quick:
        yield from cone(setting)


SPACE = Section(
    SECTION,
    "Error bars in three dimensions",
    "Cylinders C1 and C2 and the slit S1 of the transport coefficients as devices in three dimensions, and a charged cone "
    "against the same in two; whether error bars by a coarser mesh cover the deviations.",
    in_turn(cylinders, slits, _slow),
)
