"""Boundaries at which a mesh ends but the device does not: its axis, and planes of symmetry. Pure names."""

from __future__ import annotations

from collections.abc import Mapping

AXIS = "axis"
"""Of bodies of revolution, in the half plane."""
SYMMETRY_PLANES = ("symmetry_y", "symmetry_z")
"""In three dimensions, normal to the second and the third coordinate: the rest of the device is the mirror image."""
MIRRORS: Mapping[int, Mapping[str, int]] = {2: {AXIS: 1}, 3: {name: 1 + k for k, name in enumerate(SYMMETRY_PLANES)}}
"""All of them by the dimension of the mesh, with the coordinate that they are normal to."""
MIRROR_NAMES = (AXIS, *SYMMETRY_PLANES)
