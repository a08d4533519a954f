"""Properties that no concentration changes: those at infinite dilution, or as the case gives them."""

from __future__ import annotations

from typing import Literal

from solver.laws.properties.base import LiquidProperties


class Constant(LiquidProperties):
    """Diffusivities, viscosity and permittivity as the electrolyte's keys give them, at any concentration."""

    type: Literal["constant"] = "constant"
