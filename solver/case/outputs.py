"""What a result holds besides the table of observables."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from meshes.quantity import Description, Whole


class Outputs(Description):
    """What the result directory holds besides the table of observables."""

    fields: Literal["extremes", "all", "none"] = "extremes"
    """Points whose fields are written: the first, last and zero value of the inner sweep, all, or none."""
    profile_points: Whole = Field(default=200, ge=2, le=100_000)
    most_rows: Whole = Field(default=100_000, ge=1, le=10_000_000)
    """Rows of the table of observables beyond which a study is refused; write more where you mean it."""
    checkpoint: bool = True
    errors: Literal["all", "none"] = "all"
    """Whether every point gets error bars; they about double the cost of a sweep, and add a tenth of it in three
    dimensions, where they come from a coarser mesh."""
    sensitivities: tuple[str, ...] = Field(default=(), max_length=100)
    """Dotted numeric keys of the case by which current and flow rate are differentiated at every point, e.g.
    [walls.channel.surface_charge, geometry.radius_tip]."""
