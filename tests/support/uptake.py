"""Uptake of a neutral species from a slab, and its reference."""

from __future__ import annotations

import numpy as np

from tests.support.adsorbing_slab import AdsorbingSlab
from tests.support.cells import UNIT

LENGTH, TIME = 1e-6, 1e-3
"""Of the slab (m), and of diffusion across it (s)."""

TIMES = (0.01, 0.05, 0.2, 1.0, 5.0)
LINEAR = (0.03583075, 0.12967770, 0.33531337, 0.93146873, 2.84747145)
LANGMUIR = (0.035345, 0.124735, 0.308666, 0.690551, 0.833218)
BESIDE = (0.624391, 0.438076, 0.350256, 0.609947, 0.999412)
"""Adsorbed amount, linear and with sites for 1, and the concentration at the wall with the latter: D c_x = dG/dt = 5 c (1 -
G/G_m) - G at x = 0 of 0 < x < 1, c = 1 at x = 1 and at the start."""


def uptake_slab(sites: float, points: np.ndarray) -> AdsorbingSlab:
    """The slab with a neutral species X and sites for `sites` times what a length of the liquid holds; points from 0 to 1."""
    binding = {"k_on": 5e3 / sites, "k_off": 1e3, "initial": 0.0}
    of_sites = [{"density": sites * LENGTH, "binds": {"X": binding}}]
    return AdsorbingSlab(LENGTH / UNIT * points, {"K": 1, "Cl": -1, "X": 0}, (1.0, 1.0, 1.0), of_sites)
