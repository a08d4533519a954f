"""A thin-film cell between two electrodes at which the cation is deposited and dissolved, in units of its theory.

Bazant, Chu and Bayly, SIAM J. Appl. Math. 65, 1463 (2005): Debye length over distance eps = 0.01; lengths, potentials and
currents in units of the distance, of the thermal voltage and of the limiting current 4 F D c0 / L.
"""

from __future__ import annotations

from typing import Any

from solver.physics.constants import FARADAY, thermal_voltage

TEMPERATURE, PERMITTIVITY = 298.15, 78.5
THERMAL = thermal_voltage(TEMPERATURE)
LENGTH, DIFFUSIVITY, CONCENTRATION, DEBYE_LENGTH = 500e-9, 1e-9, 3.701645, 5e-9
"""m, m^2/s, mol/m^3, m."""
AREA = 50e-9 * 1e-6
LIMITING = 4.0 * FARADAY * DIFFUSIVITY * CONCENTRATION / LENGTH
"""A/m^2."""

DEPOSITION: dict[str, Any] = {
    "type": "butler_volmer",
    "equation": "M+ + e- = M",
    "exchange_current": 2.5 * LIMITING,
    "reference_concentrations": {"M": CONCENTRATION},
}
"""Rate constants kO = kR = 10 in units of D c0 / L."""


def thin_film(
    left: dict[str, Any],
    *,
    delta: float = 0.1,
    length: float = LENGTH,
    reaction: dict[str, Any] | None = None,
    **others: Any,
) -> dict[str, Any]:
    """The cell with what is held at its left electrode; the right one is at 0 V.

    delta: thickness of the Stern layers over the Debye length. length: distance of the electrodes. reaction: at both.
    """
    both = {"stern": {"thickness": DEBYE_LENGTH * delta}, "reactions": [reaction or DEPOSITION]}
    species = {name: {"valence": z, "diffusivity": DIFFUSIVITY} for name, z in (("M", 1), ("X", -1))}
    return {
        "geometry": {"type": "cell", "length": length, "width": 1e-6, "height": 50e-9},
        "electrolyte": {
            "temperature": TEMPERATURE,
            "relative_permittivity": PERMITTIVITY,
            "species": species,
            "concentration": CONCENTRATION,
        },
        "walls": {"left": left | both, "right": {"potential": 0.0} | both},
        "solver": {"flow": "none"},
        "mesh": {"refinement": 1},
        **others,
    }
