"""The walls at both sides of channels between plates, in three dimensions."""

from __future__ import annotations

import numpy as np

from meshes.course import Course

SIDE_WALL = "side_wall"
"""Their name."""


def side_wall_course(length: float) -> Course:
    """Positions along the side walls of a straight channel of a length in metres."""
    return Course(
        extents=((0.0, length),),
        trace=lambda t: (t * length, 0.0 * t),
        nearest=lambda z, r: (np.clip(z, 0.0, length), r),
        fraction=lambda z, _: z / length,
    )
