"""Values of pH that a solution can have."""

from __future__ import annotations

import math
from collections.abc import Mapping

from meshes.quantity import misfit
from solver.inputs.errors import Key
from solver.physics.water import LARGEST_PH, PKW, SMALLEST_PH, hydroxides, protons


def check_pH(pH: float | None, path: Key) -> None:
    """Raise a misfit for a pH that no dilute solution has."""
    if pH is not None and not SMALLEST_PH <= pH <= LARGEST_PH:
        raise misfit(path, f"{pH:g} is no pH of a dilute solution; write one from {SMALLEST_PH:g} to {LARGEST_PH:g}")


def check_buffer(bulk: Mapping[str, float], valences: Mapping[str, int], pH: float | None, path: Key) -> None:
    """Raise a misfit for a buffered solution with less salt (mol/m^3) than its pH brings of H+ or OH-."""
    if pH is None:
        return
    for sign, ion, there in ((-1, "H+", protons(pH)), (1, "OH-", hydroxides(pH))):
        opposite = sum(abs(valences[name]) * c for name, c in bulk.items() if valences[name] * sign > 0)
        if there > opposite * (1.0 + 1e-6):
            least = -math.log10(1e-3 * opposite) if sign < 0 else PKW + math.log10(1e-3 * opposite)
            limit = f"at {'least' if sign < 0 else 'most'} {least:.3g}"
            raise misfit(
                path,
                f"pH {pH:g} means {there:.3g} mM of {ion}, more than the {opposite:.3g} mM of ions of the other sign in this"
                f" solution; write a pH of {limit}, more salt, or 'protons: free', which adds the acid or base",
            )
