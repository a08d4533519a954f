"""What models of ions of finite size share: volumes, and the refusal of solutions without room."""

from __future__ import annotations

import math
from collections.abc import Mapping

from solver.physics.constants import AVOGADRO


def lattice_volume(diameter: float, scale: float) -> float:
    """Molar volume of cubes of an edge (m), in units of 1 / `scale` (mol/m^3)."""
    return AVOGADRO * diameter**3 * scale


def sphere_volume(diameter: float, scale: float) -> float:
    """Molar volume of spheres of a diameter (m), in units of 1 / `scale` (mol/m^3)."""
    return math.pi / 6.0 * lattice_volume(diameter, scale)


SMALLEST = 0.05e-9
"""Diameter (m) below which ions are points: the room that they take would be rounding."""


def too_small(sizes: Mapping[str, float]) -> str | None:
    """What is wrong with diameters (m), by their keys; None where they are sizes of ions."""
    for key, size in sizes.items():
        if size < SMALLEST:
            return (
                f"'{key}' of {size * 1e9:.3g} nm is none of an ion; write at least {SMALLEST * 1e9:g} nm, or 'ideal' for"
                " points"
            )
    return None


def too_full(filled: float, limit: float, key: str, most: float) -> str | None:
    """What is wrong with a solution whose ions fill a part of it; None where they leave room.

    limit: largest part that the model has. key: of the sizes. most: mol/m^3 of all ions together at the limit.
    """
    if filled < limit:
        return None
    return (
        f"the ions of a solution fill {filled:.3g} of its volume; with this '{key}' the model holds below {limit:g}, which is"
        f" {most / 1e3:.3g} M of all ions together: write a smaller '{key}' or smaller concentrations"
    )
