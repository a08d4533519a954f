"""A small charged cone on a coarse mesh, which is solved in a moment."""

from __future__ import annotations

from typing import Any

from validation.devices import KCL_WATER

COARSE = {"growth": 4.0, "axial_cells": 4, "wall_size": "1 debye_length", "corner_size": "0.2 debye_length"}


def small_cone(concentration: float, **terminals: dict[str, float]) -> dict[str, Any]:
    """The case at a concentration in mol/m^3, with what its terminals hold."""
    return {
        "geometry": {
            "type": "cone",
            "length": 60e-9,
            "radius_tip": 3e-9,
            "radius_base": 8e-9,
            "reservoirs": {"length": 40e-9, "radius": 40e-9},
        },
        "electrolyte": KCL_WATER | {"concentration": concentration},
        "terminals": terminals,
        "walls": {"channel": {"surface_charge": -20e-3}},
        "mesh": COARSE,
    }
