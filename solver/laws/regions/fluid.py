"""The free electrolyte."""

from __future__ import annotations

from typing import Literal

from solver.laws.regions.base import RegionLaw


class Fluid(RegionLaw):
    """The free electrolyte: all factors are 1, and there is no fixed charge."""

    type: Literal["fluid"] = "fluid"
