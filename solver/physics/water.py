"""Water as an acid and a base."""

from __future__ import annotations

PKW = 14.0
"""-log10 of the ion product of water, (mol/l)^2, at 298.15 K (13.995 in the CRC Handbook)."""

PROTON, HYDROXIDE = "H", "OH"
"""Names of the ions of water in cases."""

SMALLEST_PH, LARGEST_PH = 0.0, PKW
"""Beyond them a solution has more than 1 mol/l of H+ or OH-."""


def protons(pH: float) -> float:
    """mol/m^3 of H+ at a pH."""
    return 1e3 * float(10.0**-pH)


def hydroxides(pH: float) -> float:
    """mol/m^3 of OH- at a pH."""
    return 1e3 * float(10.0 ** (pH - PKW))
