"""Units and names of columns, and sizes below which nothing is there."""

from __future__ import annotations

from solver.physics.constants import ELEMENTARY_CHARGE
from solver.results.headers import split_header as split_header
from solver.results.units import PREFIXES as PREFIXES
from solver.results.units import Scale as Scale
from solver.results.units import engineering as engineering
from solver.results.units import quantity as quantity
from solver.results.units import readable as readable

SMALLEST = {"A": ELEMENTARY_CHARGE, "C": ELEMENTARY_CHARGE, "m^3/s": 3e-29}
"""Sizes below which nothing is there, by SI unit: one elementary charge (a second), one molecule of water a second."""
